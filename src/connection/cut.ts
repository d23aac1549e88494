import type { StreamRow } from '../ledger/ledger.ts'
import { digestOf, isAhead, type Position, type ScanDirection, startOf } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'

/**
 * A place in a merge: next to one of its rows. The position in every source that is sorted by time follows from it: between
 * sources the newer row goes first, and rows of one instant go by the digests of their sources.
 */
export interface Cut {
  /** The instant of the row; null where no row of its source says when it was made. */
  readonly instant: Instant | null
  /** Digest of the row's source. */
  readonly source: string
  /** Digest of the row's id. */
  readonly row: string
}

/** The row of a cut that is next to none. */
export const NO_ROW = '0'.repeat(12)
const FIRST_SOURCE = '0'.repeat(10)
const LAST_SOURCE = 'f'.repeat(10)

/** Returns the cut in front of all rows of an instant, as a walk comes to them. */
export const cutAt = (instant: Instant | null, direction: ScanDirection): Cut => ({
  instant,
  source: direction === 'older' ? FIRST_SOURCE : LAST_SOURCE,
  row: NO_ROW,
})

/** Of two cuts the one that a walk comes to later. Null is the end of the list at which the walk begins. */
export function furtherCut(a: Cut | null, b: Cut | null, direction: ScanDirection): Cut | null {
  if (a === null || b === null) return a ?? b
  return isBeyondCut(a, b.instant, b.source, direction) === false ? a : b
}

/** Where a walk has to begin in one source. */
export interface CutStart {
  readonly position: Position
  /** The row up to which those of the cut's instant are left out; null where the position says it all. */
  readonly skipped: SkippedRow | null
}

/** The row up to which rows of one instant are left out. */
export interface SkippedRow {
  readonly instant: Instant
  /** Digest of the row's id. */
  readonly row: string
  /** True when the row itself is not left out. */
  readonly isKept: boolean
}

/** Returns true when rows of the cut's instant in a source lie on the newer side of the cut. */
const isNewerSide = (cut: Cut, source: string) => source < cut.source

/**
 * Returns where a walk from a cut begins in a source.
 *
 * @param includesRow true when a walk that comes to the cut's row first begins with it
 */
export function startAt(cut: Cut, source: string, direction: ScanDirection, includesRow: boolean): CutStart {
  const { instant, row } = cut
  if (instant === null) return { position: { at: 'end', end: startOf(direction) }, skipped: null }
  if (source === cut.source) {
    const skipped = row === NO_ROW ? null : { instant, row, isKept: includesRow }
    return { position: { at: 'instant', instant }, skipped }
  }
  // Rows of the position's instant lie ahead.
  const isPassed = isNewerSide(cut, source) === (direction === 'older')
  const step = isPassed ? (direction === 'older' ? -1n : 1n) : 0n
  return { position: { at: 'instant', instant: instant + step }, skipped: null }
}

/** Returns true when a row of a source lies beyond a cut; undefined for a row of the cut's own instant and source. */
export function isBeyondCut(
  cut: Cut,
  instant: Instant | null,
  source: string,
  direction: ScanDirection,
): boolean | undefined {
  if (instant === cut.instant) {
    return source === cut.source ? undefined : isNewerSide(cut, source) === (direction === 'newer')
  }
  // Rows without an instant go first.
  return cut.instant === null || (instant !== null && isAhead(direction, instant, cut.instant))
}

/**
 * Returns a check of each row of one source, in order: whether it lies beyond a cut.
 *
 * @param includesRow true when the row of the cut is not beyond it
 */
export function boundAtCut<T>(
  cut: Cut,
  source: string,
  direction: ScanDirection,
  includesRow: boolean,
): (row: StreamRow<T>) => boolean {
  let isPassed = false
  return ({ row, instant }) => {
    if (isPassed) return true
    const isBeyond = isBeyondCut(cut, instant, source, direction)
    if (isBeyond !== undefined) return isBeyond
    isPassed = digestOf(row.id) === cut.row
    return isPassed && !includesRow
  }
}
