import { laterOf, opposite, type Position } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'
import type { Cursor } from './cursor.ts'
import type { InputPosition } from './input-log.ts'
import { Merge, type MergedRow } from './merge.ts'
import type { MergeInput } from './merge-input.ts'
import { boundAt, cursorAt, positionInSource, type SourceContext, tieAt, type WalkOrigin } from './source-position.ts'
import { reserveRequests, type Source, type SourceGroup } from './sources.ts'
import type { PageCursors, Walk, WalkOptions } from './walk.ts'
import type { NamedSource } from './wide-input.ts'

/** One source of a walk. */
interface NarrowInput<T> extends MergeInput<T> {
  readonly group: SourceGroup<T>
  readonly source: Source<T>
  readonly provider: string
  readonly digest: string
  readonly accounts: Source<T>['accounts']
  /** Position at which the walk started in this source; null without a cursor. */
  readonly incoming: Position | null
  /** The instant up to which the source had been read before. */
  readonly watermark: Instant | null
}

/** Bounds of a walk whose cursors hold a position for every source. */
interface NarrowOptions extends Omit<WalkOptions, 'from' | 'to'> {
  readonly from: Cursor | null
  readonly to: Cursor | null
}

function openInput<T>(
  { group, source, digest }: NamedSource<T>,
  open: ReadonlySet<string>,
  { direction, from, to, isEdgeIncluded = false }: NarrowOptions,
): NarrowInput<T> {
  const context: SourceContext = { digest, open, direction }
  const { position, watermark } = positionInSource(from, context)
  const isEdge = isEdgeIncluded && position.at === 'anchor' && digest === from?.edge
  const start = isEdge ? { ...position, side: opposite(direction) } : position
  return {
    group,
    source,
    provider: group.provider,
    digest,
    accounts: source.accounts,
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
    outlook: null,
  }
}

/** A walk over one source or a few, whose cursors hold a position for each of them. */
class NarrowWalk<T> implements Walk<T> {
  readonly inputs: readonly NarrowInput<T>[]
  readonly #merge: Merge<T, NarrowInput<T>>
  readonly #origin: WalkOrigin

  constructor(inputs: readonly NarrowInput<T>[], unopened: readonly string[], options: NarrowOptions) {
    const { direction, from, scanLimit } = options
    this.inputs = inputs
    this.#merge = new Merge(inputs, { direction, budget: scanLimit, onRead: reserveRequests })
    this.#origin = { direction, from, unopened }
  }

  get isBudgetExhausted(): boolean {
    return this.#merge.isBudgetExhausted
  }

  take(count: number): Promise<readonly MergedRow<T>[]> {
    return this.#merge.take(count)
  }

  hasMore(): Promise<boolean> {
    return this.#merge.hasMore()
  }

  hasBehind(): boolean | null {
    const { from, unopened } = this.#origin
    if (from === null) return false
    const answers = this.inputs.map(({ stream, accepts }) => stream.hasPrevious(accepts))
    if (unopened.length > 0 || answers.some((answer) => answer === true)) return true
    return answers.every((answer) => answer === false) ? false : null
  }

  pageCursors(taken: readonly MergedRow<T>[]): PageCursors {
    return new NarrowCursors(this.#merge, this.#origin, taken)
  }
}

/** The cursors of a page over a few sources: each holds a position for all of them. */
class NarrowCursors<T> implements PageCursors {
  readonly #merge: Merge<T, NarrowInput<T>>
  readonly #origin: WalkOrigin
  readonly #taken: readonly MergedRow<T>[]
  /** See `#instants`. */
  #reached: readonly (Instant | null)[] | null = null

  constructor(merge: Merge<T, NarrowInput<T>>, origin: WalkOrigin, taken: readonly MergedRow<T>[]) {
    this.#merge = merge
    this.#origin = origin
    this.#taken = taken
  }

  ofRow(index: number): Cursor {
    const row = this.#taken[index]!
    const edge = this.#merge.inputs[row.input]!.digest
    return this.#cursorAt(this.#merge.positionsAt(row), edge, this.#instants()[index]!)
  }

  ofStop(): Cursor {
    const { direction, from } = this.#origin
    const positions = this.#merge.positions()
    const reached = this.#instants().at(-1) ?? from?.instant ?? null
    const instant = positions.reduce((latest, { last }) => laterOf(direction, latest, last?.instant ?? null), reached)
    return this.#cursorAt(positions, null, instant)
  }

  /** The instant that the walk has reached with each row. */
  #instants(): readonly (Instant | null)[] {
    if (this.#reached === null) {
      const { direction, from } = this.#origin
      let reached = from?.instant ?? null
      this.#reached = this.#taken.map(({ row }) => {
        reached = laterOf(direction, reached, row.instant)
        return reached
      })
    }
    return this.#reached
  }

  #cursorAt(positions: readonly InputPosition<T>[], edge: string | null, instant: Instant | null): Cursor {
    const states = this.#merge.inputs.map(({ digest, incoming, watermark, error, stream }, index) => {
      const { last, next } = positions[index]!
      const startPosition = () => stream.startPosition()
      return { digest, incoming, watermark, hasFailed: error !== null, last, next, startPosition }
    })
    return cursorAt(states, { edge, instant }, this.#origin)
  }
}

/** Starts a walk over a few sources; nothing is read before rows are taken. */
export function openNarrowWalk<T>(
  named: readonly NamedSource<T>[],
  unopened: readonly string[],
  options: NarrowOptions,
): Walk<T> {
  const open = new Set(named.map(({ digest }) => digest))
  return new NarrowWalk(
    named.map((source) => openInput(source, open, options)),
    unopened,
    options,
  )
}
