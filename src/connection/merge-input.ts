import { type Accepts, LedgerRefusedError, type RowStream, type StreamRow } from '../ledger/ledger.ts'
import { digestOf } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'

/** The next rows of a source as an earlier read showed them. */
export interface Outlook {
  /** The instants of the next rows, nearest first. */
  readonly instants: readonly Instant[]
  /** True when no other row followed these. */
  readonly isEnd: boolean
}

/** One source of a merge. */
export interface MergeInput<T> {
  readonly stream: RowStream<T>
  /** The residual predicate, after the source's own filter; null where nothing is left to check. */
  readonly accepts: Accepts<T> | null
  /** True where `accepts` only guards against rows that the provider should not have sent. */
  readonly isDefensiveFilter: boolean
  /** Called once with each row, in order: true from the first row on that lies beyond the end of the walk. */
  readonly isBeyondBound: ((row: StreamRow<T>) => boolean) | null
  /** Set where only the rows show whether the bound is ahead of the start; see `Tie`. Null once that is known. */
  tie: Tie | null
  /** Why the source cannot be read any further; null while it can. */
  error: Error | null
  /** The last row that was taken, wanted or not. */
  last: StreamRow<T> | null
  /** True when the walk has come to its end in this source. */
  isDone: boolean
  /** Its next rows as an earlier read showed them: it is not read before they are next. Null where nothing is known, and once it is read. */
  outlook: Outlook | null
}

/**
 * The bound of a walk whose row shares the instant of the start, in a list without offsets. It is ahead when it is among the
 * next rows of that instant; otherwise the range between the two cursors is empty.
 */
export interface Tie {
  readonly instant: Instant
  readonly digest: string
}

/** Rows of one instant that are read at a time to find a bound among them. */
const TIE_ROWS = 20

/** Reads until an input shows so many rows. A failure ends it. */
export async function fill<T>(input: MergeInput<T>, count: number): Promise<void> {
  input.outlook = null
  try {
    await input.stream.fill(count)
  } catch (error) {
    if (error instanceof LedgerRefusedError) throw error
    input.error = error instanceof Error ? error : new Error('A source failed.', { cause: error })
  }
}

/** Reads the rows of a tie's instant, and ends the input when the bound is not among them. */
export async function resolveTie<T>(input: MergeInput<T>, { instant, digest }: Tie): Promise<void> {
  const { stream } = input
  input.tie = null
  for (let index = 0; ; index++) {
    if (index >= stream.buffer.length && !stream.isEnded) await fill(input, index + TIE_ROWS)
    const next = stream.buffer[index]
    if (input.error !== null || (next && digestOf(next.row.id) === digest)) return
    if (next && next.instant === instant) continue
    input.isDone = true
    return
  }
}

/** Returns true when rows are known to follow those that were read from an input, before any bound. */
export const hasUnread = <T>(input: MergeInput<T>) =>
  !input.isBeyondBound && (input.outlook === null ? input.stream.hasMore : input.outlook.instants.length > 0)
