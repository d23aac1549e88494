import {
  exactNumber,
  type Sandbox,
  startUpstream,
  type UpstreamReply,
  type UpstreamRequest,
  type UpstreamServer,
} from '../../../src/sandbox/server.ts'
import { createTimeline, parseDateTime } from '../../../src/sandbox/timeline.ts'

/** One entry of the sandbox's ledger. */
export interface ExampleSandboxEntry {
  readonly id: string
  /** A JSON number, sent with exactly these digits. */
  readonly value: string
  /** `in` or `out`. */
  readonly kind: string
  readonly created_at: string
}

/** A Example bank with a ledger of its own, empty at first. */
export interface ExampleSandbox extends Sandbox {
  readonly server: UpstreamServer
  /** Newest first. */
  readonly entries: readonly ExampleSandboxEntry[]
  /** Adds an entry; a minute after the newest one where it does not say when. */
  add(entry?: Partial<ExampleSandboxEntry>): ExampleSandboxEntry
  remove(id: string): void
}

const KEY = 'sandbox-key-not-a-secret'
/** The most entries that one page may have. */
const MAX_LIMIT = 100
const NOT_FOUND: UpstreamReply = { status: 404, json: { problem: 'not found' } }
const NO_TALLY = { add() {}, subtract() {} }

export async function createExampleSandbox(): Promise<ExampleSandbox> {
  const ledger = createTimeline<ExampleSandboxEntry, typeof NO_TALLY>(() => NO_TALLY)
  let made = 0

  /** The entries of a list, before the one with an id where that is given, else behind it. */
  function listEntries(query: URLSearchParams): UpstreamReply {
    const limit = Number(query.get('limit'))
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      return { status: 400, json: { problem: `limit must be a whole number from 1 to ${MAX_LIMIT}` } }
    }
    const newestFirst = ledger.newestFirst().filter(isWithin(query.get('from'), query.get('to')))
    const list = query.get('order') === 'asc' ? newestFirst.toReversed() : newestFirst
    const key = query.get('starting_after') ?? query.get('ending_before')
    const index = key === null ? -1 : list.findIndex(({ id }) => id === key)
    if (key !== null && index === -1) return NOT_FOUND
    const isBefore = query.has('ending_before')
    const [start, end] = isBefore ? [Math.max(0, index - limit), index] : [index + 1, index + 1 + limit]
    const hasMore = isBefore ? start > 0 : end < list.length
    return { status: 200, json: { entries: list.slice(start, end).map(rowOf), has_more: hasMore } }
  }

  function handle({ path, query, headers }: UpstreamRequest): UpstreamReply {
    if (headers['x-api-key'] !== KEY) return { status: 401, json: { problem: 'who are you?' } }
    if (path === '/v3/entries') return listEntries(query)
    const entry = ledger.get(/^\/v3\/entries\/([^/]+)$/.exec(path)?.[1] ?? '')
    return entry ? { status: 200, json: rowOf(entry) } : NOT_FOUND
  }

  const server = await startUpstream({ handle })
  const sandbox: ExampleSandbox = {
    server,
    environment: { EXAMPLE_BASE_URL: server.url, EXAMPLE_API_KEY: KEY },
    get entries() {
      return ledger.newestFirst()
    },
    add(entry = {}) {
      made += 1
      const after = Date.parse(ledger.newest()?.created_at ?? '2026-01-01T00:00:00Z')
      const added = {
        id: `frt_${made}`,
        value: '0.25',
        kind: made % 3 === 0 ? 'out' : 'in',
        created_at: new Date(after + 60_000).toISOString(),
        ...entry,
      }
      ledger.add(added)
      return added
    },
    servers: [server],
    entryIds: () => ledger.newestFirst().map(({ id }) => id),
    addEntry: (created_at) => sandbox.add({ created_at }).id,
    remove: (id) => ledger.remove(id),
    grow: (now) => void sandbox.add({ created_at: new Date(now).toISOString() }),
    close: () => server.close(),
  }
  return sandbox
}

/** Entries of a period, both ends included. */
function isWithin(from: string | null, to: string | null): (entry: ExampleSandboxEntry) => boolean {
  const [start, end] = [from, to].map((text) => (text === null ? null : parseDateTime(text)))
  return ({ created_at }) => {
    const instant = parseDateTime(created_at)!
    return (start == null || instant >= start) && (end == null || instant <= end)
  }
}

function rowOf({ id, value, kind, created_at }: ExampleSandboxEntry): unknown {
  return { id, value: exactNumber(value), currency: 'GBP', kind, state: 'booked', memo: null, at: created_at }
}
