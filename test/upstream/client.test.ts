import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  UpstreamAuthError,
  UpstreamNetworkError,
  UpstreamRateLimitError,
  UpstreamResponseError,
  UpstreamStatusError,
  UpstreamTimeoutError,
} from '../../src/errors.ts'
import { startUpstream, type UpstreamReply, type UpstreamServer } from '../../src/sandbox/server.ts'
import { createClient } from '../../src/upstream/client.ts'
import type { UpstreamClient } from '../../src/upstream/types.ts'

const SECRET = 'hunter2-secret'
const headers = { 'x-auth-token': SECRET }
const operation = 'listThings'
const errorContext = { provider: 'TEST', operation }

let upstream: UpstreamServer
let client: UpstreamClient
let reply: UpstreamReply

/** A client of the upstream with a deadline that a test can wait for. */
const impatientClient = (timeoutMs: number) =>
  createClient({ provider: 'TEST', baseUrl: upstream.url, timeoutMs, retry: { baseDelayMs: 1 } })

const get = (path = '/things', signal?: AbortSignal) => client.get({ operation, path, headers, signal })
/** Waits until a number of requests have reached the upstream. */
const arrived = (count: number) => vi.waitFor(() => expect(upstream.requests).toHaveLength(count), { interval: 5 })
/** Returns the reason of a rejected promise. */
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('should have failed'),
    (error: unknown) => error as Error,
  )
const unhandled = vi.fn()

beforeAll(() => {
  process.on('unhandledRejection', unhandled)
})
afterAll(() => {
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})
beforeEach(async () => {
  reply = { status: 200, json: { ok: true } }
  upstream = await startUpstream({ basePath: '/base', handle: () => reply })
  client = createClient({ provider: 'TEST', baseUrl: upstream.url, timeoutMs: 10_000, retry: { baseDelayMs: 1 } })
})
afterEach(async () => {
  await client.close()
  await upstream.close()
})

describe('get()', () => {
  it('returns status, headers and exact JSON', async () => {
    reply = { status: 203, headers: { 'X-Total-Count': '7' }, text: '{"amount":1.10,"big":9007199254740993}' }
    const answer = await get()
    expect(answer.status).toBe(203)
    expect(answer.headers['x-total-count']).toBe('7')
    expect(JSON.stringify(answer.json)).toBe('{"amount":1.10,"big":9007199254740993}')
  })

  it('appends path and query to the base URL, and leaves out undefined values', async () => {
    await client.get({
      operation,
      path: '/a%2Fb',
      query: { from: '2026-01-01T00:00:00Z', page: 2, to: undefined },
      headers,
    })
    const [request] = upstream.requests
    expect(request).toMatchObject({ method: 'GET', path: '/a/b', body: '' })
    expect([...request!.query]).toEqual([
      ['from', '2026-01-01T00:00:00Z'],
      ['page', '2'],
    ])
    expect(request!.headers).toMatchObject({ accept: 'application/json', 'x-auth-token': SECRET })
  })

  it('strips a byte order mark', async () => {
    reply = { status: 200, text: '\uFEFF[1]' }
    expect((await get()).json).toEqual([1])
  })

  describe('error responses', () => {
    it.each([400, 402, 404, 405, 409, 410, 418, 422, 501])('does not retry a %i', async (status) => {
      reply = { status, json: { message: 'no' } }
      const error = await failure(get())
      expect(error).toBeInstanceOf(UpstreamStatusError)
      expect(error).toMatchObject({ ...errorContext, code: 'UPSTREAM_ERROR', status })
      expect(upstream.requests).toHaveLength(1)
    })

    it.each([401, 403])('does not retry a %i, which concerns credentials', async (status) => {
      reply = { status, text: '<html>no</html>' }
      const error = await failure(get())
      expect(error).toBeInstanceOf(UpstreamAuthError)
      expect(error).toMatchObject({ ...errorContext, code: 'UPSTREAM_AUTH', status })
      expect(upstream.requests).toHaveLength(1)
    })

    it.each([301, 302, 303, 307, 308])('does not follow a %i', async (status) => {
      reply = { status, headers: { location: `${upstream.url}/elsewhere` } }
      const error = await failure(get())
      expect(error).toBeInstanceOf(UpstreamStatusError)
      expect(error).toMatchObject({ status })
      expect(upstream.requests.map(({ path }) => path)).toEqual(['/things'])
    })

    it.each([408, 500, 502, 503, 504])('retries a %i twice', async (status) => {
      reply = { status, text: '' }
      const error = await failure(get())
      expect(error).toBeInstanceOf(UpstreamStatusError)
      expect(error).toMatchObject({ ...errorContext, status })
      expect(upstream.requests).toHaveLength(3)
    })

    it('retries a 429 twice', async () => {
      reply = { status: 429, json: {} }
      const error = await failure(get())
      expect(error).toBeInstanceOf(UpstreamRateLimitError)
      expect(error).toMatchObject({ ...errorContext, code: 'UPSTREAM_RATE_LIMITED', retryAfterMs: null })
      expect(upstream.requests).toHaveLength(3)
    })

    it('returns the answer when a retry succeeds', async () => {
      upstream.fault({ kind: 'reply', times: 1, reply: { status: 503, text: 'busy' } })
      upstream.fault({ kind: 'reset', times: 1 })
      expect((await get()).json).toEqual({ ok: true })
      expect(upstream.requests).toHaveLength(3)
    })

    it('retries as often as configured', async () => {
      const stubborn = createClient({
        ...errorContext,
        baseUrl: upstream.url,
        timeoutMs: 10_000,
        retry: { retries: 0 },
      })
      reply = { status: 503 }
      await failure(stubborn.get({ operation, path: '/' }))
      expect(upstream.requests).toHaveLength(1)
      await stubborn.close()
    })

    it('keeps using the connection after an error response', async () => {
      reply = { status: 404, text: 'x'.repeat(1000) }
      for (let i = 0; i < 20; i++) await failure(get(`/${i}`))
      reply = { status: 200, json: 1 }
      expect((await get()).json).toBe(1)
    })
  })

  describe('Retry-After', () => {
    it.each(['0', new Date(0).toUTCString()])('is waited for: %s', async (retryAfter) => {
      upstream.fault({ kind: 'reply', times: 1, reply: { status: 429, headers: { 'retry-after': retryAfter } } })
      expect((await get()).json).toEqual({ ok: true })
      expect(upstream.requests).toHaveLength(2)
    })

    it('fails at once on a 429 when the deadline comes first', async () => {
      reply = { status: 429, headers: { 'retry-after': '120' } }
      const error = await failure(get())
      expect(error).toBeInstanceOf(UpstreamRateLimitError)
      expect(error).toMatchObject({ retryAfterMs: 120_000 })
      expect(upstream.requests).toHaveLength(1)
    })

    it('fails at once on a 503 when the deadline comes first', async () => {
      reply = { status: 503, headers: { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() } }
      expect(await failure(get())).toMatchObject({ name: 'UpstreamStatusError', status: 503 })
      expect(upstream.requests).toHaveLength(1)
    })

    it('converts the date of a 429 to a delay', async () => {
      reply = { status: 429, headers: { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() } }
      const error = (await failure(get())) as UpstreamRateLimitError
      expect(error.retryAfterMs).toBeGreaterThan(3_500_000)
      expect(error.retryAfterMs).toBeLessThanOrEqual(3_600_000)
    })

    it.each(['soon', '-1', '1.5', '1e3', '2026'.repeat(5)])('counts as absent when it is %s', async (retryAfter) => {
      reply = { status: 429, headers: { 'retry-after': retryAfter } }
      expect(await failure(get())).toMatchObject({ retryAfterMs: null })
      expect(upstream.requests).toHaveLength(3)
    })
  })

  describe('network', () => {
    it('retries twice when the connection is reset', async () => {
      upstream.fault({ kind: 'reset' })
      const error = await failure(get())
      expect(error).toBeInstanceOf(UpstreamNetworkError)
      expect(error).toMatchObject({ ...errorContext, code: 'UPSTREAM_UNAVAILABLE' })
      expect(upstream.requests).toHaveLength(3)
    })

    it('retries twice when the body is cut off', async () => {
      upstream.fault({ kind: 'truncate' })
      expect(await failure(get())).toBeInstanceOf(UpstreamNetworkError)
      expect(upstream.requests).toHaveLength(3)
    })

    it('returns the answer when only the first body is cut off', async () => {
      upstream.fault({ kind: 'truncate', times: 1 })
      expect((await get()).json).toEqual({ ok: true })
    })

    it('fails without a listener', async () => {
      await upstream.close()
      const error = await failure(get())
      expect(error).toBeInstanceOf(UpstreamNetworkError)
      expect(inspect(error)).toContain('ECONNREFUSED')
    })
  })

  describe('deadline', () => {
    it('ends a request that is never answered', async () => {
      upstream.fault({ kind: 'hang' })
      const impatient = impatientClient(200)
      const error = await failure(impatient.get({ operation, path: '/things', headers }))
      expect(error).toBeInstanceOf(UpstreamTimeoutError)
      expect(error).toMatchObject({ ...errorContext, code: 'UPSTREAM_TIMEOUT', timeoutMs: 200 })
      await vi.waitFor(() => expect(upstream.aborted).toHaveLength(1))
      await impatient.close()
    })

    it('ends a late answer', async () => {
      upstream.fault({ kind: 'delay', delayMs: 10_000 })
      const impatient = impatientClient(200)
      expect(await failure(impatient.get({ operation, path: '/' }))).toBeInstanceOf(UpstreamTimeoutError)
      await impatient.close()
    })

    it('covers the attempts together', async () => {
      upstream.fault({ kind: 'reset', times: 1 })
      upstream.fault({ kind: 'hang' })
      const impatient = impatientClient(600)
      expect(await failure(impatient.get({ operation, path: '/' }))).toBeInstanceOf(UpstreamTimeoutError)
      expect(upstream.requests).toHaveLength(2)
      await impatient.close()
    })

    it('fails at once when the backoff would end after it', async () => {
      reply = { status: 503 }
      const slow = createClient({
        ...errorContext,
        baseUrl: upstream.url,
        timeoutMs: 5000,
        retry: { baseDelayMs: 1e12 },
      })
      expect(await failure(slow.get({ operation, path: '/' }))).toMatchObject({ status: 503 })
      expect(upstream.requests).toHaveLength(1)
      await slow.close()
    })
  })

  describe('bodies', () => {
    it.each(['', ' ', '<!doctype html><p>Hello', '{"a":1', '[1,2', 'ok', '\u0000'])('fails for %j', async (text) => {
      reply = { status: 200, text }
      const error = await failure(get())
      expect(error).toBeInstanceOf(UpstreamResponseError)
      expect(error).toMatchObject({ ...errorContext, code: 'UPSTREAM_INVALID_RESPONSE', rowId: null, field: null })
      expect(error.message).toMatch(/: expected JSON\.$/)
      expect(upstream.requests).toHaveLength(1)
    })

    it('fails for 204', async () => {
      reply = { status: 204 }
      expect(await failure(get())).toBeInstanceOf(UpstreamResponseError)
    })

    it('fails for more than 16 MiB', async () => {
      reply = { status: 200, text: `"${'x'.repeat(16 * 1024 * 1024)}"` }
      const error = await failure(get())
      expect(error).toBeInstanceOf(UpstreamResponseError)
      expect(error.message).toContain('16777216 bytes')
      expect(upstream.requests).toHaveLength(1)
    })

    it.each(['1', '1.10'])('fails for JSON that is too deep, around %s', async (number) => {
      reply = { status: 200, text: '['.repeat(100_000) + number + ']'.repeat(100_000) }
      expect(await failure(get())).toBeInstanceOf(UpstreamResponseError)
    })
  })

  describe('the content of errors', () => {
    it.each<[string, UpstreamReply | 'reset' | 'truncate']>([
      ['a refusal', { status: 500, json: { message: SECRET } }],
      ['a refusal of credentials', { status: 401, json: { auth_token: SECRET } }],
      ['a body that is not JSON', { status: 200, text: `<html>${SECRET}` }],
      ['JSON that ends early', { status: 200, text: `{"auth_token":"${SECRET}"` }],
      ['a reset', 'reset'],
      ['a body that is cut off', 'truncate'],
    ])('%s: neither address, nor headers, nor body', async (_, given) => {
      if (typeof given === 'string') upstream.fault({ kind: given })
      else reply = given
      const error = await failure(client.get({ operation, path: `/things/${SECRET}`, headers }))
      for (const text of [error.message, error.stack!, JSON.stringify(error), inspect(error, { depth: 9 })]) {
        expect(text).not.toContain(SECRET)
      }
      for (const text of [error.message, JSON.stringify(error)]) expect(text).not.toContain('127.0.0.1')
    })

    it('an answer that is not HTTP: without its bytes', async () => {
      const server = createServer((request) => {
        request.socket.end(`HTTP/9.9 huh ${SECRET}\r\n\r\n`)
      })
      const url = await listen(server)
      const odd = createClient({ ...errorContext, baseUrl: url, timeoutMs: 5000, retry: { baseDelayMs: 1 } })
      const error = await failure(odd.get({ operation, path: '/', headers }))
      expect(error).toBeInstanceOf(UpstreamNetworkError)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET)
      await odd.close()
      server.close()
    })
  })

  describe('sharing', () => {
    it('sends one request for equal calls at the same time', async () => {
      upstream.fault({ kind: 'delay', delayMs: 300 })
      const answers = await Promise.all([get(), get(), get('/things', new AbortController().signal)])
      expect(upstream.requests).toHaveLength(1)
      expect(answers.map(({ json }) => json)).toEqual([{ ok: true }, { ok: true }, { ok: true }])
    })

    it('sends another request once the answer has arrived', async () => {
      await get()
      await get()
      expect(upstream.requests).toHaveLength(2)
    })

    it('sends another request after a failure', async () => {
      upstream.fault({ kind: 'reply', times: 1, reply: { status: 404 } })
      const [first, second] = await Promise.allSettled([get(), get()])
      expect([first.status, second.status]).toEqual(['rejected', 'rejected'])
      expect((await get()).status).toBe(200)
      expect(upstream.requests).toHaveLength(2)
    })

    it('separates paths, queries and credentials', async () => {
      await Promise.all([
        client.get({ operation, path: '/a', headers: { 'x-auth-id': '1' } }),
        client.get({ operation, path: '/a', headers: { 'x-auth-id': '2' } }),
        client.get({ operation, path: '/a', query: { page: 1 }, headers: { 'x-auth-id': '1' } }),
        client.get({ operation, path: '/b', headers: { 'x-auth-id': '1' } }),
      ])
      expect(upstream.requests).toHaveLength(4)
    })

    it('lets one caller leave without an effect on the others', async () => {
      upstream.fault({ kind: 'delay', delayMs: 300 })
      const leaving = new AbortController()
      const reason = new Error('gone')
      const left = failure(get('/things', leaving.signal))
      const staying = get()
      await arrived(1)
      leaving.abort(reason)
      expect(await left).toBe(reason)
      expect((await staying).json).toEqual({ ok: true })
      expect(upstream.aborted).toHaveLength(0)
    })

    it('cancels the request when all callers have left, and sends a new one for the next', async () => {
      upstream.fault({ kind: 'hang', times: 1 })
      const [first, second] = [new AbortController(), new AbortController()]
      const failures = [failure(get('/things', first.signal)), failure(get('/things', second.signal))]
      await arrived(1)
      first.abort()
      expect(upstream.aborted).toHaveLength(0)
      second.abort()
      const next = get()
      expect(await Promise.all(failures)).toEqual([first.signal.reason, second.signal.reason])
      expect((await next).json).toEqual({ ok: true })
      await vi.waitFor(() => expect(upstream.aborted).toHaveLength(1))
      expect(upstream.requests).toHaveLength(2)
    })

    it('stops retrying when all callers have left', async () => {
      reply = { status: 503, headers: { 'retry-after': '5' } }
      const controller = new AbortController()
      const gone = failure(get('/things', controller.signal))
      await arrived(1)
      controller.abort()
      expect(await gone).toBe(controller.signal.reason)
      await client.close()
      expect(upstream.requests).toHaveLength(1)
    })

    it('sends nothing for a caller that has already left', async () => {
      const reason = new Error('gone')
      expect(await failure(get('/things', AbortSignal.abort(reason)))).toBe(reason)
      expect(upstream.requests).toHaveLength(0)
    })

    it('leaves no listener on the caller’s signal', async () => {
      const { signal } = new AbortController()
      const add = vi.spyOn(signal, 'addEventListener')
      const remove = vi.spyOn(signal, 'removeEventListener')
      await get('/things', signal)
      upstream.fault({ kind: 'reset' })
      await failure(get('/things', signal))
      await Promise.resolve()
      expect(add).toHaveBeenCalledTimes(2)
      expect(remove).toHaveBeenCalledTimes(2)
    })
  })
})

describe('postForm()', () => {
  it('sends the fields, and retries by the rules of get()', async () => {
    upstream.fault({ kind: 'reply', times: 1, reply: { status: 500 } })
    await client.postForm({ operation, path: '', form: { grant_type: 'a b', secret: 'c&d=é' } })
    expect(upstream.requests).toHaveLength(2)
    const [, request] = upstream.requests
    expect(request).toMatchObject({ method: 'POST', path: '/' })
    expect(request!.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect([...new URLSearchParams(request!.body)]).toEqual([
      ['grant_type', 'a b'],
      ['secret', 'c&d=é'],
    ])
  })

  it('is not shared, and stops for its caller', async () => {
    upstream.fault({ kind: 'hang' })
    const controllers = [new AbortController(), new AbortController()]
    const failures = controllers.map(({ signal }) =>
      failure(client.postForm({ operation, path: '', form: { a: '1' }, signal })),
    )
    await arrived(2)
    for (const controller of controllers) controller.abort()
    expect(await Promise.all(failures)).toEqual(controllers.map(({ signal }) => signal.reason))
    await vi.waitFor(() => expect(upstream.aborted).toHaveLength(2))
  })
})

describe('close()', () => {
  it('fails calls in flight, without retries', async () => {
    upstream.fault({ kind: 'hang' })
    const pending = failure(get())
    await arrived(1)
    await client.close()
    expect(await pending).toBeInstanceOf(UpstreamNetworkError)
    expect(await failure(get())).toBeInstanceOf(UpstreamNetworkError)
    expect(upstream.requests).toHaveLength(1)
  })
})

describe('createClient()', () => {
  it('reads a body without an announced length, and drains one that does not end', async () => {
    const endless: ServerResponse[] = []
    const server = createServer((request, response) => {
      if (request.url === '/ok') return response.write('{"a":', () => response.end('1}'))
      response.writeHead(404)
      response.write('...')
      endless.push(response)
    })
    const url = await listen(server)
    const plain = createClient({ ...errorContext, baseUrl: `${url}/`, timeoutMs: 5000 })
    expect((await plain.get({ operation, path: '/ok' })).json).toEqual({ a: 1 })
    expect(await failure(plain.get({ operation, path: '/endless' }))).toMatchObject({ status: 404 })
    await vi.waitFor(() => expect(endless[0]?.destroyed).toBe(true), { timeout: 10_000 })
    await plain.close()
    server.close()
  })
})

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
