import type { Keep, RangeReader, Row, RowRange, Slice } from './ledger.ts'
import type { ProviderSums } from './summary.ts'

/** One page of a list that counts pages from 1. */
export interface PageRequest {
  readonly page: number
  readonly perPage: number
}

/** What a provider answers to a page request. */
export interface Page<T> {
  readonly rows: readonly Row<T>[]
  readonly total: number
  /** The page size that the provider says it used; null where it does not say. */
  readonly perPage: number | null
  readonly fingerprint: string | null
  /** What the provider itself says of the whole list; left out where it does not sum. */
  readonly sums?: ProviderSums | null
}

/**
 * The page sizes that a provider honours, as far as is known: any size up to `max`, or `only` one. Learned from its
 * answers, so one value is kept for all lists of a provider.
 */
export interface PageSizes {
  max: number
  only: number | null
}

/** The page of the smallest size that holds the whole range, or null where no page does. */
export function fitPage({ offset, limit }: { offset: number; limit: number }, sizes: PageSizes): PageRequest | null {
  const last = offset + limit - 1
  const from = sizes.only ?? Math.max(limit, 1)
  for (let perPage = from; perPage <= (sizes.only ?? sizes.max); perPage++) {
    const page = Math.floor(offset / perPage)
    if (page === Math.floor(last / perPage)) return { page: page + 1, perPage }
  }
  return null
}

/** The largest part of a range, at its kept side, that one page holds. Of a range with rows it is never empty. */
export function fitRange(range: RowRange, keep: Keep, sizes: PageSizes): RowRange {
  if (range.limit <= 0 || fitPage(range, sizes)) return range
  const { end, offset } = range
  const stop = offset + range.limit
  let limit = 1
  for (let perPage = sizes.only ?? 1; perPage <= (sizes.only ?? sizes.max); perPage++) {
    const rows = keep === 'start' ? perPage - (offset % perPage) : ((stop - 1) % perPage) + 1
    limit = Math.max(limit, Math.min(rows, range.limit))
  }
  return { end, offset: keep === 'start' ? offset : stop - limit, limit }
}

/** How a list with numbered pages is read, and what to make of answers that are not as asked. */
export interface PageNumberOptions<T> {
  readonly sizes: PageSizes
  fetchPage(request: PageRequest): Promise<Page<T>>
  /** True when the provider refused a request because of its page size. */
  refusesSize?(error: unknown): boolean
  /** The page size to go down to after such a refusal. */
  readonly fallbackSize?: number
  /** The error for an answer that cannot be placed in the list. */
  invalid(expected: string): Error
}

/**
 * Row ranges over a list with numbered pages. A range is read as one page of the smallest fitting size. The size that
 * the answer states is believed before the one that was asked, since a row's place follows from it: where they differ,
 * the difference is learned and the range is asked for again.
 */
export function createPageNumberReader<T>(options: PageNumberOptions<T>): RangeReader<T> {
  const { sizes } = options

  async function fetch(range: RowRange, keep: Keep): Promise<Slice<T>> {
    for (let attempt = 0; ; attempt++) {
      const request = fitPage(fitRange(range, keep, sizes), sizes) ?? { page: 1, perPage: sizes.only ?? sizes.max }
      const page = await options.fetchPage(request).catch((error: unknown) => {
        const lower = options.fallbackSize ?? 0
        if (!options.refusesSize?.(error) || attempt >= 3) throw error
        // A size that only an answer told need not be one that may be asked for.
        if (sizes.only !== null) sizes.only = null
        else if (request.perPage > lower) sizes.max = lower
        else throw error
        return null
      })
      if (!page) continue
      const count = page.rows.length
      const isShort = (perPage: number) => count < perPage && (request.page - 1) * perPage + count < page.total
      let perPage = page.perPage ?? request.perPage
      if (page.perPage === null && count > 0 && (count > perPage || isShort(perPage))) perPage = count
      if (count > perPage || (count > 0 && isShort(perPage))) {
        throw options.invalid(`expected ${perPage} rows on a full page, got ${count}`)
      }
      if (perPage !== request.perPage && perPage > 0) {
        if (perPage > request.perPage) sizes.only = perPage
        else if (request.perPage <= sizes.max && sizes.max !== perPage) sizes.max = perPage
        else sizes.only = perPage
        if (attempt < 3) continue
        throw options.invalid('expected the page size that was asked for')
      }
      return {
        end: 'newest',
        offset: (request.page - 1) * perPage,
        rows: page.rows,
        limit: perPage,
        total: page.total,
        totalIsExact: true,
        fingerprint: page.fingerprint,
        ...(page.sums === undefined ? {} : { sums: page.sums }),
      }
    }
  }

  return {
    ends: ['newest'],
    mayOmitTotal: false,
    maxRows: () => sizes.only ?? sizes.max,
    fit: (range, keep) => fitRange(range, keep, sizes),
    fetch,
  }
}
