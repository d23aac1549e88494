import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UpstreamAuthError, UpstreamResponseError, UpstreamStatusError } from '../../../src/errors.ts'
import { createTokenSource, type TokenSource } from '../../../src/providers/kobble/auth.ts'
import { createKobbleApi, type KobbleApi } from '../../../src/providers/kobble/http.ts'
import {
  startUpstream,
  type UpstreamReply,
  type UpstreamRequest,
  type UpstreamServer,
} from '../../../src/sandbox/server.ts'
import { createClient } from '../../../src/upstream/client.ts'
import type { UpstreamClient } from '../../../src/upstream/types.ts'

const transaction = {
  id: 't1',
  amount: 25.5,
  asset: 'AUD',
  asset_class: 'CURRENCY',
  created_at: '2025-06-02T01:20:30.123Z',
  payment_type: 'CARD',
  status: 'ACCEPTED',
  type: 'CARD_SPEND',
}
const wallet = {
  id: 'w1',
  status: 'ACTIVE',
  asset: 'AUD',
  amount: 1,
  reserved_amount: 0,
  total_amount: 1,
  created_at: '2025-05-01T00:00:00.000Z',
}

let upstream: UpstreamServer
let tokens: UpstreamServer
let client: UpstreamClient
let auth: TokenSource
let api: KobbleApi
let reply: UpstreamReply
/** The token that the upstream takes; another one gets 401. */
let valid: string

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('should have failed'),
    (error: unknown) => error as Error,
  )
const asked = () => upstream.requests.map(({ path, query }) => (query.size > 0 ? `${path}?${query}` : path))
const bearer = ({ headers }: UpstreamRequest) => headers.authorization

beforeEach(async () => {
  reply = { status: 200, json: [] }
  valid = 'token-1'
  let issued = 0
  upstream = await startUpstream({
    handle: (request) =>
      bearer(request) === `Bearer ${valid}` ? reply : { status: 401, json: { message: 'Unauthorized' } },
  })
  tokens = await startUpstream({
    handle: () => ({ status: 200, json: { access_token: `token-${++issued}`, expires_in: 3600 } }),
  })
  const config = {
    baseUrl: upstream.url,
    tokenUrl: tokens.url,
    clientId: 'id',
    clientSecret: 'secret',
    scope: 'client/read',
  }
  const options = { provider: 'KOBBLE', timeoutMs: 10_000, retry: { baseDelayMs: 1 } }
  client = createClient({ ...options, baseUrl: upstream.url })
  const tokenClient = createClient({ ...options, baseUrl: tokens.url })
  auth = createTokenSource({ config, client: tokenClient })
  api = createKobbleApi({ client, auth })
})
afterEach(async () => {
  await Promise.all([client.close(), auth.close()])
  await Promise.all([upstream.close(), tokens.close()])
})

describe('createKobbleApi()', () => {
  const page = { offset: 0, limit: 20, order: 'desc' } as const

  it('requests transactions with all given parameters, and reads the paging headers', async () => {
    reply = { status: 200, headers: { 'X-Total-Count': '41', 'X-Offset': '0', 'X-Limit': '20' }, json: [transaction] }
    const answer = await api.listTransactions(page)
    const range = { from: '2025-06-01T00:00:00.000Z', to: '2025-06-30T00:00:00.000Z' }
    await api.listTransactions({ ...page, wallet: 'w 1', order: 'asc', ...range })
    expect(answer).toMatchObject({ total: 41, offset: 0, limit: 20, rows: [{ id: 't1', value: { amount: '25.5' } }] })
    expect(upstream.requests.map(({ path, query }) => [path, Object.fromEntries(query)])).toEqual([
      ['/customers/v1/transactions', { offset: '0', limit: '20', order: 'desc' }],
      ['/customers/v1/transactions', { wallet: 'w 1', offset: '0', limit: '20', order: 'asc', ...range }],
    ])
    expect(upstream.requests.map(bearer)).toEqual(['Bearer token-1', 'Bearer token-1'])
  })

  it('requests wallets, one wallet and one transaction', async () => {
    reply = { status: 200, json: [wallet] }
    expect(await api.listWallets()).toMatchObject({ rows: [{ id: 'w1' }], total: null })
    reply = { status: 200, json: { ...wallet, id: 'w/1' } }
    expect(await api.getWallet('w/1')).toMatchObject({ id: 'w/1' })
    reply = { status: 200, json: { ...transaction, id: 't?1', from: 'w1' } }
    expect(await api.getTransaction('t?1')).toMatchObject({ row: { id: 't?1' }, walletIds: ['w1'] })
    expect(asked()).toEqual(['/customers/v1/wallets', '/customers/v1/wallets/w/1', '/customers/v1/transactions/t?1'])
  })

  it.each([403, 404])('answers null for a single row with %i', async (status) => {
    reply = { status }
    expect([await api.getTransaction('t1'), await api.getWallet('w1')]).toEqual([null, null])
  })

  it('fails for lists with 403 and 404', async () => {
    reply = { status: 403 }
    for (const call of [api.listTransactions(page), api.listWallets()]) {
      expect(await failure(call)).toBeInstanceOf(UpstreamAuthError)
    }
    reply = { status: 404 }
    for (const call of [api.listTransactions(page), api.listWallets()]) {
      expect(await failure(call)).toBeInstanceOf(UpstreamStatusError)
    }
    expect(tokens.requests).toHaveLength(1)
  })

  it.each(['', '.', '..'])('sends no request for %j, which would be another address', async (id) => {
    expect([await api.getTransaction(id), await api.getWallet(id)]).toEqual([null, null])
    expect(upstream.requests).toHaveLength(0)
  })

  it('renews a token that is refused, once for all', async () => {
    await api.listWallets()
    valid = 'token-2'
    reply = { status: 200, json: [transaction] }
    const answers = await Promise.all([api.listTransactions(page), api.listTransactions({ ...page, offset: 20 })])
    expect(answers.map(({ rows }) => rows.length)).toEqual([1, 1])
    expect(tokens.requests).toHaveLength(2)
    reply = { status: 200, json: [] }
    await api.listWallets()
    expect(upstream.requests.map(bearer)).toEqual(
      ['1', '1', '1', '2', '2', '2'].map((number) => `Bearer token-${number}`),
    )
  })

  it('gives up when the renewed token is refused too', async () => {
    valid = 'none'
    const error = await failure(api.getTransaction('t1'))
    expect(error).toBeInstanceOf(UpstreamAuthError)
    expect(error).toMatchObject({ provider: 'KOBBLE', operation: 'getTransaction', status: 401 })
    expect(upstream.requests.map(bearer)).toEqual(['Bearer token-1', 'Bearer token-2'])
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain('token-')
  })

  it('fails as the token endpoint does', async () => {
    tokens.fault({ kind: 'reply', reply: { status: 401 } })
    const error = await failure(api.getTransaction('t1'))
    expect(error).toBeInstanceOf(UpstreamAuthError)
    expect(error).toMatchObject({ operation: 'getAccessToken', status: 401 })
    expect(upstream.requests).toHaveLength(0)
  })

  it.each([403, 404])('does not take the token endpoint’s %i for a row that is not there', async (status) => {
    tokens.fault({ kind: 'reply', reply: { status } })
    expect(await failure(api.getTransaction('t1'))).toMatchObject({ operation: 'getAccessToken', status })
    expect(await failure(api.getWallet('w1'))).toMatchObject({ operation: 'getAccessToken', status })
  })

  it('fails with the operation’s name', async () => {
    reply = { status: 200, json: 7 }
    const calls: [string, Promise<unknown>][] = [
      ['listTransactions', api.listTransactions(page)],
      ['getTransaction', api.getTransaction('a').then((answer) => Promise.reject(answer?.row))],
      ['listWallets', api.listWallets()],
      ['getWallet', api.getWallet('a')],
    ]
    for (const [operation, call] of calls) {
      const error = await failure(call)
      expect(error).toBeInstanceOf(UpstreamResponseError)
      expect(error).toMatchObject({ provider: 'KOBBLE', operation })
    }
  })

  it('stops when its caller aborts', async () => {
    await auth.token()
    upstream.fault({ kind: 'hang' })
    const controller = new AbortController()
    const calls = [
      api.listTransactions(page, { signal: controller.signal }),
      api.getTransaction('a', { signal: controller.signal }),
      api.listWallets({ signal: controller.signal }),
      api.getWallet('a', { signal: controller.signal }),
    ].map(failure)
    await vi.waitFor(() => expect(upstream.requests).toHaveLength(4), { interval: 5 })
    controller.abort()
    for (const error of await Promise.all(calls)) expect(error).toBe(controller.signal.reason)
    await vi.waitFor(() => expect(upstream.aborted).toHaveLength(4))
  })
})
