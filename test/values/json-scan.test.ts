import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scanJson } from '../../src/values/json-scan.ts'

describe('scanJson()', () => {
  it.each([
    ['1', 0, 0],
    ['[]', 0, 1],
    ['{}', 0, 1],
    ['[[],[1,{"a":2}]]', 2, 3],
    ['{"a":{"b":[1,2,3]},"c":[]}', 3, 3],
    ['[",,,[[[[","\\",[","\\\\",{"{":"}"}]', 3, 2],
    ['[ 1 ,\n2\t, "" ]', 2, 1],
  ])('counts commas and levels outside of strings: %s', (text, commas, depth) => {
    expect(scanJson(text)).toMatchObject({ commas, depth })
  })

  it('counts the levels of every value', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(scanJson(JSON.stringify(value)).depth).toBe(depthOf(value))
      }),
    )
  })

  it('ends behind the most commas', () => {
    expect(scanJson(`[${'0,'.repeat(1000)}0,[[[]]]]`, 5)).toMatchObject({ commas: 6, depth: 1 })
  })

  it('locates the numbers that a double does not reproduce', () => {
    expect(scanJson('{"a":[1,2.50,{"b":-0}],"c":1}').inexact).toEqual({
      place: 0,
      size: 1,
      parts: [
        {
          place: 0,
          size: 2,
          parts: [
            {
              place: 'a',
              size: 3,
              parts: [
                { place: 1, literal: '2.50' },
                { place: 2, size: 1, parts: [{ place: 'b', literal: '-0' }] },
              ],
            },
          ],
        },
      ],
    })
    expect(scanJson('{"a":[1,2.5,{"b":0,"t":"1.10"}],"c":-1}').inexact).toBeNull()
  })

  it('accepts any text', () => {
    const parts = fc.constantFrom('[', ']', '{', '}', '"', '\\', ',', ':', '-', '1', '.', 'e', '0', ' ', 'a')
    fc.assert(
      fc.property(
        fc.array(parts).map((some) => some.join('')),
        (text) => {
          expect(scanJson(text).commas).toBeLessThanOrEqual(text.length)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
