import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startUpstream, type UpstreamReply, type UpstreamServer } from '../../src/sandbox/server.ts'
import { createClient } from '../../src/upstream/client.ts'
import { type ClientStatistics, REQUEST_OUTCOMES, type RequestOutcome } from '../../src/upstream/statistics.ts'
import type { ClientOptions, UpstreamCall, UpstreamClient } from '../../src/upstream/types.ts'

const operation = 'listThings'
/** No retries and a circuit breaker that stays closed, unless a test says otherwise. */
const OPTIONS = { retry: { retries: 0, baseDelayMs: 1 }, breaker: { minimumCalls: 1000 } }

let upstream: UpstreamServer
let client: UpstreamClient
let reply: UpstreamReply
let calls = 0

async function useClient(options: Partial<ClientOptions> = {}): Promise<void> {
  await client?.close()
  client = createClient({ provider: 'TEST', baseUrl: upstream.url, timeoutMs: 10_000, ...OPTIONS, ...options })
}

/** Sends a call that no other call shares. */
const get = (call: Partial<UpstreamCall> = {}) => client.get({ operation, path: `/things/${++calls}`, ...call })
const settle = (promise: Promise<unknown>) =>
  promise.then(
    () => {},
    () => {},
  )
const arrived = (count: number) => vi.waitFor(() => expect(upstream.requests).toHaveLength(count), { interval: 5 })

/** Returns the outcomes that occurred. */
const outcomes = ({ requests }: ClientStatistics) =>
  Object.fromEntries(Object.entries(requests).filter(([, count]) => count > 0))
const durations = ({ attemptDurations }: ClientStatistics) =>
  attemptDurations.counts.reduce((sum, count) => sum + count)

beforeEach(async () => {
  reply = { status: 200, json: [{}, {}, {}] }
  upstream = await startUpstream({ handle: () => reply })
  await useClient()
})
afterEach(async () => {
  await client.close()
  await upstream.close()
})

describe('statistics()', () => {
  it('begins with zeros for every outcome, and with closed circuits', () => {
    expect(client.statistics()).toMatchObject({
      requests: Object.fromEntries(REQUEST_OUTCOMES.map((outcome) => [outcome, 0])),
      shared: 0,
      attempts: 0,
      retries: 0,
      rows: 0,
      inFlight: 0,
      waiting: 0,
      circuits: { collection: { state: 'closed', opened: 0 }, resource: { state: 'closed', opened: 0 } },
    })
  })

  it('counts requests, attempts, rows and durations', async () => {
    await get()
    await get()
    const statistics = client.statistics()
    expect(outcomes(statistics)).toEqual({ success: 2 })
    expect(statistics).toMatchObject({ attempts: 2, retries: 0, rows: 6 })
    expect(durations(statistics)).toBe(2)
  })

  it('counts a shared request and its rows once', async () => {
    await Promise.all([get({ path: '/same' }), get({ path: '/same' }), get({ path: '/same' })])
    expect(upstream.requests).toHaveLength(1)
    expect(outcomes(client.statistics())).toEqual({ success: 1 })
    expect(client.statistics()).toMatchObject({ shared: 2, attempts: 1, rows: 3 })
  })

  it.each<[RequestOutcome, UpstreamReply]>([
    ['not_found', { status: 404 }],
    ['auth', { status: 401 }],
    ['rate_limited', { status: 429 }],
    ['error_status', { status: 500 }],
    ['error_status', { status: 410 }],
    ['invalid_response', { status: 200, text: '<html>' }],
  ])('counts %s', async (outcome, failing) => {
    reply = failing
    await settle(get({ notFoundStatuses: [404] }))
    expect(outcomes(client.statistics())).toEqual({ [outcome]: 1 })
    expect(client.statistics()).toMatchObject({ attempts: 1, rows: 0, inFlight: 0 })
    expect(durations(client.statistics())).toBe(1)
  })

  it('counts a connection that breaks as unavailable', async () => {
    upstream.fault({ kind: 'reset' })
    await settle(get())
    expect(outcomes(client.statistics())).toEqual({ unavailable: 1 })
  })

  it('counts a request that is not answered in time, with the duration of its attempt', async () => {
    await useClient({ timeoutMs: 50 })
    upstream.fault({ kind: 'hang' })
    await settle(get())
    expect(outcomes(client.statistics())).toEqual({ timeout: 1 })
    expect(durations(client.statistics())).toBe(1)
    expect(client.statistics().attemptDurations.sumMs).toBeGreaterThan(0)
  })

  it('counts a request that nobody waits for any more', async () => {
    const controller = new AbortController()
    upstream.fault({ kind: 'hang' })
    const call = settle(get({ signal: controller.signal }))
    await arrived(1)
    expect(client.statistics().inFlight).toBe(1)
    controller.abort()
    await call
    await vi.waitFor(() => expect(outcomes(client.statistics())).toEqual({ cancelled: 1 }))
  })

  it('counts retries, and the request once', async () => {
    await useClient({ retry: { retries: 2, baseDelayMs: 1 } })
    reply = { status: 503 }
    await settle(get())
    expect(outcomes(client.statistics())).toEqual({ error_status: 1 })
    expect(client.statistics()).toMatchObject({ attempts: 3, retries: 2 })
    expect(upstream.requests).toHaveLength(3)
    expect(durations(client.statistics())).toBe(3)
  })

  it('counts how often a circuit opened, and what it rejected', async () => {
    let clock = 0
    await useClient({ breaker: { minimumCalls: 2, now: () => clock } })
    reply = { status: 503 }
    for (let i = 0; i < 2; i++) await settle(get())
    expect(client.statistics().circuits).toEqual({
      collection: { state: 'open', opened: 1 },
      resource: { state: 'closed', opened: 0 },
    })
    await settle(get())
    expect(outcomes(client.statistics())).toEqual({ error_status: 2, circuit_open: 1 })
    expect(client.statistics().attempts).toBe(2)
    clock = 60_000
    reply = { status: 200, json: {} }
    await get()
    expect(client.statistics().circuits.collection).toEqual({ state: 'closed', opened: 1 })
  })

  it('counts waiting requests, and those that find the queue full', async () => {
    await useClient({ connections: 1, queue: 2 })
    upstream.fault({ kind: 'hang' })
    const running = Array.from({ length: 2 }, (_, caller) => settle(get({ caller: String(caller) })))
    await arrived(1)
    expect(client.statistics()).toMatchObject({ inFlight: 1, waiting: 1 })
    await settle(get({ caller: '1' }))
    expect(outcomes(client.statistics())).toEqual({ queue_full: 1 })
    await client.close()
    await Promise.all(running)
    await vi.waitFor(() => expect(client.statistics()).toMatchObject({ waiting: 0 }))
  })
})
