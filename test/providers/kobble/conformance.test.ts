import { describeLedgerConformance } from '../../support/ledger-conformance.ts'
import { kobbleTraits } from './conformance-traits.ts'

describeLedgerConformance('kobbleTransactions', { ...kobbleTraits(), path: ['kobbleTransactions'] })

describeLedgerConformance('KobbleWallet.transactions', {
  ...kobbleTraits(),
  path: ['kobbleWallet(providerId: "wallet-1")', 'transactions'],
  account: 'wallet-1',
  // It is not documented that Kobble's total applies the filter, so that one request more verifies it.
  requests: { page: 2, total: 1, farEnd: 3, afterGrowth: 3, search: 11 },
})
