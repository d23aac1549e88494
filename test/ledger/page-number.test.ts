import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Keep, RowRange } from '../../src/ledger/ledger.ts'
import {
  createPageNumberReader,
  fitPage,
  fitRange,
  type Page,
  type PageNumberOptions,
  type PageRequest,
  type PageSizes,
} from '../../src/ledger/page-number.ts'

const newest = (offset: number, limit: number): RowRange => ({ end: 'newest', offset, limit })

const upTo = (max: number): PageSizes => ({ max, only: null })
const only = (perPage: number): PageSizes => ({ max: 100, only: perPage })

/** Every page that holds the whole range, found by looking at all of them; smallest size first. */
function pagesThatHold({ offset, limit }: { offset: number; limit: number }, sizes: PageSizes): PageRequest[] {
  const found: PageRequest[] = []
  for (let perPage = 1; perPage <= 100; perPage++) {
    if (sizes.only === null ? perPage > sizes.max : perPage !== sizes.only) continue
    for (let page = 1; (page - 1) * perPage <= offset; page++) {
      if (offset + limit <= page * perPage) found.push({ page, perPage })
    }
  }
  return found
}

describe('fitPage()', () => {
  it.each<[string, RowRange, PageSizes, PageRequest | null]>([
    ['the first row', newest(0, 1), upTo(100), { page: 1, perPage: 1 }],
    ['a page from the start', newest(0, 20), upTo(100), { page: 1, perPage: 20 }],
    ['the largest page', newest(0, 100), upTo(100), { page: 1, perPage: 100 }],
    ['the last row of a page', newest(19, 1), upTo(100), { page: 20, perPage: 1 }],
    ['the second page', newest(20, 20), upTo(100), { page: 2, perPage: 20 }],
    ['a page from its second row on', newest(1, 20), upTo(100), { page: 1, perPage: 21 }],
    ['a page one row early', newest(19, 20), upTo(100), { page: 1, perPage: 39 }],
    ['a page one row late', newest(21, 20), upTo(100), { page: 2, perPage: 21 }],
    ['a range that neither halves nor thirds hold', newest(15, 10), upTo(100), { page: 2, perPage: 13 }],
    ['a range far down', newest(1_000_000_001, 49), upTo(100), { page: 20_000_001, perPage: 50 }],
    ['a large range across the middle of the largest page', newest(99, 2), upTo(100), { page: 34, perPage: 3 }],
    ['a range of the fixed size', newest(20, 20), only(20), { page: 2, perPage: 20 }],
    ['a part of a page of the fixed size', newest(25, 3), only(20), { page: 2, perPage: 20 }],
    ['more than the largest page', newest(0, 101), upTo(100), null],
    ['the largest page one row late', newest(1, 100), upTo(100), null],
    ['a range across two pages of the fixed size', newest(19, 2), only(20), null],
  ])('places %s', (_, range, sizes, page) => {
    expect(fitPage(range, sizes)).toEqual(page)
  })

  it('takes the smallest page that holds the range, and one wherever there is one', () => {
    for (const sizes of [upTo(1), upTo(7), upTo(12), only(1), only(5)]) {
      for (let offset = 0; offset <= 40; offset++) {
        for (let limit = 1; limit <= 14; limit++) {
          const [smallest = null] = pagesThatHold({ offset, limit }, sizes)
          expect(fitPage({ offset, limit }, sizes), JSON.stringify({ offset, limit, sizes })).toEqual(smallest)
        }
      }
    }
  })

  it('holds any range of up to half the largest page on one page', () => {
    fc.assert(
      fc.property(fc.nat(2_000_000_000), fc.integer({ min: 1, max: 49 }), (offset, limit) => {
        const { page, perPage } = fitPage({ offset, limit }, upTo(100))!
        expect(perPage).toBeLessThanOrEqual(100)
        expect((page - 1) * perPage).toBeLessThanOrEqual(offset)
        expect(page * perPage).toBeGreaterThanOrEqual(offset + limit)
      }),
    )
  })
})

describe('fitRange()', () => {
  it('leaves a range alone that one page holds', () => {
    expect(fitRange(newest(15, 10), 'start', upTo(100))).toEqual(newest(15, 10))
    expect(fitRange(newest(15, 10), 'end', upTo(100))).toEqual(newest(15, 10))
  })

  it('keeps the side that is wanted', () => {
    expect(fitRange(newest(0, 150), 'start', upTo(100))).toEqual(newest(0, 100))
    expect(fitRange(newest(50, 150), 'end', upTo(100))).toEqual(newest(100, 100))
    expect(fitRange(newest(15, 10), 'start', only(20))).toEqual(newest(15, 5))
    expect(fitRange(newest(15, 10), 'end', only(20))).toEqual(newest(20, 5))
  })

  it('leaves a range without rows alone', () => {
    expect(fitRange(newest(7, 0), 'start', upTo(100))).toEqual(newest(7, 0))
  })

  it('takes the largest part at the kept side that one page holds', () => {
    for (const sizes of [upTo(1), upTo(7), upTo(12), only(1), only(5)]) {
      for (let offset = 0; offset <= 30; offset++) {
        for (let limit = 1; limit <= 16; limit++) {
          for (const keep of ['start', 'end'] as const) {
            const parts = Array.from({ length: limit }, (_, index) => index + 1).map((rows) =>
              newest(keep === 'start' ? offset : offset + limit - rows, rows),
            )
            const largest = parts.findLast((part) => pagesThatHold(part, sizes).length > 0)
            expect(fitRange(newest(offset, limit), keep, sizes)).toEqual(largest)
          }
        }
      }
    }
  })
})

/** A list of so many rows, and how the server that offers it treats page sizes. */
interface Server {
  readonly count: number
  /** The page size that is used for the one asked for. */
  readonly perPageFor: (asked: number) => number
  /** The page size that the answer tells. */
  readonly echo: (used: number) => number | null
}

const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `row-${index}`, instant: BigInt(-index), value: index }))

const invalid = (expected: string) => new Error(expected)

/** A reader over a server, and the requests that arrived there. */
function readerOf(server: Server, options: Partial<PageNumberOptions<number>> = {}) {
  const requests: PageRequest[] = []
  const sizes = options.sizes ?? upTo(100)
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
  return { reader: createPageNumberReader<number>({ fetchPage, invalid, ...options, sizes }), requests, sizes }
}

const asAsked = (asked: number) => asked
const told = (used: number) => used
const untold = () => null

describe('createPageNumberReader()', () => {
  it('reads a range as one page', async () => {
    const { reader, requests } = readerOf({ count: 50, perPageFor: asAsked, echo: told })
    expect(await reader.fetch(newest(15, 10), 'start')).toEqual({
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
    const { reader, requests } = readerOf({ count: 50, perPageFor: asAsked, echo: told })
    const { offset, rows, total } = await reader.fetch(newest(60, 10), 'start')
    expect({ offset, rows, total }).toEqual({ offset: 60, rows: [], total: 50 })
    expect(requests).toEqual([{ page: 7, perPage: 10 }])
  })

  it.each([
    ['that it tells', told],
    ['that only its rows show', untold],
  ])('learns a largest page %s', async (_, echo) => {
    const { reader, requests, sizes } = readerOf({ count: 90, perPageFor: (asked) => Math.min(asked, 20), echo })
    const { offset, rows } = await reader.fetch(newest(30, 30), 'start')
    expect({ offset, ids: rows.map(({ value }) => value) }).toEqual({
      offset: 30,
      ids: Array.from({ length: 15 }, (_, index) => 30 + index),
    })
    expect(sizes).toEqual(upTo(20))
    await reader.fetch(newest(0, 30), 'start')
    expect(requests).toEqual([
      { page: 2, perPage: 30 },
      { page: 3, perPage: 15 },
      { page: 1, perPage: 20 },
    ])
  })

  it.each([
    ['a larger one', 5],
    ['a smaller one', 49],
  ])('learns a page size that cannot be chosen from %s', async (_, asked) => {
    const { reader, requests, sizes } = readerOf({ count: 90, perPageFor: () => 20, echo: told })
    await reader.fetch(newest(0, asked), 'start')
    await reader.fetch(newest(0, 5), 'start')
    expect(sizes.only).toBe(20)
    expect(requests.at(-1)).toEqual({ page: 1, perPage: 20 })
    expect((await reader.fetch(newest(37, 10), 'end')).offset).toBe(40)
  })

  it('keeps what it learned for the other lists of the provider', async () => {
    const sizes = upTo(100)
    const server: Server = { count: 90, perPageFor: () => 20, echo: told }
    await readerOf(server, { sizes }).reader.fetch(newest(0, 5), 'start')
    const { reader, requests } = readerOf(server, { sizes })
    await reader.fetch(newest(0, 5), 'start')
    expect(requests).toEqual([{ page: 1, perPage: 20 }])
  })

  it('believes a last page without a page size to be as asked', async () => {
    const { reader, requests, sizes } = readerOf({ count: 25, perPageFor: asAsked, echo: untold })
    expect((await reader.fetch(newest(20, 20), 'start')).offset).toBe(20)
    expect([requests, sizes]).toEqual([[{ page: 2, perPage: 20 }], upTo(100)])
  })

  it.each<[string, (used: number) => number]>([
    ['more rows than the page size that is told', (used) => used - 1],
    ['fewer rows than the page size that is told, in the middle of the list', (used) => used + 1],
  ])('refuses %s', async (_, echo) => {
    const { reader } = readerOf({ count: 90, perPageFor: asAsked, echo })
    await expect(reader.fetch(newest(20, 20), 'start')).rejects.toThrow(/^expected \d+ rows on a full page, got 20$/)
  })

  it('gives up on a server that uses another page size every time', async () => {
    let used = 30
    const { reader, requests } = readerOf({ count: 900, perPageFor: () => used++, echo: told })
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
        echo: told,
      }
      const refusesSize = (error: unknown) => error instanceof SizeRefusal
      return readerOf(server, { refusesSize, fallbackSize: 20 })
    }

    it('goes down to the fallback size, and stays there', async () => {
      const { reader, requests, sizes } = refusing(50)
      expect((await reader.fetch(newest(0, 60), 'start')).rows.length).toBe(20)
      expect((await reader.fetch(newest(0, 60), 'end')).offset).toBe(40)
      expect(sizes).toEqual(upTo(20))
      expect(requests).toEqual([
        { page: 1, perPage: 60 },
        { page: 1, perPage: 20 },
        { page: 3, perPage: 20 },
      ])
    })

    it('fails when that is refused as well', async () => {
      const { reader, requests } = refusing(10)
      await expect(reader.fetch(newest(0, 60), 'start')).rejects.toBeInstanceOf(SizeRefusal)
      expect(requests.map(({ perPage }) => perPage)).toEqual([60, 20])
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
        { count: 90, perPageFor: asAsked, echo: told },
        { fetchPage, refusesSize: () => false, fallbackSize: 20 },
      )
      await expect(reader.fetch(newest(0, 60), 'start')).rejects.toBe(failure)
      expect(sizes).toEqual(upTo(100))
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
      echo: fc.constant(told),
    })
    const reads = fc.array(
      fc.record({
        offset: fc.nat(70),
        limit: fc.integer({ min: 1, max: 40 }),
        keep: fc.constantFrom<Keep>('start', 'end'),
      }),
      { minLength: 1, maxLength: 5 },
    )
    return fc.assert(
      fc.asyncProperty(server, reads, async (server, reads) => {
        const { reader } = readerOf(server)
        const list = rowsOf(server.count)
        for (const { offset, limit, keep } of reads) {
          const slice = await reader.fetch(newest(offset, limit), keep)
          expect(slice.rows).toEqual(list.slice(slice.offset, slice.offset + slice.limit))
          const kept = keep === 'start' ? offset : offset + limit - 1
          expect(slice.offset).toBeLessThanOrEqual(kept)
          expect(slice.offset + slice.limit).toBeGreaterThan(kept)
        }
      }),
    )
  })
})
