import { LimitExceededError } from '../errors.ts'
import type { Instant } from '../values/instant.ts'
import type { Accepts, Ledger, Row, RowStream, StreamRow } from './ledger.ts'
import { digestOf, isAhead, type KeyAnchor, type Position, type ScanDirection, startOf } from './position.ts'

/** One page of a list that the provider continues from a row's key. */
export interface KeysetRequest {
  readonly direction: ScanDirection
  /**
   * Start of the page. `key`: behind the row with this key. `instant`: at the first row of this instant; the page may
   * begin earlier, where the provider filters more coarsely. Null: at the end where a scan in this direction begins.
   */
  readonly from: { readonly key: string } | { readonly instant: Instant } | null
  readonly limit: number
}

/** The answer of a provider to such a request. */
export interface KeysetPage<T> {
  /** In the direction of the request. */
  readonly rows: readonly Row<T>[]
  /** True when rows follow the page, as the provider reports. */
  readonly hasMore: boolean
}

/** The requests by which a keyset list is read. */
export interface KeysetOptions<T> {
  /** The most rows that one request can bring. */
  readonly maxRows: number
  /** The key that the provider continues from; the row's id in most APIs. */
  keyOf(row: Row<T>): string
  /**
   * Reads one page with one request.
   * @returns null when the provider has no row with the key, because it has been deleted
   * @throws {UpstreamError} when the provider fails
   */
  fetchPage(request: KeysetRequest): Promise<KeysetPage<T> | null>
  /** Rows of the whole list; left out where the provider does not report it. */
  count?(): Promise<number | null>
}

/** The most deletions of the row to continue from, so that a list that changes faster than it is read ends in an error. */
const MAX_RESTARTS = 64

type FetchPage<T> = KeysetOptions<T>['fetchPage']

/** A row of a page. */
class KeysetRow<T> implements StreamRow<T> {
  readonly row: Row<T>
  readonly instant: Instant | null
  readonly #key: string

  constructor(row: Row<T>, instant: Instant | null, key: string) {
    this.row = row
    this.instant = instant
    this.#key = key
  }

  anchor(): KeyAnchor {
    return { by: 'key', key: this.#key, digest: digestOf(this.row.id), instant: this.row.instant }
  }
}

/** The rows of a stream that starts at an instant: those ahead of it, and of the rows of that very instant `ties`. */
interface TimeStart {
  readonly instant: Instant
  /** All of them, none, or those from the row with a digest on. */
  readonly ties: 'all' | 'none' | { readonly from: string }
}

/**
 * Counts the first rows of a page that do not belong to the stream.
 *
 * @returns null where the row to start from is not on the page and the page ends before the instant does
 */
function rowsToSkip<T>(rows: readonly Row<T>[], { instant, ties }: TimeStart, direction: ScanDirection): number | null {
  const isLater = (row: Row<T>) => row.instant !== null && isAhead(direction, row.instant, instant)
  const index = rows.findIndex((row) => {
    if (isLater(row)) return true
    if (row.instant !== instant || ties === 'none') return false
    return ties === 'all' || digestOf(row.id) === ties.from
  })
  return index === -1 ? null : index
}

/**
 * A stream over a keyset list: the provider itself continues behind a row, so that nothing has to be searched and nothing
 * drifts. A row that has been deleted is replaced by its instant.
 */
class KeysetStream<T> implements RowStream<T> {
  readonly buffer: StreamRow<T>[] = []
  isEnded: boolean
  hasMore = false
  rowsRead = 0
  readonly #fetchPage: FetchPage<T>
  readonly #options: KeysetOptions<T>
  readonly #start: Position
  readonly #direction: ScanDirection
  /** The ids of the rows of the last instant, which a deleted key would bring again. */
  readonly #lastIds = new Set<string>()
  #from: KeysetRequest['from']
  /** The rows to skip; null once the first wanted row has come. */
  #skip: TimeStart | null
  #lastInstant: Instant | null = null
  #isStartFound: boolean | null = null
  /** Number of times that the row to continue from had been deleted. */
  #restarts = 0

  constructor(
    options: KeysetOptions<T>,
    fetchPage: FetchPage<T>,
    start: Position,
    direction: ScanDirection,
    boundary: Instant | null,
  ) {
    this.#options = options
    this.#fetchPage = fetchPage
    this.#start = start
    this.#direction = direction
    const { from, skip } = requestAt(start, direction, boundary)
    this.#from = from
    this.#skip = skip
    // Nothing lies beyond an end, so there is nothing to read.
    this.isEnded = start.at === 'end' && start.end !== startOf(direction)
  }

  async fill(count: number): Promise<void> {
    while (!this.isEnded && this.buffer.length < count) {
      await this.#readOn(Math.min(count - this.buffer.length, this.#options.maxRows))
    }
  }

  async #readOn(limit: number): Promise<void> {
    const page = await this.#fetchPage({ direction: this.#direction, from: this.#from, limit })
    this.#isStartFound ??= page !== null && this.#from !== null && 'key' in this.#from
    if (page === null) {
      if (++this.#restarts > MAX_RESTARTS) {
        throw new LimitExceededError('The list changes faster than it can be read. Start again from its end.')
      }
      const startKey = this.#startKeyOfInstant()
      if (startKey !== null) {
        this.#from = { key: startKey }
        return
      }
      const anchor = this.#start.at === 'anchor' ? this.#start.anchor.instant : null
      return this.#continueAt(this.#lastInstant ?? anchor)
    }
    this.rowsRead += page.rows.length
    this.isEnded = !page.hasMore || page.rows.length === 0
    this.hasMore = !this.isEnded
    const skipped = this.#skip === null ? 0 : rowsToSkip(page.rows, this.#skip, this.#direction)
    if (this.#skip !== null && this.#isStartGone(page.rows, skipped)) return this.#continueAt(this.#skip.instant)
    if (skipped !== null) {
      this.#skip = null
      for (const row of page.rows.slice(skipped)) this.#push(row)
    }
    const last = page.rows.at(-1)
    if (last) this.#from = { key: this.#options.keyOf(last) }
  }

  /**
   * Returns the key that the stream started from when all rows since are of its instant, and the row to continue from is
   * another one. Continuing at the instant would bring the rows before the start again.
   */
  #startKeyOfInstant(): string | null {
    const [start, from] = [this.#start, this.#from]
    if (start.at !== 'anchor' || start.anchor.by !== 'key' || start.side !== this.#direction) return null
    const { key, instant } = start.anchor
    const isAtStart = from === null || !('key' in from) || from.key === key
    return isAtStart || instant === null || this.#lastInstant !== instant ? null : key
  }

  /** True when the row to start from would have come by now: it has been deleted, and all rows of its instant are due. */
  #isStartGone(rows: readonly Row<T>[], skipped: number | null): boolean {
    const { ties } = this.#skip!
    if (typeof ties === 'string') return false
    if (skipped === null) return this.isEnded
    return digestOf(rows[skipped]!.id) !== ties.from
  }

  #push(row: Row<T>): void {
    if (this.#lastIds.has(row.id)) return
    if (row.instant !== this.#lastInstant) this.#lastIds.clear()
    this.#lastIds.add(row.id)
    this.#lastInstant = row.instant ?? this.#lastInstant
    this.buffer.push(new KeysetRow(row, this.#lastInstant, this.#options.keyOf(row)))
  }

  /** Continues at an instant, all rows of it included; at the end of the list where there is none. */
  #continueAt(instant: Instant | null): void {
    this.isEnded = false
    this.#from = instant === null ? null : { instant }
    this.#skip = instant === null ? null : { instant, ties: 'all' }
  }

  startPosition(): Position {
    return this.#start
  }

  hasPrevious(accepts: Accepts<T> | null): boolean | null {
    const start = this.#start
    if (start.at === 'end') return start.end === startOf(this.#direction) ? false : null
    // The row behind the position is the one that the cursor was made for.
    const isBehind = start.at === 'anchor' && start.side === this.#direction
    return isBehind && this.#isStartFound === true && accepts === null ? true : null
  }
}

/** Returns the start of the first request of a stream, and which of its rows belong to the stream. */
function requestAt(
  start: Position,
  direction: ScanDirection,
  boundary: Instant | null,
): { readonly from: KeysetRequest['from']; readonly skip: TimeStart | null } {
  if (start.at === 'end') return { from: null, skip: null }
  const at = (instant: Instant, ties: TimeStart['ties']) => ({ from: { instant }, skip: { instant, ties } })
  if (start.at === 'instant') return at(start.instant, 'all')
  const { anchor, side } = start
  if (side === direction && anchor.by === 'key') return { from: { key: anchor.key }, skip: null }
  const { instant, digest } = anchor
  if (instant === null) return { from: null, skip: null }
  if (side === direction) return at(instant, 'all')
  // The anchor's own row comes first, but for rows that were added between the boundary and the anchor.
  return boundary === null || boundary === instant ? at(instant, { from: digest }) : at(boundary, 'none')
}

/**
 * A list that the provider continues from a row's key, for the length of one operation. Equal requests share one answer.
 *
 * @param onRows receives all rows that were read, for the loader of single ones
 */
export function createKeysetLedger<T>(
  options: KeysetOptions<T>,
  onRows?: (rows: readonly Row<T>[]) => void,
): Ledger<T> {
  const pages = new Map<string, Promise<KeysetPage<T> | null>>()

  async function fetchPage(request: KeysetRequest): Promise<KeysetPage<T> | null> {
    const page = await options.fetchPage(request)
    // A row is gone that an earlier page showed, so that no earlier page shows the list as it is now.
    if (page === null) pages.clear()
    else onRows?.(page.rows)
    return page
  }

  function fetchOnce(request: KeysetRequest): Promise<KeysetPage<T> | null> {
    const { direction, from, limit } = request
    const place = from === null ? '' : 'key' in from ? `key ${from.key}` : `instant ${from.instant}`
    const key = `${direction} ${limit} ${place}`
    const page = pages.get(key) ?? fetchPage(request)
    pages.set(key, page)
    return page
  }

  return {
    maxRows: () => options.maxRows,
    stream: (start, direction, boundary) => new KeysetStream(options, fetchOnce, start, direction, boundary),
    count: async () => (await options.count?.()) ?? null,
    sums: async () => null,
  }
}
