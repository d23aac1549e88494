import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LimitExceededError } from '../../src/errors.ts'
import { createMeter, type OperationTrace, type RequestTrace, type TracedRequest } from '../../src/operation.ts'
import { startUpstream, type UpstreamReply, type UpstreamServer } from '../../src/sandbox/server.ts'
import { createClient } from '../../src/upstream/client.ts'
import type { ClientOptions, UpstreamClient } from '../../src/upstream/types.ts'

const REQUEST = { provider: 'TEST', operation: 'listThings', parameters: { page: 2 }, isCacheMiss: undefined }

/** Records what the client reports, in the order in which it does. */
class RecordedTrace implements OperationTrace {
  readonly events: unknown[] = []
  readonly #headers: Readonly<Record<string, string>> | null

  constructor(headers: Readonly<Record<string, string>> | null = null) {
    this.#headers = headers
  }

  request(request: TracedRequest): RequestTrace {
    this.events.push({ request })
    return {
      beginAttempt: (waitedMs) => {
        this.events.push('begin')
        expect(waitedMs).toBeGreaterThanOrEqual(0)
        return this.#headers
      },
      endAttempt: (end) => this.events.push(end),
      fail: (failure) => this.events.push({ fail: failure }),
    }
  }

  share(request: TracedRequest, sent: RequestTrace | null) {
    this.events.push({ shared: request, isSent: sent !== null })
    return { end: (rows: number, failure: string | null) => this.events.push({ rows, failure }) }
  }

  cacheHit(): void {
    expect.fail('the client has no cache')
  }
}

let upstream: UpstreamServer
let client: UpstreamClient
let reply: UpstreamReply
let trace: RecordedTrace

const connect = (options: Partial<ClientOptions> = {}) =>
  createClient({ provider: 'TEST', baseUrl: upstream.url, timeoutMs: 10_000, retry: { baseDelayMs: 1 }, ...options })

const get = (more: object = {}) =>
  client.get({ operation: 'listThings', path: '/things', query: { page: 2 }, trace, ...more })

/** Returns the events without the name of the request. */
const outcome = () => trace.events.slice(1)

beforeEach(async () => {
  reply = { status: 200, json: [1, 2, 3] }
  trace = new RecordedTrace()
  upstream = await startUpstream({ basePath: '', handle: () => reply })
  client = connect()
})
afterEach(async () => {
  await client.close()
  await upstream.close()
})

describe('the trace of an operation', () => {
  it('has a request with its parameters, its attempt, status and rows', async () => {
    await get()
    expect(trace.events).toEqual([{ request: REQUEST }, 'begin', { status: 200, rows: 3, failure: null }])
  })

  it('has every attempt of a request', async () => {
    upstream.fault({ kind: 'reply', reply: { status: 503 }, times: 2 })
    await get()
    expect(outcome()).toEqual([
      'begin',
      { status: 503, rows: 0, failure: '503' },
      'begin',
      { status: 503, rows: 0, failure: '503' },
      'begin',
      { status: 200, rows: 3, failure: null },
    ])
  })

  it('has the code of the network when a connection breaks', async () => {
    upstream.fault({ kind: 'reset', times: 1 })
    await get()
    expect(outcome()).toEqual([
      'begin',
      { status: null, rows: 0, failure: expect.stringMatching(/^(ECONNRESET|UND_ERR_SOCKET)$/) },
      'begin',
      { status: 200, rows: 3, failure: null },
    ])
  })

  it('has the last failure once', async () => {
    reply = { status: 500 }
    await expect(get()).rejects.toThrow()
    const failed = ['begin', { status: 500, rows: 0, failure: '500' }]
    expect(outcome()).toEqual([...failed, ...failed, ...failed, { fail: '500' }])
  })

  it('counts a status that means "not found" as no failure', async () => {
    reply = { status: 404 }
    await expect(get({ notFoundStatuses: [404] })).rejects.toThrow()
    expect(outcome()).toEqual(['begin', { status: 404, rows: 0, failure: null }, { fail: '404' }])
  })

  it('has a deadline that ends an attempt', async () => {
    await client.close()
    client = connect({ timeoutMs: 50 })
    upstream.fault({ kind: 'hang' })
    await expect(get()).rejects.toThrow()
    expect(outcome()).toEqual(['begin', { fail: 'UPSTREAM_TIMEOUT' }])
  })

  it('has a request that nobody waits for any more', async () => {
    upstream.fault({ kind: 'hang' })
    const leaving = new AbortController()
    const answer = get({ signal: leaving.signal })
    await expect.poll(() => upstream.requests.length).toBe(1)
    leaving.abort()
    await expect(answer).rejects.toThrow()
    await expect.poll(outcome).toEqual(['begin', { fail: 'CANCELLED' }])
  })

  it('has a request that was never sent', async () => {
    const meter = createMeter({ maxRequests: 0, maxRows: 0 })
    await expect(get({ meter })).rejects.toThrow(LimitExceededError)
    expect(outcome()).toEqual([{ fail: 'LIMIT_EXCEEDED' }])
  })

  it('has a request that an open circuit breaker stops', async () => {
    await client.close()
    client = connect({ breaker: { minimumCalls: 1 }, retry: { retries: 0 } })
    reply = { status: 500 }
    await expect(get()).rejects.toThrow()
    trace = new RecordedTrace()
    await expect(get()).rejects.toThrow()
    expect(outcome()).toEqual([{ fail: 'CIRCUIT_OPEN' }])
  })

  it('has a request that finds the queue full', async () => {
    await client.close()
    client = connect({ connections: 1, queue: 0 })
    upstream.fault({ kind: 'hang', times: 1 })
    const leaving = new AbortController()
    const first = get({ path: '/other', signal: leaving.signal, trace: undefined })
    await expect.poll(() => upstream.requests.length).toBe(1)
    await expect(get()).rejects.toThrow()
    expect(outcome()).toEqual([{ fail: 'QUEUE_FULL' }])
    leaving.abort()
    await expect(first).rejects.toThrow()
  })

  it('has the request of a form without its fields', async () => {
    await client.postForm({ operation: 'getToken', path: '/token', form: { secret: 'hunter2' }, trace })
    expect(trace.events).toEqual([
      { request: { provider: 'TEST', operation: 'getToken', parameters: undefined } },
      'begin',
      { status: 200, rows: 3, failure: null },
    ])
  })

  it('has a request for which no answer was kept', async () => {
    await get({ isCacheMiss: true })
    expect(trace.events[0]).toEqual({ request: { ...REQUEST, isCacheMiss: true } })
  })

  it('is absent without tracing', async () => {
    await get({ trace: undefined })
    expect(trace.events).toEqual([])
  })
})

describe('operations that share a request', () => {
  it.each([
    ['succeeds', 200, { rows: 3, failure: null }],
    ['fails', 400, { rows: 0, failure: '400' }],
  ])('have it once as sent, and once each as shared, when it %s', async (_, status, end) => {
    reply = { status, json: [1, 2, 3] }
    const other = new RecordedTrace()
    await Promise.allSettled([get(), get({ trace: other })])
    expect(upstream.requests).toHaveLength(1)
    expect(trace.events.filter((event) => event === 'begin')).toHaveLength(1)
    expect(other.events).toEqual([{ shared: REQUEST, isSent: true }, end])
  })

  it('have it as shared when it was sent without a trace', async () => {
    await Promise.all([get({ trace: undefined }), get()])
    expect(trace.events).toEqual([
      { shared: REQUEST, isSent: false },
      { rows: 3, failure: null },
    ])
  })
})

describe('the headers of a trace', () => {
  it('are sent with an attempt, and do not keep equal requests apart', async () => {
    const first = new RecordedTrace({ traceparent: 'first' })
    const second = new RecordedTrace({ traceparent: 'second' })
    const headers = { 'x-key': 'a' }
    await Promise.all([get({ trace: first, headers }), get({ trace: second, headers })])
    expect(upstream.requests.map((request) => request.headers)).toEqual([
      expect.objectContaining({ traceparent: 'first', 'x-key': 'a' }),
    ])
  })

  it('are sent with no other request', async () => {
    const headers = { 'x-key': 'a' }
    await get({ trace: new RecordedTrace({ traceparent: 'first' }), headers })
    await get({ headers })
    expect(upstream.requests.map((request) => request.headers.traceparent)).toEqual(['first', undefined])
  })
})
