import type { Instant } from './instant.ts'
import type { Ledger, Row, Slice } from './ledger.ts'
import {
  type Anchor,
  createFinder,
  digestOf,
  endFor,
  exactTotal,
  type Gap,
  type Heading,
  type IsAhead,
  instantsOf,
  type Place,
} from './resume.ts'

/** A row on its way through the gateway, with what it takes to come back to it. */
export interface StreamRow<T> {
  readonly row: Row<T>
  /** When the row counts as made: its own instant, or its neighbour's where it tells none. */
  readonly instant: Instant | null
  /** The row's place, as the answer showed it that brought the row. */
  anchor(): Anchor
}

/** The rows of one list from a gap on, in the list's own order, read as they are needed. */
export interface RowStream<T> {
  /** Rows that were read and not yet taken, nearest first. */
  readonly buffer: StreamRow<T>[]
  /** True when nothing comes after the buffer. */
  readonly isEnded: boolean
  /** True when it is known that rows come after the buffer. */
  readonly isOpen: boolean
  /** Rows read so far, taken or not. */
  readonly rowsRead: number
  /** Reads until the buffer holds at least `count` rows or the list ends. */
  fill(count: number): Promise<void>
  /**
   * Whether an accepted row lies behind the gap that the stream started from, by what its first answer showed; null where
   * that does not tell.
   */
  hasBehind(accepts: Accepts<T> | null): boolean | null
  /**
   * The gap that the stream started from, by the place where its anchor stands now. Where it was not seen, and for a gap
   * that is no anchor's, the gap as it was.
   */
  start(): Gap
}

/** The anchor of one row of a slice. */
function anchorIn<T>(slice: Slice<T>, index: number): Anchor {
  const { id, instant } = slice.rows[index]!
  return {
    end: slice.end,
    offset: slice.offset + index,
    total: slice.total,
    totalIsExact: slice.totalIsExact,
    digest: digestOf(id),
    instant,
    fingerprint: slice.fingerprint,
  }
}

/**
 * Says of a row whether it is wanted. A row that could not be understood always is: it may be what was looked for.
 *
 * The type is a method's, so that a list of one provider's entries counts as a list of entries.
 */
export type Accepts<T> = { accepts(value: T): boolean }['accepts']

/** See `Accepts`. */
export function isAccepted<T>({ value }: Row<T>, accepts: Accepts<T> | null): boolean {
  return accepts === null || value instanceof Error || accepts(value)
}

/**
 * @param isAhead see `createFinder`
 * @returns a stream that continues every read from the last row of the one before, so that rows which arrive in between
 *   neither repeat nor hide any
 */
export function createStream<T>(
  ledger: Ledger<T>,
  start: Gap,
  heading: Heading,
  isAhead: IsAhead | null,
): RowStream<T> {
  const finder = createFinder(ledger, endFor(ledger.ends, start, heading), heading, isAhead)
  const buffer: StreamRow<T>[] = []
  let gap = start
  let isEnded = false
  let rowsRead = 0
  let isOpen = false
  let first: Place<T> | null = null
  let lastInstant: Instant | null = null

  async function readOn(count: number): Promise<void> {
    const place = await finder.find(gap, count)
    const { slice, index } = place
    const total = exactTotal(slice)
    first ??= place
    const instants = instantsOf(slice)
    const ahead = finder.rowsAhead(place)
    for (let step = 0; step < ahead; step++) {
      const at = finder.away ? index + step : index - 1 - step
      const row = slice.rows[at]!
      const instant = row.instant ?? instants[at] ?? lastInstant
      lastInstant = instant
      buffer.push({ row, instant, anchor: () => anchorIn(slice, at) })
    }
    rowsRead += ahead
    isEnded = ahead === 0 || finder.reachesEdge(slice)
    isOpen = !isEnded && (!finder.away || total !== null)
    const last = buffer.at(-1)
    if (ahead > 0 && last) gap = { at: 'anchor', anchor: last.anchor(), side: heading }
  }

  return {
    buffer,
    get isEnded() {
      return isEnded
    },
    get isOpen() {
      return isOpen
    },
    get rowsRead() {
      return rowsRead
    },
    async fill(count) {
      while (!isEnded && buffer.length < count) {
        await readOn(Math.min(count - buffer.length, ledger.maxRows()))
      }
    },
    start() {
      if (start.at !== 'anchor' || first === null || first.isUnchanged) return start
      const { slice, index } = first
      const at = (start.side === heading) === finder.away ? index - 1 : index
      if (at < 0 || at >= slice.rows.length || digestOf(slice.rows[at]!.id) !== start.anchor.digest) return start
      return { ...start, anchor: anchorIn(slice, at) }
    },
    hasBehind(accepts) {
      if (first === null || first.slice.limit === 0) return null
      const { slice, index } = first
      const total = exactTotal(slice)
      const neighbour = slice.rows[finder.away ? index - 1 : index]
      const place = slice.offset + index
      if (finder.away ? place === 0 : total !== null && place >= total) return false
      if (neighbour && isAccepted(neighbour, accepts)) return true
      // In an unchanged list the entry that the cursor was given out for is still there.
      if (first.isUnchanged && start.at === 'anchor' && start.side === heading) return true
      return accepts === null && (finder.away || total !== null) ? true : null
    },
  }
}
