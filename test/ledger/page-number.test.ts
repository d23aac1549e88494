import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AdaptiveLimit } from '../../src/ledger/adaptive-limit.ts'
import { createPageNumberReader, type Page, type PageNumberOptions } from '../../src/ledger/page-number.ts'
import type { PageRequest, PageSizes } from '../../src/ledger/page-size.ts'
import type { RangeSide, RowRange } from '../../src/ledger/row-range.ts'

const newest = (offset: number, limit: number): RowRange => ({ end: 'newest', offset, limit })

const upTo = (max: number): PageSizes => ({ max, only: null })
const adaptive = () => new AdaptiveLimit(upTo(100))

/** A list of so many rows, and how the server that offers it treats page sizes. */
interface Server {
  readonly count: number
  /** The page size that is used for the one asked for. */
  readonly perPageFor: (asked: number) => number
  /** The page size that the answer states; null for none. */
  readonly echo: (used: number) => number | null
}

const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `row-${index}`, instant: BigInt(-index), value: index }))

const invalid = (expected: string) => new Error(expected)

/** A reader over a server, and the requests that arrived there. */
function readerOf(server: Server, options: Partial<PageNumberOptions<number>> = {}) {
  const requests: PageRequest[] = []
  const sizes = options.sizes ?? adaptive()
  const list = rowsOf(server.count)
  const fetchPage = async (request: PageRequest): Promise<Page<number>> => {
    requests.push(request)
    const used = server.perPageFor(request.perPage)
    const start = (request.page - 1) * used
    return {
      rows: list.slice(start, start + used),
      total: server.count,
      perPage: server.echo(used),
      fingerprint: null,
    }
  }
  return {
    reader: createPageNumberReader<number>({ fetchPage, invalid, ...options, sizes }),
    requests,
    sizes: () => sizes.value(),
  }
}

const asAsked = (asked: number) => asked
const stated = (used: number) => used
const unstated = () => null

describe('createPageNumberReader()', () => {
  it('reads a range as one page', async () => {
    const { reader, requests } = readerOf({ count: 50, perPageFor: asAsked, echo: stated })
    expect(await reader.fetch(newest(15, 10), 'start')).toMatchObject({
      end: 'newest',
      offset: 13,
      rows: rowsOf(50).slice(13, 26),
      limit: 13,
      total: 50,
      totalIsExact: true,
      fingerprint: null,
    })
    expect(requests).toEqual([{ page: 2, perPage: 13 }])
  })

  it('brings no rows from past the end, and the total', async () => {
    const { reader, requests } = readerOf({ count: 50, perPageFor: asAsked, echo: stated })
    const { offset, rows, total } = await reader.fetch(newest(60, 10), 'start')
    expect({ offset, rows, total }).toEqual({ offset: 60, rows: [], total: 50 })
    expect(requests).toEqual([{ page: 7, perPage: 10 }])
  })

  it.each<[string, Server['echo'], readonly PageRequest[]]>([
    ['that it states', stated, []],
    // The first page shows it, the second confirms it, and the last shows that smaller ones are honoured.
    [
      'that only its rows show',
      unstated,
      [
        { page: 1, perPage: 100 },
        { page: 2, perPage: 100 },
        { page: 1, perPage: 19 },
      ],
    ],
  ])('learns a largest page %s', async (_, echo, proof) => {
    const { reader, requests, sizes } = readerOf({ count: 90, perPageFor: (asked) => Math.min(asked, 20), echo })
    const { offset, rows } = await reader.fetch(newest(30, 30), 'start')
    expect({ offset, ids: rows.map(({ value }) => value) }).toEqual({
      offset: 30,
      ids: Array.from({ length: 15 }, (_, index) => 30 + index),
    })
    expect(sizes()).toMatchObject(upTo(20))
    await reader.fetch(newest(0, 30), 'start')
    expect(requests).toEqual([{ page: 2, perPage: 30 }, ...proof, { page: 3, perPage: 15 }, { page: 1, perPage: 20 }])
  })

  it.each([
    ['a larger one', 5],
    ['a smaller one', 49],
  ])('learns a page size that cannot be chosen from %s', async (_, asked) => {
    const { reader, requests, sizes } = readerOf({ count: 90, perPageFor: () => 20, echo: stated })
    await reader.fetch(newest(0, asked), 'start')
    await reader.fetch(newest(0, 5), 'start')
    expect(sizes().only).toBe(20)
    expect(requests.at(-1)).toEqual({ page: 1, perPage: 20 })
    expect((await reader.fetch(newest(37, 10), 'end')).offset).toBe(40)
  })

  it('keeps what it learned for the other lists of the provider', async () => {
    const sizes = adaptive()
    const server: Server = { count: 90, perPageFor: () => 20, echo: stated }
    await readerOf(server, { sizes }).reader.fetch(newest(0, 5), 'start')
    const { reader, requests } = readerOf(server, { sizes })
    await reader.fetch(newest(0, 5), 'start')
    expect(requests).toEqual([{ page: 1, perPage: 20 }])
  })

  it('takes a short list from its first page when a later one has no page size', async () => {
    const { reader, requests, sizes } = readerOf({ count: 25, perPageFor: asAsked, echo: unstated })
    const { offset, rows, limit } = await reader.fetch(newest(20, 20), 'start')
    expect({ offset, rows: rows.length, limit }).toEqual({ offset: 0, rows: 25, limit: 100 })
    expect(requests).toEqual([
      { page: 2, perPage: 20 },
      { page: 1, perPage: 100 },
    ])
    expect(sizes()).toEqual(upTo(100))
  })

  it('proves once that sizes are honoured that are not stated, and then believes every page', async () => {
    const { reader, requests } = readerOf({ count: 125, perPageFor: asAsked, echo: unstated })
    expect((await reader.fetch(newest(20, 20), 'start')).offset).toBe(20)
    expect((await reader.fetch(newest(120, 20), 'start')).rows.length).toBe(5)
    expect(requests).toEqual([
      { page: 2, perPage: 20 },
      { page: 1, perPage: 100 },
      { page: 1, perPage: 99 },
      { page: 2, perPage: 20 },
      { page: 7, perPage: 20 },
    ])
  })

  it('does not misplace the rows of a fixed page size that has as many rows on a later page as were asked for', async () => {
    const { reader } = readerOf({ count: 60, perPageFor: () => 40, echo: unstated })
    const { offset, rows } = await reader.fetch(newest(20, 20), 'start')
    expect(rows).toEqual(rowsOf(60).slice(offset, offset + rows.length))
  })

  it.each<[string, (used: number) => number]>([
    ['more rows than the page size that is stated', (used) => used - 1],
    ['fewer rows than the page size that is stated, in the middle of the list', (used) => used + 1],
  ])('refuses %s', async (_, echo) => {
    const { reader } = readerOf({ count: 90, perPageFor: asAsked, echo })
    await expect(reader.fetch(newest(20, 20), 'start')).rejects.toThrow(/^expected \d+ rows on page 2, got 20$/)
  })

  it.each([
    ['more than was asked for', newest(0, 5)],
    ['fewer than were asked for', newest(0, 100)],
    ['a short second page', newest(25, 5)],
    ['an empty second page', newest(45, 5)],
  ])('learns a fixed page size that is not stated from %s, once the second page confirms it', async (_, range) => {
    const { reader, sizes } = readerOf({ count: 51, perPageFor: () => 40, echo: unstated })
    const { offset, rows, total } = await reader.fetch(range, 'start')
    expect({ ids: rows.map(({ value }) => value), total }).toEqual({
      ids: Array.from({ length: rows.length }, (_, index) => offset + index),
      total: 51,
    })
    expect(offset).toBeLessThanOrEqual(range.offset)
    expect(offset + rows.length).toBeGreaterThan(range.offset)
    expect(sizes().only).toBe(40)
  })

  it.each([
    ['stated', stated],
    ['not stated', unstated],
  ])('learns nothing from a list that fits on one page of a fixed size that is %s', async (_, echo) => {
    for (const range of [newest(0, 5), newest(6, 5), newest(0, 11)]) {
      const { reader, sizes } = readerOf({ count: 11, perPageFor: () => 40, echo })
      const { offset, rows, total } = await reader.fetch(range, 'start')
      expect(rows.slice(range.offset - offset).map(({ value }) => value)).toEqual(
        Array.from({ length: 11 - range.offset }, (_, index) => range.offset + index),
      )
      expect(total).toBe(11)
      if (echo === unstated) expect(sizes()).toEqual(upTo(100))
    }
  })

  it('does not take the number of rows of a short list for a page size of the provider', async () => {
    const sizes = adaptive()
    await readerOf({ count: 3, perPageFor: asAsked, echo: () => 3 }, { sizes }).reader.fetch(newest(0, 50), 'start')
    expect(sizes.value()).toEqual(upTo(100))
  })

  describe('of a server whose answers do not add up', () => {
    /** Answers in turn; the last one again and again. */
    function scripted(answers: readonly Pick<Page<number>, 'rows' | 'total' | 'perPage'>[]) {
      const requests: PageRequest[] = []
      const sizes = adaptive()
      const fetchPage = async (request: PageRequest): Promise<Page<number>> => {
        requests.push(request)
        return { fingerprint: null, ...answers[Math.min(requests.length, answers.length) - 1]! }
      }
      return { reader: createPageNumberReader<number>({ sizes, fetchPage, invalid }), requests, sizes }
    }
    const rows = (start: number, stop: number) => rowsOf(stop).slice(start)

    it.each([
      ['an empty page inside the list', { rows: [], total: 90, perPage: 20 }],
      ['a short page inside the list', { rows: rows(20, 30), total: 90, perPage: 20 }],
      ['a short page inside the list, without its size', { rows: rows(20, 30), total: 90, perPage: null }],
      ['an empty page inside the list, without its size', { rows: [], total: 90, perPage: null }],
    ])('fails after reading %s once more, and learns nothing', async (_, answer) => {
      const { reader, sizes } = scripted([answer])
      await expect(reader.fetch(newest(20, 20), 'start')).rejects.toThrow(/^expected 20 rows on page 2, got \d+$/)
      expect(sizes.value()).toEqual(upTo(100))
    })

    it('believes the second answer where the first was counted and read at different moments', async () => {
      const { reader, requests } = scripted([
        { rows: [], total: 21, perPage: 20 },
        { rows: [], total: 20, perPage: 20 },
      ])
      const { offset, total } = await reader.fetch(newest(20, 20), 'start')
      expect({ offset, total, requests: requests.length }).toEqual({ offset: 20, total: 20, requests: 2 })
    })

    it('learns nothing from a short first page that the second page does not confirm', async () => {
      const { reader, sizes } = scripted([
        { rows: rows(0, 40), total: 90, perPage: null },
        { rows: rows(50, 90), total: 90, perPage: null },
        { rows: rows(0, 50), total: 90, perPage: null },
      ])
      expect((await reader.fetch(newest(0, 50), 'start')).rows.length).toBe(50)
      expect(sizes.value()).toEqual(upTo(100))
    })
  })

  it('gives up on a server that uses another page size every time', async () => {
    let used = 30
    const { reader, requests } = readerOf({ count: 900, perPageFor: () => used++, echo: stated })
    await expect(reader.fetch(newest(0, 10), 'start')).rejects.toThrow('expected the page size that was asked for')
    expect(requests.length).toBe(4)
  })

  describe('of a server that refuses large pages', () => {
    class SizeRefusal extends Error {}
    const refusing = (max: number) => {
      const server: Server = {
        count: 90,
        perPageFor(asked) {
          if (asked > max) throw new SizeRefusal()
          return asked
        },
        echo: stated,
      }
      const refusesSize = (error: unknown) => error instanceof SizeRefusal
      return readerOf(server, { refusesSize, fallbackSize: 20 })
    }

    it('goes down to the fallback size, and stays there', async () => {
      const { reader, requests, sizes } = refusing(50)
      expect((await reader.fetch(newest(0, 60), 'start')).rows.length).toBe(20)
      expect((await reader.fetch(newest(0, 60), 'end')).offset).toBe(40)
      expect(sizes()).toEqual(upTo(20))
      expect(requests).toEqual([
        { page: 1, perPage: 60 },
        { page: 1, perPage: 20 },
        { page: 3, perPage: 20 },
      ])
    })

    it('fails when that is refused as well, and learns nothing', async () => {
      const { reader, requests, sizes } = refusing(10)
      await expect(reader.fetch(newest(0, 60), 'start')).rejects.toBeInstanceOf(SizeRefusal)
      expect(requests.map(({ perPage }) => perPage)).toEqual([60, 20])
      expect(sizes()).toEqual(upTo(100))
    })

    it('fails when no smaller size is known', async () => {
      const { reader, requests } = refusing(10)
      await expect(reader.fetch(newest(0, 20), 'start')).rejects.toBeInstanceOf(SizeRefusal)
      expect(requests.map(({ perPage }) => perPage)).toEqual([20])
    })

    it('does not take other failures for it', async () => {
      const failure = new Error('The list is not there.')
      const fetchPage = () => Promise.reject(failure)
      const { reader, sizes } = readerOf(
        { count: 90, perPageFor: asAsked, echo: stated },
        { fetchPage, refusesSize: () => false, fallbackSize: 20 },
      )
      await expect(reader.fetch(newest(0, 60), 'start')).rejects.toBe(failure)
      expect(sizes()).toEqual(upTo(100))
    })
  })

  it('agrees with slicing an array, whatever page sizes the server uses', () => {
    const server: fc.Arbitrary<Server> = fc.record({
      count: fc.nat(60),
      perPageFor: fc.oneof(
        fc.constant(asAsked),
        fc.integer({ min: 1, max: 30 }).map((max) => (asked: number) => Math.min(asked, max)),
        fc.integer({ min: 1, max: 30 }).map((fixed) => () => fixed),
      ),
      echo: fc.constantFrom(stated, unstated),
    })
    const reads = fc.array(
      fc.record({
        offset: fc.nat(70),
        limit: fc.integer({ min: 1, max: 40 }),
        side: fc.constantFrom<RangeSide>('start', 'end'),
      }),
      { minLength: 1, maxLength: 5 },
    )
    return fc.assert(
      fc.asyncProperty(server, reads, async (server, reads) => {
        const { reader } = readerOf(server)
        const list = rowsOf(server.count)
        for (const { offset, limit, side } of reads) {
          const slice = await reader.fetch(newest(offset, limit), side)
          expect(slice.rows).toEqual(list.slice(slice.offset, slice.offset + slice.limit))
          const kept = side === 'start' ? offset : offset + limit - 1
          expect(slice.offset).toBeLessThanOrEqual(kept)
          expect(slice.offset + slice.limit).toBeGreaterThan(kept)
        }
      }),
    )
  })
})
