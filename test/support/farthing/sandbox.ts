import {
  exactNumber,
  type Sandbox,
  startUpstream,
  type UpstreamReply,
  type UpstreamRequest,
  type UpstreamServer,
} from '../../../src/sandbox/server.ts'
import { createTimeline } from '../../../src/sandbox/timeline.ts'

/** One entry of the sandbox's ledger. */
export interface FarthingSandboxEntry {
  readonly id: string
  /** A JSON number, sent with exactly these digits. */
  readonly value: string
  /** `in` or `out`. */
  readonly kind: string
  readonly created_at: string
}

/** A Farthing bank with a ledger of its own, empty at first. */
export interface FarthingSandbox extends Sandbox {
  readonly server: UpstreamServer
  /** Newest first. */
  readonly entries: readonly FarthingSandboxEntry[]
  /** Where more are asked for, so many are answered, and nothing says so. */
  maxTake: number
  /** Adds an entry; a minute after the newest one where it does not say when. */
  add(entry?: Partial<FarthingSandboxEntry>): FarthingSandboxEntry
  remove(id: string): void
}

const KEY = 'sandbox-key-not-a-secret'
const NOT_FOUND: UpstreamReply = { status: 404, json: { problem: 'not found' } }
const NO_TALLY = { add() {}, subtract() {} }

export async function createFarthingSandbox(): Promise<FarthingSandbox> {
  const ledger = createTimeline<FarthingSandboxEntry, typeof NO_TALLY>(() => NO_TALLY)
  let made = 0

  function handle({ path, query, headers }: UpstreamRequest): UpstreamReply {
    if (headers['x-api-key'] !== KEY) return { status: 401, json: { problem: 'who are you?' } }
    if (path === '/v2/entries') {
      const [skip, take] = ['skip', 'take'].map((name) => Number(query.get(name)))
      if (!Number.isInteger(skip) || !Number.isInteger(take) || skip! < 0 || take! < 1) {
        return { status: 400, json: { problem: 'skip and take must be whole numbers' } }
      }
      const entries = ledger.newestFirst().slice(skip, skip! + Math.min(take!, sandbox.maxTake))
      return { status: 200, json: { entries: entries.map(rowOf) } }
    }
    const entry = ledger.get(/^\/v2\/entries\/([^/]+)$/.exec(path)?.[1] ?? '')
    return entry ? { status: 200, json: rowOf(entry) } : NOT_FOUND
  }

  const server = await startUpstream({ handle })
  const sandbox: FarthingSandbox = {
    server,
    environment: { FARTHING_BASE_URL: server.url, FARTHING_API_KEY: KEY },
    maxTake: 100,
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
    remove: (id) => ledger.remove(id),
    grow: (now) => void sandbox.add({ created_at: new Date(now).toISOString() }),
    close: () => server.close(),
  }
  return sandbox
}

function rowOf({ id, value, kind, created_at }: FarthingSandboxEntry): unknown {
  return { id, value: exactNumber(value), currency: 'GBP', kind, state: 'booked', memo: null, at: created_at }
}
