import type { ObjectRef } from '@pothos/core'
import type { Connection } from '../../connection/connection.ts'
import type { AllTypes, GatewayBuilder } from '../../graphql/builder.ts'
import { cost, SUMMARY_WEIGHT } from '../../graphql/weight.ts'
import type { KindSums } from '../../ledger/summary.ts'
import { negated, sumOf } from '../../values/decimal.ts'
import type { VobizTransactionRecord } from './transaction.ts'

/** Compares by type, entries without one last; then by currency. */
export function compareParts(a: KindSums, b: KindSums): number {
  if (a.kind === b.kind) return a.currency < b.currency ? -1 : 1
  if (a.kind === null || b.kind === null) return a.kind === null ? 1 : -1
  return a.kind < b.kind ? -1 : 1
}

/** Adds `VobizTransactionConnection.byReferenceType`. */
export function defineReferenceTypes(
  builder: GatewayBuilder,
  TransactionConnection: ObjectRef<AllTypes, Connection<VobizTransactionRecord>>,
): void {
  const Totals = builder.objectRef<KindSums>('VobizReferenceTypeTotals').implement({
    description: 'Totals of one reference type in one currency.',
    fields: (t) => ({
      referenceType: t.string({
        nullable: true,
        description:
          "Vobiz's own word for the type of the reference; null for entries without one, which Vobiz's own breakdown calls unknown.",
        resolve: (part) => part.kind,
      }),
      currency: t.expose('currency', { type: 'CurrencyCode', description: 'Currency of the totals.' }),
      count: t.exposeInt('count', { description: 'Number of entries of this type in this currency.' }),
      credit: t.expose('credit', { type: 'Decimal', description: 'Sum of CREDIT entries.' }),
      debit: t.expose('debit', { type: 'Decimal', description: 'Sum of DEBIT entries.' }),
      net: t.field({
        type: 'Decimal',
        description: '`credit` minus `debit`; may be negative.',
        resolve: ({ credit, debit }) => sumOf(credit, negated(debit)),
      }),
    }),
  })
  builder.objectField(TransactionConnection, 'byReferenceType', (t) =>
    t.field({
      type: [Totals],
      description:
        "Totals by Vobiz's reference type over all matching entries, ordered by type, entries without one last, then by currency. They add up to `summary`: Vobiz's own totals do when they are consistent, otherwise they are computed from the entries.",
      extensions: cost(SUMMARY_WEIGHT),
      resolve: async (connection) => {
        const { byKind } = await connection.summary()
        if (byKind === null) throw new Error('The summary has no sums by reference type.')
        return [...byKind].sort(compareParts)
      },
    }),
  )
}
