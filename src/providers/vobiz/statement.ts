import type { ObjectRef } from '@pothos/core'
import { InvalidArgumentError, UpstreamResponseError } from '../../errors.ts'
import type { AllTypes, GatewayBuilder } from '../../graphql/builder.ts'
import { assertPeriod, type Period } from '../../graphql/period.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import { cost, READ_WEIGHT } from '../../graphql/weight.ts'
import type { Summary } from '../../ledger/summary.ts'
import type { Money } from '../../ledger/transaction.ts'
import { compareDecimals, productOf, sumOf } from '../../values/decimal.ts'
import { roundToMinorUnit } from '../../values/money.ts'
import type { VobizCustomerRecord } from './account.ts'
import type { VobizTransactionTypeFilter } from './http.ts'
import { type VobizSession, vobizSession } from './session.ts'

/** One customer's bill for one period; its sums are read when they are asked for. */
interface Statement {
  readonly customer: VobizCustomerRecord
  readonly period: Period
}

/** What a customer pays in, in the words of Vobiz's filter. */
const PAYMENTS = ['recharge', 'refund', 'transfer'] as const

/**
 * The only currency of a customer's ledger; null where there are no entries.
 * @throws {UpstreamResponseError} when there are several, since their amounts cannot be added
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

/** What came in, or went out. */
const amountOf = ({ byCurrency }: Summary, currency: string | null, side: 'credit' | 'debit') =>
  (currency === null ? null : byCurrency.get(currency)?.[side]) ?? '0'

/** The entries of one of the four kinds that Vobiz's billing guide is made of: a request for the smallest page, with its sums. */
const summaryFor = (session: VobizSession, { customer, period }: Statement, type: VobizTransactionTypeFilter) =>
  session.summary({ accountId: customer.authId, ...period, type })

/** Usage is what went out, and everything else what came in. */
async function sumFor(session: VobizSession, statement: Statement, type: VobizTransactionTypeFilter): Promise<Money> {
  const summary = await summaryFor(session, statement, type)
  const currency = currencyOf(summary)
  const amount = amountOf(summary, currency, type === 'debit' ? 'debit' : 'credit')
  return { amount, currency: currency ?? session.currency }
}

/** Whether what was paid in reaches the usage. */
async function isCovered(session: VobizSession, statement: Statement): Promise<boolean> {
  const [usage, payments] = await Promise.all([
    summaryFor(session, statement, 'debit'),
    Promise.all(PAYMENTS.map((type) => summaryFor(session, statement, type))),
  ])
  const currency = currencyOf(usage, ...payments)
  const paid = sumOf(...payments.map((payment) => amountOf(payment, currency, 'credit')))
  return compareDecimals(paid, amountOf(usage, currency, 'debit')) >= 0
}

/**
 * What usage is multiplied with to put a margin on top.
 * @throws {InvalidArgumentError} when the margin is less than all of the usage taken off
 */
function factorOf(marginPercent: string): string {
  if (compareDecimals(marginPercent, '-100') < 0) {
    throw new InvalidArgumentError(`Argument "marginPercent" must be at least -100; got ${marginPercent}.`)
  }
  return sumOf('1', productOf(marginPercent, '0.01'))
}

/** Adds `VobizCustomer.statement`. */
export function defineStatement(
  builder: GatewayBuilder,
  { Money: MoneyRef, Period: PeriodRef, PeriodInput }: SharedTypes,
  Customer: ObjectRef<AllTypes, VobizCustomerRecord>,
): void {
  const StatementRef = builder.objectRef<Statement>('VobizStatement').implement({
    description:
      'What to invoice one customer for one period, and whether the customer has paid in enough to cover it. Each sum costs one small request, and only when it is selected.',
    fields: (t) => {
      const sum = (type: VobizTransactionTypeFilter, description: string) =>
        t.field({
          type: MoneyRef,
          description,
          resolve: (statement, _, context) => sumFor(vobizSession(context), statement, type),
        })
      return {
        customer: t.field({ type: Customer, description: 'Whose bill this is.', resolve: ({ customer }) => customer }),
        period: t.field({ type: PeriodRef, description: 'The days that it is for.', resolve: ({ period }) => period }),
        usage: sum('debit', 'The sum of the usage debits.'),
        recharges: sum('recharge', 'What the customer topped up.'),
        refunds: sum('refund', 'What was credited for disputes and outages.'),
        transfers: sum('transfer', "What the partner transferred to the customer's wallet."),
        invoice: t.field({
          type: MoneyRef,
          description: "usage with the reseller's margin on top, rounded half-even to the currency's minor unit.",
          args: {
            marginPercent: t.arg({
              type: 'Decimal',
              required: true,
              defaultValue: '0',
              description: 'The margin in percent of the usage, e.g. "20".',
            }),
          },
          resolve: async (statement, { marginPercent }, context) => {
            const factor = factorOf(marginPercent)
            const { amount, currency } = await sumFor(vobizSession(context), statement, 'debit')
            return { amount: roundToMinorUnit(productOf(amount, factor), currency), currency }
          },
        }),
        covered: t.boolean({
          description: 'Whether recharges, refunds and transfers reach usage.',
          resolve: (statement, _, context) => isCovered(vobizSession(context), statement),
        }),
      }
    },
  })
  builder.objectField(Customer, 'statement', (t) =>
    t.field({
      type: StatementRef,
      description: 'The monthly billing guide, for one period.',
      args: { period: t.arg({ type: PeriodInput, required: true, description: 'The days to bill.' }) },
      // Of usage and of the three kinds of payments.
      extensions: cost(4 * READ_WEIGHT),
      resolve: (customer, { period }) => ({ customer, period: assertPeriod(period) }),
    }),
  )
}
