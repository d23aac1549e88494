import { opposite, type ScanDirection } from '../ledger/position.ts'
import { type AnyCursor, isCutCursor, type ListCursors } from './cursor.ts'
import type { MergedRow } from './merge.ts'
import { type PagePlan, type PageWindow, pageWindow } from './range.ts'
import { isUnopened, type OpenGroup } from './sources.ts'
import { openWalk, type PageCursors, turnedOptions, type Walk, type WalkOptions } from './walk.ts'
import type { WalkMemory } from './walk-memory.ts'

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
  readonly after: AnyCursor | null
  readonly before: AnyCursor | null
  /** The direction of the list's own order. */
  readonly forward: ScanDirection
  readonly scanLimit: number
  readonly memory: WalkMemory
}

/** Walks on for a page when one of its flags is read; the connection implements it. */
export interface MoreReader<T> {
  /** Returns true when a walk goes on, and when a source that failed hides whether it does. */
  hasMore(walkOver: (groups: readonly OpenGroup<T>[]) => Walk<T> | Promise<Walk<T>>): Promise<boolean>
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
  readonly #taken: readonly MergedRow<T>[]
  readonly #cursors: PageCursors
  /** True for a walk that was cut short, so that the next page may begin beyond the last entry of this one. */
  readonly #isCut: boolean
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
    this.#taken = taken
    this.#cursors = walk.pageCursors(taken, request.cursors)
    const isCut = walk.isBudgetExhausted || walk.inputs.some(({ error }) => error !== null) || groups.some(isUnopened)
    this.#isCut = isCut && taken.length < request.plan.count
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
    return this.#isCut && this.#request.plan.walk === 'backward' ? this.#stopCursor() : this.#edgeCursor(0)
  }

  endCursor(): string | null {
    return this.#isCut && this.#request.plan.walk === 'forward' ? this.#stopCursor() : this.#edgeCursor(-1)
  }

  cursorOfRow(index: number): string {
    return this.#request.cursors.encode(this.#cursors.ofRow(index))
  }

  #stopCursor(): string {
    return this.#request.cursors.encode(this.#cursors.ofStop())
  }

  #edgeCursor(index: number): string | null {
    return this.edges.at(index)?.cursor() ?? null
  }

  /** The walk from where this page ends. Where a list was refused since, it continues through others. */
  async #continue(now: readonly OpenGroup<T>[]): Promise<Walk<T>> {
    if (now === this.#groups) return this.#walk
    const last = this.#taken.length - 1
    const lastCursor = last >= 0 ? this.#cursors.ofRow(last) : this.#options.from
    return openWalk(now, { ...this.#options, from: this.#isCut ? this.#cursors.ofStop() : lastCursor })
  }

  /** Returns true when entries precede the cursor that the walk started from. */
  async #hasBehind(reader: MoreReader<T>): Promise<boolean> {
    if (this.#options.from === null) return false
    return this.#walk.hasBehind() ?? reader.hasMore((now) => openWalk(now, turnedOptions(this.#options)))
  }
}

/** A kind of failure of a provider. */
export interface SourceFailure {
  readonly error: Error
  /** The number of accounts that failed in this way; null where it is the provider as a whole. */
  readonly accounts: number | null
}

/** The most sources for which a cursor holds how far they have come, so that it stays under 2 KB. */
const MAX_MARKS = 48

/** Returns the failures of a page by provider: for each kind of them the first error, and the accounts. */
function failuresOf<T>(
  groups: readonly OpenGroup<T>[],
  { inputs }: Pick<Walk<T>, 'inputs'>,
): ReadonlyMap<string, readonly SourceFailure[]> {
  const failures = new Map<string, readonly SourceFailure[]>()
  for (const { group, error } of groups) if (error) failures.set(group.provider, [{ error, accounts: null }])
  const failed = inputs.flatMap(({ provider, error, accounts }) => (error ? [{ provider, error, accounts }] : []))
  for (const [provider, ofProvider] of Map.groupBy(failed, (input) => input.provider)) {
    if (failures.has(provider)) continue
    const kinds = Map.groupBy(ofProvider, ({ error }) => `${error.name}: ${error.message}`)
    const ofKinds = [...kinds.values()].map((same): SourceFailure => {
      const accounts = same.some((input) => input.accounts === null)
        ? null
        : new Set(same.flatMap((input) => input.accounts)).size
      return { error: same[0]!.error, accounts }
    })
    failures.set(provider, ofKinds)
  }
  return failures
}

/** The groups without the lists of providers of which too many failed. */
function withoutFailed<T>(
  groups: readonly OpenGroup<T>[],
  { inputs }: Walk<T>,
  from: AnyCursor | null,
): readonly OpenGroup<T>[] {
  const failed = inputs.filter(({ error }) => error !== null)
  const marked = from === null ? [] : (isCutCursor(from) ? from.marks : from.lagging).keys()
  const isFew = new Set([...marked, ...failed.map(({ digest }) => digest)]).size <= MAX_MARKS
  if (failed.length === 0 || isFew) return groups
  return groups.map((open) => {
    const error = failed.find(({ provider }) => provider === open.group.provider)?.error
    return error ? { ...open, sources: [], error } : open
  })
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
): Promise<{
  readonly page: ConnectionPage<T>
  readonly failures: ReadonlyMap<string, readonly SourceFailure[]>
}> {
  const { plan, after, before, forward, scanLimit, memory } = request
  const isForward = plan.walk === 'forward'
  const options: WalkOptions = {
    direction: isForward ? forward : opposite(forward),
    from: isForward ? after : before,
    to: isForward ? before : after,
    scanLimit,
    memory,
  }
  const walk = await openWalk(groups, options)
  const taken = await walk.take(plan.count)
  const failed = walk.inputs.find(({ error }) => error !== null)
  if (failed?.error && failsWhole) throw failed.error
  const read = withoutFailed(groups, walk, options.from)
  if (read !== groups) {
    const { page } = await readPage(request, read, failsWhole, reader)
    return { page, failures: failuresOf(groups, walk) }
  }
  return { page: new ReadPage(request, groups, walk, options, taken, reader), failures: failuresOf(groups, walk) }
}
