import { describeLedgerConformance } from '../../support/ledger-conformance.ts'
import { vobizTraits } from './conformance-traits.ts'

describeLedgerConformance('vobizTransactions', { ...vobizTraits(['MA_1']), path: ['vobizTransactions'] })

describeLedgerConformance('VobizCustomer.transactions', {
  ...vobizTraits(['MA_1']),
  path: ['vobizCustomer(authId: "MA_1")', 'transactions'],
  account: 'MA_1',
})
