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
