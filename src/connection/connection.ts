import { InvalidCursorError, ProviderNotConfiguredError } from '../errors.ts'
import { takeTurn } from '../event-loop.ts'
import type { Grouping, GroupSums } from '../ledger/groups.ts'
import type { ScanDirection } from '../ledger/position.ts'
import type { Summary } from '../ledger/summary.ts'
import type { AnyCursor, CursorCodec, ListCursors } from './cursor.ts'
import { type ConnectionPage, type Edge, type PageRequest, readPage, type SourceFailure } from './page.ts'
import { type ConnectionArguments, planPage } from './range.ts'
import { type FailurePolicy, isUnopened, type MayRead, type OpenGroup, type SourceGroup, SourceSet } from './sources.ts'
import { countGroups, sumGroupsBy, summarizeGroups, summarizeProvider } from './totals.ts'
import type { Walk } from './walk.ts'
import type { WalkMemory } from './walk-memory.ts'

/** The order in which a list shows its entries. */
export type ListOrder = 'NEWEST_FIRST' | 'OLDEST_FIRST'

/** The list of a connection, and the part of it that is requested. */
export interface ConnectionOptions<T> {
  /** Identifies field, filter and order: cursors of one list are rejected by another. */
  readonly listKey: string
  readonly cursors: CursorCodec
  readonly memory: WalkMemory
  readonly groups: readonly SourceGroup<T>[]
  readonly order: ListOrder
  readonly args: ConnectionArguments
  readonly onFailure: FailurePolicy
  /** Rows that may be read to find wanted ones among them. */
  readonly scanLimit: number
  /** Checks each source against the caller's grant. */
  readonly mayRead: MayRead
}

/** The contribution of one provider to a page. */
export interface SourceReport {
  readonly provider: string
  totalCount(): Promise<number | null>
  /** The sums over its entries; null under `PARTIAL` when they cannot be read, and when the provider is not configured. */
  summary(): Promise<Summary | null>
  /**
   * Why it could not be read, by kind, with the number of accounts; empty when it was.
   *
   * @param includesSums true to report a failure of `summary` as well; false by default
   */
  failures(includesSums?: boolean): Promise<readonly SourceFailure[]>
}

/** The sums of one provider, or why they could not be read. */
type ProviderSummary =
  | { readonly summary: Summary; readonly error: null }
  | { readonly summary: null; readonly error: Error }

/** A list of which nothing is read before it is needed, and nothing twice. */
export interface Connection<T> {
  page(): Promise<ConnectionPage<T>>
  totalCount(): Promise<number | null>
  /** The sums over all entries that match, also those on other pages. Fails when any source does. */
  summary(): Promise<Summary>
  /** The same sums by what entries have in common. They add up to `summary`, and fail when it does. */
  sumsBy(grouping: Grouping): Promise<readonly GroupSums[]>
  readonly sources: readonly SourceReport[]
}

function decodeArgument(argument: 'after' | 'before', text: string | null, cursors: ListCursors): AnyCursor | null {
  if (text === null) return null
  const cursor = cursors.decode(text)
  if (cursor === null) throw new InvalidCursorError(argument)
  return cursor
}

/** The request that the arguments of a connection make. */
function requestOf<T>({ listKey, cursors: codec, memory, order, args, scanLimit }: ConnectionOptions<T>): PageRequest {
  const plan = planPage(args)
  const forward: ScanDirection = order === 'NEWEST_FIRST' ? 'older' : 'newer'
  const cursors = codec.forList(listKey)
  const after = decodeArgument('after', plan.after, cursors)
  const before = decodeArgument('before', plan.before, cursors)
  return { cursors, plan, after, before, forward, scanLimit, memory }
}

class SourceConnection<T> implements Connection<T> {
  readonly sources: readonly SourceReport[]
  readonly #request: PageRequest
  readonly #set: SourceSet<T>
  readonly #onFailure: FailurePolicy
  readonly #summaries = new Map<string, Promise<ProviderSummary>>()
  #read: ReturnType<typeof readPage<T>> | null = null
  #failure: { readonly error: unknown } | null = null

  constructor(options: ConnectionOptions<T>) {
    this.#request = requestOf(options)
    this.#set = new SourceSet(options.groups, options.onFailure, options.mayRead)
    this.#onFailure = options.onFailure
    this.sources = options.groups.map(({ provider }) => ({
      provider,
      totalCount: () => this.#count(provider),
      summary: async () => (await this.#summaryOf(provider)).summary,
      failures: (includesSums = false) => this.#failuresOf(provider, includesSums),
    }))
  }

  async page(): Promise<ConnectionPage<T>> {
    return (await this.#result()).page
  }

  totalCount(): Promise<number | null> {
    return this.#count(null)
  }

  summary(): Promise<Summary> {
    return this.#failTogether(this.#set.read((groups) => summarizeGroups(groups)))
  }

  async sumsBy(grouping: Grouping): Promise<readonly GroupSums[]> {
    const sums = await this.#failTogether(this.#set.read((groups) => sumGroupsBy(groups, grouping)))
    await takeTurn(sums.length)
    return sums
  }

  /** The sums of one provider's lists, read once. Under `FAIL` a failure is thrown, unless the provider is not configured. */
  #summaryOf(provider: string): Promise<ProviderSummary> {
    const known = this.#summaries.get(provider)
    if (known) return known
    const summary = this.#set
      .read((groups) => summarizeProvider(groups, provider))
      .then(
        (sums): ProviderSummary => ({ summary: sums, error: null }),
        (error: unknown): ProviderSummary => {
          const isReported = this.#onFailure === 'PARTIAL' || error instanceof ProviderNotConfiguredError
          if (isReported && error instanceof Error) return { summary: null, error }
          throw error
        },
      )
    const read = this.#failTogether(summary)
    this.#summaries.set(provider, read)
    return read
  }

  async #failuresOf(provider: string, includesSums: boolean): Promise<readonly SourceFailure[]> {
    const [{ failures }, sums] = await Promise.all([this.#result(), includesSums ? this.#summaryOf(provider) : null])
    return failures.get(provider) ?? (sums?.error ? [{ error: sums.error, accounts: null }] : [])
  }

  #result(): ReturnType<typeof readPage<T>> {
    this.#read ??= this.#readPage()
    return this.#read
  }

  async #readPage(): ReturnType<typeof readPage<T>> {
    const failsWhole = this.#onFailure === 'FAIL'
    const hasMore = (walkOver: (groups: readonly OpenGroup<T>[]) => Walk<T> | Promise<Walk<T>>) =>
      this.#hasMore(walkOver)
    const read = await this.#failTogether(
      this.#set.read((groups) => readPage(this.#request, groups, failsWhole, { hasMore })),
    )
    await takeTurn(read.page.edges.length)
    return read
  }

  /** Returns true when a walk goes on, and when a source that failed hides whether it does. */
  #hasMore(walkOver: (groups: readonly OpenGroup<T>[]) => Walk<T> | Promise<Walk<T>>): Promise<boolean> {
    const more = this.#set.read(async (groups) => {
      if (groups.some(isUnopened)) return true
      const walk = await walkOver(groups)
      const answer = await walk.hasMore()
      const failed = walk.inputs.find(({ error }) => error !== null)
      if (failed?.error && this.#onFailure === 'FAIL') throw failed.error
      return answer
    })
    return this.#failTogether(more)
  }

  /** The total of one provider's lists, or of all; null under `PARTIAL` where a source cannot be read. */
  #count(provider: string | null): Promise<number | null> {
    const count = this.#set
      .read((groups) => countGroups(groups, provider))
      .catch((error: unknown) => {
        if (this.#onFailure === 'PARTIAL' && error instanceof Error) return null
        throw error
      })
    return this.#failTogether(count)
  }

  /** Under `FAIL`, all parts of the list fail with the first failure, so that it is reported as one. */
  #failTogether<R>(part: Promise<R>): Promise<R> {
    return part.catch((error: unknown) => {
      this.#failure ??= { error }
      throw this.#onFailure === 'FAIL' ? this.#failure.error : error
    })
  }
}

/** A connection with its edges mapped. */
export function mapEdges<T>(connection: Connection<T>, map: (edge: Edge<T>) => Edge<T>): Connection<T> {
  return {
    sources: connection.sources,
    totalCount: () => connection.totalCount(),
    summary: () => connection.summary(),
    sumsBy: (grouping) => connection.sumsBy(grouping),
    async page() {
      const page = await connection.page()
      return {
        edges: page.edges.map(map),
        hasNextPage: () => page.hasNextPage(),
        hasPreviousPage: () => page.hasPreviousPage(),
        startCursor: () => page.startCursor(),
        endCursor: () => page.endCursor(),
      }
    },
  }
}

/**
 * A Relay connection over one list, or over the merge of several.
 *
 * @throws {InvalidArgumentError} when a page size is not from 0 to `MAX_PAGE_SIZE`
 * @throws {InvalidCursorError} when a cursor is not of this list; both before anything is read
 */
export function createConnection<T>(options: ConnectionOptions<T>): Connection<T> {
  return new SourceConnection(options)
}
