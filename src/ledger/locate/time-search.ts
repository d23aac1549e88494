import type { Instant } from '../../values/instant.ts'
import { isAhead } from '../position.ts'
import { instantsOf, type Slice } from '../row-range.ts'
import type { Probe, SlicePosition } from './probe.ts'
import {
  areClosed,
  narrow,
  planStep,
  type SearchAnswer,
  type SearchBounds,
  type SearchStep,
  startBounds,
  withEndCheck,
  withTotal,
} from './search-bounds.ts'

/** Divides a sorted list in two: true for the instants on the side of the end that offsets count from. */
export type IsBefore = (instant: Instant) => boolean

/** Start of a search, and the rows that it has to bring. */
export interface SearchOptions {
  /** The offset to look at first. */
  readonly guess: number
  /** Rows that are wanted ahead of the position. */
  readonly count: number
  /** Rows of the list, where known. */
  readonly total: number | null
}

/**
 * Counts the rows of a slice that are before the position; null when no row says when it was made.
 */
function countBefore<T>({ offset, rows }: Slice<T>, isBefore: IsBefore | null, bounds: SearchBounds): number | null {
  if (isBefore === null) return rows.length
  const instants = instantsOf(rows)
  if (instants[0] === null) return null
  const index = instants.findIndex((instant) => instant !== null && !isBefore(instant))
  if (index === -1) return rows.length
  // Rows without an instant go with the row before them.
  if (index > 0 || !bounds.isLowSeen || bounds.low < offset) return index
  return Math.max(
    rows.findIndex(({ instant }) => instant !== null),
    0,
  )
}

/** The position that an answer shows, with rows ahead of it; null where the search has to go on. */
async function positionIn<T>(
  probe: Probe<T>,
  position: SlicePosition<T>,
  bounds: SearchBounds,
  count: number,
): Promise<SlicePosition<T> | null> {
  const { slice, index } = position
  const stop = slice.offset + slice.rows.length
  const isOnlyGap = !probe.offsetsGrow && areClosed(bounds) && stop === bounds.high
  const isShown = index < slice.rows.length || probe.reachesListEnd(slice) || probe.isLast(position) || isOnlyGap
  if (!isShown) return null
  if (probe.isUseful(position) || probe.isLast(position)) return position
  return probe.continueFrom(position, count)
}

/**
 * Finds the position where a sorted list stops being `isBefore`, seen from the end that offsets count from. Gallops from a
 * guess, then halves what is left between two answers.
 *
 * @param isBefore null for the far end of the list
 * @returns null when it comes to rows of which none says when it was made
 * @throws {LimitExceededError} when the list changes faster than it can be searched
 */
export async function searchByTime<T>(
  probe: Probe<T>,
  isBefore: IsBefore | null,
  { guess, count, total }: SearchOptions,
): Promise<SlicePosition<T> | null> {
  const size = { count, maxRows: probe.maxRows() }
  let previous = startBounds(total, size.maxRows)
  let next: SearchStep = { at: guess, ahead: count, isEndCheck: false }
  for (;;) {
    // Nothing is read beyond the end of the list: an answer from there would show no row at all.
    const isBeyond = !probe.offsetsGrow && previous.total !== null && next.at >= previous.total
    const slice = await probe.read(probe.rangeAt(next.at, next.ahead, isBeyond ? 0 : 1))
    probe.holdState(slice)
    const moved = withTotal(previous, slice.total)
    const bounds = next.isEndCheck ? withEndCheck(moved, slice.rows.length) : moved
    const before = countBefore(slice, isBefore, bounds)
    if (before === null) return null
    if (before > 0 || slice.offset === 0) {
      const found = await positionIn(probe, { slice, index: before }, bounds, count)
      if (found) return found
    }
    const answer: SearchAnswer = { ...slice, rows: slice.rows.length, before }
    const narrowed = narrow(bounds, answer)
    if (areClosed(narrowed) && !probe.canVerify(narrowed.low, count)) {
      // The position is where one page ends and the next begins, and no answer shows both sides of it.
      const found = await probe.readAhead(narrowed.low, slice, count, () => null)
      if (found) return found
    }
    const plan = planStep(narrowed, previous, answer, { ...size, maxRows: probe.maxRows() }, probe.offsetsGrow)
    previous = plan.bounds
    next = plan.step
  }
}

/** Finds the position in front of the first entry of an instant, seen in the direction of the scan. */
export function searchInstant<T>(
  probe: Probe<T>,
  instant: Instant,
  options: Omit<SearchOptions, 'total'>,
): Promise<SlicePosition<T> | null> {
  const fromEnd = probe.end === 'newest' ? 'older' : 'newer'
  const isBefore: IsBefore = probe.offsetsGrow
    ? (other) => isAhead(fromEnd, instant, other)
    : (other) => !isAhead(fromEnd, other, instant)
  return searchByTime(probe, isBefore, { ...options, total: null })
}
