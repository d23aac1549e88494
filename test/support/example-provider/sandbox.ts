import { LedgerSandbox } from '../../../src/sandbox/ledger-sandbox.ts'
import { createRandom } from '../../../src/sandbox/random.ts'
import {
  exactNumber,
  startUpstream,
  type UpstreamReply,
  type UpstreamRequest,
  type UpstreamServer,
} from '../../../src/sandbox/server.ts'
import { createTimeline, parseDateTime, type Timeline } from '../../../src/sandbox/timeline.ts'

/** One entry of the sandbox's ledger. */
export interface ExampleSandboxEntry {
  readonly id: string
  /** A whole number of minor units, e.g. pence, sent with exactly these digits. */
  readonly value: string
  readonly currency: string
  /** `in` or `out`. */
  readonly kind: string
  /** `booked`, or another word for an entry that is not. */
  readonly state: string
  readonly created_at: string
}

const KEY = 'sandbox-key-not-a-secret'
/** The most entries that one page may have. */
const MAX_LIMIT = 100
const NOT_FOUND: UpstreamReply = { status: 404, json: { problem: 'not found' } }
const NO_TALLY = { add() {}, subtract() {} }

type ExampleTimeline = Timeline<ExampleSandboxEntry, typeof NO_TALLY>

/** An Example bank with a ledger of its own, empty at first. */
export class ExampleSandbox extends LedgerSandbox<ExampleSandboxEntry, typeof NO_TALLY> {
  readonly environment: Record<string, string>
  readonly server: UpstreamServer
  #made = 0

  constructor(ledger: ExampleTimeline, server: UpstreamServer) {
    super({ ledger, servers: [server], random: createRandom(0xe8a) })
    this.server = server
    this.environment = { EXAMPLE_BASE_URL: server.url, EXAMPLE_API_KEY: KEY }
  }

  grow(now: number): void {
    this.add({ created_at: new Date(now).toISOString() })
  }

  protected complete(given: Partial<ExampleSandboxEntry>, createdAt: number): ExampleSandboxEntry {
    this.#made += 1
    const entry = {
      id: `frt_${this.#made}`,
      value: '25',
      currency: 'GBP',
      state: 'booked',
      kind: this.#made % 3 === 0 ? 'out' : 'in',
      created_at: new Date(createdAt).toISOString(),
      ...given,
    }
    this.checkChange(entry)
    return entry
  }

  protected checkChange({ value }: Partial<ExampleSandboxEntry>): void {
    if (value !== undefined) exactNumber(value)
  }
}

export async function createExampleSandbox(): Promise<ExampleSandbox> {
  const ledger: ExampleTimeline = createTimeline(() => NO_TALLY)
  return new ExampleSandbox(ledger, await startUpstream({ handle: (request) => answer(ledger, request) }))
}

function answer(ledger: ExampleTimeline, { path, query, headers }: UpstreamRequest): UpstreamReply {
  if (headers['x-api-key'] !== KEY) return { status: 401, json: { problem: 'who are you?' } }
  if (path === '/v3/entries') return listEntries(ledger, query)
  const entry = ledger.get(/^\/v3\/entries\/([^/]+)$/.exec(path)?.[1] ?? '')
  return entry ? { status: 200, json: rowOf(entry) } : NOT_FOUND
}

/** The entries of a list, before the one with an id where that is given, else behind it. */
function listEntries(ledger: ExampleTimeline, query: URLSearchParams): UpstreamReply {
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

/** Entries of a period, both ends included. */
function isWithin(from: string | null, to: string | null): (entry: ExampleSandboxEntry) => boolean {
  const [start, end] = [from, to].map((text) => (text === null ? null : parseDateTime(text)))
  return ({ created_at }) => {
    const instant = parseDateTime(created_at)!
    return (start == null || instant >= start) && (end == null || instant <= end)
  }
}

function rowOf({ id, value, currency, kind, state, created_at }: ExampleSandboxEntry): unknown {
  return { id, value: exactNumber(value), currency, kind, state, memo: null, at: created_at }
}
