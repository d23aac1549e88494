import { InvalidCursorError, ProviderNotConfiguredError } from '../errors.ts'
import type { Instant } from '../ledger/instant.ts'
import { type Ledger, LedgerRefusedError } from '../ledger/ledger.ts'
import { digestOf, type Gap, type Heading, type IsAhead } from '../ledger/resume.ts'
import { type Accepts, createStream, type StreamRow } from '../ledger/stream.ts'
import { type Cursor, decodeCursor, encodeCursor, sourceDigest } from './cursor.ts'
import { createMerge, type Lane, type LanePlace } from './merge.ts'
import { type ConnectionArguments, type PagePlan, planPage, windowOf } from './range.ts'

/** One list that a connection reads. */
export interface Source<T> {
  /** Names the list within its connection, for as long as cursors live. */
  readonly key: string
  readonly ledger: Ledger<T>
  /** What the provider's own filter leaves to be done; null where nothing is. */
  readonly accepts: Accepts<T> | null
  /** True where `accepts` only guards against rows that the provider should not have sent. */
  readonly isGuarded: boolean
  /** Entries that match, exactly; null where that cannot be told without reading them all. */
  count(): Promise<number | null>
}

/** The lists of one provider. Usually one; several where the provider only offers its ledger in parts. */
export interface SourceGroup<T> {
  /** The provider's enum value. */
  readonly provider: string
  /**
   * Opens the lists. Called again after one of them was refused with `LedgerRefusedError`, and then offers others.
   * @throws {ProviderNotConfiguredError} when the provider is switched off here
   */
  open(): Promise<readonly Source<T>[]>
}

/** The order in which a list shows its entries. */
export type ListOrder = 'NEWEST_FIRST' | 'OLDEST_FIRST'

/** What becomes of a page when one of its sources fails. */
export type FailurePolicy = 'FAIL' | 'PARTIAL'

/** What a connection is of, and which part of it is asked for. */
export interface ConnectionOptions<T> {
  /** Stands for field, filter and order: cursors of one list are refused by another. */
  readonly listKey: string
  readonly groups: readonly SourceGroup<T>[]
  readonly order: ListOrder
  readonly args: ConnectionArguments
  readonly onFailure: FailurePolicy
  /** Rows that may be read to find wanted ones among them. */
  readonly scanLimit: number
}

/** One entry of a page. */
export interface Edge<T> {
  /** The entry, or why it could not be understood. */
  readonly node: T | Error
  cursor(): string
}

/** One page. The flags are worked out only when they are asked for, since they may cost a request. */
export interface ConnectionPage<T> {
  readonly edges: readonly Edge<T>[]
  hasNextPage(): Promise<boolean>
  hasPreviousPage(): Promise<boolean>
  startCursor(): string | null
  endCursor(): string | null
}

/** What one provider contributed. */
export interface SourceReport {
  readonly provider: string
  totalCount(): Promise<number | null>
  /** Why it could not be read; null when it was. */
  error(): Promise<Error | null>
}

/** A list of which nothing is read before it is asked for, and nothing twice. */
export interface Connection<T> {
  page(): Promise<ConnectionPage<T>>
  totalCount(): Promise<number | null>
  readonly sources: readonly SourceReport[]
}

interface OpenGroup<T> {
  readonly group: SourceGroup<T>
  readonly sources: readonly Source<T>[]
  readonly error: Error | null
  /** True for a provider that is switched off here: it is told of, and takes no part. */
  readonly isOff: boolean
}

interface NamedLane<T> extends Lane<T> {
  readonly digest: string
  readonly incoming: Gap | null
}

const REFUSALS = 3

const opposite = (heading: Heading): Heading => (heading === 'older' ? 'newer' : 'older')

/** The arguments as they are, the cursors taken apart. */
interface Request {
  readonly plan: PagePlan
  readonly after: Cursor | null
  readonly before: Cursor | null
}

/**
 * A Relay connection over one list, or over the merge of several.
 *
 * @throws {InvalidArgumentError} when a page size is not from 0 to `MAX_PAGE_SIZE`
 * @throws {InvalidCursorError} when a cursor is not of this list; both before anything is read
 */
export function createConnection<T>(options: ConnectionOptions<T>): Connection<T> {
  const { listKey, groups, order, onFailure } = options
  const plan = planPage(options.args)
  const decode = (argument: 'after' | 'before'): Cursor | null => {
    const text = plan[argument]
    if (text === null) return null
    const cursor = decodeCursor(text, listKey)
    if (cursor === null) throw new InvalidCursorError(argument)
    return cursor
  }
  const request: Request = { plan, after: decode('after'), before: decode('before') }
  const forward: Heading = order === 'NEWEST_FIRST' ? 'older' : 'newer'

  let opened: Promise<readonly OpenGroup<T>[]> | null = null
  let page: Promise<{ page: ConnectionPage<T>; errors: ReadonlyMap<string, Error> }> | null = null

  async function openGroup(group: SourceGroup<T>): Promise<OpenGroup<T>> {
    try {
      return { group, sources: await group.open(), error: null, isOff: false }
    } catch (error) {
      const isOff = error instanceof ProviderNotConfiguredError
      if (!(error instanceof Error) || (onFailure === 'FAIL' && !isOff)) throw error
      return { group, sources: [], error, isOff }
    }
  }

  async function openAll(): Promise<readonly OpenGroup<T>[]> {
    const all = await Promise.all(groups.map(openGroup))
    if (all[0]?.error && all.every(({ isOff }) => isOff)) throw all[0].error
    return all
  }

  const open = () => {
    opened ??= openAll()
    return opened
  }

  /** Runs what reads the sources, once more with others where one of them is refused. */
  async function withSources<R>(run: (groups: readonly OpenGroup<T>[]) => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      const current = open()
      try {
        return await run(await current)
      } catch (error) {
        if (!(error instanceof LedgerRefusedError)) throw error
        if (attempt >= REFUSALS) throw error.cause
        if (opened === current) opened = null
      }
    }
  }

  /** The gap of a source that a cursor stands at. */
  function gapAt(cursor: Cursor | null, source: string, group: string, heading: Heading): Gap {
    const start: Gap = { at: 'end', end: heading === 'older' ? 'newest' : 'oldest' }
    if (cursor === null) return start
    const own = cursor.gaps.get(source)
    if (own) return own.at === 'anchor' && cursor.edge === source ? { ...own, side: heading } : own
    // The provider's ledger came whole before and comes in parts now, or was never read at all.
    const whole = cursor.gaps.get(group)
    if (whole?.at === 'end') return whole
    const instant = whole?.at === 'anchor' ? whole.anchor.instant : (whole?.instant ?? cursor.instant)
    return instant === null ? start : { at: 'instant', instant }
  }

  /** Says of an instant in one source that it lies on the walk's side of the entry that a cursor is of. */
  function aheadOf(cursor: Cursor | null, heading: Heading): IsAhead | null {
    const boundary = cursor?.instant ?? null
    if (boundary === null) return null
    return (instant) => (heading === 'older' ? instant < boundary : instant > boundary)
  }

  /** Says of each row of one source, in order, whether the walk has come to the cursor that bounds it. */
  function pastOf(cursor: Cursor, source: string, group: string, heading: Heading) {
    const gap = gapAt(cursor, source, group, opposite(heading))
    const isEdge = cursor.edge === source
    const isBeyond = (instant: Instant | null, boundary: Instant | null) =>
      instant !== null && boundary !== null && (heading === 'older' ? instant < boundary : instant > boundary)
    let isPassed = false
    return ({ row, instant }: StreamRow<T>): boolean => {
      if (isPassed) return true
      if (gap.at === 'end') return (gap.end === 'newest') === (heading === 'older')
      if (gap.at === 'instant') return isBeyond(instant, gap.instant)
      const isAnchor = digestOf(row.id) === gap.anchor.digest
      if (isAnchor && !isEdge && gap.side === heading) {
        isPassed = true
        return false
      }
      return isAnchor || isBeyond(instant, isEdge ? gap.anchor.instant : cursor.instant)
    }
  }

  /** A merge over all sources from a cursor on, up to another one. */
  function walk(
    open: readonly OpenGroup<T>[],
    heading: Heading,
    from: Cursor | null,
    to: Cursor | null,
    onto?: 'edge',
  ) {
    const named = open.flatMap(({ group, sources }) => {
      const groupDigest = sourceDigest(group.provider)
      return sources.map((source) => ({ source, groupDigest, digest: sourceDigest(source.key) }))
    })
    const edgeRank = named.findIndex(({ digest }) => digest === from?.edge)
    const lanes = named.map(({ source, groupDigest, digest }, rank): NamedLane<T> => {
      const incoming = gapAt(from, digest, groupDigest, heading)
      // Walking onto the cursor's own entry instead of past it.
      const start =
        onto && incoming.at === 'anchor' && rank === edgeRank ? { ...incoming, side: opposite(heading) } : incoming
      return {
        digest,
        incoming: from === null ? null : incoming,
        stream: createStream(source.ledger, start, heading, aheadOf(from, heading)),
        accepts: source.accepts,
        isGuarded: source.isGuarded,
        isPast: to === null ? null : pastOf(to, digest, groupDigest, heading),
        error: null,
        last: null,
        isPassed: false,
      }
    })
    return { lanes, merge: createMerge(lanes, heading, options.scanLimit) }
  }

  async function readPage(open: readonly OpenGroup<T>[]) {
    const isForward = plan.walk === 'forward'
    const heading = isForward ? forward : opposite(forward)
    const [from, to] = isForward ? [request.after, request.before] : [request.before, request.after]
    const { lanes, merge } = walk(open, heading, from, to)
    const taken = await merge.take(plan.count)
    const failed = lanes.find(({ error }) => error !== null)
    if (failed?.error && onFailure === 'FAIL') throw failed.error

    const unopened = open.filter(({ error, isOff }) => error !== null && !isOff)
    const unread: Gap = { at: 'end', end: heading === 'older' ? 'newest' : 'oldest' }

    /** The cursor of a place in the merge: every source's own place, and what an unopened provider's was before. */
    function cursorAt(places: readonly LanePlace<T>[], edge: number | null, instant: Instant | null): string {
      const gaps = new Map<string, Gap>()
      for (const [index, { last, next }] of places.entries()) {
        const { digest, incoming, error, stream } = lanes[index]!
        if (last) gaps.set(digest, { at: 'anchor', anchor: last.anchor(), side: heading })
        // Behind the last entry that came of this source, also when that was on an earlier page.
        else if (incoming?.at === 'anchor' && incoming.side === heading) gaps.set(digest, stream.start())
        else if (next) gaps.set(digest, { at: 'anchor', anchor: next.anchor(), side: opposite(heading) })
        else if (incoming) gaps.set(digest, incoming)
        else if (error) gaps.set(digest, unread)
        else if (instant !== null) gaps.set(digest, { at: 'instant', instant })
        else gaps.set(digest, unread)
      }
      if (unopened.length > 0) {
        for (const [digest, gap] of from?.gaps ?? []) if (!gaps.has(digest)) gaps.set(digest, gap)
        for (const { group } of unopened) {
          const digest = sourceDigest(group.provider)
          if (from === null) gaps.set(digest, unread)
        }
      }
      return encodeCursor({ edge: edge === null ? null : lanes[edge]!.digest, instant, gaps }, listKey)
    }

    const entries = taken.map(({ lane, row, places }): Edge<T> => {
      let text: string | null = null
      return {
        node: row.row.value,
        cursor() {
          text ??= cursorAt(places, lane, row.instant)
          return text
        },
      }
    })

    /** Whether entries lie on the far side of the cursor that the walk started from. */
    async function beyond(): Promise<boolean> {
      if (from === null) return false
      const answers = lanes.map(({ stream, accepts }) => stream.hasBehind(accepts))
      if (unopened.length > 0 || answers.some((answer) => answer === true)) return true
      if (answers.every((answer) => answer === false)) return false
      return withSources(async (again) => {
        const back = walk(again, opposite(heading), from, null, 'edge')
        const found = await back.merge.hasMore()
        const broken = back.lanes.find(({ error }) => error !== null)
        if (broken?.error && onFailure === 'FAIL') throw broken.error
        return found
      })
    }

    async function hasMore(): Promise<boolean> {
      if (unopened.length > 0) return true
      const answer = await merge.hasMore()
      const broken = lanes.find(({ error }) => error !== null)
      if (broken?.error && onFailure === 'FAIL') throw broken.error
      return answer
    }
    const window = windowOf(plan, { entries, hasMore }, beyond)
    const edges = window.entries

    // A walk that was cut short stands where it stopped, which may be further than its last entry.
    const stop =
      merge.isSpent || lanes.some(({ error }) => error !== null) || unopened.length > 0 ? merge.places() : null
    const isShort = stop !== null && taken.length < plan.count
    const stopCursor = (): string => {
      const instant = stop!.reduce<Instant | null>((latest, { last }) => {
        if (!last || last.instant === null) return latest
        if (latest === null) return last.instant
        return (heading === 'older' ? last.instant < latest : last.instant > latest) ? last.instant : latest
      }, null)
      return cursorAt(stop!, null, instant ?? from?.instant ?? null)
    }
    const startCursor = () => (!isForward && isShort ? stopCursor() : (edges[0]?.cursor() ?? null))
    const endCursor = () => (isForward && isShort ? stopCursor() : (edges.at(-1)?.cursor() ?? null))

    const errors = new Map<string, Error>()
    for (const { group, error } of open) if (error) errors.set(group.provider, error)
    let index = 0
    for (const { group, sources } of open) {
      for (const _ of sources) {
        const { error } = lanes[index++]!
        if (error && !errors.has(group.provider)) errors.set(group.provider, error)
      }
    }
    return {
      page: {
        edges,
        hasNextPage: window.hasNextPage,
        hasPreviousPage: window.hasPreviousPage,
        startCursor,
        endCursor,
      },
      errors,
    }
  }

  const result = () => {
    page ??= withSources(readPage)
    return page
  }

  async function countSources(sources: readonly Source<T>[]): Promise<number | null> {
    const counts = await Promise.all(sources.map((source) => source.count()))
    return counts.reduce<number | null>((sum, count) => (sum === null || count === null ? null : sum + count), 0)
  }

  /** The total of one provider's lists, or of all; null under `PARTIAL` where a source cannot be read. */
  const count = (provider: string | null) =>
    withSources(async (open) => {
      const counted = open.filter(({ group }) => provider === null || group.provider === provider)
      if (counted.some(({ error, isOff }) => error !== null && !(isOff && provider === null))) return null
      return countSources(counted.flatMap(({ sources }) => sources))
    }).catch((error: unknown) => {
      if (onFailure === 'PARTIAL' && error instanceof Error) return null
      throw error
    })

  return {
    page: async () => (await result()).page,
    totalCount: () => count(null),
    sources: groups.map(({ provider }) => ({
      provider,
      totalCount: () => count(provider),
      error: async () => (await result()).errors.get(provider) ?? null,
    })),
  }
}
