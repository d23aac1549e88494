import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AdaptiveLimit } from '../../src/ledger/adaptive-limit.ts'
import { createOffsetLimitReader, type OffsetPage, provesClamp } from '../../src/ledger/offset-limit.ts'
import type { ListEnd } from '../../src/ledger/position.ts'
import type { RangeSide, RowRange } from '../../src/ledger/row-range.ts'

const newest = (offset: number, limit: number): RowRange => ({ end: 'newest', offset, limit })

/** A list of so many rows, and how the server that offers it treats limits. */
interface Server {
  readonly count: number
  readonly max: number
  readonly tellsTotal: boolean
  readonly tellsLimit: boolean
}

const rowsOf = (count: number, end: ListEnd = 'newest') => {
  const rows = Array.from({ length: count }, (_, index) => ({
    id: `row-${index}`,
    instant: BigInt(-index),
    value: index,
  }))
  return end === 'newest' ? rows : rows.reverse()
}

/** A reader over a server, and the requests that arrived there. */
function readerOf({ count, max, tellsTotal, tellsLimit }: Server, initialLimit = 1000) {
  const maxLimit = new AdaptiveLimit(initialLimit)
  const requests: RowRange[] = []
  const reader = createOffsetLimitReader<number>({
    maxLimit,
    ends: ['newest', 'oldest'],
    totalIsExact: true,
    async fetchRows(range): Promise<OffsetPage<number>> {
      requests.push(range)
      const limit = Math.min(range.limit, max)
      return {
        rows: rowsOf(count, range.end).slice(range.offset, range.offset + limit),
        total: tellsTotal ? count : null,
        limit: tellsLimit ? limit : null,
      }
    },
  })
  return { reader, requests, maxLimit: () => maxLimit.value() }
}

const open: Omit<Server, 'count'> = { max: 1000, tellsTotal: true, tellsLimit: true }

describe('provesClamp()', () => {
  it.each<[string, OffsetPage<number>, boolean]>([
    ['as many rows as the stated limit, inside the list', { rows: rowsOf(8), total: 50, limit: 8 }, true],
    ['as many rows as the stated limit, in a list without a total', { rows: rowsOf(8), total: null, limit: 8 }, true],
    ['as many rows as the stated limit, at the end of the list', { rows: rowsOf(8), total: 18, limit: 8 }, false],
    ['fewer rows than the stated limit', { rows: rowsOf(7), total: 50, limit: 8 }, false],
    ['no stated limit', { rows: rowsOf(8), total: 50, limit: null }, false],
    ['the limit that was asked for', { rows: rowsOf(20), total: 50, limit: 20 }, false],
    ['a stated limit of 0', { rows: [], total: 50, limit: 0 }, false],
  ])('judges %s', (_, page, expected) => {
    expect(provesClamp(newest(10, 20), page)).toBe(expected)
  })
})

describe('createOffsetLimitReader()', () => {
  it('reads a range with one request', async () => {
    const { reader, requests } = readerOf({ ...open, count: 50 })
    expect(await reader.fetch(newest(15, 10), 'start')).toEqual({
      end: 'newest',
      offset: 15,
      rows: rowsOf(50).slice(15, 25),
      limit: 10,
      total: 50,
      totalIsExact: true,
      fingerprint: null,
    })
    expect(requests).toEqual([newest(15, 10)])
  })

  it.each([
    ['nothing, from 0', 0, 1, []],
    ['the first row', 3, 1, ['row-0']],
    ['all but the last row', 3, 2, ['row-0', 'row-1']],
    ['the whole list', 3, 3, ['row-0', 'row-1', 'row-2']],
    ['the list and room for one more', 3, 4, ['row-0', 'row-1', 'row-2']],
  ])('brings %s', async (_, count, limit, ids) => {
    const { reader } = readerOf({ ...open, count })
    const { rows, total } = await reader.fetch(newest(0, limit), 'start')
    expect({ ids: rows.map(({ id }) => id), total }).toEqual({ ids, total: count })
  })

  it('brings no rows from past the end, and the total', async () => {
    const { reader } = readerOf({ ...open, count: 50 })
    const { offset, rows, total } = await reader.fetch(newest(50, 10), 'start')
    expect({ offset, rows, total }).toEqual({ offset: 50, rows: [], total: 50 })
  })

  it('counts from the oldest entry where that is asked for', async () => {
    const { reader } = readerOf({ ...open, count: 50 })
    const { rows } = await reader.fetch({ end: 'oldest', offset: 0, limit: 2 }, 'start')
    expect(rows.map(({ id }) => id)).toEqual(['row-49', 'row-48'])
  })

  it('never asks for more than the largest limit that is known, and keeps the side that is wanted', () => {
    const { reader } = readerOf({ ...open, count: 50 }, 20)
    expect([
      reader.maxRows(),
      reader.fit(newest(5, 20), 'start'),
      reader.fit(newest(5, 21), 'start'),
      reader.fit(newest(5, 21), 'end'),
    ]).toEqual([20, newest(5, 20), newest(5, 20), newest(6, 20)])
  })

  it('learns a smaller limit, and is content with what came from the start', async () => {
    const { reader, requests, maxLimit } = readerOf({ ...open, count: 50, max: 8 })
    const { offset, rows, limit } = await reader.fetch(newest(10, 20), 'start')
    expect({ offset, rows: rows.length, limit }).toEqual({ offset: 10, rows: 8, limit: 8 })
    expect([requests, maxLimit()]).toEqual([[newest(10, 20)], 8])
  })

  it('asks again, nearer to the end of the range, after a smaller limit', async () => {
    const { reader, requests, maxLimit } = readerOf({ ...open, count: 50, max: 8 })
    const { offset, rows } = await reader.fetch(newest(10, 20), 'end')
    expect({ offset, rows: rows.length }).toEqual({ offset: 22, rows: 8 })
    expect([requests, maxLimit()]).toEqual([[newest(10, 20), newest(22, 8)], 8])
  })

  it.each([
    ['short of the total', true],
    ['of a list without a total', false],
  ])('asks again, and learns nothing, after fewer rows %s without a limit', async (_, tellsTotal) => {
    const { reader, requests, maxLimit } = readerOf({ count: 50, max: 8, tellsTotal, tellsLimit: false })
    const { offset, rows } = await reader.fetch(newest(10, 20), 'end')
    expect({ offset, rows: rows.length }).toEqual({ offset: 22, rows: 8 })
    expect([requests, maxLimit()]).toEqual([[newest(10, 20), newest(22, 8)], 1000])
  })

  it('brings the last rows of a list without a total', async () => {
    const { reader, requests } = readerOf({ ...open, count: 50, tellsTotal: false })
    const { offset, rows } = await reader.fetch(newest(45, 20), 'end')
    expect({ offset, rows: rows.length }).toEqual({ offset: 45, rows: 5 })
    expect(requests).toEqual([newest(45, 20), newest(60, 5)])
  })

  it('does not take the end of the list for a smaller limit', async () => {
    const { reader, requests, maxLimit } = readerOf({ ...open, count: 50, tellsLimit: false })
    expect((await reader.fetch(newest(45, 20), 'end')).rows.length).toBe(5)
    expect((await reader.fetch(newest(60, 20), 'end')).rows.length).toBe(0)
    expect([requests.length, maxLimit()]).toEqual([2, 1000])
  })

  it('does not lower the limit for other lists when a provider states the number of rows in place of the limit', async () => {
    const maxLimit = new AdaptiveLimit(100)
    const reader = createOffsetLimitReader<number>({
      maxLimit,
      ends: ['newest', 'oldest'],
      totalIsExact: true,
      async fetchRows({ offset, limit }) {
        const rows = rowsOf(3).slice(offset, offset + limit)
        return { rows, total: 3, limit: rows.length }
      },
    })
    expect((await reader.fetch(newest(0, 50), 'start')).rows.length).toBe(3)
    expect((await reader.fetch(newest(1, 50), 'end')).rows.length).toBe(2)
    expect(maxLimit.value()).toBe(100)
  })

  it('agrees with slicing an array, whatever limit the server has', () => {
    const server: fc.Arbitrary<Server> = fc.record({
      count: fc.nat(60),
      max: fc.integer({ min: 1, max: 50 }),
      tellsTotal: fc.boolean(),
      tellsLimit: fc.boolean(),
    })
    const reads = fc.array(
      fc.record({
        end: fc.constantFrom<ListEnd>('newest', 'oldest'),
        offset: fc.nat(70),
        limit: fc.integer({ min: 1, max: 40 }),
        side: fc.constantFrom<RangeSide>('start', 'end'),
      }),
      { minLength: 1, maxLength: 5 },
    )
    return fc.assert(
      fc.asyncProperty(server, reads, async (server, reads) => {
        const { reader } = readerOf(server)
        for (const { side, ...range } of reads) {
          const { offset, rows } = await reader.fetch(range, side)
          expect(rows).toEqual(rowsOf(server.count, range.end).slice(offset, offset + rows.length))
          const kept = side === 'start' ? range.offset : range.offset + range.limit - 1
          if (kept >= server.count) continue
          expect(offset).toBeLessThanOrEqual(kept)
          expect(offset + rows.length).toBeGreaterThan(kept)
        }
      }),
    )
  })
})
