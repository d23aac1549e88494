import type { KeptAnswers, KeptPart } from '../operation.ts'
import type { AdaptiveLimit } from './adaptive-limit.ts'
import type { Row } from './ledger.ts'
import {
  adaptPageSizes,
  assessPageSize,
  confirmsPageSize,
  fitPage,
  fitRange,
  type PageRequest,
  type PageSizeEvidence,
  type PageSizes,
} from './page-size.ts'
import type { RangeReader, RangeSide, RowRange, Slice } from './row-range.ts'
import type { ProviderSums } from './summary.ts'

/** The answer of a provider to a page request. */
export interface Page<T> {
  readonly rows: readonly Row<T>[]
  readonly total: number
  /** The page size that the provider says it used; null where it does not say. */
  readonly perPage: number | null
  readonly fingerprint: string | null
  /** See `Slice`. */
  readonly kept?: KeptPart | undefined
  /** Reads the provider's own sums over the whole list; left out where it does not sum. */
  sums?(): ProviderSums | null
}

/** The requests by which a list with numbered pages is read, and how unusual answers are handled. */
export interface PageNumberOptions<T> {
  /** Shared by all lists of the provider. */
  readonly sizes: AdaptiveLimit<PageSizes>
  fetchPage(request: PageRequest, kept: KeptAnswers): Promise<Page<T>>
  /** True when the provider refused a request, possibly because of its page size. */
  refusesSize?(error: unknown): boolean
  /** The page size to try after such a refusal. */
  readonly fallbackSize?: number
  /** The error for an answer that cannot be placed in the list. */
  invalid(expected: string): Error
  /** See `RangeReader`. */
  readonly rowsWithTotal?: number
}

/** The most times that one range is requested again because another page size was stated. */
const MAX_RELEARNED = 3

interface Answer<T> {
  readonly request: PageRequest
  readonly page: Page<T>
}

/** Returns the page that brings the given side of a range. */
function requestFor(range: RowRange, side: RangeSide, sizes: PageSizes): PageRequest {
  return fitPage(fitRange(range, side, sizes), sizes) ?? { page: 1, perPage: sizes.only ?? sizes.max }
}

/** The rows of a page with their place in the list. */
class PageSlice<T> implements Slice<T> {
  readonly end = 'newest'
  readonly offset: number
  readonly rows: readonly Row<T>[]
  readonly limit: number
  readonly total: number
  readonly totalIsExact = true
  readonly kept: KeptPart | undefined
  readonly #page: Page<T>

  /** @param limit how many rows the page had room for */
  constructor(page: Page<T>, offset: number, limit: number) {
    this.offset = offset
    this.rows = page.rows
    this.limit = limit
    this.total = page.total
    this.kept = page.kept
    this.#page = page
  }

  /** Read from the page each time, because computing it may cost more than reading the rows. */
  get fingerprint(): string | null {
    return this.#page.fingerprint
  }

  sums(): ProviderSums | null {
    return this.kept === 'rows' ? null : (this.#page.sums?.() ?? null)
  }

  withLimit(limit: number): PageSlice<T> {
    return new PageSlice(this.#page, this.offset, limit)
  }
}

/** Describes a valid answer, for the error. */
function expectationOf(evidence: PageSizeEvidence, { page }: PageRequest, rows: number): string {
  if (evidence.kind === 'inconsistent') return `expected ${evidence.expectedRows} rows on page ${page}, got ${rows}`
  return 'expected a stated page size, or one that the first two pages show'
}

/**
 * Row ranges over a list with numbered pages. A range is read as one page of the smallest fitting size.
 *
 * A row's place follows from the page size that the provider used. A size that it states is believed when the rows agree
 * with it. Where it states none, the number of rows on the first page is a hypothesis, and it is learned when the second page
 * confirms it (see `proveSizes`). Any other answer is invalid: a short or an empty page inside the list must never shorten
 * it.
 */
export function createPageNumberReader<T>(options: PageNumberOptions<T>): RangeReader<T> {
  const { sizes, fallbackSize = 0 } = options

  /** Requests a range. A refused page size is lowered for everybody only when the smaller page is not refused. */
  async function request(range: RowRange, side: RangeSide, kept: KeptAnswers): Promise<Answer<T>> {
    const asked = requestFor(range, side, sizes.value())
    try {
      return { request: asked, page: await options.fetchPage(asked, kept) }
    } catch (error) {
      if (!options.refusesSize?.(error) || asked.perPage <= fallbackSize) throw error
      const lowered = { max: fallbackSize, only: null }
      const smaller = requestFor(range, side, lowered)
      const page = await options.fetchPage(smaller, kept).catch((second: unknown) => {
        throw options.refusesSize?.(second) ? error : second
      })
      sizes.learn(lowered)
      return { request: smaller, page }
    }
  }

  /**
   * Checks which page sizes a provider honours that does not state the size it used: by the first page, which shows a size,
   * the second one, which confirms it, and a first page of one row less, which shows whether smaller sizes are honoured.
   *
   * The result is learned.
   *
   * @returns the whole list where the first page has all of it, so that no page size matters; else null
   */
  async function proveSizes(asked: number): Promise<PageSlice<T> | null> {
    const first = await options.fetchPage({ page: 1, perPage: asked }, 'none')
    const used = first.rows.length
    if (used === first.total) return new PageSlice(first, 0, Math.max(used, asked))
    if (used === 0) return null
    if (used !== asked && !confirmsPageSize(first, await options.fetchPage({ page: 2, perPage: asked }, 'none')))
      return null
    let isFixed = used > asked || used === 1
    if (!isFixed) {
      const { rows } = await options.fetchPage({ page: 1, perPage: used - 1 }, 'none')
      isFixed = rows.length === used
      if (!isFixed && rows.length !== used - 1) return null
    }
    sizes.learn(
      isFixed ? { max: sizes.value().max, only: used, isProven: true } : { max: used, only: null, isProven: true },
    )
    return null
  }

  /** See `proveSizes`. */
  async function provePage({ perPage }: PageRequest): Promise<PageSlice<T> | null> {
    const largest = Math.max(perPage, sizes.value().max)
    try {
      return await proveSizes(largest)
    } catch (error) {
      if (!options.refusesSize?.(error) || largest <= perPage) throw error
      return proveSizes(perPage)
    }
  }

  async function fetch(range: RowRange, side: RangeSide, kept: KeptAnswers = 'any'): Promise<Slice<T>> {
    let relearned = 0
    let doubts = 0
    for (;;) {
      const isFirst = relearned === 0 && doubts === 0
      const { request: asked, page } = await request(range, side, isFirst ? kept : 'none')
      const rows = page.rows.length
      const evidence = assessPageSize(asked, { rows, total: page.total, perPage: page.perPage })
      const isProven = evidence.kind === 'unstated' && sizes.value().isProven === true
      if (evidence.kind === 'as-requested' || isProven)
        return new PageSlice(page, (asked.page - 1) * asked.perPage, asked.perPage)
      if (evidence.kind === 'whole-list') return new PageSlice(page, 0, Math.max(rows, asked.perPage))
      if (evidence.kind === 'stated') {
        if (++relearned > MAX_RELEARNED) throw options.invalid('expected the page size that was asked for')
        sizes.learn(adaptPageSizes(sizes.value(), asked.perPage, evidence.perPage))
        continue
      }
      // The provider may have counted and read at different moments, so that an answer is read once more.
      if (++doubts > (evidence.isStated ? 1 : 2)) throw options.invalid(expectationOf(evidence, asked, rows))
      const proof = evidence.isStated ? null : await provePage(asked)
      if (proof !== null) return proof.withLimit(Math.max(proof.limit, asked.page * asked.perPage))
    }
  }

  return {
    ends: ['newest'],
    rowsWithTotal: options.rowsWithTotal ?? 1,
    mayOmitTotal: false,
    maxRows: () => sizes.value().only ?? sizes.value().max,
    fit: (range, side) => fitRange(range, side, sizes.value()),
    fetch,
  }
}
