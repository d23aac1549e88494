import type { CurrencySums, Summary, SummaryBasis } from '../ledger/summary.ts'
import { negated, sumOf } from '../values/decimal.ts'
import type { GatewayBuilder } from './builder.ts'
import { defineEnum } from './transaction.ts'

const BASES = {
  ENTRIES:
    'Computed from the entries. Those with `affectsBalance` false, or without a direction, are counted but not added.',
  PROVIDER: 'Computed by the provider over the same entries, whatever their status.',
  MIXED: 'Computed from the entries for some sources of the list, and by the provider for others.',
} as const

/** Adds `CurrencyTotals`. */
function defineCurrencyTotals(builder: GatewayBuilder) {
  return builder.objectRef<CurrencySums & { readonly currency: string }>('CurrencyTotals').implement({
    description: 'Totals of one currency.',
    fields: (t) => ({
      currency: t.field({
        type: 'CurrencyCode',
        description: 'Currency of the totals.',
        resolve: (sums) => sums.currency,
      }),
      count: t.exposeInt('count', { description: 'Number of entries in this currency.' }),
      credit: t.field({ type: 'Decimal', description: 'Sum of CREDIT entries.', resolve: (sums) => sums.credit }),
      debit: t.field({ type: 'Decimal', description: 'Sum of DEBIT entries.', resolve: (sums) => sums.debit }),
      internal: t.field({
        type: 'Decimal',
        description: 'Sum of INTERNAL entries; in neither credit, debit nor net.',
        resolve: (sums) => sums.internal,
      }),
      net: t.field({
        type: 'Decimal',
        description: '`credit` minus `debit`; may be negative.',
        resolve: ({ credit, debit }) => sumOf(credit, negated(debit)),
      }),
    }),
  })
}

/** Adds `TransactionSummary`. */
export function defineSummary(builder: GatewayBuilder) {
  const CurrencyTotals = defineCurrencyTotals(builder)
  const Basis = defineEnum<SummaryBasis>(builder, 'SummaryBasis', 'Origin of totals.', BASES)
  return builder.objectRef<Summary>('TransactionSummary').implement({
    description: 'Totals over all matching entries, not only this page. `basis` says which statuses are added.',
    fields: (t) => ({
      count: t.exposeInt('count', { description: 'Number of matching entries, whatever their status.' }),
      basis: t.field({
        type: Basis,
        description:
          'Origin of the totals, which decides the statuses that are added; ENTRIES when there is no list to read.',
        resolve: (summary) => summary.basis,
      }),
      totals: t.field({
        type: [CurrencyTotals],
        description: 'Totals by currency, ordered by code. Amounts of different currencies are never added.',
        resolve: ({ byCurrency }) =>
          [...byCurrency]
            .map(([currency, sums]) => ({ currency, ...sums }))
            .sort((a, b) => (a.currency < b.currency ? -1 : 1)),
      }),
    }),
  })
}
