import { describeLedgerConformance } from '../../support/ledger-conformance.ts'
import { kobbleTraits } from './conformance-traits.ts'

describeLedgerConformance('kobbleTransactions without paging headers and with clamped limits', {
  ...kobbleTraits({ headers: { total: false, offset: false, limit: false }, maxLimit: 100 }),
  path: ['kobbleTransactions'],
  hasTotal: false,
})
