import { hash } from 'node:crypto'
import type { Instant } from '../values/instant.ts'

/**
 * The end of a list that offsets count from. `newest`: offset 0 is the newest entry, and offsets grow when entries arrive.
 * `oldest`: offset 0 is the oldest entry, and only back-dating and deletion move an offset.
 */
export type ListEnd = 'newest' | 'oldest'

/** The way a list is read: towards its older or its newer entries. */
export type ScanDirection = 'older' | 'newer'

/** Identifies a row by its offset from one end, so that it can be found again in a list that has changed since. */
export interface OffsetAnchor {
  readonly by: 'offset'
  readonly end: ListEnd
  readonly offset: number
  /** Rows of the list when the anchor was seen, as the provider reported; null where it did not. */
  readonly total: number | null
  readonly totalIsExact: boolean
  /** Digest of the row's id. */
  readonly digest: string
  readonly instant: Instant | null
  readonly fingerprint: string | null
}

/** Identifies a row by the key from which the provider itself continues a list. */
export interface KeyAnchor {
  readonly by: 'key'
  readonly key: string
  /** Digest of the row's id. */
  readonly digest: string
  /** The instant at which the list continues when the row has been deleted. */
  readonly instant: Instant | null
}

/** A row that a position is next to. */
export type Anchor = OffsetAnchor | KeyAnchor

/**
 * A position between two rows of a list. `end`: before the first row, counted from that end. `anchor`: on one side of a row.
 * `instant`: by time alone, where no row is known; entries of that very instant lie ahead, in both directions.
 */
export type Position =
  | { readonly at: 'end'; readonly end: ListEnd }
  | { readonly at: 'anchor'; readonly anchor: Anchor; readonly side: ScanDirection }
  | { readonly at: 'instant'; readonly instant: Instant }

export type AnchoredPosition = Extract<Position, { at: 'anchor' }>

export const opposite = (direction: ScanDirection): ScanDirection => (direction === 'older' ? 'newer' : 'older')

/** The end of a list at which a scan in a direction begins. */
export const startOf = (direction: ScanDirection): ListEnd => (direction === 'older' ? 'newest' : 'oldest')

/** Returns true when a scan in a direction comes to the first instant later than to the second. */
export const isAhead = (direction: ScanDirection, instant: Instant, boundary: Instant): boolean =>
  direction === 'older' ? instant < boundary : instant > boundary

/** Of two instants the one that a scan comes to later; the other one where one is null. */
export function laterOf(direction: ScanDirection, a: Instant | null, b: Instant | null): Instant | null {
  return a === null || (b !== null && isAhead(direction, b, a)) ? b : a
}

/** Returns true when offsets grow as a scan goes on. */
export const offsetsGrow = (end: ListEnd, direction: ScanDirection): boolean =>
  (end === 'newest') === (direction === 'older')

/** Digest of a row's id, as cursors hold it: 12 hexadecimal digits. */
export function digestOf(id: string): string {
  return hash('sha256', id, 'hex').slice(0, 12)
}

/** The end that offsets count from in a scan that starts at a position. */
export function endFor(ends: readonly ListEnd[], position: Position, direction: ScanDirection): ListEnd {
  const anchored = position.at === 'anchor' && position.anchor.by === 'offset' ? position.anchor.end : null
  const end = position.at === 'end' ? position.end : (anchored ?? startOf(direction))
  return ends.includes(end) ? end : ends[0]!
}

/** Rows between a position and the end that its anchor counts from. */
const rowsBefore = (anchor: OffsetAnchor, side: ScanDirection) => anchor.offset + Number(offsetsGrow(anchor.end, side))

/** Rows between a position and the oldest end; null where the total is unknown. */
function rowsOlder(anchor: OffsetAnchor, side: ScanDirection): number | null {
  if (anchor.end === 'oldest') return rowsBefore(anchor, side)
  return anchor.total !== null && anchor.totalIsExact ? anchor.total - rowsBefore(anchor, side) : null
}

/** By how many rows a position is closer to the oldest end than another one, as both were seen; null where unknown. */
function rowsBetween(start: AnchoredPosition, stop: AnchoredPosition): number | null {
  const [from, to] = [start.anchor, stop.anchor]
  if (from.by !== 'offset' || to.by !== 'offset') return null
  const [older, other] = [rowsOlder(from, start.side), rowsOlder(to, stop.side)]
  if (older !== null && other !== null) return older - other
  return from.end === to.end ? rowsBefore(to, stop.side) - rowsBefore(from, start.side) : null
}

/**
 * Returns true when a scan that starts at one position of a list has reached another one already, by everything that their
 * anchors say. Among entries of one instant, and in an unsorted list, only their offsets say it.
 */
export function isBeyondPosition(start: Position, stop: Position, direction: ScanDirection): boolean {
  if (start.at !== 'anchor' || stop.at !== 'anchor') return false
  const [from, to] = [start.anchor, stop.anchor]
  if (from.digest === to.digest && from.instant === to.instant) {
    return start.side === direction || stop.side !== direction
  }
  const differ = from.instant !== null && to.instant !== null && from.instant !== to.instant
  const distances = [rowsBetween(start, stop), differ ? (to.instant < from.instant ? 1 : -1) : null]
  const known = distances.filter((distance) => distance !== null)
  return known.length > 0 && known.every((distance) => (direction === 'older' ? distance <= 0 : distance >= 0))
}
