import { describe, expect, it } from 'vitest'
import { AdaptiveLimit } from '../../src/ledger/adaptive-limit.ts'
import type { Row } from '../../src/ledger/ledger.ts'
import { createOffsetLimitReader } from '../../src/ledger/offset-limit.ts'
import { createPageNumberReader } from '../../src/ledger/page-number.ts'
import type { PageSizes } from '../../src/ledger/page-size.ts'
import type { ListEnd } from '../../src/ledger/position.ts'
import { createRangeLedger, joinRanges } from '../../src/ledger/range-ledger.ts'
import type { RowRange, Slice } from '../../src/ledger/row-range.ts'

const newest = (offset: number, limit: number): RowRange => ({ end: 'newest', offset, limit })
const oldest = (offset: number, limit: number): RowRange => ({ end: 'oldest', offset, limit })

const keepStart = { side: 'start' } as const
const keepEnd = { side: 'end' } as const
const fresh = { side: 'start', fresh: true } as const

const rowOf = (index: number): Row<number> => ({ id: `row-${index}`, instant: BigInt(index), value: index })

/** A list of numbers that a test changes, and the ranges that were asked of it. */
class NumberList {
  /** Newest first. */
  rows: Row<number>[]
  readonly requests: RowRange[] = []
  /** How many rows the total counts that are not in the list; null when the answer has no total. */
  excess: number | null = 0
  max = 1000
  /** Requests for a range that begins here fail. */
  failsAt: number | null = null

  constructor(count: number) {
    this.rows = Array.from({ length: count }, (_, index) => rowOf(count - 1 - index))
  }

  #answer(range: RowRange): Row<number>[] {
    this.requests.push(range)
    if (range.offset === this.failsAt) throw new Error(`No answer at ${range.offset}.`)
    const rows = range.end === 'newest' ? this.rows : [...this.rows].reverse()
    return rows.slice(range.offset, range.offset + range.limit)
  }

  get #total(): number | null {
    return this.excess === null ? null : this.rows.length + this.excess
  }

  byOffset(totalIsExact = true) {
    return createOffsetLimitReader<number>({
      maxLimit: new AdaptiveLimit(1000),
      ends: ['newest', 'oldest'],
      totalIsExact,
      fetchRows: async (range) => {
        const limit = Math.min(range.limit, this.max)
        return { rows: this.#answer({ ...range, limit }), total: this.#total, limit }
      },
    })
  }

  byPage() {
    return createPageNumberReader<number>({
      sizes: new AdaptiveLimit<PageSizes>({ max: 100, only: null }),
      invalid: (expected) => new Error(expected),
      fetchPage: async ({ page, perPage: asked }) => {
        const perPage = Math.min(asked, this.max)
        const rows = this.#answer(newest((page - 1) * perPage, perPage))
        return { rows, total: this.#total!, perPage, fingerprint: null }
      },
    })
  }
}

const idsOf = ({ rows }: Slice<number>) => rows.map(({ id }) => id)

describe('joinRanges()', () => {
  const upTo = (max: number) => (range: RowRange) => range.limit <= max

  it.each<[string, RowRange[], RowRange[]]>([
    ['nothing of nothing', [], []],
    ['equal ranges to one', [newest(3, 4), newest(3, 4)], [newest(3, 4)]],
    ['ranges that overlap', [newest(5, 10), newest(0, 10)], [newest(0, 15)]],
    ['ranges that touch', [newest(0, 10), newest(10, 10)], [newest(0, 20)]],
    ['a range inside another', [newest(0, 20), newest(5, 5)], [newest(0, 20)]],
    ['ranges with a gap that one request spans', [newest(0, 5), newest(15, 5)], [newest(0, 20)]],
    ['no ranges that one request cannot bring', [newest(0, 15), newest(10, 15)], [newest(0, 15), newest(10, 15)]],
    ['three ranges to two', [newest(16, 10), newest(0, 10), newest(8, 10)], [newest(0, 18), newest(16, 10)]],
    ['no ranges from different ends', [oldest(0, 5), newest(0, 5)], [newest(0, 5), oldest(0, 5)]],
  ])('joins %s', (_, wanted, joined) => {
    expect(joinRanges(wanted, upTo(20))).toEqual(joined)
  })
})

describe('createRangeLedger()', () => {
  it('reads overlapping ranges of one tick with one request', async () => {
    const list = new NumberList(60)
    const ledger = createRangeLedger(list.byPage())
    const slices = await Promise.all([
      ledger.read(newest(0, 20), keepStart),
      ledger.read(newest(10, 20), keepStart),
      ledger.read(newest(25, 20), keepEnd),
    ])
    expect(list.requests).toEqual([newest(0, 45)])
    expect(new Set(slices).size).toBe(1)
    expect(idsOf(slices[0])).toEqual(list.rows.slice(0, 45).map(({ id }) => id))
  })

  it('reads ranges of one tick with two requests where one page cannot hold them', async () => {
    const list = new NumberList(600)
    const ledger = createRangeLedger(list.byPage())
    await Promise.all([newest(0, 40), newest(30, 40), newest(210, 10)].map((range) => ledger.read(range, keepStart)))
    expect(list.requests).toEqual([newest(0, 70), newest(210, 10)])
  })

  it('passes on the rows of every answer, once', async () => {
    const passed: Row<number>[] = []
    const list = new NumberList(600)
    const ledger = createRangeLedger(list.byPage(), (rows) => passed.push(...rows))
    await Promise.all([newest(0, 40), newest(30, 40), newest(210, 10)].map((range) => ledger.read(range, keepStart)))
    await ledger.read(newest(5, 5), keepStart)
    expect(passed).toEqual([...list.rows.slice(0, 70), ...list.rows.slice(210, 220)])
  })

  it('asks again for what a smaller page left out', async () => {
    const list = new NumberList(100)
    list.max = 20
    const ledger = createRangeLedger(list.byPage())
    const [first, second, third] = await Promise.all([
      ledger.read(newest(0, 20), keepStart),
      ledger.read(newest(10, 20), keepStart),
      ledger.read(newest(20, 20), keepEnd),
    ])
    expect([first.offset, first.rows.length]).toEqual([0, 20])
    expect(second.offset).toBe(10)
    expect([third.offset, third.rows.length]).toEqual([20, 20])
    expect(list.requests.at(0)).toEqual(newest(0, 20))
  })

  it('brings each its own side of one range that no answer holds whole', async () => {
    const list = new NumberList(100)
    list.max = 8
    const ledger = createRangeLedger(list.byOffset())
    const [start, end] = await Promise.all([ledger.read(newest(0, 20), keepStart), ledger.read(newest(0, 20), keepEnd)])
    expect([start.offset, start.rows.length]).toEqual([0, 8])
    expect([end.offset, end.rows.length]).toEqual([12, 8])
  })

  it('answers a range from an earlier answer of the operation', async () => {
    const list = new NumberList(60)
    const ledger = createRangeLedger(list.byOffset())
    const whole = await ledger.read(newest(0, 30), keepStart)
    expect(await ledger.read(newest(10, 20), keepStart)).toBe(whole)
    expect(await ledger.read(newest(29, 1), keepEnd)).toBe(whole)
    expect(list.requests).toEqual([newest(0, 30)])
    await ledger.read(newest(29, 2), keepStart)
    await ledger.read(oldest(30, 30), keepStart)
    expect(list.requests).toEqual([newest(0, 30), newest(29, 2), oldest(30, 30)])
  })

  it('knows what lies past the end of the list from the answer that reached it', async () => {
    const list = new NumberList(20)
    const ledger = createRangeLedger(list.byOffset())
    const whole = await ledger.read(newest(0, 30), keepStart)
    expect(await ledger.read(newest(15, 40), keepStart)).toBe(whole)
    expect(await ledger.read(newest(20, 5), keepStart)).toBe(whole)
    expect(list.requests.length).toBe(1)
  })

  it('takes no total for the end of the list that may be too high', async () => {
    const list = new NumberList(20)
    list.excess = 5
    const ledger = createRangeLedger(list.byOffset(false))
    await ledger.read(newest(0, 30), keepStart)
    await ledger.read(newest(15, 40), keepStart)
    expect(list.requests.length).toBe(2)
  })

  it('asks anew when it must be fresh', async () => {
    const list = new NumberList(60)
    const ledger = createRangeLedger(list.byOffset())
    await ledger.read(newest(0, 30), keepStart)
    list.rows.unshift(rowOf(60))
    const { rows, total } = await ledger.read(newest(0, 30), fresh)
    expect([rows[0]?.id, total]).toEqual(['row-60', 61])
    expect(list.requests.length).toBe(2)
  })

  it('does not go back to an answer that shows another list than the latest one', async () => {
    const list = new NumberList(60)
    const ledger = createRangeLedger(list.byOffset())
    await ledger.read(newest(0, 10), keepStart)
    list.rows.unshift(rowOf(60))
    await ledger.read(newest(20, 10), keepStart)
    expect(idsOf(await ledger.read(newest(0, 2), keepStart))).toEqual(['row-60', 'row-59'])
    expect(list.requests).toEqual([newest(0, 10), newest(20, 10), newest(0, 2)])
  })

  it('fails only those who wanted what could not be read, and tries again when asked again', async () => {
    const list = new NumberList(600)
    list.failsAt = 200
    const ledger = createRangeLedger(list.byPage())
    const [first, second, third, fourth] = await Promise.allSettled([
      ledger.read(newest(0, 40), keepStart),
      ledger.read(newest(200, 50), keepStart),
      ledger.read(newest(220, 10), keepStart),
      ledger.read(newest(30, 10), keepStart),
    ])
    expect([first, second, third, fourth].map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ])
    expect(second).toEqual({ status: 'rejected', reason: new Error('No answer at 200.') })
    list.failsAt = null
    expect((await ledger.read(newest(220, 10), keepStart)).offset).toBe(220)
  })
})

describe('count()', () => {
  it('costs nothing beside rows', async () => {
    const list = new NumberList(60)
    const ledger = createRangeLedger(list.byPage())
    const [slice, total] = await Promise.all([ledger.read(newest(0, 20), keepStart), ledger.count()])
    expect([slice.total, total, list.requests]).toEqual([60, 60, [newest(0, 20)]])
  })

  it('costs nothing after rows', async () => {
    const list = new NumberList(60)
    const ledger = createRangeLedger(list.byOffset())
    await ledger.read(newest(40, 20), keepStart)
    expect([await ledger.count(), list.requests.length]).toEqual([60, 1])
  })

  it('costs the smallest page on its own, once', async () => {
    const list = new NumberList(60)
    const ledger = createRangeLedger(list.byPage())
    expect(await Promise.all([ledger.count(), ledger.count()])).toEqual([60, 60])
    expect(await ledger.count()).toBe(60)
    expect(list.requests).toEqual([newest(0, 1)])
  })

  it('comes with the rows that could be read', async () => {
    const list = new NumberList(600)
    list.failsAt = 0
    const ledger = createRangeLedger(list.byPage())
    const [rows, total] = await Promise.allSettled([
      Promise.all([ledger.read(newest(0, 20), keepStart), ledger.read(newest(300, 20), keepStart)]),
      ledger.count(),
    ])
    expect([rows.status, total]).toEqual(['rejected', { status: 'fulfilled', value: 600 }])
  })

  it('is null when the provider sends no total', async () => {
    const list = new NumberList(60)
    list.excess = null
    expect(await createRangeLedger(list.byOffset()).count()).toBeNull()
  })

  it.each<[string, number, number, number | null, RowRange[]]>([
    ['is proved by the last row', 60, 0, 60, [newest(0, 1), newest(59, 2)]],
    ['is null when there is no last row', 60, 7, null, [newest(0, 1), newest(66, 2)]],
    ['is proved by a single row', 1, 0, 1, [newest(0, 1)]],
    ['is 0 without a proof', 0, 0, 0, [newest(0, 1)]],
    ['is null for an empty list', 0, 7, null, [newest(0, 1), newest(6, 2)]],
  ])('that may be too high %s', async (_, count, excess, total, requests) => {
    const list = new NumberList(count)
    list.excess = excess
    expect(await createRangeLedger(list.byOffset(false)).count()).toBe(total)
    expect(list.requests).toEqual(requests)
  })

  it.each<[ListEnd]>([['newest'], ['oldest']])('that may be too high is proved by rows at the %s end', async (end) => {
    const list = new NumberList(60)
    const ledger = createRangeLedger(list.byOffset(false))
    await ledger.read({ end, offset: 50, limit: 10 }, keepStart)
    expect([await ledger.count(), list.requests.length]).toEqual([60, 1])
  })

  it('that may be too high follows a change of the list', async () => {
    const list = new NumberList(60)
    const ledger = createRangeLedger(list.byOffset(false))
    await ledger.read(newest(0, 10), keepStart)
    list.rows.shift()
    expect(await ledger.count()).toBe(59)
  })
})
