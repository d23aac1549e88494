/** The fields of a page of `transactions(onProviderFailure: PARTIAL)` by which a client continues. */
export interface PartialPage {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null | undefined }
  readonly sources: readonly {
    readonly provider: string
    readonly error?: { readonly retryAfterMs?: number | null | undefined } | null | undefined
  }[]
}

/** How `readNextPage` retries. */
export interface ReadOptions {
  /** The number of requests for one page, the first one included. */
  readonly attempts?: number
  /** Ends the waiting, for instance when the user leaves the page. */
  readonly signal?: AbortSignal
  /** Waits; rejects when the signal is aborted. Tests replace it. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>
}

const SHORTEST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 60_000

function waitFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}

/** The cursor after which the next page begins; null is the start of the list. Some caches store null as ''. */
export const cursorOf = ({ pageInfo }: PartialPage): string | null => pageInfo.endCursor || null

/** The providers whose entries are missing from a page. */
export const failedProviders = ({ sources }: PartialPage): readonly string[] =>
  sources.filter(({ error }) => error).map(({ provider }) => provider)

/**
 * Returns true when asking for the next page would repeat this one: the list has more, but the cursor did not move. All
 * providers that still have entries are failing.
 *
 * @param after the cursor with which the page was requested
 */
export const isStalled = (page: PartialPage, after: string | null): boolean =>
  page.pageInfo.hasNextPage && cursorOf(page) === after

/**
 * Returns the milliseconds to wait before the next attempt: the shortest pause that a provider named, and otherwise two
 * seconds, doubled with each attempt.
 */
export function retryDelayMs({ sources }: PartialPage, attempt: number): number {
  const named = sources.flatMap(({ error }) => error?.retryAfterMs ?? [])
  const delay = named.length > 0 ? Math.min(...named) : 2_000 * 2 ** (attempt - 1)
  return Math.min(Math.max(delay, SHORTEST_WAIT_MS), LONGEST_WAIT_MS)
}

/**
 * Reads the next page. While it is stalled, waits and asks again.
 *
 * @param read requests the page after a cursor, past any cache
 * @param after the cursor; null for the first page
 * @returns the last page that was read. When it `isStalled`, stop, and offer the user to try again
 */
export async function readNextPage<Page extends PartialPage>(
  read: (after: string | null) => Promise<Page>,
  after: string | null,
  { attempts = 5, signal, wait = waitFor }: ReadOptions = {},
): Promise<Page> {
  for (let attempt = 1; ; attempt++) {
    const page = await read(after)
    if (!isStalled(page, after) || attempt >= attempts) return page
    await wait(retryDelayMs(page, attempt), signal)
  }
}

/** An instant in UTC as text that sorts by time: providers send different numbers of fraction digits. */
function sortableInstant(instant: string): string {
  const [seconds, fraction = ''] = instant.replace('Z', '').split('.')
  return `${seconds}.${fraction.padEnd(9, '0')}`
}

/**
 * Returns the entries newest first. Entries that a provider could not send in time arrive on later pages and would
 * otherwise be shown below older ones. Entries of the same instant keep their order.
 */
export function newestFirst<Entry extends { readonly createdAt: string }>(entries: readonly Entry[]): Entry[] {
  const keyed = entries.map((entry) => ({ entry, key: sortableInstant(entry.createdAt) }))
  keyed.sort((one, other) => (one.key === other.key ? 0 : one.key < other.key ? 1 : -1))
  return keyed.map(({ entry }) => entry)
}
