import { InvalidCursorError, ProviderNotConfiguredError } from '../errors.ts'
import { takeTurn } from '../event-loop.ts'
import type { Instant } from '../ledger/instant.ts'
import { type Ledger, LedgerRefusedError, MAX_ROWS } from '../ledger/ledger.ts'
import { digestOf, type Gap, type Heading, type IsAhead, isPastGap } from '../ledger/resume.ts'
import { type Accepts, createStream, type StreamRow } from '../ledger/stream.ts'
import { mergeSummaries, type Summary } from '../ledger/summary.ts'
import { type Cursor, decodeCursor, encodeCursor, sourceDigest } from './cursor.ts'
import { createMerge, type Lane, type LanePlace, type Merge } from './merge.ts'
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
  /** The sums over all entries that match; left out where the list is not one of entries with amounts. */
  summary?(): Promise<Summary>
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
  /** The sums over all entries that match, also those on other pages. Fails when any source does. */
  summary(): Promise<Summary>
  readonly sources: readonly SourceReport[]
}

interface OpenGroup<T> {
  readonly group: SourceGroup<T>
  readonly sources: readonly Source<T>[]
  readonly error: Error | null
  /** True for a provider that is switched off here: it is told of, and takes no part. */
  readonly isOff: boolean
}

const isUnopened = ({ error, isOff }: OpenGroup<unknown>) => error !== null && !isOff

interface NamedLane<T> extends Lane<T> {
  readonly digest: string
  /** Where the walk began in this source; null without a cursor. */
  readonly incoming: Gap | null
  readonly reached: Instant | null
}

/** A place in a source, and the instant up to which everything in it was read by then; null where nothing was. */
interface Stand {
  readonly gap: Gap
  readonly reached: Instant | null
}

/** The instant up to which a source was read when a cursor was given out; null where it was not read at all. */
function reachedIn(cursor: Cursor, source: string): Instant | null {
  const late = cursor.late.get(source)
  return late === undefined ? cursor.instant : late
}

/** A merge over all sources, and its lanes. */
interface Walk<T> {
  readonly lanes: readonly NamedLane<T>[]
  readonly merge: Merge<T>
}

const opposite = (heading: Heading): Heading => (heading === 'older' ? 'newer' : 'older')

/** Of two instants the one that a walk comes to later. */
const further = (a: Instant | null, b: Instant | null, heading: Heading): Instant | null =>
  a === null || (b !== null && (heading === 'older' ? b < a : b > a)) ? b : a

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
  let failure: { readonly error: unknown } | null = null

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

  /** Runs what reads the sources, once more with others for each provider that refuses one of its own. */
  async function withSources<R>(run: (groups: readonly OpenGroup<T>[]) => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      const current = open()
      try {
        return await run(await current)
      } catch (error) {
        if (!(error instanceof LedgerRefusedError)) throw error
        if (attempt > groups.length) throw error.cause
        if (opened === current) opened = null
      }
    }
  }

  /**
   * Where a cursor stands in a source.
   *
   * @param open the digests of all sources that are open
   */
  function standAt(cursor: Cursor | null, source: string, open: ReadonlySet<string>, heading: Heading): Stand {
    const start: Stand = { gap: { at: 'end', end: heading === 'older' ? 'newest' : 'oldest' }, reached: null }
    if (cursor === null) return start
    const gap = cursor.gaps.get(source)
    if (gap) {
      const isEdge = gap.at === 'anchor' && cursor.edge === source
      return { gap: isEdge ? { ...gap, side: heading } : gap, reached: reachedIn(cursor, source) }
    }
    // The provider's ledger came whole before and comes in parts now, or the other way round: it goes on from the instant
    // up to which everything was read.
    const former = [...cursor.late].flatMap(([digest, reached]) => (open.has(digest) ? [] : [reached]))
    if (former.includes(null)) return start
    const instant = former.reduce((reached, other) => further(reached, other, opposite(heading)), cursor.instant)
    return instant === null ? start : { gap: { at: 'instant', instant }, reached: instant }
  }

  /** Says of an instant that it lies on the walk's side of a boundary. */
  function aheadOf(boundary: Instant | null, heading: Heading): IsAhead | null {
    if (boundary === null) return null
    return (instant) => (heading === 'older' ? instant < boundary : instant > boundary)
  }

  /** Says of each row of one source, in order, whether the walk has come to the cursor that bounds it. */
  function pastOf(cursor: Cursor, start: Gap, source: string, open: ReadonlySet<string>, heading: Heading) {
    const { gap, reached } = standAt(cursor, source, open, opposite(heading))
    const isEdge = cursor.edge === source
    const isBeyond = (instant: Instant | null, boundary: Instant | null) =>
      instant !== null && boundary !== null && (heading === 'older' ? instant < boundary : instant > boundary)
    let isPassed = isPastGap(start, gap, heading)
    return ({ row }: StreamRow<T>): boolean => {
      // Only what an entry itself says counts here: what it takes from a neighbour depends on which of them was read.
      const { instant } = row
      if (isPassed) return true
      if (gap.at === 'end') return (gap.end === 'newest') === (heading === 'older')
      if (gap.at === 'instant') return isBeyond(instant, gap.instant)
      const isAnchor = digestOf(row.id) === gap.anchor.digest
      if (isAnchor && !isEdge && gap.side === heading) {
        isPassed = true
        return false
      }
      return isAnchor || isBeyond(instant, reached)
    }
  }

  /** A merge over all sources from a cursor on, up to another one. */
  function walk(
    open: readonly OpenGroup<T>[],
    heading: Heading,
    from: Cursor | null,
    to: Cursor | null,
    onto?: 'edge',
  ): Walk<T> {
    const named = open.flatMap(({ sources }) => sources.map((source) => ({ source, digest: sourceDigest(source.key) })))
    const digests = new Set(named.map(({ digest }) => digest))
    const edgeRank = named.findIndex(({ digest }) => digest === from?.edge)
    const lanes = named.map(({ source, digest }, rank): NamedLane<T> => {
      const { gap, reached } = standAt(from, digest, digests, heading)
      // Walking onto the cursor's own entry instead of past it.
      const start = onto && gap.at === 'anchor' && rank === edgeRank ? { ...gap, side: opposite(heading) } : gap
      return {
        digest,
        incoming: from === null ? null : gap,
        reached,
        stream: createStream(source.ledger, start, heading, aheadOf(reached, heading)),
        accepts: source.accepts,
        isGuarded: source.isGuarded,
        isPast: to === null ? null : pastOf(to, gap, digest, digests, heading),
        error: null,
        last: null,
        isPassed: false,
      }
    })
    return { lanes, merge: createMerge(lanes, heading, options.scanLimit) }
  }

  /** Whether a walk goes on; true as well where a source that failed keeps it from being known. */
  function hasMoreFrom(walkIn: (open: readonly OpenGroup<T>[]) => Walk<T>): Promise<boolean> {
    const more = withSources(async (open) => {
      if (open.some(isUnopened)) return true
      const { lanes, merge } = walkIn(open)
      const answer = await merge.hasMore()
      const failed = lanes.find(({ error }) => error !== null)
      if (failed?.error && onFailure === 'FAIL') throw failed.error
      return answer
    })
    return asOne(more)
  }

  async function readPage(open: readonly OpenGroup<T>[]) {
    const isForward = plan.walk === 'forward'
    const heading = isForward ? forward : opposite(forward)
    const [from, to] = isForward ? [request.after, request.before] : [request.before, request.after]
    const { lanes, merge } = walk(open, heading, from, to)
    const taken = await merge.take(plan.count)
    const failed = lanes.find(({ error }) => error !== null)
    if (failed?.error && onFailure === 'FAIL') throw failed.error

    const unopened = open.filter(isUnopened)
    const unread: Gap = { at: 'end', end: heading === 'older' ? 'newest' : 'oldest' }

    /** The cursor of a place in the merge: every source's own place, and what an unopened provider's was before. */
    function cursorAt(places: readonly LanePlace<T>[], edge: number | null, instant: Instant | null): Cursor {
      const gaps = new Map<string, Gap>()
      const late = new Map<string, Instant | null>()
      for (const [index, { last, next }] of places.entries()) {
        const { digest, incoming, reached, error, stream } = lanes[index]!
        // A source that failed is late until its next entry lies beyond the others' last.
        if (error || (from && reached !== from.instant)) {
          const own = (error ? null : next?.instant) ?? further(reached, last?.instant ?? null, heading)
          if (own === null || further(own, instant, heading) !== own) late.set(digest, own)
        }
        if (last) gaps.set(digest, { at: 'anchor', anchor: last.anchor(), side: heading })
        // Behind the last entry that came of this source, also when that was on an earlier page.
        else if (incoming?.at === 'anchor' && incoming.side === heading) gaps.set(digest, stream.start())
        else if (next && !error) gaps.set(digest, { at: 'anchor', anchor: next.anchor(), side: opposite(heading) })
        else if (incoming) gaps.set(digest, incoming)
        else if (error) gaps.set(digest, unread)
        else if (instant !== null) gaps.set(digest, { at: 'instant', instant })
        else gaps.set(digest, unread)
      }
      if (unopened.length > 0) {
        const former = from?.gaps ?? unopened.map(({ group }) => [sourceDigest(group.provider), unread] as const)
        for (const [digest, gap] of former) {
          if (gaps.has(digest)) continue
          gaps.set(digest, gap)
          late.set(digest, from && reachedIn(from, digest))
        }
      }
      return { edge: edge === null ? null : lanes[edge]!.digest, instant, gaps, late }
    }

    let reached = from?.instant ?? null
    const marks = taken.map(({ lane, row, places }) => {
      reached = further(reached, row.instant, heading)
      return { node: row.row.value, places, lane, instant: reached }
    })
    const entries = marks.map(({ node, places, lane, instant }): Edge<T> => {
      let text: string | null = null
      return {
        node,
        cursor() {
          text ??= encodeCursor(cursorAt(places, lane, instant), listKey)
          return text
        },
      }
    })

    // A walk that was cut short stands where it stopped, which may be further than its last entry.
    const isCut = merge.isSpent || lanes.some(({ error }) => error !== null) || unopened.length > 0
    const stop = isCut && taken.length < plan.count ? stopAt(merge.places()) : null

    function stopAt(places: readonly LanePlace<T>[]): Cursor {
      const instant = places.reduce((latest, { last }) => further(latest, last?.instant ?? null, heading), reached)
      return cursorAt(places, null, instant)
    }

    /** The place that the walk has come to. */
    function current(): Cursor | null {
      const last = marks.at(-1)
      return stop ?? (last ? cursorAt(last.places, last.lane, last.instant) : from)
    }

    /** Whether entries lie on the far side of the cursor that the walk started from. */
    async function beyond(): Promise<boolean> {
      if (from === null) return false
      const answers = lanes.map(({ stream, accepts }) => stream.hasBehind(accepts))
      if (unopened.length > 0 || answers.some((answer) => answer === true)) return true
      if (answers.every((answer) => answer === false)) return false
      return hasMoreFrom((now) => walk(now, opposite(heading), from, null, 'edge'))
    }

    // Where a list is refused only now, the walk goes on through others.
    const hasMore = () => hasMoreFrom((now) => (now === open ? { lanes, merge } : walk(now, heading, current(), to)))

    const window = windowOf(plan, { entries, hasMore }, beyond)
    const edges = window.entries
    const stopCursor = stop && encodeCursor(stop, listKey)
    const startCursor = () => (isForward ? null : stopCursor) ?? edges[0]?.cursor() ?? null
    const endCursor = () => (isForward ? stopCursor : null) ?? edges.at(-1)?.cursor() ?? null

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
    page ??= asOne(withSources(readPage)).then(async (read) => {
      await takeTurn(read.page.edges.length)
      return read
    })
    return page
  }

  /** Under `FAIL`, what fails first is what all parts of the list fail with, so that it is told as one failure. */
  function asOne<R>(part: Promise<R>): Promise<R> {
    return part.catch((error: unknown) => {
      failure ??= { error }
      throw onFailure === 'FAIL' ? failure.error : error
    })
  }

  async function countSources(sources: readonly Source<T>[]): Promise<number | null> {
    const counts = await Promise.all(sources.map((source) => source.count()))
    const total = counts.reduce<number | null>((sum, count) => (sum === null || count === null ? null : sum + count), 0)
    return total !== null && total <= MAX_ROWS ? total : null
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

  async function summarizeAll(open: readonly OpenGroup<T>[]): Promise<Summary> {
    const unread = open.find(({ error, isOff }) => error !== null && !isOff)
    if (unread?.error) throw unread.error
    const summaries = open.flatMap(({ sources }) => sources.map((source) => source.summary?.()))
    return mergeSummaries((await Promise.all(summaries)).filter((summary) => summary !== undefined))
  }

  return {
    page: async () => (await result()).page,
    totalCount: () => asOne(count(null)),
    summary: () => asOne(withSources(summarizeAll)),
    sources: groups.map(({ provider }) => ({
      provider,
      totalCount: () => asOne(count(provider)),
      error: async () => (await result()).errors.get(provider) ?? null,
    })),
  }
}
