import type { ObjectRef } from '@pothos/core'
import { InvalidArgumentError, UpstreamResponseError } from '../../errors.ts'
import type { AllTypes, GatewayBuilder } from '../../graphql/builder.ts'
import { choosePeriod, type Period } from '../../graphql/period.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import { cost, READ_WEIGHT } from '../../graphql/weight.ts'
import type { Summary } from '../../ledger/summary.ts'
import type { Money } from '../../ledger/transaction.ts'
import { compareDecimals, productOf, sumOf } from '../../values/decimal.ts'
import { roundToMinorUnit } from '../../values/money.ts'
import type { VobizCustomerRecord } from './account.ts'
import type { VobizTransactionTypeFilter } from './http.ts'
import { compareParts } from './reference-types.ts'
import { type VobizSession, vobizSession } from './session.ts'

/** Statement of one customer for one period. Its sums are read when they are selected. */
interface Statement {
  readonly customer: VobizCustomerRecord
  readonly period: Period
}

/** Payments of a customer, as values of Vobiz's `transaction_type` filter. */
const PAYMENTS = ['recharge', 'refund', 'transfer'] as const

/** Weight of a statement, which reads the sum of usage and those of `PAYMENTS`. */
const STATEMENT_WEIGHT = (1 + PAYMENTS.length) * READ_WEIGHT

/**
 * Returns the currency of a customer's ledger; null when there are no entries.
 *
 * @throws {UpstreamResponseError} when there are several currencies, since their amounts cannot be added
 */
function currencyOf(...summaries: readonly Summary[]): string | null {
  const [currency = null, ...others] = new Set(summaries.flatMap(({ byCurrency }) => [...byCurrency.keys()]))
  if (others.length === 0) return currency
  throw new UpstreamResponseError({
    provider: 'VOBIZ',
    operation: 'listCustomerTransactions',
    expected: "expected one currency in a customer's ledger",
    field: 'currency',
  })
}

/** Returns the sum of one side; 0 without entries. */
const amountOf = ({ byCurrency }: Summary, currency: string | null, side: 'credit' | 'debit') =>
  (currency === null ? null : byCurrency.get(currency)?.[side]) ?? '0'

/** Reads the sums of one of the four types in Vobiz's billing guide. They come with a request for the smallest page. */
const readSummary = (session: VobizSession, { customer, period }: Statement, type: VobizTransactionTypeFilter) =>
  session.summary({ accountId: customer.authId, ...period, type })

/** Reads the sum of one type. Usage is on the debit side, all other types on the credit side. */
async function readSum(session: VobizSession, statement: Statement, type: VobizTransactionTypeFilter): Promise<Money> {
  const summary = await readSummary(session, statement, type)
  const currency = currencyOf(summary)
  const amount = amountOf(summary, currency, type === 'debit' ? 'debit' : 'credit')
  return { amount, currency: currency ?? session.currency }
}

/** Returns true when the payments are at least the usage. */
async function isCovered(session: VobizSession, statement: Statement): Promise<boolean> {
  const [usage, payments] = await Promise.all([
    readSummary(session, statement, 'debit'),
    Promise.all(PAYMENTS.map((type) => readSummary(session, statement, type))),
  ])
  const currency = currencyOf(usage, ...payments)
  const paid = sumOf(...payments.map((payment) => amountOf(payment, currency, 'credit')))
  return compareDecimals(paid, amountOf(usage, currency, 'debit')) >= 0
}

/** Usage of one reference type. */
interface StatementLine {
  /** Null for entries without one. */
  readonly referenceType: string | null
  readonly count: number
  readonly amount: Money
}

/**
 * Reads the usage by reference type, from the block of sums that the usage comes with.
 *
 * @throws {UpstreamResponseError} when neither Vobiz's parts nor the entries add up to the usage
 */
async function readLines(session: VobizSession, { customer, period }: Statement): Promise<readonly StatementLine[]> {
  const query = { accountId: customer.authId, ...period, type: 'debit' } as const
  const [usage, parted] = await Promise.all([session.summary(query), session.summary(query, { byReferenceType: true })])
  const currency = currencyOf(usage, parted)
  const parts = [...(parted.byKind ?? [])].sort(compareParts)
  if (compareDecimals(sumOf(...parts.map(({ debit }) => debit)), amountOf(usage, currency, 'debit')) !== 0) {
    throw new UpstreamResponseError({
      provider: 'VOBIZ',
      operation: 'listCustomerTransactions',
      expected: 'expected parts that add up to the sum',
      field: 'by_reference_type',
    })
  }
  return parts.map(({ kind, count, debit, currency: ofPart }) => ({
    referenceType: kind,
    count,
    amount: { amount: debit, currency: ofPart },
  }))
}

/**
 * Returns the factor that adds a margin to the usage: 1.2 for 20 percent.
 *
 * @throws {InvalidArgumentError} when the margin is less than -100 percent
 */
function factorOf(marginPercent: string): string {
  if (compareDecimals(marginPercent, '-100') < 0) {
    throw new InvalidArgumentError(`Argument "marginPercent" must be at least -100; got ${marginPercent}.`)
  }
  return sumOf('1', productOf(marginPercent, '0.01'))
}

/** @throws {InvalidArgumentError} when the margin is less than -100 percent */
async function readInvoice(session: VobizSession, statement: Statement, marginPercent: string): Promise<Money> {
  const factor = factorOf(marginPercent)
  const { amount, currency } = await readSum(session, statement, 'debit')
  return { amount: roundToMinorUnit(productOf(amount, factor), currency), currency }
}

/** Adds `VobizStatementLine`. */
function defineLine(builder: GatewayBuilder, { Money: MoneyRef }: SharedTypes) {
  return builder.objectRef<StatementLine>('VobizStatementLine').implement({
    description: 'Usage of one reference type.',
    fields: (t) => ({
      referenceType: t.exposeString('referenceType', {
        nullable: true,
        description: "Vobiz's own word for the type of the reference, e.g. cdr; null for entries without one.",
      }),
      count: t.exposeInt('count', { description: 'Number of entries of this type.' }),
      amount: t.expose('amount', { type: MoneyRef, description: 'Sum of the usage of this type.' }),
    }),
  })
}

/** Adds `VobizStatement`. */
function defineStatementType(
  builder: GatewayBuilder,
  shared: SharedTypes,
  Customer: ObjectRef<AllTypes, VobizCustomerRecord>,
) {
  const { Money: MoneyRef, Period: PeriodRef } = shared
  const Line = defineLine(builder, shared)
  return builder.objectRef<Statement>('VobizStatement').implement({
    description:
      "Billing statement of one customer for one period: the amount to invoice, and whether the customer's payments cover it. Each sum costs one small request, and only when it is selected.",
    fields: (t) => {
      const sum = (type: VobizTransactionTypeFilter, description: string) =>
        t.field({
          type: MoneyRef,
          description,
          resolve: (statement, _, context) => readSum(vobizSession(context), statement, type),
        })
      return {
        customer: t.expose('customer', { type: Customer, description: 'The customer.' }),
        period: t.expose('period', { type: PeriodRef, description: 'Days of the statement.' }),
        usage: sum('debit', 'Sum of the usage debits.'),
        lines: t.field({
          type: [Line],
          description:
            'Usage by reference type, ordered by type, entries without one last. The lines add up to `usage` and come with its request; they are an error when neither the parts that Vobiz sends nor the entries add up to it.',
          resolve: async (statement, _, context) => [...(await readLines(vobizSession(context), statement))],
        }),
        recharges: sum('recharge', "Sum of the top-ups of the customer's wallet."),
        refunds: sum('refund', 'Sum of the credits for disputes and outages.'),
        transfers: sum('transfer', "Sum of the transfers from the partner to the customer's wallet."),
        invoice: t.field({
          type: MoneyRef,
          description: "`usage` plus the reseller's margin, rounded half-even to the currency's minor unit.",
          args: {
            marginPercent: t.arg({
              type: 'Decimal',
              required: true,
              defaultValue: '0',
              description: 'Margin in percent of the usage, e.g. "20"; "0" by default, and at least "-100".',
            }),
          },
          resolve: (statement, { marginPercent }, context) =>
            readInvoice(vobizSession(context), statement, marginPercent),
        }),
        covered: t.boolean({
          description:
            "Whether this period's payments cover its usage; ignores the opening balance and adjustments. Payments are recharges, refunds and transfers.",
          resolve: (statement, _, context) => isCovered(vobizSession(context), statement),
        }),
      }
    },
  })
}

/** Adds `VobizCustomer.statement`. */
export function defineStatement(
  builder: GatewayBuilder,
  shared: SharedTypes,
  Customer: ObjectRef<AllTypes, VobizCustomerRecord>,
): void {
  const StatementRef = defineStatementType(builder, shared, Customer)
  builder.objectField(Customer, 'statement', (t) =>
    t.field({
      type: StatementRef,
      description: 'Billing statement for one period. Give exactly one of `period` and `month`.',
      args: {
        period: t.arg({ type: shared.PeriodInput, description: 'Days to bill.' }),
        month: t.arg.string({ description: 'Calendar month to bill, in UTC days, as YYYY-MM.' }),
      },
      extensions: cost(STATEMENT_WEIGHT),
      resolve: (customer, { period, month }) => ({ customer, period: choosePeriod(period, month) }),
    }),
  )
}
