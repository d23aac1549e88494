import { compareScaled, scaleDecimal } from '../values/decimal.ts'
import { addDays, type Instant, startOfDay } from '../values/instant.ts'
import type { TransactionCategory, TransactionDirection, TransactionRecord, TransactionStatus } from './transaction.ts'

/** Conditions on entries, in words that all providers share. Every condition that is given must hold. */
export interface TransactionConditions {
  /** UTC days, both included. */
  readonly from: string | null
  readonly to: string | null
  readonly directions: readonly TransactionDirection[] | null
  readonly statuses: readonly TransactionStatus[] | null
  readonly categories: readonly TransactionCategory[] | null
  readonly currency: string | null
  readonly minAmount: string | null
  readonly maxAmount: string | null
  readonly referenceContains: string | null
}

/** The conditions that can be checked on an entry alone. */
export type Condition = 'period' | 'direction' | 'status' | 'category' | 'currency' | 'amount' | 'reference'

/** The first instant of a period of UTC days, and the first one after it; null where it is open. */
export function boundsOf({ from, to }: Pick<TransactionConditions, 'from' | 'to'>): [Instant | null, Instant | null] {
  return [from === null ? null : startOfDay(from), to === null ? null : startOfDay(addDays(to, 1))]
}

/** The values that the entries of a provider can have. */
export interface EntryValues {
  readonly directions: readonly TransactionDirection[]
  readonly statuses: readonly TransactionStatus[]
  readonly categories: readonly TransactionCategory[]
}

/** Returns true when no values are wanted in particular, or one of them is possible. */
function overlaps<V>(wanted: readonly V[] | null, possible: readonly V[]): boolean {
  return wanted === null || wanted.some((value) => possible.includes(value))
}

/** Returns true when entries with these values may match; a provider whose entries cannot is not read. */
export function mayMatch({ directions, statuses, categories }: TransactionConditions, possible: EntryValues): boolean {
  return (
    overlaps(directions, possible.directions) &&
    overlaps(statuses, possible.statuses) &&
    overlaps(categories, possible.categories)
  )
}

/** Checks amounts against bounds, both included; null where one is open. A bound is scaled once, for all entries. */
function isAmountWithin(min: string | null, max: string | null): (entry: TransactionRecord) => boolean {
  const [least, most] = [min, max].map((bound) => (bound === null ? null : scaleDecimal(bound)))
  return (entry) => {
    const amount = scaleDecimal(entry.amount.amount)
    return (!least || compareScaled(amount, least) >= 0) && (!most || compareScaled(amount, most) <= 0)
  }
}

/**
 * Returns the residual predicate for entries of a list that the provider has filtered already; null where nothing is left
 * to check.
 *
 * @param done the conditions that the provider's own filter applies
 */
export function conditionsToCheck(
  conditions: TransactionConditions,
  done: readonly Condition[],
): ((entry: TransactionRecord) => boolean) | null {
  const { directions, statuses, categories, currency, minAmount, maxAmount } = conditions
  const [start, end] = boundsOf(conditions)
  const reference = conditions.referenceContains?.toLowerCase() ?? null
  const checks: Partial<Record<Condition, (entry: TransactionRecord) => boolean>> = {}
  if (start !== null || end !== null) {
    checks.period = ({ instant }) => (start === null || instant >= start) && (end === null || instant < end)
  }
  if (directions) checks.direction = ({ direction }) => direction !== null && directions.includes(direction)
  if (statuses) checks.status = ({ status }) => statuses.includes(status)
  if (categories) checks.category = ({ category }) => category !== null && categories.includes(category)
  if (currency !== null) checks.currency = ({ amount }) => amount.currency === currency
  if (minAmount !== null || maxAmount !== null) checks.amount = isAmountWithin(minAmount, maxAmount)
  if (reference !== null) checks.reference = (entry) => entry.reference?.toLowerCase().includes(reference) ?? false
  for (const condition of done) delete checks[condition]
  const left = Object.values(checks)
  return left.length === 0 ? null : (entry) => left.every((check) => check(entry))
}
