import type { Instant } from '../ledger/instant.ts'
import { LedgerRefusedError } from '../ledger/ledger.ts'
import type { Heading } from '../ledger/resume.ts'
import { type Accepts, isAccepted, type RowStream, type StreamRow } from '../ledger/stream.ts'

/** One source on its way through a merge. */
export interface Lane<T> {
  readonly stream: RowStream<T>
  /** What the source's own filter leaves to be done; null where nothing is. */
  readonly accepts: Accepts<T> | null
  /** True where `accepts` only guards against rows that the provider should not have sent. */
  readonly isGuarded: boolean
  /** Asked once of each row, in order: true from the first row on that lies beyond the end of the walk. */
  readonly isPast: ((row: StreamRow<T>) => boolean) | null
  /** Why the source cannot be read any further; null while it can. */
  error: Error | null
  /** The last row that was taken, wanted or not. */
  last: StreamRow<T> | null
  /** True when the walk has come to its end in this source. */
  isPassed: boolean
}

/** A wanted row, and where every lane stood when it was taken. */
export interface Taken<T> {
  readonly lane: number
  readonly row: StreamRow<T>
  readonly places: readonly LanePlace<T>[]
}

/** Where a lane stands: behind the last row that was taken from it, or else in front of the next one. */
export interface LanePlace<T> {
  readonly last: StreamRow<T> | null
  readonly next: StreamRow<T> | null
}

/** The k-way merge of several sources, as far as it has come. */
export interface Merge<T> {
  readonly lanes: readonly Lane<T>[]
  /** True when the budget for reading ran out before the walk came to its end. */
  readonly isSpent: boolean
  places(): readonly LanePlace<T>[]
  /** The next wanted rows; fewer when the sources end, fail, or the budget is spent. */
  take(count: number): Promise<readonly Taken<T>[]>
  /** Whether another wanted row follows; true as well when a source that failed, or the budget, keeps it from being known. */
  hasMore(): Promise<boolean>
}

/**
 * Between sources the entry goes first that is next in the walk's direction; entries of one instant go in the order of
 * the lanes, or against it when the walk heads for newer ones. Within a source its own order stands, also where that is
 * not by time: positions would lie otherwise.
 *
 * @param budget rows that may be read to find wanted ones among them
 * @throws {LedgerRefusedError} when a source turns out not to be offered; other failures end their lane
 */
export function createMerge<T>(lanes: readonly Lane<T>[], heading: Heading, budget: number): Merge<T> {
  const isFiltered = lanes.some(({ accepts, isGuarded }) => accepts !== null && !isGuarded)
  const checked = new Map<Lane<T>, StreamRow<T>>()
  const peeked: Taken<T>[] = []
  let isSpent = false
  let chunk = 1

  const precedes = (a: Instant | null, b: Instant | null) =>
    a !== b && (a === null || (b !== null && (heading === 'older' ? a > b : a < b)))

  const isFinished = (lane: Lane<T>) =>
    lane.error !== null || lane.isPassed || (lane.stream.isEnded && lane.stream.buffer.length === 0)

  async function fill(lane: Lane<T>, count: number): Promise<void> {
    try {
      await lane.stream.fill(count)
    } catch (error) {
      if (error instanceof LedgerRefusedError) throw error
      lane.error = error instanceof Error ? error : new Error('A source failed.', { cause: error })
    }
  }

  function checkHead(lane: Lane<T>): void {
    const head = lane.stream.buffer[0]
    if (!lane.isPast || !head || checked.get(lane) === head) return
    checked.set(lane, head)
    lane.isPassed = lane.isPast(head)
  }

  /** Sees to it that every lane shows its next row. False when that would go over the budget. */
  async function fillHeads(count: number): Promise<boolean> {
    const empty = lanes.filter((lane) => !isFinished(lane) && lane.stream.buffer.length === 0)
    if (empty.length > 0) {
      const rowsRead = lanes.reduce((sum, { stream }) => sum + stream.rowsRead, 0)
      if (isFiltered && rowsRead >= budget) {
        isSpent = true
        return false
      }
      await Promise.all(empty.map((lane) => fill(lane, isFiltered ? Math.min(count, budget - rowsRead) : count)))
    }
    for (const lane of lanes) checkHead(lane)
    return true
  }

  const places = () => lanes.map(({ last, stream }): LanePlace<T> => ({ last, next: stream.buffer[0] ?? null }))

  /** Takes rows, wanted or not, until a wanted one comes. */
  async function next(): Promise<Taken<T> | null> {
    for (;;) {
      if (!(await fillHeads(chunk))) return null
      let best = -1
      for (const [index, lane] of lanes.entries()) {
        const head = isFinished(lane) ? undefined : lane.stream.buffer[0]
        if (!head) continue
        const leader = best === -1 ? undefined : lanes[best]!.stream.buffer[0]!
        const isTie = leader !== undefined && leader.instant === head.instant
        if (!leader || precedes(head.instant, leader.instant) || (isTie && heading === 'newer')) best = index
      }
      const lane = lanes[best]
      const row = lane?.stream.buffer.shift()
      if (!lane || !row) return null
      lane.last = row
      if (isAccepted(row.row, lane.accepts)) return { lane: best, row, places: places() }
      // The longer nothing is found, the more is read at a time.
      if (isFiltered && lane.stream.buffer.length === 0) chunk *= 2
    }
  }

  return {
    lanes,
    get isSpent() {
      return isSpent
    },
    places,
    async take(count) {
      const taken = peeked.splice(0, count)
      while (taken.length < count) {
        chunk = isFiltered ? Math.max(chunk, count - taken.length) : count - taken.length
        const row = await next()
        if (row === null) break
        taken.push(row)
      }
      return taken
    },
    async hasMore() {
      if (peeked.length > 0 || isSpent || lanes.some(({ error }) => error !== null)) return true
      if (!isFiltered && lanes.some((lane) => lane.stream.isOpen && !lane.isPast)) return true
      if (!isFiltered) chunk = 1
      const row = await next()
      if (row !== null) peeked.push(row)
      return row !== null || isSpent || lanes.some(({ error }) => error !== null)
    },
  }
}
