import { afterEach, describe, expect, it } from 'vitest'
import { pickProviders, startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway | null = null
afterEach(() => gateway?.close())

const TOTALS = '{ transactions(first: 1) { totalCount sources { provider totalCount error { code } } } }'

describe('TransactionSource.totalCount', () => {
  it('shows which provider does not count, and makes the total of the merged list null', async () => {
    gateway = await startGateway({
      providers: pickProviders('KOBBLE', 'VOBIZ'),
      sandboxes: { kobble: { traits: { headers: { total: false, offset: true, limit: true } } } },
    })
    expect(await gateway.ask(TOTALS)).toEqual({
      transactions: {
        totalCount: null,
        sources: [
          { provider: 'KOBBLE', totalCount: null, error: null },
          { provider: 'VOBIZ', totalCount: gateway.vobiz.globalEntries.length, error: null },
        ],
      },
    })
  })
})

const ERRORS = `{ transactions(first: 1, onProviderFailure: PARTIAL) {
  sources { provider error { code operation retryAfterMs } }
} }`

/** Reads the failure of Vobiz, of a list over both providers. */
async function vobizError(at: TestGateway): Promise<unknown> {
  const { transactions } = await at.ask<{ transactions: { sources: { provider: string; error: unknown }[] } }>(ERRORS)
  return transactions.sources.find(({ provider }) => provider === 'VOBIZ')!.error
}

describe('SourceError', () => {
  it.each([
    [429, '7', 'UPSTREAM_RATE_LIMITED', 7000],
    [503, '7', 'UPSTREAM_ERROR', 7000],
    [429, '999999999', 'UPSTREAM_RATE_LIMITED', 2_147_483_647],
    [400, null, 'UPSTREAM_ERROR', null],
  ])(
    'names the operation, and the delay of status %i with Retry-After %s',
    async (status, after, code, retryAfterMs) => {
      gateway = await startGateway({
        providers: pickProviders('KOBBLE', 'VOBIZ'),
        environment: { UPSTREAM_TIMEOUT_MS: '1000' },
      })
      const headers: Record<string, string> = after === null ? {} : { 'retry-after': after }
      gateway.vobiz.server.fault({ kind: 'reply', reply: { status, headers } })
      expect(await vobizError(gateway)).toEqual({ code, operation: 'listTransactions', retryAfterMs })
    },
  )

  it('has the pause that is left while the circuit breaker is open', async () => {
    gateway = await startGateway({
      providers: pickProviders('KOBBLE', 'VOBIZ'),
      environment: { UPSTREAM_TIMEOUT_MS: '1000' },
    })
    gateway.vobiz.server.fault({ kind: 'reply', reply: { status: 503, headers: { 'retry-after': '600' } } })
    let error: unknown
    for (let sent = 0; sent < 20; sent++) error = await vobizError(gateway)
    const { retryAfterMs, ...rest } = error as { retryAfterMs: number }
    expect(rest).toEqual({ code: 'UPSTREAM_UNAVAILABLE', operation: 'listTransactions' })
    // The first pause of the breaker is a second; the Retry-After of the answers before it was ten minutes.
    expect(retryAfterMs).toBeGreaterThan(0)
    expect(retryAfterMs).toBeLessThan(600_000)
  })

  it('has neither for a provider that is not configured', async () => {
    const environment = { VOBIZ_BASE_URL: undefined, VOBIZ_AUTH_ID: undefined, VOBIZ_AUTH_TOKEN: undefined }
    gateway = await startGateway({ providers: pickProviders('KOBBLE', 'VOBIZ'), environment })
    expect(await vobizError(gateway)).toEqual({
      code: 'PROVIDER_NOT_CONFIGURED',
      operation: null,
      retryAfterMs: null,
    })
  })
})

interface Sums {
  readonly transactions: {
    readonly nodes: readonly unknown[]
    readonly sources: readonly { readonly provider: string; readonly summary: object | null; readonly error: unknown }[]
  }
}

const sumsOf = (policy: string) => `{ transactions(first: 1, onProviderFailure: ${policy}) {
  nodes { id }
  sources { provider summary { count basis totals { currency credit debit } } error { code } }
} }`

describe('TransactionSource.summary', () => {
  it('has the totals of each provider, which add up to those of the list, for the same requests', async () => {
    gateway = await startGateway({ providers: pickProviders('KOBBLE', 'VOBIZ') })
    const totals = 'summary { count basis totals { currency credit debit } }'
    // The wallets, which the directions of Kobble depend on, are read once for all operations.
    await gateway.ask('{ kobbleWallets { totalCount } }')
    const whole = await gateway.query<{ transactions: { summary: object } }>(
      `{ transactions(first: 1) { nodes { id } ${totals} } }`,
    )
    const each = await gateway.query<Sums>(sumsOf('PARTIAL'))
    const { KOBBLE, VOBIZ } = whole.requests
    expect(each.requests).toMatchObject({ KOBBLE, VOBIZ })
    const alone = await Promise.all(
      ['KOBBLE', 'VOBIZ'].map(async (provider) => {
        const { transactions } = await gateway!.ask<{ transactions: { summary: object } }>(
          `{ transactions(filter: { providers: [${provider}] }) { ${totals} } }`,
        )
        return { provider, summary: transactions.summary, error: null }
      }),
    )
    expect(each.data!.transactions.sources).toEqual(alone)
    const counts = alone.map(({ summary }) => (summary as { count: number }).count)
    expect(whole.data!.transactions.summary).toMatchObject({ count: counts[0]! + counts[1]!, basis: 'MIXED' })
  })

  it('is null with the reason under PARTIAL, when only the sums cannot be read', async () => {
    gateway = await startGateway({ providers: pickProviders('KOBBLE', 'VOBIZ'), environment: { SCAN_LIMIT: '100' } })
    const { data, errors } = await gateway.query<Sums>(sumsOf('PARTIAL'))
    expect(errors).toEqual([])
    expect(data!.transactions.nodes).toHaveLength(1)
    expect(data!.transactions.sources).toMatchObject([
      { provider: 'KOBBLE', summary: null, error: { code: 'LIMIT_EXCEEDED' } },
      { provider: 'VOBIZ', summary: { basis: 'PROVIDER' }, error: null },
    ])
    // A failure of sums that are not selected is no failure of the provider.
    expect(
      await gateway.ask('{ transactions(first: 1, onProviderFailure: PARTIAL) { sources { error { code } } } }'),
    ).toEqual({
      transactions: { sources: [{ error: null }, { error: null }] },
    })
  })

  it('is null with an error under FAIL, and does not take the page with it', async () => {
    gateway = await startGateway({ providers: pickProviders('KOBBLE', 'VOBIZ'), environment: { SCAN_LIMIT: '100' } })
    const { data, errors } = await gateway.query<Sums>(
      '{ transactions(first: 1) { nodes { id } sources { provider summary { basis } } } }',
    )
    expect(data!.transactions).toMatchObject({
      nodes: [{}],
      sources: [{ summary: null }, { summary: { basis: 'PROVIDER' } }],
    })
    expect(errors.map(({ extensions, path }) => [extensions.code, path])).toEqual([
      ['LIMIT_EXCEEDED', ['transactions', 'sources', 0, 'summary']],
    ])
  })

  it.each(['FAIL', 'PARTIAL'])('is null for a provider that is not configured, under %s', async (policy) => {
    const environment = { VOBIZ_BASE_URL: undefined, VOBIZ_AUTH_ID: undefined, VOBIZ_AUTH_TOKEN: undefined }
    gateway = await startGateway({ providers: pickProviders('KOBBLE', 'VOBIZ'), environment })
    const { data, errors } = await gateway.query<Sums>(sumsOf(policy))
    expect(errors).toEqual([])
    expect(data!.transactions.sources).toMatchObject([
      { provider: 'KOBBLE', summary: { basis: 'ENTRIES' }, error: null },
      { provider: 'VOBIZ', summary: null, error: { code: 'PROVIDER_NOT_CONFIGURED' } },
    ])
  })

  it('has the totals of the providers that work, while another one fails', async () => {
    gateway = await startGateway({ providers: pickProviders('KOBBLE', 'VOBIZ') })
    gateway.vobiz.server.fault({ kind: 'reply', reply: { status: 400 } })
    const { data, errors } = await gateway.query<Sums>(sumsOf('PARTIAL'))
    expect(errors).toEqual([])
    expect(data!.transactions.sources).toMatchObject([
      { provider: 'KOBBLE', summary: { count: gateway.kobble.entries.length }, error: null },
      { provider: 'VOBIZ', summary: null, error: { code: 'UPSTREAM_ERROR' } },
    ])
  })
})
