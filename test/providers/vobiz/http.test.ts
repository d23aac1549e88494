import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UpstreamAuthError, UpstreamResponseError, UpstreamStatusError } from '../../../src/errors.ts'
import { createVobizApi, type VobizApi } from '../../../src/providers/vobiz/http.ts'
import { startUpstream, type UpstreamReply, type UpstreamServer } from '../../../src/sandbox/server.ts'
import { createClient } from '../../../src/upstream/client.ts'
import type { UpstreamClient } from '../../../src/upstream/types.ts'

const config = { authId: 'PA_1', authToken: 'partner-secret', currency: 'INR' }

const transaction = {
  id: 't1',
  account_id: 'MA_1',
  type: 'credit',
  amount: 500,
  status: 'completed',
  created_at: '2026-05-07T07:51:50Z',
  auth_token: 'customer-secret',
  nested: { access_token: 'customer-secret' },
}
const account = { auth_id: 'MA_1', name: 'A', auth_token: 'customer-secret', google_id: 'customer-secret' }

let upstream: UpstreamServer
let client: UpstreamClient
let api: VobizApi
let reply: UpstreamReply

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('should have failed'),
    (error: unknown) => error as Error,
  )
/** The one request that arrived, as path and query. */
const asked = () => upstream.requests.map(({ path, query }) => (query.size > 0 ? `${path}?${query}` : path))

beforeEach(async () => {
  reply = { status: 200, json: {} }
  upstream = await startUpstream({ basePath: '/api/v1/partner', handle: () => reply })
  client = createClient({ provider: 'VOBIZ', baseUrl: upstream.url, timeoutMs: 10_000, retry: { baseDelayMs: 1 } })
  api = createVobizApi({ config: { ...config, baseUrl: upstream.url }, client })
})
afterEach(async () => {
  await client.close()
  await upstream.close()
})

describe('createVobizApi()', () => {
  const page = { transactions: [transaction], total: 1, page: 1, per_page: 100 }

  it('sends the pair of credential headers and no others', async () => {
    reply = { status: 200, json: page }
    await api.listTransactions({ page: 1, perPage: 100 })
    const { headers } = upstream.requests[0]!
    expect(headers).toMatchObject({ 'x-auth-id': 'PA_1', 'x-auth-token': 'partner-secret', accept: 'application/json' })
    expect(headers).not.toHaveProperty('authorization')
  })

  it('requests the global ledger', async () => {
    reply = { status: 200, json: page }
    const answer = await api.listTransactions({ page: 2, perPage: 50 })
    expect(asked()).toEqual(['/transactions?page=2&per_page=50'])
    expect(answer).toMatchObject({ total: 1, page: 1, perPage: 100, rows: [{ id: 't1', value: { currency: 'INR' } }] })
  })

  it('requests a customer’s ledger with its filters', async () => {
    reply = { status: 200, json: page }
    const query = { fromDate: '2026-03-01', toDate: '2026-03-31', transactionType: 'debit' } as const
    await api.listCustomerTransactions('MA_1', { page: 1, perPage: 20, ...query })
    expect(asked()).toEqual([
      '/accounts/MA_1/transactions?page=1&per_page=20&from_date=2026-03-01&to_date=2026-03-31&transaction_type=debit',
    ])
  })

  it('requests customers', async () => {
    reply = { status: 200, json: { accounts: [account], total: 1, page: 1, size: 20 } }
    const answer = await api.listAccounts({ page: 1, perPage: 20, search: 'a&b' })
    expect(asked()).toEqual(['/accounts?page=1&per_page=20&search=a%26b'])
    expect(answer).toMatchObject({ total: 1, rows: [{ id: 'MA_1' }] })
  })

  it('requests one customer and one balance', async () => {
    reply = { status: 200, json: account }
    expect(await api.getAccount('MA_1')).toMatchObject({ auth_id: 'MA_1' })
    reply = { status: 200, json: { cash_credits: '1300.00000', currency: 'INR' } }
    expect(await api.getBalance('MA_1')).toEqual({ amount: '1300.00000', currency: 'INR' })
    expect(asked()).toEqual(['/accounts/MA_1', '/accounts/MA_1/balance'])
  })

  it('returns null for an unknown customer, and fails for other errors', async () => {
    reply = { status: 404 }
    expect([await api.getAccount('MA_1'), await api.getBalance('MA_1')]).toEqual([null, null])
    reply = { status: 403 }
    expect(await failure(api.getAccount('MA_1'))).toBeInstanceOf(UpstreamAuthError)
    expect(await failure(api.getBalance('MA_1'))).toBeInstanceOf(UpstreamAuthError)
    reply = { status: 410 }
    expect(await failure(api.getAccount('MA_1'))).toBeInstanceOf(UpstreamStatusError)
  })

  it('fails for the ledger of an unknown customer', async () => {
    reply = { status: 404 }
    const error = await failure(api.listCustomerTransactions('MA_9', { page: 1, perPage: 20 }))
    expect(error).toMatchObject({ provider: 'VOBIZ', operation: 'listCustomerTransactions', status: 404 })
  })

  it.each(['', '.', '..'])('sends no request for %j, which would be another address', async (id) => {
    expect([await api.getAccount(id), await api.getBalance(id)]).toEqual([null, null])
    expect(await failure(api.listCustomerTransactions(id, { page: 1, perPage: 1 }))).toMatchObject({ status: 404 })
    expect(upstream.requests).toHaveLength(0)
  })

  it('fails with the operation’s name', async () => {
    reply = { status: 200, json: [] }
    const calls: [string, Promise<unknown>][] = [
      ['listAccounts', api.listAccounts({ page: 1, perPage: 1 })],
      ['getAccount', api.getAccount('a')],
      ['getBalance', api.getBalance('a')],
      ['listCustomerTransactions', api.listCustomerTransactions('a', { page: 1, perPage: 1 })],
      ['listTransactions', api.listTransactions({ page: 1, perPage: 1 })],
    ]
    for (const [operation, call] of calls) {
      const error = await failure(call)
      expect(error).toBeInstanceOf(UpstreamResponseError)
      expect(error).toMatchObject({ provider: 'VOBIZ', operation })
    }
  })

  it('lets no secret through, in rows, raw rows or errors', async () => {
    const { status: _, ...faulty } = transaction
    reply = { status: 200, json: { ...page, transactions: [transaction, faulty, { ...faulty, id: undefined }] } }
    const transactions = await api.listTransactions({ page: 1, perPage: 100 })
    expect(transactions.rows).toHaveLength(3)
    reply = {
      status: 200,
      json: { accounts: [account, { ...account, auth_id: 7 }], total: 2, auth_token: 'customer-secret' },
    }
    const accounts = await api.listAccounts({ page: 1, perPage: 100 })
    reply = { status: 200, json: account }
    const one = await api.getAccount('MA_1')
    reply = { status: 500, json: account }
    const error = await failure(api.getAccount('MA_1'))
    for (const result of [transactions, accounts, one, error]) {
      expect(inspect(result, { depth: 20, showHidden: true })).not.toMatch(/(customer|partner)-secret/)
    }
  })

  it('stops when its caller aborts', async () => {
    upstream.fault({ kind: 'hang' })
    const controller = new AbortController()
    const calls = [
      api.listTransactions({ page: 1, perPage: 1 }, { signal: controller.signal }),
      api.listCustomerTransactions('a', { page: 1, perPage: 1 }, { signal: controller.signal }),
      api.listAccounts({ page: 1, perPage: 1 }, { signal: controller.signal }),
      api.getAccount('a', { signal: controller.signal }),
      api.getBalance('a', { signal: controller.signal }),
    ].map(failure)
    await vi.waitFor(() => expect(upstream.requests).toHaveLength(5))
    controller.abort()
    for (const error of await Promise.all(calls)) expect(error).toBe(controller.signal.reason)
    await vi.waitFor(() => expect(upstream.aborted).toHaveLength(5))
  })
})
