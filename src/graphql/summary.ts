import type { CurrencySums, Summary, SummaryBasis } from '../ledger/summary.ts'
import { negated, sumOf } from '../values/decimal.ts'
import type { GatewayBuilder } from './builder.ts'
import { defineEnum } from './transaction.ts'

const BASES = {
  ENTRIES: 'Read from the entries: entries that do not affect a balance are counted and not added.',
  PROVIDER: "The provider's own sums over the same entries, whatever their status.",
  MIXED: 'Some of each: the list has several sources.',
} as const

/** Adds the sums over a list of entries. */
export function defineSummary(builder: GatewayBuilder) {
  const CurrencyTotals = builder.objectRef<CurrencySums & { readonly currency: string }>('CurrencyTotals').implement({
    description: 'The sums of one currency.',
    fields: (t) => ({
      currency: t.field({ type: 'CurrencyCode', description: 'Which currency.', resolve: (sums) => sums.currency }),
      count: t.exposeInt('count', { description: 'Entries in this currency.' }),
      credit: t.field({ type: 'Decimal', description: 'Money that came in.', resolve: (sums) => sums.credit }),
      debit: t.field({ type: 'Decimal', description: 'Money that went out.', resolve: (sums) => sums.debit }),
      internal: t.field({
        type: 'Decimal',
        description: 'Moved between accounts of the same provider; in neither credit nor debit.',
        resolve: (sums) => sums.internal,
      }),
      net: t.field({
        type: 'Decimal',
        description: 'credit - debit; may be negative.',
        resolve: ({ credit, debit }) => sumOf(credit, negated(debit)),
      }),
    }),
  })
  const Basis = defineEnum<SummaryBasis>(builder, 'SummaryBasis', 'How sums were made.', BASES)
  return builder.objectRef<Summary>('TransactionSummary').implement({
    description:
      "Sums over a list of entries. Entries that do not affect a balance are counted and not added. Where the provider sums a window itself, the sums are the provider's own, over every entry of the window.",
    fields: (t) => ({
      count: t.exposeInt('count', { description: 'Entries in the list.' }),
      basis: t.field({
        type: Basis,
        description:
          'How the sums were made, since it decides whether entries that are not completed are in them. ENTRIES for a list that has nothing to read.',
        resolve: (summary) => summary.basis,
      }),
      totals: t.field({
        type: [CurrencyTotals],
        description: 'One entry per currency, ordered by code. Amounts of different currencies are never added.',
        resolve: ({ byCurrency }) =>
          [...byCurrency]
            .map(([currency, sums]) => ({ currency, ...sums }))
            .sort((a, b) => (a.currency < b.currency ? -1 : 1)),
      }),
    }),
  })
}
