import type { Row } from './ledger.ts'
import type { RangeSide, RowRange } from './row-range.ts'

/** One page of a list that counts pages from 1. */
export interface PageRequest {
  readonly page: number
  readonly perPage: number
}

/** The page sizes that a provider honours, as far as is known: any size up to `max`, or `only` one. */
export interface PageSizes {
  readonly max: number
  readonly only: number | null
  /** True when this was checked on the first two pages of a list, for answers that do not state their page size. */
  readonly isProven?: boolean
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

/** The largest part of a range, at one of its sides, that one page holds. Of a range with rows it is never empty. */
export function fitRange(range: RowRange, side: RangeSide, sizes: PageSizes): RowRange {
  if (range.limit <= 0 || fitPage(range, sizes)) return range
  const { end, offset } = range
  const stop = offset + range.limit
  let limit = 1
  for (let perPage = sizes.only ?? 1; perPage <= (sizes.only ?? sizes.max); perPage++) {
    const rows = side === 'start' ? perPage - (offset % perPage) : ((stop - 1) % perPage) + 1
    limit = Math.max(limit, Math.min(rows, range.limit))
  }
  return { end, offset: side === 'start' ? offset : stop - limit, limit }
}

/** The numbers of an answer that its place in the list follows from. */
export interface PageCounts {
  readonly rows: number
  /** Rows of the whole list. */
  readonly total: number
  /** The page size that the provider says it used; null where it does not say. */
  readonly perPage: number | null
}

/**
 * Evidence for the page size of an answer.
 *
 * - `as-requested`: they fit the requested size, and the rows are in their place: the provider states the size, or
 *   it is the first page, whose rows are the first ones whatever its size
 * - `unstated`: they fit the requested size, but another one may have the same number of rows on this page
 * - `whole-list`: the first page has all rows; the page size does not matter, and shows only that it is not smaller
 * - `stated`: they fit the other size that the provider states
 * - `inconsistent`: they fit no size that was requested or stated; `expectedRows` would fit
 */
export type PageSizeEvidence =
  | { readonly kind: 'as-requested' }
  | { readonly kind: 'unstated'; readonly isStated: false }
  | { readonly kind: 'whole-list' }
  | { readonly kind: 'stated'; readonly perPage: number }
  | { readonly kind: 'inconsistent'; readonly isStated: boolean; readonly expectedRows: number }

/** Counts the rows of a page in a list of `total` rows: a full page, or as many as reach the list's end. */
function rowsOnPage({ page, perPage }: PageRequest, total: number): number {
  return Math.max(0, Math.min(perPage, total - (page - 1) * perPage))
}

/** See `PageSizeEvidence`. A stated size of 0 counts as not stated. */
export function assessPageSize(request: PageRequest, { rows, total, perPage }: PageCounts): PageSizeEvidence {
  const stated = perPage || null
  const used = stated ?? request.perPage
  const expectedRows = rowsOnPage({ page: request.page, perPage: used }, total)
  if (used === request.perPage && rows === expectedRows) {
    return stated !== null || request.page === 1 ? { kind: 'as-requested' } : { kind: 'unstated', isStated: false }
  }
  if (request.page === 1 && rows === total) return { kind: 'whole-list' }
  if (rows !== expectedRows) return { kind: 'inconsistent', isStated: stated !== null, expectedRows }
  return { kind: 'stated', perPage: used }
}

/**
 * True when the second page confirms that the page size is the number of rows on the first one: it has as many rows as that
 * size makes it have, at least one, and none of the first page's but those that new entries pushed over.
 */
export function confirmsPageSize<T>(
  first: { readonly rows: readonly Row<T>[]; readonly total: number },
  second: { readonly rows: readonly Row<T>[]; readonly total: number },
): boolean {
  const perPage = first.rows.length
  const ids = new Set(first.rows.map(({ id }) => id))
  const repeated = second.rows.filter(({ id }) => ids.has(id)).length
  return (
    perPage > 0 &&
    second.rows.length > 0 &&
    second.rows.length === rowsOnPage({ page: 2, perPage }, second.total) &&
    repeated <= Math.max(0, second.total - first.total)
  )
}

/** The page sizes that are honoured when a provider used another size than the requested one. */
export function adaptPageSizes(sizes: PageSizes, asked: number, used: number): PageSizes {
  return used < asked && sizes.only === null ? { max: used, only: null } : { max: sizes.max, only: used }
}
