import { opposite, type Position, type ScanDirection } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'
import { type Cursor, sourceDigest } from './cursor.ts'
import { Merge, type MergeInput } from './merge.ts'
import { boundAt, positionInSource, type SourceContext, type SourceState, tieAt } from './source-position.ts'
import type { OpenGroup, Source } from './sources.ts'

/** One source of a walk. */
export interface WalkInput<T> extends MergeInput<T> {
  /** The provider that the source belongs to. */
  readonly provider: string
  readonly digest: string
  /** Position at which the walk started in this source; null without a cursor. */
  readonly incoming: Position | null
  /** The instant up to which the source had been read before. */
  readonly watermark: Instant | null
}

/** A merge over all sources from one cursor on, up to another one. */
export interface Walk<T> {
  readonly inputs: readonly WalkInput<T>[]
  readonly merge: Merge<T>
}

/** Direction and bounds of a walk. */
export interface WalkOptions {
  readonly direction: ScanDirection
  /** Null for the end of the list. */
  readonly from: Cursor | null
  readonly to: Cursor | null
  /** Rows that may be read to find wanted ones among them. */
  readonly scanLimit: number
  /** True when the walk begins with the entry that `from` was made for, instead of behind it. */
  readonly isEdgeIncluded?: boolean
}

function openInput<T>(
  provider: string,
  source: Source<T>,
  context: SourceContext,
  { direction, from, to, isEdgeIncluded = false }: WalkOptions,
): WalkInput<T> {
  const { position, watermark } = positionInSource(from, context)
  const isEdge = isEdgeIncluded && position.at === 'anchor' && context.digest === from?.edge
  const start = isEdge ? { ...position, side: opposite(direction) } : position
  return {
    provider,
    digest: context.digest,
    incoming: from === null ? null : position,
    watermark,
    stream: source.ledger.stream(start, direction, watermark),
    accepts: source.accepts,
    isDefensiveFilter: source.isDefensiveFilter,
    isBeyondBound: to === null ? null : boundAt(to, position, context),
    tie: to === null ? null : tieAt(to, position, context),
    error: null,
    last: null,
    isDone: false,
  }
}

/** Starts a walk; nothing is read before rows are taken. */
export function openWalk<T>(groups: readonly OpenGroup<T>[], options: WalkOptions): Walk<T> {
  const named = groups.flatMap(({ group, sources }) =>
    sources.map((source) => ({ provider: group.provider, source, digest: sourceDigest(source.key) })),
  )
  const open = new Set(named.map(({ digest }) => digest))
  const inputs = named.map(({ provider, source, digest }) =>
    openInput(provider, source, { digest, open, direction: options.direction }, options),
  )
  return { inputs, merge: new Merge(inputs, options.direction, options.scanLimit) }
}

/** Returns the state of an input whose rows have been taken up to `last`, for a new cursor. */
export function stateOf<T>(
  { digest, incoming, watermark, error, stream }: WalkInput<T>,
  { last, next }: Pick<SourceState<T>, 'last' | 'next'>,
): SourceState<T> {
  return {
    digest,
    incoming,
    watermark,
    hasFailed: error !== null,
    last,
    next,
    startPosition: () => stream.startPosition(),
  }
}
