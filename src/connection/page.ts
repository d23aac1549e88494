import { laterOf, opposite, type ScanDirection } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'
import { type Cursor, type ListCursors, sourceDigest } from './cursor.ts'
import type { InputPosition, MergedRow } from './merge.ts'
import { type PagePlan, type PageWindow, pageWindow } from './range.ts'
import { cursorAt, type WalkState } from './source-position.ts'
import { isUnopened, type OpenGroup } from './sources.ts'
import { openWalk, stateOf, type Walk, type WalkOptions } from './walk.ts'

/** One entry of a page. */
export interface Edge<T> {
  /** The entry, or why it could not be understood. */
  readonly node: T | Error
  cursor(): string
}

/** One page. The flags are computed only when they are read, since they may cost a request. */
export interface ConnectionPage<T> {
  readonly edges: readonly Edge<T>[]
  hasNextPage(): Promise<boolean>
  hasPreviousPage(): Promise<boolean>
  startCursor(): string | null
  endCursor(): string | null
}

/** The arguments of a page, its cursors decoded. */
export interface PageRequest {
  readonly cursors: ListCursors
  readonly plan: PagePlan
  readonly after: Cursor | null
  readonly before: Cursor | null
  /** The direction of the list's own order. */
  readonly forward: ScanDirection
  readonly scanLimit: number
}

/** Walks on for a page when one of its flags is read; the connection implements it. */
export interface MoreReader<T> {
  /** Returns true when a walk goes on, and when a source that failed hides whether it does. */
  hasMore(walkOver: (groups: readonly OpenGroup<T>[]) => Walk<T>): Promise<boolean>
}

/** The page of an edge, as far as its cursor needs it. */
interface CursorMaker {
  /** Encodes the cursor of the row that was taken at this index. */
  cursorOfRow(index: number): string
}

class CursorEdge<T> implements Edge<T> {
  readonly node: T | Error
  readonly #page: CursorMaker
  readonly #index: number
  #text: string | null = null

  constructor(node: T | Error, page: CursorMaker, index: number) {
    this.node = node
    this.#page = page
    this.#index = index
  }

  cursor(): string {
    this.#text ??= this.#page.cursorOfRow(this.#index)
    return this.#text
  }
}

/** A page that has been read. */
class ReadPage<T> implements ConnectionPage<T>, CursorMaker {
  readonly edges: readonly Edge<T>[]
  readonly #request: PageRequest
  readonly #groups: readonly OpenGroup<T>[]
  readonly #walk: Walk<T>
  readonly #options: WalkOptions
  readonly #state: WalkState
  readonly #taken: readonly MergedRow<T>[]
  /** See `#instants`. */
  #reached: readonly (Instant | null)[] | null = null
  /** Position at which a walk was cut short, which may be beyond its last entry; null for a walk that was not. */
  readonly #stop: Cursor | null
  readonly #window: PageWindow<Edge<T>>

  constructor(
    request: PageRequest,
    groups: readonly OpenGroup<T>[],
    walk: Walk<T>,
    options: WalkOptions,
    taken: readonly MergedRow<T>[],
    reader: MoreReader<T>,
  ) {
    this.#request = request
    this.#groups = groups
    this.#walk = walk
    this.#options = options
    const unopened = groups.filter(isUnopened)
    const { direction, from } = options
    this.#state = { direction, from, unopened: unopened.map(({ group }) => sourceDigest(group.provider)) }
    this.#taken = taken
    const { merge, inputs } = walk
    const isCut = merge.isBudgetExhausted || inputs.some(({ error }) => error !== null) || unopened.length > 0
    this.#stop = isCut && taken.length < request.plan.count ? this.#stopCursor() : null
    const entries = taken.map(({ row }, index) => new CursorEdge(row.row.value, this, index))
    const hasMore = () => reader.hasMore((now) => this.#continue(now))
    this.#window = pageWindow(request.plan, { entries, hasMore }, () => this.#hasBehind(reader))
    this.edges = this.#window.entries
  }

  hasNextPage(): Promise<boolean> {
    return this.#window.hasNextPage()
  }

  hasPreviousPage(): Promise<boolean> {
    return this.#window.hasPreviousPage()
  }

  startCursor(): string | null {
    const stop = this.#request.plan.walk === 'backward' ? this.#stop : null
    return stop ? this.#encode(stop) : (this.edges[0]?.cursor() ?? null)
  }

  endCursor(): string | null {
    const stop = this.#request.plan.walk === 'forward' ? this.#stop : null
    return stop ? this.#encode(stop) : (this.edges.at(-1)?.cursor() ?? null)
  }

  #encode(cursor: Cursor): string {
    return this.#request.cursors.encode(cursor)
  }

  #cursorAt(positions: readonly InputPosition<T>[], edge: number | null, instant: Instant | null): Cursor {
    const { inputs } = this.#walk
    const states = inputs.map((input, index) => stateOf(input, positions[index]!))
    return cursorAt(states, { edge: edge === null ? null : inputs[edge]!.digest, instant }, this.#state)
  }

  /** The instant that the walk has reached with each row. */
  #instants(): readonly (Instant | null)[] {
    if (this.#reached === null) {
      let reached = this.#options.from?.instant ?? null
      this.#reached = this.#taken.map(({ row }) => {
        reached = laterOf(this.#options.direction, reached, row.instant)
        return reached
      })
    }
    return this.#reached
  }

  cursorOfRow(index: number): string {
    return this.#encode(this.#cursorOf(index))
  }

  #cursorOf(index: number): Cursor {
    const row = this.#taken[index]!
    return this.#cursorAt(this.#walk.merge.positionsAt(row), row.input, this.#instants()[index]!)
  }

  #stopCursor(): Cursor {
    const { direction, from } = this.#options
    const positions = this.#walk.merge.positions()
    const reached = this.#instants().at(-1) ?? from?.instant ?? null
    const instant = positions.reduce((latest, { last }) => laterOf(direction, latest, last?.instant ?? null), reached)
    return this.#cursorAt(positions, null, instant)
  }

  /** The walk from where this page ends. Where a list was refused since, it continues through others. */
  #continue(now: readonly OpenGroup<T>[]): Walk<T> {
    if (now === this.#groups) return this.#walk
    const last = this.#taken.length - 1
    const from = this.#stop ?? (last >= 0 ? this.#cursorOf(last) : this.#options.from)
    return openWalk(now, { ...this.#options, from })
  }

  /** Returns true when entries precede the cursor that the walk started from. */
  async #hasBehind(reader: MoreReader<T>): Promise<boolean> {
    const { direction, from, scanLimit } = this.#options
    if (from === null) return false
    const answers = this.#walk.inputs.map(({ stream, accepts }) => stream.hasPrevious(accepts))
    if (this.#state.unopened.length > 0 || answers.some((answer) => answer === true)) return true
    if (answers.every((answer) => answer === false)) return false
    const options = { direction: opposite(direction), from, to: null, scanLimit, isEdgeIncluded: true }
    return reader.hasMore((now) => openWalk(now, options))
  }
}

/** The errors of a page by provider: the first of each. */
function errorsOf<T>(groups: readonly OpenGroup<T>[], { inputs }: Walk<T>): ReadonlyMap<string, Error> {
  const errors = new Map<string, Error>()
  for (const { group, error } of groups) if (error) errors.set(group.provider, error)
  for (const { provider, error } of inputs) if (error && !errors.has(provider)) errors.set(provider, error)
  return errors
}

/**
 * Reads one page.
 *
 * @throws the error of the first source that failed, where `failsWhole`
 */
export async function readPage<T>(
  request: PageRequest,
  groups: readonly OpenGroup<T>[],
  failsWhole: boolean,
  reader: MoreReader<T>,
): Promise<{ readonly page: ConnectionPage<T>; readonly errors: ReadonlyMap<string, Error> }> {
  const { plan, after, before, forward, scanLimit } = request
  const isForward = plan.walk === 'forward'
  const options: WalkOptions = {
    direction: isForward ? forward : opposite(forward),
    from: isForward ? after : before,
    to: isForward ? before : after,
    scanLimit,
  }
  const walk = openWalk(groups, options)
  const taken = await walk.merge.take(plan.count)
  const failed = walk.inputs.find(({ error }) => error !== null)
  if (failed?.error && failsWhole) throw failed.error
  return { page: new ReadPage(request, groups, walk, options, taken, reader), errors: errorsOf(groups, walk) }
}
