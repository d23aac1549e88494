import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type ClientRequest, type IncomingMessage, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { createApiKey, hashApiKey } from '../../../src/server/auth/api-keys.ts'
import { createConcurrency } from '../../../src/server/limits/concurrency.ts'
import { createListener } from '../../../src/server/listener.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'

const folder = mkdtempSync(join(tmpdir(), 'concurrency-'))
const file = join(folder, 'keys.json')
const keys = { one: createApiKey(), other: createApiKey() }
writeFileSync(
  file,
  JSON.stringify({
    keys: Object.entries(keys).map(([name, key]) => ({ name, sha256: hashApiKey(key).toString('hex') })),
  }),
)
afterAll(() => rmSync(folder, { recursive: true }))

const SLOW = '{ kobbleTransactions { totalCount } }'
const QUICK = '{ __typename }'
const SUBSCRIPTION =
  'subscription { vobizReconciliation(period: { from: "2026-08-01", to: "2026-08-31" }) { customersDone } }'

let at: TestGateway
let port: number
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A gateway that listens, over upstreams that do not answer. */
async function listen(environment: Record<string, string>): Promise<void> {
  at = await startGateway({ environment: { AUTH_MODE: 'api-key', API_KEYS_FILE: file, ...environment } })
  at.kobble.api.fault({ kind: 'hang' })
  at.vobiz.server.fault({ kind: 'hang' })
  const server = createListener(at.gateway).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  closers.push(at.close, () => {
    server.close()
    server.closeAllConnections()
  })
}

type CallerName = keyof typeof keys

/** Sends a request on a new connection; without a body, only the headers. */
function post(caller: CallerName, query: string | null, accept = 'application/json'): ClientRequest {
  const body = query === null ? null : JSON.stringify({ query })
  const request = send({
    host: '127.0.0.1',
    port,
    path: '/graphql',
    method: 'POST',
    agent: false,
    headers: {
      accept,
      authorization: `Bearer ${keys[caller]}`,
      'content-type': 'application/json',
      'content-length': body === null ? 100 : Buffer.byteLength(body),
    },
  })
  request.on('error', () => {})
  if (body === null) request.flushHeaders()
  else request.end(body)
  return request
}

async function answerTo(request: ClientRequest) {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const text = (await response.toArray()).join('')
  return { status: response.statusCode, retryAfter: response.headers['retry-after'], text }
}

const ask = (caller: CallerName, query = QUICK) => answerTo(post(caller, query))
const isAnswered = (caller: CallerName) =>
  vi.waitFor(async () => expect((await ask(caller)).status).toBe(200), { timeout: 5000 })
const isRefused = (caller: CallerName) =>
  vi.waitFor(async () => expect((await ask(caller)).status).toBe(429), { timeout: 5000 })

/** Opens a subscription. Returns its request once events can arrive. */
async function subscribe(caller: CallerName): Promise<ClientRequest> {
  const request = post(caller, SUBSCRIPTION, 'text/event-stream')
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  expect(response.statusCode).toBe(200)
  response.resume()
  response.on('error', () => {})
  return request
}

describe('createConcurrency()', () => {
  it('counts each caller separately, and a release once', () => {
    const concurrency = createConcurrency(2)
    const releases = [concurrency.tryAcquire('a'), concurrency.tryAcquire('a')]
    expect(concurrency.tryAcquire('a')).toBeNull()
    expect(concurrency.tryAcquire('b')).not.toBeNull()
    releases[0]!()
    releases[0]!()
    expect(concurrency.tryAcquire('a')).not.toBeNull()
    expect(concurrency.tryAcquire('a')).toBeNull()
  })
})

describe('MAX_OPERATIONS', () => {
  it('rejects a caller that has as many running with status 429, and no other caller', async () => {
    await listen({ MAX_OPERATIONS: '2' })
    for (const query of [SLOW, SLOW]) post('one', query)
    await isRefused('one')
    const { status, retryAfter, text } = await ask('one')
    expect([status, retryAfter]).toEqual([429, '1'])
    expect(JSON.parse(text)).toEqual({
      errors: [
        {
          message: 'One caller may have at most 2 operations running. Wait until one of them has ended.',
          extensions: { code: 'RATE_LIMITED', retryAfterMs: 1000 },
        },
      ],
    })
    expect((await ask('other')).status).toBe(200)
  })

  it('counts an operation until its caller has disconnected', async () => {
    await listen({ MAX_OPERATIONS: '1' })
    const slow = post('one', SLOW)
    await isRefused('one')
    slow.destroy()
    await isAnswered('one')
  })

  it('counts an operation until it is answered', async () => {
    await listen({ MAX_OPERATIONS: '1', OPERATION_TIMEOUT_MS: '1000' })
    const slow = answerTo(post('one', SLOW))
    await isRefused('one')
    expect((await slow).text).toContain('OPERATION_TIMEOUT')
    await isAnswered('one')
  })

  it('counts a request whose body has not arrived', async () => {
    await listen({ MAX_OPERATIONS: '1' })
    const slow = post('one', null)
    await isRefused('one')
    slow.destroy()
    await isAnswered('one')
  })

  it('releases rejected and failed requests when they end', async () => {
    await listen({ MAX_OPERATIONS: '1' })
    for (const query of ['{', '{ nothing }', 'query A { __typename } query B { __typename }', QUICK]) {
      expect((await ask('one', query)).status).not.toBe(429)
    }
    await isAnswered('one')
  })
})

describe('MAX_SUBSCRIPTIONS', () => {
  it('rejects a caller that has as many open with status 429, and no other caller', async () => {
    await listen({ MAX_SUBSCRIPTIONS: '1' })
    const open = await subscribe('one')
    const { status, retryAfter, text } = await answerTo(post('one', SUBSCRIPTION, 'text/event-stream'))
    expect([status, retryAfter]).toEqual([429, '1'])
    expect(text).toContain('One caller may have at most 1 subscriptions running.')
    await subscribe('other')
    open.destroy()
    await vi.waitFor(() => subscribe('one'), { timeout: 5000 })
  })

  it('counts subscriptions apart from operations', async () => {
    await listen({ MAX_OPERATIONS: '1', MAX_SUBSCRIPTIONS: '2' })
    await subscribe('one')
    await subscribe('one')
    expect((await ask('one')).status).toBe(200)
  })

  it('releases a subscription whose media type is not accepted', async () => {
    await listen({ MAX_SUBSCRIPTIONS: '1' })
    for (let i = 0; i < 3; i++) expect((await answerTo(post('one', SUBSCRIPTION))).status).not.toBe(429)
  })
})
