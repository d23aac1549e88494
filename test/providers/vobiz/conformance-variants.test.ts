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
  // Each customer's ledger; the list of customers has been read.
  requests: { page: 3, total: 0, farEnd: 6, afterGrowth: 6, search: 24 },
})
