import type { Instant } from '../../values/instant.ts'
import type { ListEnd, Position } from '../position.ts'
import type { Slice } from '../row-range.ts'
import { AnchorSearch } from './anchor-search.ts'
import type { Probe, SlicePosition } from './probe.ts'
import { searchByTime, searchInstant } from './time-search.ts'

/** The slice beyond the end of a list. */
const EMPTY: Slice<never> = {
  end: 'newest',
  offset: 0,
  rows: [],
  limit: 0,
  total: null,
  totalIsExact: false,
  fingerprint: null,
}

async function locateEnd<T>(probe: Probe<T>, from: ListEnd, count: number): Promise<SlicePosition<T>> {
  const { end, direction, offsetsGrow } = probe
  if (from === end && offsetsGrow) {
    return { slice: await probe.read(probe.rangeAt(0, probe.withLookahead(count, false), 0)), index: 0 }
  }
  // Nothing lies beyond an end, so there is nothing to read.
  if ((from === 'newest') === (direction === 'newer')) return { slice: EMPTY, index: 0 }
  // The far end of a list that counts from the other one: its total says where that is.
  const slice = await probe.read({ end, offset: 0, limit: count }, 'start')
  probe.holdState(slice)
  if (probe.reachesListEnd(slice)) return { slice, index: slice.rows.length }
  const options = { guess: slice.total ?? probe.maxRows(), count, total: slice.total }
  // Without a question the search always has an answer.
  return (await searchByTime(probe, null, options))!
}

/**
 * Finds a position again in a list that may have changed since. Costs one answer when nothing moved and a second one after
 * a drift; a search by time when the anchor is not where the totals say.
 *
 * The position is never past the one that was given. Where the anchor is gone it is in front of the first row of the
 * anchor's instant, so that rows of one instant may be repeated and none is skipped.
 *
 * @param boundary see `Ledger.stream`
 * @returns the position with rows ahead of it, at least one of them where there are any
 */
export async function locate<T>(
  probe: Probe<T>,
  position: Position,
  count: number,
  boundary: Instant | null,
): Promise<SlicePosition<T>> {
  probe.reset(position.at === 'anchor')
  if (position.at === 'end') return locateEnd(probe, position.end, count)
  if (position.at === 'anchor' && position.anchor.by === 'offset') {
    const { anchor, side } = position
    return new AnchorSearch(probe, { anchor, side, count, boundary }).locate()
  }
  // A key is no offset; a list that had keys once continues from the key's instant.
  const instant = position.at === 'anchor' ? position.anchor.instant : position.instant
  const options = { guess: 0, count: probe.withLookahead(count, false) }
  const found = instant === null ? null : await searchInstant(probe, instant, options)
  return found ?? locateEnd(probe, probe.direction === 'older' ? 'newest' : 'oldest', count)
}
