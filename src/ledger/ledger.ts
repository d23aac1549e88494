import type { Instant } from '../values/instant.ts'
import type { Anchor, Position, ScanDirection } from './position.ts'
import type { RowRanges } from './row-range.ts'
import type { ProviderSums } from './summary.ts'

/** The longest list: the largest Int of GraphQL. */
export const MAX_ROWS = 2 ** 31 - 1

/** One row as a provider sent it: its value, or the error that says why it could not be understood. */
export interface Row<T> {
  /** The provider's identifier; where the row has none, a digest of its content. */
  readonly id: string
  /** The timestamp of the entry; null when the row has none. */
  readonly instant: Instant | null
  readonly value: T | Error
}

/** A row in a stream, with what it takes to come back to it. */
export interface StreamRow<T> {
  readonly row: Row<T>
  /** The row's own instant, or its neighbour's where it has none. */
  readonly instant: Instant | null
  /** Identifies the row by its place in the answer that brought it. */
  anchor(): Anchor
}

/**
 * Selects rows. A row that could not be understood is always selected: it may be one that was looked for.
 *
 * The type is a method's, so that a list of one provider's entries counts as a list of entries.
 */
export type Accepts<T> = { accepts(value: T): boolean }['accepts']

/** Returns true when a row is selected; see `Accepts`. */
export function isAccepted<T>(row: Row<T>, accepts: Accepts<T> | null): boolean {
  if (accepts === null) return true
  const { value } = row
  return value instanceof Error || accepts(value)
}

/** The rows of one list from a position on, in the list's own order, read as they are needed. */
export interface RowStream<T> {
  /** Rows that were read and not yet taken, nearest first. */
  readonly buffer: StreamRow<T>[]
  /** True when nothing follows the buffer. */
  readonly isEnded: boolean
  /** True when rows are known to follow the buffer. */
  readonly hasMore: boolean
  /** Rows read so far, taken or not. */
  readonly rowsRead: number
  /**
   * Reads until the buffer holds at least `count` rows or the list ends.
   * @throws {UpstreamError} when the provider fails
   */
  fill(count: number): Promise<void>
  /**
   * Returns true when an accepted row precedes the position that the stream started from; null where the first answer does
   * not show it.
   */
  hasPrevious(accepts: Accepts<T> | null): boolean | null
  /** The position that the stream started from, its anchor where the first answer showed it; else as it was given. */
  startPosition(): Position
}

/**
 * One list of a provider for the length of one operation, whatever its style of paging. Page numbers, offsets and keyset
 * cursors are strategies behind it.
 */
export interface Ledger<T> {
  /** The most rows that one request can bring. */
  maxRows(): number
  /**
   * Reads on from a position. The list may have changed since the position was taken: the stream repeats no row and skips
   * none; where the position's row has been deleted, it starts at the first row of that instant.
   *
   * @param boundary for a list that is merged with others: the instant up to which the merge has been read. Rows between it
   *   and the position, which were added since, are part of the stream.
   */
  stream(start: Position, direction: ScanDirection, boundary: Instant | null): RowStream<T>
  /** Rows of the whole list, exactly; null where the provider does not report it. */
  count(): Promise<number | null>
  /** The provider's own sums over the whole list; null where it does not sum. */
  sums(): Promise<ProviderSums | null>
  /** Reads by offset, several pages at a time; left out where the provider has no offsets. */
  readonly ranges?: RowRanges<T>
}

/** The provider does not offer this list, though it may offer its parts. Never leaves the gateway as it is. */
export class LedgerRefusedError extends Error {
  override readonly name = 'LedgerRefusedError'
}
