import { describeLedgerConformance } from '../../support/ledger-conformance.ts'
import { vobizTraits } from './conformance-traits.ts'

describeLedgerConformance('vobizTransactions without sums', {
  ...vobizTraits(['MA_1'], { summary: 'absent' }),
  mixesCurrencies: true,
  path: ['vobizTransactions'],
})

describeLedgerConformance('vobizTransactions where the global ledger is refused', {
  ...vobizTraits(['MA_1', 'MA_2', 'MA_3'], { globalLedger: 403 }),
  path: ['vobizTransactions'],
  // The list of customers, and each customer's ledger.
  requests: { page: 4, total: 0, farEnd: 7, afterGrowth: 7, search: 24 },
})
