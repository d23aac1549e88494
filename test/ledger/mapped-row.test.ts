import { describe, expect, it } from 'vitest'
import { mapRows, mapUnorderedRows } from '../../src/ledger/mapped-row.ts'

const failure = new Error('invalid row')
const rows = [
  { id: 'a', instant: 1n, value: 1 },
  { id: 'b', instant: null, value: failure },
  { id: 'c', instant: 3n, value: 3 },
]

describe('mapRows()', () => {
  it('maps values, and keeps ids, timestamps and errors', () => {
    const mapped = mapRows(rows, (value) => ({ value }))
    expect(mapped.map(({ id, instant, value }) => [id, instant, value])).toEqual([
      ['a', 1n, { value: 1 }],
      ['b', null, failure],
      ['c', 3n, { value: 3 }],
    ])
  })

  it('maps a value when it is first read, once', () => {
    const read: number[] = []
    const [first, , third] = mapRows(rows, (value) => {
      read.push(value)
      return { value }
    })
    expect(read).toEqual([])
    expect(third!.value).toBe(third!.value)
    expect(read).toEqual([3])
    expect(first!.value).toEqual({ value: 1 })
    expect(read).toEqual([3, 1])
  })
})

describe('mapUnorderedRows()', () => {
  it('drops the timestamps, which prove no positions', () => {
    const mapped = mapUnorderedRows(rows, (value) => ({ value }))
    expect(mapped.map(({ id, instant, value }) => [id, instant, value])).toEqual([
      ['a', null, { value: 1 }],
      ['b', null, failure],
      ['c', null, { value: 3 }],
    ])
  })
})
