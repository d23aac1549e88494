import type { ObjectRef } from '@pothos/core'
import type { AllTypes, GatewayBuilder } from '../../graphql/builder.ts'
import { assertPeriod } from '../../graphql/period.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import { cost, listSize } from '../../graphql/weight.ts'
import type { VobizCustomerRecord } from './account.ts'
import { type Discrepancy, MAX_LISTED, type Reconciliation } from './comparison.ts'
import type { ReconciliationProgress } from './reconciliation.ts'
import { vobizSession } from './session.ts'
import type { VobizTransactionRecord } from './transaction.ts'

/** Adds `Query.vobizReconciliation`, and the subscription that shows how far it has come. */
export function defineReconciliation(
  builder: GatewayBuilder,
  { Period, PeriodInput, Summary, allowSubscriptions }: SharedTypes,
  Customer: ObjectRef<AllTypes, VobizCustomerRecord>,
  Transaction: ObjectRef<AllTypes, VobizTransactionRecord>,
): void {
  const DiscrepancyRef = builder.objectRef<Discrepancy>('VobizDiscrepancy').implement({
    description: 'An account whose own ledger differs from its entries in the global ledger.',
    fields: (t) => ({
      customer: t.field({
        type: Customer,
        nullable: true,
        description: 'Null when the account is not a customer of this partner.',
        resolve: (discrepancy) => discrepancy.customer,
      }),
      accountId: t.exposeID('accountId', { description: 'The account.' }),
      global: t.field({
        type: Summary,
        description: 'What the global ledger holds for it.',
        resolve: ({ global }) => global,
      }),
      own: t.field({ type: Summary, description: 'What its own ledger holds.', resolve: ({ own }) => own }),
      missingFromGlobal: t.field({
        type: [Transaction],
        description: 'Entries of its own ledger that the global one lacks, at most 100.',
        extensions: listSize(MAX_LISTED),
        resolve: (discrepancy) => [...discrepancy.missingFromGlobal],
      }),
      missingFromOwn: t.field({
        type: [Transaction],
        description: 'Entries of the global ledger that its own one lacks, at most 100.',
        extensions: listSize(MAX_LISTED),
        resolve: (discrepancy) => [...discrepancy.missingFromOwn],
      }),
    }),
  })
  const ReconciliationRef = builder.objectRef<Reconciliation>('VobizReconciliation').implement({
    description:
      "The global ledger against the sum of the customers' ledgers, for one period. Every entry counts, settled or not, as in Vobiz's own sums; so the basis of these sums is PROVIDER, also where they are read from entries.",
    fields: (t) => ({
      period: t.field({ type: Period, description: 'The days that are compared.', resolve: ({ period }) => period }),
      global: t.field({
        type: Summary,
        nullable: true,
        description:
          "From the global ledger, without the partner's own entries; null where the provider does not offer one to this partner.",
        resolve: ({ global }) => global,
      }),
      customers: t.field({
        type: Summary,
        description: "The sum of the customers' own ledgers.",
        resolve: ({ customers }) => customers,
      }),
      partner: t.field({
        type: Summary,
        nullable: true,
        description:
          "The partner's own entries in the global ledger, which belong to no customer: its legs of transfers. Null where there is no global ledger.",
        resolve: ({ partner }) => partner,
      }),
      balanced: t.boolean({
        nullable: true,
        description: 'True when both sides agree to the last digit; null where there is no global ledger.',
        resolve: ({ balanced }) => balanced,
      }),
      discrepancies: t.field({
        type: [DiscrepancyRef],
        description:
          'Customers whose own ledger differs from their rows in the global ledger; found by reading both. Empty when balanced.',
        resolve: ({ discrepancies }) => [...discrepancies],
      }),
    }),
  })
  const ProgressRef = builder.objectRef<ReconciliationProgress>('VobizReconciliationProgress').implement({
    description: 'How far a reconciliation has come.',
    fields: (t) => ({
      customersDone: t.exposeInt('customersDone', { description: 'Customers whose ledgers were read.' }),
      customersTotal: t.exposeInt('customersTotal', { description: 'Customers in all.' }),
      result: t.field({
        type: ReconciliationRef,
        nullable: true,
        description: 'The result, with the last of these events.',
        resolve: ({ result }) => result,
      }),
    }),
  })

  builder.queryField('vobizReconciliation', (t) =>
    t.field({
      type: ReconciliationRef,
      description:
        "Whether the partner's ledger agrees with those of its customers. Reads the sums of every customer, so that it takes a while when there are many; the subscription of the same name shows how far it is.",
      args: { period: t.arg({ type: PeriodInput, required: true, description: 'The days to compare.' }) },
      extensions: cost(100),
      resolve: async (_, { period }, context) => {
        for await (const { result } of vobizSession(context).reconcile(assertPeriod(period))) if (result) return result
        throw new Error('A reconciliation ended without a result.')
      },
    }),
  )
  allowSubscriptions()
  builder.subscriptionField('vobizReconciliation', (t) =>
    t.field({
      type: ProgressRef,
      description:
        'The reconciliation of Query.vobizReconciliation, with an event as customers are done, and the result at last.',
      args: { period: t.arg({ type: PeriodInput, required: true, description: 'The days to compare.' }) },
      extensions: cost(100),
      subscribe: (_, { period }, context) => vobizSession(context).reconcile(assertPeriod(period)),
      resolve: (progress) => progress,
    }),
  )
}
