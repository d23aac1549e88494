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
