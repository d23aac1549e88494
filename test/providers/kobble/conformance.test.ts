import type { KobbleSandboxTraits } from '../../../src/providers/kobble/sandbox/index.ts'
import { startGateway } from '../../support/gateway.ts'
import { describeLedgerConformance, type LedgerTraits } from '../../support/ledger-conformance.ts'

/** A list of Kobble's transactions, all of which have to do with one wallet. */
const traits = (sandbox: Partial<KobbleSandboxTraits> = {}) =>
  ({
    provider: 'KOBBLE',
    rowsOf: (json) => (Array.isArray(json) ? json : []),
    amountField: 'amount',
    credential: 'KOBBLE_CLIENT_SECRET',
    hasTotal: true,
    requests: { page: 1, total: 0, farEnd: 2, afterGrowth: 2 },
    async start(environment = {}) {
      const gateway = await startGateway({
        sandboxes: { kobble: { data: 'empty', traits: sandbox }, vobiz: { data: 'empty' } },
        environment,
      })
      const { kobble } = gateway
      const wallet = kobble.addWallet({ id: 'wallet-1' }).id
      return {
        gateway,
        server: kobble.api,
        ids: () => kobble.entries.map(({ id }) => id),
        add: ({ createdAt, ...entry }) => kobble.add({ ...entry, to: wallet, created_at: createdAt }).id,
        remove: (id) => kobble.remove(id),
        close: () => gateway.close(),
      }
    },
  }) satisfies Partial<LedgerTraits>

describeLedgerConformance('kobbleTransactions', { ...traits(), path: ['kobbleTransactions'] })

describeLedgerConformance('kobbleTransactions without paging headers and with clamped limits', {
  ...traits({ headers: { total: false, offset: false, limit: false }, maxLimit: 100 }),
  path: ['kobbleTransactions'],
  hasTotal: false,
})

describeLedgerConformance('KobbleWallet.transactions', {
  ...traits(),
  path: ['kobbleWallet(providerId: "wallet-1")', 'transactions'],
  // Whether Kobble's total heeds the filter is not documented, so it is tried.
  requests: { page: 2, total: 1, farEnd: 3, afterGrowth: 3 },
})
