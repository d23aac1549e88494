import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  UpstreamAuthError,
  UpstreamNetworkError,
  UpstreamRateLimitError,
  UpstreamResponseError,
  UpstreamStatusError,
  UpstreamTimeoutError,
} from '../../../src/errors.ts'
import { createTokenSource, type TokenSource } from '../../../src/providers/kobble/auth.ts'
import { startUpstream, type UpstreamServer } from '../../../src/sandbox/server.ts'
import { createClient } from '../../../src/upstream/client.ts'

const credentials = { clientId: 'client & co', clientSecret: 'client-secret', scope: 'client/read' }
const errorContext = { provider: 'KOBBLE', operation: 'getAccessToken' }

let upstream: UpstreamServer
let source: TokenSource
let clock: number
let life: unknown

const create = (timeoutMs: number) =>
  createTokenSource({
    config: { ...credentials, baseUrl: 'http://nowhere.invalid', tokenUrl: upstream.url },
    client: createClient({
      provider: 'KOBBLE',
      baseUrl: upstream.url,
      timeoutMs,
      connections: 1,
      retry: { baseDelayMs: 1 },
    }),
    now: () => clock,
  })
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('should have failed'),
    (error: unknown) => error as Error,
  )
const arrived = (count: number) => vi.waitFor(() => expect(upstream.requests).toHaveLength(count), { interval: 5 })

beforeEach(async () => {
  clock = 1_000_000_000
  life = 3600
  let issued = 0
  upstream = await startUpstream({
    basePath: '/oauth2/token',
    handle: () => ({
      status: 200,
      json: { access_token: `token-${++issued}`, expires_in: life, token_type: 'Bearer' },
    }),
  })
  source = create(10_000)
})
afterEach(async () => {
  await source.close()
  await upstream.close()
})

describe('createTokenSource()', () => {
  it('sends client credentials as form fields', async () => {
    expect(await source.token()).toBe('token-1')
    const [request] = upstream.requests
    expect(request).toMatchObject({ method: 'POST', path: '/' })
    expect(request!.headers).not.toHaveProperty('authorization')
    expect(Object.fromEntries(new URLSearchParams(request!.body))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'client & co',
      client_secret: 'client-secret',
      scope: 'client/read',
    })
  })

  it.each([
    [3600, 3540],
    ['3600', 3540],
    [121, 61],
    [120, 60],
    [100, 50],
    [1, 0.5],
  ])('keeps a token that lives %s s for %s s', async (expiresIn, keptSeconds) => {
    life = expiresIn
    expect(await source.token()).toBe('token-1')
    clock += keptSeconds * 1000 - 1
    expect(await source.token()).toBe('token-1')
    clock += 1
    expect(await source.token()).toBe('token-2')
    expect(upstream.requests).toHaveLength(2)
  })

  it('renews once for all concurrent callers', async () => {
    const tokens = await Promise.all([source.token(), source.token(), source.token(new AbortController().signal)])
    expect(tokens).toEqual(['token-1', 'token-1', 'token-1'])
    expect(upstream.requests).toHaveLength(1)
  })

  it('goes on renewing when one of the callers aborts', async () => {
    upstream.fault({ kind: 'delay', delayMs: 300 })
    const controller = new AbortController()
    const left = failure(source.token(controller.signal))
    await arrived(1)
    controller.abort()
    expect(await left).toBe(controller.signal.reason)
    expect(await source.token()).toBe('token-1')
    expect(await source.token()).toBe('token-1')
    expect(upstream.requests).toHaveLength(1)
    expect(upstream.aborted).toHaveLength(0)
  })

  it('sends no request for a caller that has aborted already', async () => {
    const reason = new Error('gone')
    expect(await failure(source.token(AbortSignal.abort(reason)))).toBe(reason)
    expect(upstream.requests).toHaveLength(0)
  })

  it('drops a token, but not the one that took its place', async () => {
    const first = await source.token()
    source.drop('another')
    expect(await source.token()).toBe(first)
    source.drop(first)
    const second = await source.token()
    source.drop(first)
    expect([second, await source.token()]).toEqual(['token-2', 'token-2'])
    expect(upstream.requests).toHaveLength(2)
  })

  it('drops a refused token at most once in five seconds', async () => {
    const first = await source.token()
    expect(source.drop(first)).toBe(true)
    const second = await source.token()
    for (let refusals = 0; refusals < 50; refusals++) expect(source.drop(second)).toBe(false)
    expect(await source.token()).toBe(second)
    expect(upstream.requests).toHaveLength(2)
    clock += 5000
    expect(source.drop(second)).toBe(true)
    expect(await source.token()).not.toBe(second)
  })

  it.each([400, 401, 403])('reports status %i as rejected credentials', async (status) => {
    upstream.fault({
      kind: 'reply',
      reply: { status, json: { error: 'invalid_client', client_secret: 'client-secret' } },
    })
    const error = await failure(source.token())
    expect(error).toBeInstanceOf(UpstreamAuthError)
    expect(error).toMatchObject({ ...errorContext, status })
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain('client-secret')
    expect(upstream.requests).toHaveLength(1)
  })

  it('reports other failures like the client, and renews at the next call', async () => {
    const failures: [Parameters<UpstreamServer['fault']>[0], new (...args: never[]) => Error, number][] = [
      [{ kind: 'reply', reply: { status: 404 } }, UpstreamStatusError, 1],
      [{ kind: 'reply', reply: { status: 500 } }, UpstreamStatusError, 3],
      [{ kind: 'reply', reply: { status: 429, headers: { 'retry-after': '99' } } }, UpstreamRateLimitError, 1],
      [
        { kind: 'reply', reply: { status: 302, headers: { location: 'https://elsewhere.example' } } },
        UpstreamStatusError,
        1,
      ],
      [{ kind: 'reset' }, UpstreamNetworkError, 3],
      [{ kind: 'reply', reply: { status: 200, text: '<html>' } }, UpstreamResponseError, 1],
      [{ kind: 'reply', reply: { status: 200, json: { access_token: 'secret-token' } } }, UpstreamResponseError, 1],
    ]
    let requests = 0
    for (const [fault, kind, attempts] of failures) {
      upstream.fault(fault)
      const error = await failure(source.token())
      upstream.clearFaults()
      expect(error).toBeInstanceOf(kind)
      expect(error).toMatchObject(errorContext)
      expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toMatch(/client-secret|secret-token/)
      requests += attempts
      expect(upstream.requests).toHaveLength(requests)
    }
    expect(await source.token()).toMatch(/^token-/)
  })

  it('gives up at its deadline', async () => {
    upstream.fault({ kind: 'hang', times: 1 })
    const impatient = create(200)
    expect(await failure(impatient.token())).toBeInstanceOf(UpstreamTimeoutError)
    await impatient.close()
  })
})
