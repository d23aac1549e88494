import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CircuitOpenError, type GatewayError, LimitExceededError, QueueFullError } from '../../src/errors.ts'
import { createMeter } from '../../src/operation.ts'
import { type Fault, startUpstream, type UpstreamReply, type UpstreamServer } from '../../src/sandbox/server.ts'
import { SINGLE_ROW } from '../../src/upstream/answer-limits.ts'
import { createClient } from '../../src/upstream/client.ts'
import type { ClientEvent } from '../../src/upstream/events.ts'
import { createLimiter } from '../../src/upstream/limiter.ts'
import type { ClientOptions, UpstreamCall, UpstreamClient } from '../../src/upstream/types.ts'

const SECRET = 'hunter2-secret'
const operation = 'listThings'

let upstream: UpstreamServer
let client: UpstreamClient
let clients: UpstreamClient[]
let events: ClientEvent[]
/** The breaker's clock. */
let clock: number
let reply: UpstreamReply

/** A client that opens its breaker after four failed calls, for a second by its own clock, and never retries. */
function create(options: Partial<ClientOptions> = {}): UpstreamClient {
  const created = createClient({
    provider: 'TEST',
    baseUrl: upstream.url,
    timeoutMs: 10_000,
    retry: { retries: 0, baseDelayMs: 1 },
    breaker: { minimumCalls: 4, now: () => clock },
    onEvent: (event) => events.push(event),
    ...options,
  })
  clients.push(created)
  return created
}

let calls = 0
/** Sends a call that no other call shares. */
const get = (call: Partial<UpstreamCall> = {}) =>
  client.get({ operation, path: `/things/${++calls}`, headers: { 'x-auth-token': SECRET }, ...call })
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('should have failed'),
    (error: unknown) => error as GatewayError,
  )
const arrived = (count: number) => vi.waitFor(() => expect(upstream.requests).toHaveLength(count), { interval: 5 })
const states = () => events.flatMap((event) => (event.kind === 'breaker-changed' ? [event.change.state] : []))
const eventsOf = (kind: ClientEvent['kind']) => events.filter((event) => event.kind === kind)
/** Makes a number of calls fail, one after another. */
async function failCalls(count: number, fault?: Fault): Promise<void> {
  if (fault) upstream.fault(fault)
  else reply = { status: 503 }
  for (let i = 0; i < count; i++) await failure(get())
  upstream.clearFaults()
  reply = { status: 200, json: { ok: true } }
}

beforeEach(async () => {
  reply = { status: 200, json: { ok: true } }
  upstream = await startUpstream({ handle: () => reply })
  clock = 1_000_000
  events = []
  clients = []
  client = create()
})
afterEach(async () => {
  await Promise.all(clients.map((created) => created.close()))
  await upstream.close()
})

describe('the breaker', () => {
  it.each([
    ['collections', 'reads by id', 'collection', 'resource'],
    ['reads by id', 'collections', 'resource', 'collection'],
  ] as const)('stays closed for %s while %s fail', async (_, __, sound, failing) => {
    reply = { status: 503 }
    for (let i = 0; i < 8; i++) await failure(get({ circuit: failing }))
    reply = { status: 200, json: { ok: true } }
    expect(await failure(get({ circuit: failing }))).toBeInstanceOf(CircuitOpenError)
    expect((await get({ circuit: sound })).json).toEqual({ ok: true })
    expect(eventsOf('breaker-changed')).toEqual([
      { kind: 'breaker-changed', circuit: failing, change: { state: 'open', pauseMs: 1000 } },
    ])
  })

  it('keeps the retries of collections while reads by id use up their own', async () => {
    client = create({
      retry: { retries: 1, baseDelayMs: 1, reserve: 2, callsPerRetry: 1000 },
      breaker: { minimumCalls: 99 },
    })
    reply = { status: 503 }
    for (let i = 0; i < 4; i++) await failure(get({ circuit: 'resource' }))
    const before = upstream.requests.length
    await failure(get({ circuit: 'resource' }))
    expect(upstream.requests.length - before).toBe(1)
    await failure(get({ circuit: 'collection' }))
    expect(upstream.requests.length - before).toBe(3)
  })

  const status = (code: number): Fault => ({ kind: 'reply', reply: { status: code } })

  it.each<[string, Fault]>([
    ['500', status(500)],
    ['503', status(503)],
    ['a reset', { kind: 'reset' }],
    ['half a body', { kind: 'truncate' }],
    ['HTML', { kind: 'reply', reply: { status: 200, text: '<html>' } }],
    ['no answer in time', { kind: 'hang' }],
  ])('opens on %s, and then nothing is sent', async (name, fault) => {
    if (name === 'no answer in time') client = create({ timeoutMs: 100 })
    await failCalls(4, fault)
    const requests = upstream.requests.length
    const error = await failure(get())
    expect(error).toBeInstanceOf(CircuitOpenError)
    expect(error.code).toBe('UPSTREAM_UNAVAILABLE')
    expect(error.details()).toEqual({ provider: 'TEST', operation, retryAfterMs: 1000 })
    expect(upstream.requests).toHaveLength(requests)
    expect(states()).toEqual(['open'])
  })

  it.each<[string, Fault]>([
    ...[301, 400, 401, 403, 404, 408, 422, 429].map((code): [string, Fault] => [String(code), status(code)]),
    ['429 that wants a pause', { kind: 'reply', reply: { status: 429, headers: { 'retry-after': '99' } } }],
    ['JSON that is too deep', { kind: 'reply', reply: { status: 200, text: '['.repeat(200) + ']'.repeat(200) } }],
    ['too many headers', { kind: 'reply', reply: { status: 200, headers: { 'x-long': 'x'.repeat(20_000) } } }],
  ])('stays closed on %s', async (_, fault) => {
    await failCalls(20, fault)
    expect(states()).toEqual([])
    expect(upstream.requests).toHaveLength(20)
  })

  it('stays closed on requests that cannot be sent, and does not report them as failures of the provider', async () => {
    for (let i = 0; i < 10; i++) {
      const error = await failure(get({ headers: { 'x-auth-token': `${SECRET}\r\nx: y` } }))
      expect(error).not.toHaveProperty('code')
      expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
    }
    expect(events).toEqual([])
    expect(upstream.requests).toHaveLength(0)
    expect((await get()).json).toEqual({ ok: true })
  })

  it('stays closed when callers leave', async () => {
    upstream.fault({ kind: 'hang' })
    for (let i = 0; i < 10; i++) {
      const leaving = new AbortController()
      const left = failure(get({ signal: leaving.signal }))
      await arrived(i + 1)
      leaving.abort()
      await left
    }
    expect(states()).toEqual([])
  })

  it('stays closed when calls were sent shortly before their deadline', async () => {
    client = create({ timeoutMs: 400, connections: 5 })
    upstream.fault({ kind: 'hang' })
    // The first calls use up nearly all the time of the calls that wait behind them, and leave.
    const leaving = new AbortController()
    const first = Array.from({ length: 5 }, () => failure(get({ signal: leaving.signal })))
    await arrived(5)
    const others = Array.from({ length: 5 }, () => failure(get()))
    await sleep(300)
    leaving.abort()
    await Promise.all(first)
    expect((await Promise.all(others)).map(({ code }) => code)).toEqual(Array(5).fill('UPSTREAM_TIMEOUT'))
    expect(states()).toEqual([])
  })

  it('stays closed when one path fails and the others succeed', async () => {
    upstream.fault({ kind: 'reply', reply: { status: 500 }, on: ({ path }) => path === '/bad' })
    for (let i = 0; i < 40; i++) {
      await get()
      await failure(get({ path: '/bad' }))
      await failure(get({ path: '/bad' }))
    }
    expect(states()).toEqual([])
  })

  it('counts a call once, however often it is retried', async () => {
    client = create({ retry: { retries: 2, baseDelayMs: 1 } })
    await failCalls(3)
    expect(upstream.requests).toHaveLength(9)
    expect(states()).toEqual([])
    await failCalls(1)
    expect(states()).toEqual(['open'])
  })

  it('counts a call as a success when a retry succeeds', async () => {
    client = create({ retry: { retries: 2, baseDelayMs: 1 } })
    for (let i = 0; i < 10; i++) {
      upstream.fault({ kind: 'reply', reply: { status: 503 }, times: 2 })
      await get()
    }
    expect(states()).toEqual([])
  })

  it('sends one probe after the pause, without retries, and closes when it succeeds', async () => {
    client = create({ retry: { retries: 2, baseDelayMs: 1 } })
    await failCalls(4)
    expect(upstream.requests).toHaveLength(12)
    clock += 1000
    await failCalls(1)
    expect(upstream.requests).toHaveLength(13)
    expect((await failure(get())).details()).toMatchObject({ retryAfterMs: 2000 })
    clock += 2000
    expect((await get()).json).toEqual({ ok: true })
    expect((await get()).json).toEqual({ ok: true })
    expect(states()).toEqual(['open', 'half-open', 'open', 'half-open', 'closed'])
  })

  it('rejects other calls at once while the probe is in flight, even when it holds the only connection', async () => {
    client = create({ connections: 1 })
    await failCalls(4)
    clock += 1000
    upstream.fault({ kind: 'hang' })
    const leaving = new AbortController()
    const probe = failure(get({ signal: leaving.signal }))
    await arrived(5)
    expect(await failure(get())).toBeInstanceOf(CircuitOpenError)
    expect(states()).toEqual(['open', 'half-open'])
    leaving.abort()
    await probe
    expect(upstream.requests).toHaveLength(5)
  })

  it('ignores a probe whose caller leaves, and sends another one after the same pause', async () => {
    await failCalls(4)
    clock += 1000
    upstream.fault({ kind: 'hang', times: 1 })
    const leaving = new AbortController()
    const probe = failure(get({ signal: leaving.signal }))
    await arrived(5)
    leaving.abort()
    await probe
    await vi.waitFor(() => expect(states()).toEqual(['open', 'half-open', 'open']))
    clock += 1000
    expect((await get()).json).toEqual({ ok: true })
  })

  it('ends a call that waits for a retry when it opens', async () => {
    client = create({ retry: { retries: 1, baseDelayMs: 1 } })
    upstream.fault({ kind: 'reply', reply: { status: 503, headers: { 'retry-after': '1' } }, times: 1 })
    const pausing = failure(get())
    await arrived(1)
    await failCalls(4)
    const requests = upstream.requests.length
    expect(await pausing).toBeInstanceOf(CircuitOpenError)
    expect(upstream.requests).toHaveLength(requests)
  })

  it('lets a call that was in flight when it opened fail with its own error', async () => {
    client = create({ retry: { retries: 1, baseDelayMs: 1 } })
    reply = { status: 502 }
    upstream.fault({ kind: 'delay', delayMs: 500, times: 1 })
    const slow = failure(get())
    await arrived(1)
    reply = { status: 503 }
    for (let i = 0; i < 4; i++) await failure(get())
    expect(states()).toEqual(['open'])
    expect(await slow).toMatchObject({ code: 'UPSTREAM_ERROR', status: 502 })
  })

  it('is separate for each client', async () => {
    const other = create()
    await failCalls(4)
    expect(states()).toEqual(['open'])
    expect((await other.get({ operation, path: '/' })).json).toEqual({ ok: true })
  })

  it('rejects calls that wait for a connection when it opens', async () => {
    client = create({ connections: 4 })
    upstream.fault({ kind: 'delay', delayMs: 200 })
    reply = { status: 500 }
    const names = await Promise.all(Array.from({ length: 12 }, async () => (await failure(get())).name))
    // The fourth failure opens it; each of the three before may have handed its connection over.
    expect(upstream.requests.length).toBeLessThanOrEqual(4 + 3)
    expect(names.filter((name) => name === 'UpstreamStatusError')).toHaveLength(upstream.requests.length)
    expect(names.filter((name) => name === 'CircuitOpenError')).toHaveLength(12 - upstream.requests.length)
    expect(eventsOf('call-failed')).toHaveLength(upstream.requests.length)
  })
})

describe('the retry budget', () => {
  it('is shared by all calls, so that retries do not multiply the load of an outage', async () => {
    client = create({ retry: { retries: 2, baseDelayMs: 1, reserve: 3, callsPerRetry: 5 }, breaker: { faultShare: 2 } })
    await failCalls(50)
    expect(upstream.requests.length).toBeLessThanOrEqual(50 + 3 + 50 / 5)
    expect(upstream.requests.length).toBeGreaterThanOrEqual(50 + 3 + 50 / 5 - 1)
  })

  it('lets a call fail with its own error when it is used up', async () => {
    client = create({ retry: { retries: 2, baseDelayMs: 1, reserve: 1 } })
    upstream.fault({ kind: 'reply', reply: { status: 502 } })
    expect(await failure(get())).toMatchObject({ code: 'UPSTREAM_ERROR', status: 502 })
    expect(upstream.requests).toHaveLength(2)
  })

  it('is not used for failures that are not retried', async () => {
    client = create({ retry: { retries: 2, baseDelayMs: 1, reserve: 2 } })
    await failCalls(10, { kind: 'reply', reply: { status: 404 } })
    await failCalls(10, { kind: 'reply', reply: { status: 429, headers: { 'retry-after': '99' } } })
    upstream.fault({ kind: 'reset', times: 2 })
    expect((await get()).json).toEqual({ ok: true })
  })

  it('holds one retry for each connection, since all of them can break at once', async () => {
    client = create({ retry: { retries: 1, baseDelayMs: 1 } })
    const broken = new Set<string>()
    upstream.fault({ kind: 'reset', on: ({ path }) => broken.size < broken.add(path).size })
    const answers = await Promise.all(Array.from({ length: 32 }, () => get()))
    expect(answers.map(({ json }) => json)).toEqual(Array(32).fill({ ok: true }))
  })
})

describe('the queue', () => {
  /** The most requests in flight at the upstream at one time. */
  function countTogether(): () => number {
    let together = 0
    let most = 0
    upstream.beforeAnswer = () => {
      most = Math.max(most, ++together)
      setTimeout(() => together--, 20)
    }
    return () => most
  }

  it('sends at most as many requests at a time as there are connections, and all of them in the end', async () => {
    client = create({ connections: 3 })
    const most = countTogether()
    upstream.fault({ kind: 'delay', delayMs: 20 })
    await Promise.all(Array.from({ length: 12 }, () => get()))
    expect(upstream.requests).toHaveLength(12)
    expect(most()).toBeLessThanOrEqual(3)
  })

  it('rejects calls at once when it is full, with QueueFullError', async () => {
    client = create({ connections: 1, queue: 1 })
    upstream.fault({ kind: 'hang' })
    const leaving = new AbortController()
    const waiting = [get({ signal: leaving.signal }), get({ signal: leaving.signal })].map(failure)
    await arrived(1)
    const error = await failure(get())
    expect(error).toBeInstanceOf(QueueFullError)
    expect(error).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: 'The gateway has too many requests waiting for TEST.',
    })
    expect(error.details()).toEqual({ provider: 'TEST', operation })
    expect(eventsOf('call-rejected')).toEqual([{ kind: 'call-rejected', operation, requestIds: [] }])
    leaving.abort()
    await Promise.all(waiting)
    upstream.clearFaults()
    expect((await get()).json).toEqual({ ok: true })
  })

  it('rejects only the caller whose share of it is used up', async () => {
    client = create({ connections: 1, queue: 4 })
    upstream.fault({ kind: 'delay', delayMs: 100 })
    const greedy = Array.from({ length: 6 }, () => get({ caller: 'greedy' }).catch((error: GatewayError) => error))
    const modest = get({ caller: 'modest' })
    expect((await modest).json).toEqual({ ok: true })
    // One in flight and two of the four places; the third place is the other caller's.
    expect((await Promise.all(greedy)).filter((answer) => answer instanceof QueueFullError)).toHaveLength(3)
  })

  it('serves a caller with one request before the rest of a caller with many', async () => {
    client = create({ connections: 2 })
    upstream.fault({ kind: 'delay', delayMs: 20 })
    const order: string[] = []
    const many = Array.from({ length: 20 }, () => get({ caller: 'many' }).then(() => order.push('many')))
    await get({ caller: 'one' }).then(() => order.push('one'))
    // Two were in flight before it came, and one more is in flight beside it.
    expect(order.indexOf('one')).toBeLessThanOrEqual(3)
    await Promise.all(many)
  })

  it('serves a request that two callers wait for at the turn of either', async () => {
    client = create({ connections: 1 })
    upstream.fault({ kind: 'delay', delayMs: 20 })
    const order: string[] = []
    const many = Array.from({ length: 20 }, (_, i) =>
      get({ caller: 'many', path: `/many/${i}` }).then(() => order.push(`many ${i}`)),
    )
    await arrived(1)
    // The last of the many, which would be its turn after nineteen others.
    await get({ caller: 'one', path: '/many/19' })
    expect(order.length).toBeLessThanOrEqual(3)
    await Promise.all(many)
    expect(upstream.requests).toHaveLength(20)
  })

  it('keeps serving a shared request at the turn of the caller that remains when the other leaves', async () => {
    client = create({ connections: 1 })
    upstream.fault({ kind: 'delay', delayMs: 20 })
    const many = Array.from({ length: 10 }, () => get({ caller: 'many' }))
    await arrived(1)
    const leaving = new AbortController()
    const left = failure(get({ caller: 'many', path: '/shared', signal: leaving.signal }))
    const staying = get({ caller: 'one', path: '/shared' })
    leaving.abort()
    await left
    await staying
    expect(upstream.requests.length).toBeLessThanOrEqual(4)
    await Promise.all(many)
  })

  it('counts the time in the queue against the deadline', async () => {
    client = create({ connections: 1, timeoutMs: 300 })
    // The connection may be free for a moment before the deadlines of the others are over.
    upstream.fault({ kind: 'hang' })
    const codes = await Promise.all([get(), get(), get()].map(async (call) => (await failure(call)).code))
    expect(codes).toEqual(['UPSTREAM_TIMEOUT', 'UPSTREAM_TIMEOUT', 'UPSTREAM_TIMEOUT'])
    // With a deadline from the connection on, each of them would be sent.
    expect(upstream.requests.length).toBeLessThan(3)
    upstream.clearFaults()
    expect((await get()).json).toEqual({ ok: true })
  })

  it('removes a call that is aborted while it waits, and sends nothing for it', async () => {
    client = create({ connections: 1 })
    upstream.fault({ kind: 'delay', delayMs: 200, times: 1 })
    const first = get()
    const leaving = new AbortController()
    const left = failure(get({ signal: leaving.signal }))
    leaving.abort()
    expect(await left).toBe(leaving.signal.reason)
    await first
    await get()
    expect(upstream.requests).toHaveLength(2)
  })

  it('releases a connection during the backoff of a call', async () => {
    client = create({ connections: 1, retry: { retries: 1 } })
    upstream.fault({ kind: 'reply', reply: { status: 503, headers: { 'retry-after': '1' } }, times: 1 })
    const order: string[] = []
    const paused = get().then(() => order.push('paused'))
    await arrived(1)
    await get().then(() => order.push('other'))
    await paused
    expect(order).toEqual(['other', 'paused'])
  })

  it('fails all calls when the client closes, also during a backoff', async () => {
    client = create({ retry: { retries: 1 } })
    reply = { status: 503, headers: { 'retry-after': '9' } }
    const pausing = failure(get())
    await vi.waitFor(() => expect(eventsOf('attempt-failed')).toHaveLength(1))
    await client.close()
    const waits = new AbortController()
    const late = sleep(5000, 'still pausing', { signal: waits.signal }).catch(() => null)
    expect(await Promise.race([pausing, late])).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    waits.abort()
  })

  it('reports no failures when the client closes', async () => {
    client = create({ connections: 1 })
    upstream.fault({ kind: 'hang' })
    const calls = [get(), get(), get()].map(failure)
    await arrived(1)
    await client.close()
    expect((await Promise.all(calls)).map(({ code }) => code)).toEqual(Array(3).fill('UPSTREAM_UNAVAILABLE'))
    expect(upstream.requests).toHaveLength(1)
    for (let i = 0; i < 5; i++) expect((await failure(get())).code).toBe('UPSTREAM_UNAVAILABLE')
    expect(events).toEqual([])
  })
})

describe('the limiter of an operation', () => {
  it('admits a limited number of calls at a time, and all of them in the end', async () => {
    client = create({ connections: 8, queue: 0 })
    upstream.fault({ kind: 'delay', delayMs: 5 })
    const limiter = createLimiter(4)
    // Without places in the queue, the ninth call at a time would be refused.
    const answers = await Promise.all(Array.from({ length: 40 }, () => get({ limiter })))
    expect(answers).toHaveLength(40)
    expect(upstream.requests).toHaveLength(40)
  })

  it('starts the deadline of a call when it is admitted', async () => {
    client = create({ connections: 8, timeoutMs: 400 })
    upstream.fault({ kind: 'delay', delayMs: 150 })
    const limiter = createLimiter(1)
    const answers = await Promise.all(Array.from({ length: 5 }, () => get({ limiter })))
    expect(answers).toHaveLength(5)
  })

  it('rejects waiting calls with the reason of the operation’s signal, and sends nothing for them', async () => {
    upstream.fault({ kind: 'hang' })
    const limiter = createLimiter(2)
    const leaving = new AbortController()
    const calls = Array.from({ length: 9 }, () => failure(get({ limiter, signal: leaving.signal })))
    await arrived(2)
    const reason = new Error('gone')
    leaving.abort(reason)
    expect(new Set(await Promise.all(calls))).toEqual(new Set([reason]))
    expect(upstream.requests).toHaveLength(2)
  })
})

describe('the meter', () => {
  const meterOf = (maxRequests: number) => createMeter({ maxRequests, maxRows: 0 })
  /** Returns the requests that a meter counted. */
  const requestsOf = (meter: ReturnType<typeof meterOf>) =>
    meter.costs().map(({ provider, requests }) => [provider, requests])

  it('counts every attempt', async () => {
    client = create({ retry: { retries: 2, baseDelayMs: 1 } })
    const meter = meterOf(9)
    upstream.fault({ kind: 'reset', times: 2 })
    await get({ meter })
    expect(requestsOf(meter)).toEqual([['TEST', 3]])
    await client.postForm({ operation, path: '', form: { a: 'b' }, meter })
    expect(requestsOf(meter)).toEqual([['TEST', 4]])
  })

  it('ends the call when it throws, and nothing is sent', async () => {
    expect(await failure(get({ meter: meterOf(0) }))).toBeInstanceOf(LimitExceededError)
    expect(await failure(client.postForm({ operation, path: '', form: {}, meter: meterOf(0) }))).toBeInstanceOf(
      LimitExceededError,
    )
    expect(upstream.requests).toHaveLength(0)
    expect(events).toEqual([])
  })

  it('ends the call when it throws at a further attempt', async () => {
    client = create({ retry: { retries: 2, baseDelayMs: 1 } })
    upstream.fault({ kind: 'reset' })
    expect(await failure(get({ meter: meterOf(1) }))).toBeInstanceOf(LimitExceededError)
    expect(upstream.requests).toHaveLength(1)
  })

  it('counts the rows of a list for each caller, whatever reads them, and fails the call that has read too many', async () => {
    const rows = [{ id: 1 }, { id: 2 }, { id: 3 }]
    const rowsOf = (meter: ReturnType<typeof createMeter>) => meter.costs().map((cost) => cost.rows)
    for (const json of [rows, { total: 9, tags: ['a'], data: rows }]) {
      reply = { status: 200, json }
      const meters = [3, 2, 3].map((maxRows) => createMeter({ maxRequests: 9, maxRows }))
      const [first, second, third] = await Promise.allSettled(meters.map((meter) => get({ path: '/rows', meter })))
      expect([first, third].map((result) => result?.status)).toEqual(['fulfilled', 'fulfilled'])
      expect(second).toMatchObject({ reason: expect.any(LimitExceededError) })
      expect(meters.map(rowsOf)).toEqual([[3], [3], [3]])
    }
    const single = createMeter({ maxRequests: 9, maxRows: 0 })
    await get({ limits: SINGLE_ROW, meter: single })
    expect(rowsOf(single)).toEqual([0])
  })

  it('counts a shared request for each operation that waits for it', async () => {
    upstream.fault({ kind: 'delay', delayMs: 200 })
    const meters = [meterOf(9), meterOf(9)]
    await Promise.all(meters.map((meter) => get({ path: '/same', meter })))
    expect(upstream.requests).toHaveLength(1)
    expect(meters.map(requestsOf)).toEqual([[['TEST', 1]], [['TEST', 1]]])
  })

  it('counts a request already in flight for the call that joins it', async () => {
    upstream.fault({ kind: 'delay', delayMs: 300 })
    const meters = [meterOf(9), meterOf(9)]
    const first = get({ path: '/same', meter: meters[0] })
    await arrived(1)
    await Promise.all([first, get({ path: '/same', meter: meters[1] })])
    expect(upstream.requests).toHaveLength(1)
    expect(meters.map(requestsOf)).toEqual([[['TEST', 1]], [['TEST', 1]]])
  })

  it('counts a request once for an operation that calls it twice', async () => {
    upstream.fault({ kind: 'delay', delayMs: 300 })
    const meter = meterOf(1)
    const first = get({ path: '/same', meter })
    const second = get({ path: '/same', meter })
    await arrived(1)
    await Promise.all([first, second, get({ path: '/same', meter })])
    expect(upstream.requests).toHaveLength(1)
    expect(requestsOf(meter)).toEqual([['TEST', 1]])
  })

  it.each([
    ['waits for a connection', 0],
    ['is in flight', 1],
  ])('rejects only the call that joins when it throws, while the request %s', async (_, sent) => {
    upstream.fault({ kind: 'delay', delayMs: 300 })
    const first = get({ path: '/same', meter: meterOf(1) })
    await arrived(sent)
    expect(await failure(get({ path: '/same', meter: meterOf(0) }))).toBeInstanceOf(LimitExceededError)
    expect((await first).json).toEqual({ ok: true })
    expect(upstream.requests).toHaveLength(1)
  })

  it('throws only for its own call, also when another one sends the same request at that moment', async () => {
    let next: Promise<unknown> | undefined
    const refusing = {
      ...meterOf(0),
      request() {
        queueMicrotask(() => {
          next = get({ path: '/same', meter: meterOf(1) })
        })
        throw new LimitExceededError('no more')
      },
    }
    expect((await failure(get({ path: '/same', meter: refusing }))).message).toBe('no more')
    expect(await next).toMatchObject({ json: { ok: true } })
  })

  it('of one caller does not end the calls of others that share the request', async () => {
    client = create({ retry: { retries: 2, baseDelayMs: 1 } })
    upstream.fault({ kind: 'reset', times: 1 })
    const meters = [meterOf(1), meterOf(9)]
    const [first, second] = await Promise.allSettled(meters.map((meter) => get({ path: '/same', meter })))
    expect(first).toMatchObject({ status: 'rejected', reason: expect.any(LimitExceededError) })
    expect(second).toMatchObject({ status: 'fulfilled', value: { json: { ok: true } } })
    expect(meters.map(requestsOf)).toEqual([[['TEST', 1]], [['TEST', 2]]])
    expect(upstream.requests).toHaveLength(2)
  })

  it('counts nothing while the breaker is open', async () => {
    await failCalls(4)
    const meter = meterOf(9)
    await failure(get({ meter }))
    expect(requestsOf(meter)).toEqual([])
  })

  it('leaves the probe to another call when it throws', async () => {
    await failCalls(4)
    clock += 1000
    expect(await failure(get({ meter: meterOf(0) }))).toBeInstanceOf(LimitExceededError)
    clock += 1000
    expect((await get()).json).toEqual({ ok: true })
  })

  it('releases the connection when it throws', async () => {
    client = create({ connections: 1 })
    for (let i = 0; i < 3; i++) await failure(get({ meter: meterOf(0) }))
    expect((await get()).json).toEqual({ ok: true })
  })
})

describe('onEvent', () => {
  it('reports each attempt that is retried, and the failed call once for all its callers', async () => {
    client = create({ retry: { retries: 2, baseDelayMs: 1 } })
    upstream.fault({ kind: 'reply', reply: { status: 503 }, times: 2 })
    upstream.fault({ kind: 'reset' })
    const calls = ['first', 'second', 'first', undefined].map((requestId) => get({ path: '/same', requestId }))
    await Promise.all(calls.map(failure))
    const requestIds = ['first', 'second']
    const about = { operation, code: 'UPSTREAM_ERROR', status: 503, cause: null, requestIds }
    expect(events).toEqual([
      { kind: 'attempt-failed', ...about, attempt: 1, pauseMs: expect.any(Number) },
      { kind: 'attempt-failed', ...about, attempt: 2, pauseMs: expect.any(Number) },
      {
        ...about,
        kind: 'call-failed',
        code: 'UPSTREAM_UNAVAILABLE',
        status: null,
        cause: 'UND_ERR_SOCKET',
        attempt: 3,
      },
    ])
  })

  it.each<[number, string]>([
    [401, 'UPSTREAM_AUTH'],
    [404, 'UPSTREAM_ERROR'],
    [429, 'UPSTREAM_RATE_LIMITED'],
  ])('reports the status %i', async (status, code) => {
    reply = { status }
    await failure(get({ requestId: 'alone' }))
    expect(events).toEqual([
      { kind: 'call-failed', operation, code, status, cause: null, attempt: 1, requestIds: ['alone'] },
    ])
  })

  it('reports a call whose deadline passed in the queue', async () => {
    client = create({ connections: 1, timeoutMs: 200 })
    upstream.fault({ kind: 'hang' })
    await Promise.all([get(), get()].map(failure))
    expect(eventsOf('call-failed')).toMatchObject([{ code: 'UPSTREAM_TIMEOUT' }, { code: 'UPSTREAM_TIMEOUT' }])
  })

  it('does not report statuses that mean "not found"', async () => {
    reply = { status: 404 }
    expect(await failure(get({ notFoundStatuses: [403, 404] }))).toMatchObject({ status: 404 })
    expect(events).toEqual([])
  })

  it('does not report answers, nor callers that leave', async () => {
    await get()
    upstream.fault({ kind: 'hang' })
    const leaving = new AbortController()
    const left = failure(get({ signal: leaving.signal }))
    await arrived(2)
    leaving.abort()
    await left
    await vi.waitFor(() => expect(upstream.aborted).toHaveLength(1))
    expect(events).toEqual([])
  })

  it('does not report each call that an open breaker rejects', async () => {
    await failCalls(4)
    const before = events.length
    for (let i = 0; i < 50; i++) await failure(get())
    expect(events).toHaveLength(before)
  })

  it('receives neither URLs, nor headers, nor bodies', async () => {
    const faults: Fault[] = [
      { kind: 'reply', reply: { status: 500, json: { message: SECRET } } },
      { kind: 'reply', reply: { status: 401, text: SECRET } },
      { kind: 'reply', reply: { status: 200, text: `{"a":"${SECRET}"` } },
      { kind: 'reset' },
    ]
    for (const fault of faults) {
      upstream.fault(fault)
      await failure(get({ path: `/things/${SECRET}`, query: { q: SECRET } }))
      upstream.clearFaults()
    }
    expect(eventsOf('call-failed')).toHaveLength(faults.length)
    expect(JSON.stringify(events)).not.toMatch(new RegExp(`${SECRET}|things/|127\\.0\\.0\\.1|http:`))
  })
})
