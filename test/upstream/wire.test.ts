import { describe, expect, it } from 'vitest'
import { UpstreamResponseError } from '../../src/errors.ts'
import { readDecimal, requireInstant } from '../../src/upstream/fields.ts'
import { type RowReader, readRowWithInstant, timestampAt } from '../../src/upstream/wire.ts'
import { type ParsedInstant, parseInstant } from '../../src/values/instant.ts'

const TIME = '2026-01-02T03:04:05.678901Z'
const instant = parseInstant(TIME)!.instant
const context = { provider: 'TEST', operation: 'listThings' }
const readThing: RowReader<{ amount: string; at: ParsedInstant }> = (row, timestamp) => ({
  amount: readDecimal(row.amount, 'amount'),
  at: requireInstant(timestamp, 'at'),
})

describe('timestampAt()', () => {
  it.each<[string, unknown, ParsedInstant | null]>([
    ['a timestamp', { at: TIME }, parseInstant(TIME)],
    ['a text that is not a timestamp', { at: 'yesterday' }, null],
    ['a number', { at: 1_767_323_045 }, null],
    ['a missing field', {}, null],
    ['null', null, null],
    ['a text', TIME, null],
  ])('reads %s', (_, value, expected) => {
    expect(timestampAt(value, 'at')).toEqual(expected)
  })
})

describe('readRowWithInstant()', () => {
  it('returns the id, the timestamp and the value of a row', () => {
    const row = { key: 'a', at: TIME, amount: 1 }
    const { id, instant: at, value } = readRowWithInstant(row, readThing, context, 'at', 'key')
    expect([id, at, value]).toEqual(['a', instant, { amount: '1', at: parseInstant(TIME) }])
  })

  it('keeps the timestamp of a malformed row', () => {
    const { id, instant: at, value } = readRowWithInstant({ id: 'a', at: TIME, amount: '?' }, readThing, context, 'at')
    expect([id, at]).toEqual(['a', instant])
    expect(value).toBeInstanceOf(UpstreamResponseError)
    expect(value).toMatchObject({ rowId: 'a', field: 'amount' })
  })

  it('checks a row when its value is first read, once', () => {
    let reads = 0
    const read: RowReader<object> = (_, timestamp) => {
      reads += 1
      return { timestamp }
    }
    const row = readRowWithInstant({ id: 'a', at: TIME }, read, context, 'at')
    expect([row.id, row.instant, reads]).toEqual(['a', instant, 0])
    expect(row.value).toBe(row.value)
    expect([row.value, reads]).toEqual([{ timestamp: parseInstant(TIME) }, 1])
  })
})
