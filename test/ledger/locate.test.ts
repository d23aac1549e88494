import { describe, expect, it } from 'vitest'
import { AdaptiveLimit } from '../../src/ledger/adaptive-limit.ts'
import { locate } from '../../src/ledger/locate/locate.ts'
import { Probe } from '../../src/ledger/locate/probe.ts'
import { createOffsetLimitReader } from '../../src/ledger/offset-limit.ts'
import { createRangeLedger } from '../../src/ledger/range-ledger.ts'

/** Looks for the far end of a list without totals while an entry arrives in front of each of so many answers. */
async function findOldest(entries: number, arrivals: number, count: number) {
  let length = entries
  let left = arrivals
  const reader = createOffsetLimitReader<number>({
    maxLimit: new AdaptiveLimit(100),
    ends: ['newest'],
    totalIsExact: false,
    async fetchRows({ offset, limit }) {
      if (left-- > 0) length++
      const values = Array.from({ length }, (_, index) => length - 1 - index).slice(offset, offset + limit)
      return {
        rows: values.map((value) => ({ id: String(value), instant: BigInt(value), value })),
        total: null,
        limit: null,
      }
    },
  })
  const probe = new Probe(createRangeLedger(reader), 'newest', 'newer')
  const { slice, index } = await locate(probe, { at: 'end', end: 'oldest' }, count, null)
  return slice.rows[index - 1]?.value
}

describe('locate()', () => {
  it.each([0, 1, 2, 5])(
    'finds the far end of a list of %d entries in front of whose answers others arrive',
    async (entries) => {
      for (let arrivals = 0; arrivals < 30; arrivals++) {
        for (const count of [1, 2, 3]) {
          // An empty list has no oldest entry, and entries that arrive after it was seen to be empty come with the next walk.
          const isEmpty = entries + Math.min(arrivals, 1) === 0
          expect(await findOldest(entries, arrivals, count), `${arrivals} arrivals, ${count} wanted`).toBe(
            isEmpty ? undefined : 0,
          )
        }
      }
    },
  )
})
