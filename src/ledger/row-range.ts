import type { KeptAnswers, KeptPart, ListState } from '../operation.ts'
import type { Instant } from '../values/instant.ts'
import type { Row } from './ledger.ts'
import type { ListEnd } from './position.ts'
import type { ProviderSums } from './summary.ts'

/** The rows `[offset, offset + limit)` of a list, counted from one of its ends. */
export interface RowRange {
  readonly end: ListEnd
  readonly offset: number
  readonly limit: number
}

/** The side of a range that must come when one request cannot bring all of it. */
export type RangeSide = 'start' | 'end'

/** Rows that one answer of the provider brought, in the order of the range's end: one consistent view of the list. */
export interface Slice<T> extends ListState {
  readonly end: ListEnd
  /** Offset of `rows[0]`. */
  readonly offset: number
  readonly rows: readonly Row<T>[]
  /** Page size of the answer. */
  readonly limit: number
  /** Rows of the whole list at that moment; null where the provider does not report it. */
  readonly total: number | null
  /**
   * False where `total` may count rows that are not in this list, so that it is only an upper bound: where `offset + rows`
   * reach it, there is no more.
   */
  readonly totalIsExact: boolean
  /**
   * Something that the provider computes over the whole list and that changes whenever an entry is added, removed or
   * changed; null where there is none. Two slices with equal fingerprints and totals show the same list.
   */
  readonly fingerprint: string | null
  /** Left out for an answer that the provider has just sent. */
  readonly kept?: KeptPart | undefined
  /** Reads the provider's own sums over the whole list; left out where it does not sum. */
  sums?(): ProviderSums | null
}

/** Reads row ranges with one HTTP request each, without regard to other reads of the same list. */
export interface RangeReader<T> {
  /** The ends that the provider can count from. */
  readonly ends: readonly ListEnd[]
  /** True where an answer may come without an exact total, so that only reading on shows whether there is more. */
  readonly mayOmitTotal: boolean
  /**
   * The rows that are requested where a total or sums alone are wanted, 1 by default. An answer with the whole list shows
   * whether its sums can still change.
   */
  readonly rowsWithTotal?: number
  /** The most rows that one request can bring. */
  maxRows(): number
  /** The largest part of a range, at one of its sides, that one request can bring. */
  fit(range: RowRange, side: RangeSide): RowRange
  /**
   * Reads a range that `fit` allows, with one request; with further ones where the provider answers another page size.
   * @param kept the answers of earlier operations that will do; any by default
   * @throws {UpstreamError} when the provider fails
   */
  fetch(range: RowRange, side: RangeSide, kept?: KeptAnswers): Promise<Slice<T>>
}

/**
 * A list by row ranges, for the length of one operation. `read` costs one upstream request at most per call, shares requests
 * with other reads of the operation, and may bring more rows than requested, or fewer, where a single answer cannot hold them; it
 * always brings the given side of the range, where the list reaches that far.
 */
export interface RowRanges<T> extends Omit<RangeReader<T>, 'fetch' | 'rowsWithTotal'> {
  /**
   * @throws {UpstreamError} when the provider fails
   */
  read(range: RowRange, options: ReadOptions): Promise<Slice<T>>
}

export interface ReadOptions {
  readonly side: RangeSide
  /** True when an answer that this operation already holds will not do. */
  readonly fresh?: boolean
  /** The answers of earlier operations that will do: none when it must be fresh, any otherwise, unless given. */
  readonly kept?: KeptAnswers
}

/** The offset behind the last row of a range. */
export const stopOf = (range: RowRange) => range.offset + range.limit

/** The total of the list that a slice shows, where it is exact. */
export function exactTotal<T>({ total, totalIsExact }: Slice<T>): number | null {
  return totalIsExact ? total : null
}

/** The instants of rows; a row without one takes its neighbour's, and all are null where no row has one. */
export function instantsOf<T>(rows: readonly Row<T>[]): readonly (Instant | null)[] {
  const instants = rows.map(({ instant }) => instant)
  let known = instants.find((instant) => instant !== null) ?? null
  return instants.map((instant) => {
    known = instant ?? known
    return known
  })
}
