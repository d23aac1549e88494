import type { ObjectRef } from '@pothos/core'
import type { Connection } from '../../connection/connection.ts'
import type { AllTypes, GatewayBuilder } from '../../graphql/builder.ts'
import { cost } from '../../graphql/weight.ts'
import type { KindSums } from '../../ledger/summary.ts'
import { negated, sumOf } from '../../values/decimal.ts'
import type { VobizTransactionRecord } from './transaction.ts'

/** By type, entries without one last; then by currency. */
function compareParts(a: KindSums, b: KindSums): number {
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
    description: 'The sums of the entries of one reference type in one currency.',
    fields: (t) => ({
      referenceType: t.string({
        nullable: true,
        description: "Null for entries without one, which are unknown in Vobiz's own breakdown.",
        resolve: (part) => part.kind,
      }),
      currency: t.field({ type: 'CurrencyCode', description: 'Which currency.', resolve: (part) => part.currency }),
      count: t.exposeInt('count', { description: 'Entries of this type in this currency.' }),
      credit: t.field({ type: 'Decimal', description: 'Money that came in.', resolve: (part) => part.credit }),
      debit: t.field({ type: 'Decimal', description: 'Money that went out.', resolve: (part) => part.debit }),
      net: t.field({
        type: 'Decimal',
        description: 'credit - debit; may be negative.',
        resolve: ({ credit, debit }) => sumOf(credit, negated(debit)),
      }),
    }),
  })
  builder.objectField(TransactionConnection, 'byReferenceType', (t) =>
    t.field({
      type: [Totals],
      description:
        "Sums by Vobiz's reference type over every matching entry, ordered by type, entries without one last, then by currency. The parts add up to summary. They are Vobiz's own where these add up, else they are read from the entries.",
      extensions: cost(10),
      resolve: async (connection) => {
        const { byKind } = await connection.summary()
        if (byKind === null) throw new Error('The sums were read without their parts.')
        return [...byKind].sort(compareParts)
      },
    }),
  )
}
