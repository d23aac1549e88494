import type { Instant } from './instant.ts'
import type { ProviderSums } from './summary.ts'

/**
 * The end of a list that offsets count from. `newest`: offset 0 is the newest entry, and offsets drift when entries
 * arrive. `oldest`: offset 0 is the oldest entry, and only back-dating and deletion move an offset.
 */
export type End = 'newest' | 'oldest'

/** No list is taken to be longer: it is the largest Int of GraphQL. */
export const MAX_ROWS = 2 ** 31 - 1

/** The rows `[offset, offset + limit)` of a list, counted from one of its ends. */
export interface RowRange {
  readonly end: End
  readonly offset: number
  readonly limit: number
}

/** One row as a provider sent it: what it says, or the error that says why it could not be understood. */
export interface Row<T> {
  /** The provider's identifier; where the row has none, something that stands for its content. */
  readonly id: string
  /** When the entry was made; null where the row does not say. */
  readonly instant: Instant | null
  readonly value: T | Error
}

/** Rows that one answer of the provider brought, in the order of the range's end: one consistent look at the list. */
export interface Slice<T> {
  readonly end: End
  /** Where `rows[0]` stands. */
  readonly offset: number
  readonly rows: readonly Row<T>[]
  /** How many rows the answer had room for. */
  readonly limit: number
  /** Rows of the whole list at that moment; null where the provider does not tell. */
  readonly total: number | null
  /**
   * False where `total` may count rows that are not in this list, so that it is only an upper bound. What it says
   * about the end of the list then holds in one direction: where `offset + rows` reach it, there is no more.
   */
  readonly totalIsExact: boolean
  /**
   * Something that the provider computed over the whole list and that changes whenever an entry comes, goes or changes;
   * null where there is none. Two slices with equal fingerprints and totals look at the same list.
   */
  readonly fingerprint: string | null
  /** What the provider itself says of the whole list; left out where it does not sum. */
  readonly sums?: ProviderSums | null
}

/** Which side of a range must come when one request cannot bring all of it. */
export type Keep = 'start' | 'end'

/**
 * One list of a provider, as far as paging knows it. `read` costs one upstream request at most per call, shares requests
 * with other reads of the same operation, and may bring more rows than asked, or fewer, where a single answer cannot
 * hold them; it always brings the kept side of the range, where the list reaches that far.
 */
export interface Ledger<T> {
  /** The ends that the provider can count from. */
  readonly ends: readonly End[]
  /** True where an answer may come without an exact total, so that only reading on tells whether there is more. */
  readonly mayOmitTotal: boolean
  /** The most rows that one request can bring. */
  maxRows(): number
  /** The largest part of a range, at its kept side, that one request can bring. */
  fit(range: RowRange, keep: Keep): RowRange
  /**
   * @param fresh true when an answer that this operation already holds will not do
   * @throws {UpstreamError} when the provider fails
   */
  read(range: RowRange, options: { keep: Keep; fresh?: boolean }): Promise<Slice<T>>
  /** Rows of the whole list, exactly; null where the provider does not tell. */
  count(): Promise<number | null>
  /** What the provider itself says of the whole list; null where it does not sum. */
  sums(): Promise<ProviderSums | null>
}

/** What one HTTP request to a list brings, before anything is known about the list's other readers. */
export interface RangeReader<T> {
  readonly ends: readonly End[]
  readonly mayOmitTotal: boolean
  maxRows(): number
  fit(range: RowRange, keep: Keep): RowRange
  /** Reads a range that `fit` allows, with one request; with a further one where the provider answers another size than asked. */
  fetch(range: RowRange, keep: Keep): Promise<Slice<T>>
}

/** The provider does not offer this list, though it may offer its parts. Never leaves the gateway as it is. */
export class LedgerRefusedError extends Error {
  override readonly name = 'LedgerRefusedError'
}
