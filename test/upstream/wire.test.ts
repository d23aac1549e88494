import { describe, expect, it } from 'vitest'
import { UpstreamResponseError } from '../../src/errors.ts'
import { readDecimal, readInstant } from '../../src/upstream/fields.ts'
import { instantAt, type JsonObject, readRowWithInstant } from '../../src/upstream/wire.ts'
import { parseInstant } from '../../src/values/instant.ts'

const TIME = '2026-01-02T03:04:05.678901Z'
const instant = parseInstant(TIME)!.instant
const context = { provider: 'TEST', operation: 'listThings' }
const readThing = (row: JsonObject) => ({ amount: readDecimal(row.amount, 'amount'), at: readInstant(row.at, 'at') })

describe('instantAt()', () => {
  it.each<[string, unknown, bigint | null]>([
    ['a timestamp', { at: TIME }, instant],
    ['a text that is not a timestamp', { at: 'yesterday' }, null],
    ['a number', { at: 1_767_323_045 }, null],
    ['a missing field', {}, null],
    ['null', null, null],
    ['a text', TIME, null],
  ])('reads %s', (_, value, expected) => {
    expect(instantAt(value, 'at')).toBe(expected)
  })
})

describe('readRowWithInstant()', () => {
  it('returns the id, the timestamp and the value of a row', () => {
    const row = { key: 'a', at: TIME, amount: 1 }
    expect(readRowWithInstant(row, readThing, context, 'at', 'key')).toEqual({
      id: 'a',
      instant,
      value: { amount: '1', at: parseInstant(TIME) },
    })
  })

  it('keeps the timestamp of a malformed row', () => {
    const { id, instant: at, value } = readRowWithInstant({ id: 'a', at: TIME, amount: '?' }, readThing, context, 'at')
    expect([id, at]).toEqual(['a', instant])
    expect(value).toBeInstanceOf(UpstreamResponseError)
    expect(value).toMatchObject({ rowId: 'a', field: 'amount' })
  })
})
