import type { VobizSandboxEntry, VobizSandboxTraits } from '../../../src/providers/vobiz/sandbox/index.ts'
import { startGateway } from '../../support/gateway.ts'
import { describeLedgerConformance, type LedgerTraits } from '../../support/ledger-conformance.ts'

/** A list of Vobiz's entries, which belong to the given customers in turn. */
const traits = (customers: readonly string[], sandbox: Partial<VobizSandboxTraits> = {}) =>
  ({
    provider: 'VOBIZ',
    rowsOf: (json) => (json as { transactions?: Record<string, unknown>[] }).transactions ?? [],
    amountField: 'amount',
    credential: 'VOBIZ_AUTH_TOKEN',
    hasTotal: true,
    requests: { page: 1, total: 0, farEnd: 2, afterGrowth: 2 },
    async start(environment = {}) {
      const gateway = await startGateway({
        sandboxes: { vobiz: { data: 'empty', traits: sandbox }, kobble: { data: 'empty' } },
        environment,
      })
      const { vobiz } = gateway
      for (const auth_id of customers) vobiz.addCustomer({ auth_id })
      // Of entries of one instant, those of the customer who is listed first are the newer ones.
      const rank = ({ account_id }: VobizSandboxEntry) => customers.indexOf(account_id)
      const compare = (one: VobizSandboxEntry, other: VobizSandboxEntry) =>
        other.created_at.localeCompare(one.created_at) || rank(one) - rank(other)
      let added = 0
      let units = 0
      return {
        gateway,
        server: vobiz.server,
        ids: () => vobiz.entries.toSorted(compare).map(({ id }) => id),
        add: ({ createdAt, ...entry }) => {
          if (vobiz.entries.length === 0) added = 0
          const account_id = customers[added++ % customers.length]!
          // An answer is known for unchanged by its sums: they could not tell an entry from another of the same amount.
          units += 1
          return vobiz.add({ amount: `${units}.45`, ...entry, account_id, created_at: createdAt }).id
        },
        remove: (id) => vobiz.remove(id),
        close: () => gateway.close(),
      }
    },
  }) satisfies Partial<LedgerTraits>

describeLedgerConformance('vobizTransactions', { ...traits(['MA_1']), path: ['vobizTransactions'] })

describeLedgerConformance('vobizTransactions without sums', {
  ...traits(['MA_1'], { summary: 'absent' }),
  path: ['vobizTransactions'],
})

describeLedgerConformance('VobizCustomer.transactions', {
  ...traits(['MA_1']),
  path: ['vobizCustomer(authId: "MA_1")', 'transactions'],
})

describeLedgerConformance('vobizTransactions where the global ledger is refused', {
  ...traits(['MA_1', 'MA_2', 'MA_3'], { globalLedger: 403 }),
  path: ['vobizTransactions'],
  // The list of customers, and each customer's ledger.
  requests: { page: 4, total: 0, farEnd: 7, afterGrowth: 7 },
})
