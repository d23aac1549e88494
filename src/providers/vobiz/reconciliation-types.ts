import type { ObjectRef } from '@pothos/core'
import type { AllTypes, GatewayBuilder } from '../../graphql/builder.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { assertPeriod, type Period } from '../../graphql/period.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import { cost, listSize } from '../../graphql/weight.ts'
import type { VobizCustomerRecord } from './account.ts'
import { type Discrepancy, isTruncated, MAX_LISTED, type Reconciliation } from './comparison.ts'
import type { ReconciliationProgress } from './reconciliation.ts'
import { vobizSession } from './session.ts'
import type { VobizTransactionRecord } from './transaction.ts'

/** Weight of a reconciliation, which reads the sums of every customer. */
const RECONCILIATION_WEIGHT = 100

/** Adds `VobizDiscrepancy`. */
function defineDiscrepancy(
  builder: GatewayBuilder,
  { Summary }: SharedTypes,
  Customer: ObjectRef<AllTypes, VobizCustomerRecord>,
  Transaction: ObjectRef<AllTypes, VobizTransactionRecord>,
) {
  return builder.objectRef<Discrepancy>('VobizDiscrepancy').implement({
    description: 'Account whose own ledger differs from its entries in the global ledger.',
    fields: (t) => ({
      customer: t.expose('customer', {
        type: Customer,
        nullable: true,
        description: 'Customer of the account; null when the account is not a customer of this partner.',
      }),
      accountId: t.exposeID('accountId', { description: 'Auth id of the account.' }),
      global: t.expose('global', {
        type: Summary,
        description: "Totals of the account's entries in the global ledger.",
      }),
      own: t.expose('own', { type: Summary, description: "Totals of the account's own ledger." }),
      missingFromGlobal: t.field({
        type: [Transaction],
        description: `Entries of the account's own ledger that are missing from the global one, at most ${MAX_LISTED}.`,
        extensions: listSize(MAX_LISTED),
        resolve: ({ missingFromGlobal }) => [...missingFromGlobal.listed],
      }),
      missingFromGlobalCount: t.int({
        description: 'Number of all entries that are missing from the global ledger, listed or not.',
        resolve: ({ missingFromGlobal }) => missingFromGlobal.count,
      }),
      missingFromOwn: t.field({
        type: [Transaction],
        description: `Entries of the global ledger that are missing from the account's own one, at most ${MAX_LISTED}.`,
        extensions: listSize(MAX_LISTED),
        resolve: ({ missingFromOwn }) => [...missingFromOwn.listed],
      }),
      missingFromOwnCount: t.int({
        description: "Number of all entries that are missing from the account's own ledger, listed or not.",
        resolve: ({ missingFromOwn }) => missingFromOwn.count,
      }),
      truncated: t.boolean({
        description: `True when more than ${MAX_LISTED} entries are missing from one side, so that \`missingFromGlobal\` or \`missingFromOwn\` does not list them all. A shorter period does.`,
        resolve: isTruncated,
      }),
    }),
  })
}

/** Adds `VobizReconciliation`. */
function defineResult(
  builder: GatewayBuilder,
  { Period: PeriodRef, Summary }: SharedTypes,
  DiscrepancyRef: ObjectRef<AllTypes, Discrepancy>,
) {
  return builder.objectRef<Reconciliation>('VobizReconciliation').implement({
    description:
      "Comparison of the global ledger with the sum of the customers' ledgers, for one period. Every entry is added, whatever its status, as in Vobiz's own sums; the basis is PROVIDER even for sums that are computed from entries.",
    fields: (t) => ({
      period: t.expose('period', { type: PeriodRef, description: 'Compared days.' }),
      global: t.expose('global', {
        type: Summary,
        nullable: true,
        description:
          "Totals of the global ledger, without the partner's own entries; null when Vobiz offers this partner no global ledger.",
      }),
      customers: t.expose('customers', { type: Summary, description: "Totals over the customers' own ledgers." }),
      partner: t.expose('partner', {
        type: Summary,
        nullable: true,
        description:
          "Totals of the partner's own entries in the global ledger, which belong to no customer: its side of transfers. Null without a global ledger.",
      }),
      balanced: t.boolean({
        nullable: true,
        description: 'True when `global` and `customers` agree to the last digit; null without a global ledger.',
        resolve: ({ balanced }) => balanced,
      }),
      discrepancies: t.field({
        type: [DiscrepancyRef],
        description:
          'Customers whose own ledger differs from their entries in the global ledger; found by reading both. Empty when balanced.',
        resolve: ({ discrepancies }) => [...discrepancies],
      }),
      truncated: t.boolean({
        description:
          'True when a discrepancy does not list all of its missing entries; `discrepancies { truncated }` says which.',
        resolve: ({ discrepancies }) => discrepancies.some(isTruncated),
      }),
    }),
  })
}

/** Adds `VobizReconciliationProgress`. */
function defineProgress(builder: GatewayBuilder, ResultRef: ObjectRef<AllTypes, Reconciliation>) {
  return builder.objectRef<ReconciliationProgress>('VobizReconciliationProgress').implement({
    description: 'Progress of a reconciliation.',
    fields: (t) => ({
      customersDone: t.exposeInt('customersDone', { description: 'Number of customers whose ledgers were read.' }),
      customersTotal: t.exposeInt('customersTotal', { description: 'Number of all customers.' }),
      result: t.expose('result', {
        type: ResultRef,
        nullable: true,
        description: 'Result of the reconciliation; null before the last event.',
      }),
    }),
  })
}

/** @throws {InvalidArgumentError} when the period ends before it begins */
function reconcile(context: GatewayContext, period: Period): AsyncIterable<ReconciliationProgress> {
  assertPeriod('Period', period)
  return vobizSession(context).reconcile(period)
}

async function resultOf(progress: AsyncIterable<ReconciliationProgress>): Promise<Reconciliation> {
  for await (const { result } of progress) if (result) return result
  throw new Error('A reconciliation ended without a result.')
}

/** Adds `Query.vobizReconciliation`, and the subscription of the same name that reports its progress. */
export function defineReconciliation(
  builder: GatewayBuilder,
  shared: SharedTypes,
  Customer: ObjectRef<AllTypes, VobizCustomerRecord>,
  Transaction: ObjectRef<AllTypes, VobizTransactionRecord>,
): void {
  const ResultRef = defineResult(builder, shared, defineDiscrepancy(builder, shared, Customer, Transaction))
  const ProgressRef = defineProgress(builder, ResultRef)
  const period = { type: shared.PeriodInput, required: true, description: 'Days to compare.' } as const
  builder.queryField('vobizReconciliation', (t) =>
    t.field({
      type: ResultRef,
      description:
        "Comparison of the partner's global ledger with those of its customers. It reads the sums of every customer, which takes long when there are many; the subscription of the same name reports progress.",
      args: { period: t.arg(period) },
      extensions: cost(RECONCILIATION_WEIGHT),
      resolve: (_, args, context) => resultOf(reconcile(context, args.period)),
    }),
  )
  shared.allowSubscriptions()
  builder.subscriptionField('vobizReconciliation', (t) =>
    t.field({
      type: ProgressRef,
      description:
        'Progress of the reconciliation of `Query.vobizReconciliation`, with events as customers are done. The last event holds the result.',
      args: { period: t.arg(period) },
      extensions: cost(RECONCILIATION_WEIGHT),
      subscribe: (_, args, context) => reconcile(context, args.period),
      resolve: (progress) => progress,
    }),
  )
}
