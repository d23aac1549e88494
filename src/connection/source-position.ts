import type { StreamRow } from '../ledger/ledger.ts'
import {
  digestOf,
  isAhead,
  isBeyondPosition,
  laterOf,
  opposite,
  type Position,
  type ScanDirection,
  startOf,
} from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'
import type { Cursor } from './cursor.ts'
import type { Tie } from './merge-input.ts'

/** Position of a walk in one source. */
export interface SourcePosition {
  readonly position: Position
  /** The instant up to which everything in the source was read by then; null where nothing was. */
  readonly watermark: Instant | null
}

/** One of several sources, as far as it decides what a cursor means for it. */
export interface SourceContext {
  /** The source's digest. */
  readonly digest: string
  /** The digests of all sources that are open. */
  readonly open: ReadonlySet<string>
  readonly direction: ScanDirection
}

/** The instant up to which a source was read when a cursor was made; null where it was not read at all. */
function watermarkIn(cursor: Cursor, digest: string): Instant | null {
  const lagging = cursor.lagging.get(digest)
  return lagging === undefined ? cursor.instant : lagging
}

/** Returns the position at which a walk from a cursor starts in a source; without a cursor, the end of the list. */
export function positionInSource(cursor: Cursor | null, { digest, open, direction }: SourceContext): SourcePosition {
  const start: SourcePosition = { position: { at: 'end', end: startOf(direction) }, watermark: null }
  if (cursor === null) return start
  const position = cursor.positions.get(digest)
  if (position) {
    const isEdge = position.at === 'anchor' && cursor.edge === digest
    return { position: isEdge ? { ...position, side: direction } : position, watermark: watermarkIn(cursor, digest) }
  }
  // The provider's ledger was one list before and is several now, or the other way round: it continues from the instant up
  // to which everything was read.
  const former = [...cursor.lagging].flatMap(([other, watermark]) => (open.has(other) ? [] : [watermark]))
  if (former.includes(null)) return start
  const instant = former.reduce((first, other) => laterOf(opposite(direction), first, other), cursor.instant)
  return instant === null ? start : { position: { at: 'instant', instant }, watermark: instant }
}

/**
 * Returns a check of each row of one source, in order: whether it lies beyond the cursor that ends the walk. Only a row's
 * own instant counts: one that it takes from a neighbour depends on which rows were read.
 *
 * @param start where the walk starts in the source
 */
export function boundAt<T>(cursor: Cursor, start: Position, source: SourceContext): (row: StreamRow<T>) => boolean {
  const { digest, direction } = source
  const { position, watermark } = positionInSource(cursor, { ...source, direction: opposite(direction) })
  const isBeyond = (instant: Instant | null, boundary: Instant | null) =>
    instant !== null && boundary !== null && isAhead(direction, instant, boundary)
  if (position.at === 'end') {
    const isEmpty = position.end === startOf(direction)
    return () => isEmpty
  }
  let isDone = isBeyondPosition(start, position, direction)
  if (position.at === 'instant') return ({ row }) => isDone || isBeyond(row.instant, position.instant)
  const { anchor, side } = position
  const isLastIncluded = cursor.edge !== digest && side === direction
  return ({ row }) => {
    if (isDone) return true
    const isAnchor = digestOf(row.id) === anchor.digest
    if (isAnchor && isLastIncluded) {
      isDone = true
      return false
    }
    return isAnchor || isBeyond(row.instant, watermark)
  }
}

/** Returns the tie between the start of a walk in a source and the cursor that ends it; null where their order is known. */
export function tieAt(cursor: Cursor, start: Position, { digest }: SourceContext): Tie | null {
  const stop = cursor.positions.get(digest)
  if (start.at !== 'anchor' || stop?.at !== 'anchor') return null
  const [from, to] = [start.anchor, stop.anchor]
  if (from.by !== 'key' || to.by !== 'key' || from.digest === to.digest || from.instant !== to.instant) return null
  return to.instant === null ? null : { instant: to.instant, digest: to.digest }
}

/** One source of a walk, at some point of it. */
export interface SourceState<T> {
  readonly digest: string
  /** Position at which the walk started in the source; null without a cursor. */
  readonly incoming: Position | null
  /** The instant up to which the source had been read when the walk started. */
  readonly watermark: Instant | null
  readonly hasFailed: boolean
  /** The last row that was taken, wanted or not. */
  readonly last: StreamRow<T> | null
  /** The next row, where it is known. */
  readonly next: StreamRow<T> | null
  /** `incoming`, as the source showed it since. */
  startPosition(): Position
}

/** The walk of which a cursor is made. */
export interface WalkOrigin {
  readonly direction: ScanDirection
  /** The cursor that the walk started from. */
  readonly from: Cursor | null
  /** The digests of sources that could not be opened. */
  readonly unopened: readonly string[]
}

/** The position that a new cursor holds for a source. */
export function positionOf<T>(
  { incoming, hasFailed, last, next, startPosition }: Omit<SourceState<T>, 'digest' | 'watermark'>,
  instant: Instant | null,
  direction: ScanDirection,
): Position {
  if (last) return { at: 'anchor', anchor: last.anchor(), side: direction }
  // Behind the last row that came from this source, also when that was on an earlier page.
  if (incoming?.at === 'anchor' && incoming.side === direction) return startPosition()
  if (next && !hasFailed) return { at: 'anchor', anchor: next.anchor(), side: opposite(direction) }
  if (incoming) return incoming
  return hasFailed || instant === null ? { at: 'end', end: startOf(direction) } : { at: 'instant', instant }
}

/**
 * The instant up to which a lagging source has been read; undefined for a source that does not lag behind the cursor.
 *
 * @param from the instant that the walk had reached when it began; undefined where it began at the end of the list
 */
export function lagOf<T>(
  { watermark, hasFailed, last, next }: Pick<SourceState<T>, 'watermark' | 'hasFailed' | 'last' | 'next'>,
  instant: Instant | null,
  { direction, from }: { readonly direction: ScanDirection; readonly from: Instant | null | undefined },
): Instant | null | undefined {
  // A source that failed lags until its next row lies beyond the last row of the others.
  if (!hasFailed && (from === undefined || watermark === from)) return undefined
  const own = (hasFailed ? null : next?.instant) ?? laterOf(direction, watermark, last?.instant ?? null)
  return own === null || laterOf(direction, own, instant) !== own ? own : undefined
}

/**
 * The cursor at a point of a walk: the position in every source, and for providers that could not be opened what the cursor
 * before held.
 *
 * @param edge the digest of the source whose row the cursor is made for; null where the walk stopped between rows
 * @param instant the instant that the walk has reached
 */
export function cursorAt<T>(
  states: readonly SourceState<T>[],
  { edge, instant }: Pick<Cursor, 'edge' | 'instant'>,
  walk: WalkOrigin,
): Cursor {
  const positions = new Map<string, Position>()
  const lagging = new Map<string, Instant | null>()
  for (const state of states) {
    const lag = lagOf(state, instant, { direction: walk.direction, from: walk.from?.instant })
    if (lag !== undefined) lagging.set(state.digest, lag)
    positions.set(state.digest, positionOf(state, instant, walk.direction))
  }
  if (walk.unopened.length > 0) {
    const unread: Position = { at: 'end', end: startOf(walk.direction) }
    const former = walk.from?.positions ?? walk.unopened.map((digest) => [digest, unread] as const)
    for (const [digest, position] of former) {
      if (positions.has(digest)) continue
      positions.set(digest, position)
      lagging.set(digest, walk.from && watermarkIn(walk.from, digest))
    }
  }
  return { edge, instant, positions, lagging }
}
