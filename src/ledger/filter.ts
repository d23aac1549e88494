import { compareScaled, scaleDecimal } from '../values/decimal.ts'
import { addDays, dayOf, type Instant, startOfDay } from '../values/instant.ts'
import type {
  DirectionOf,
  TransactionCategory,
  TransactionDirection,
  TransactionRecord,
  TransactionStatus,
} from './transaction.ts'

/** Conditions on entries, in words that all providers share. Every condition that is given must hold. */
export interface TransactionConditions {
  /** UTC days, both included. */
  readonly from: string | null
  readonly to: string | null
  /** The first instant, included; in addition to the days. */
  readonly createdFrom: Instant | null
  /** The instant at which the period ends, excluded; in addition to the days. */
  readonly createdBefore: Instant | null
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

/** The period of a filter, as days and as instants. */
export type PeriodConditions = Pick<TransactionConditions, 'from' | 'to' | 'createdFrom' | 'createdBefore'>

/** Returns the first instant of a filter's period, and the first one after it; null where it is open. */
export function boundsOf({ from, to, createdFrom, createdBefore }: PeriodConditions): [Instant | null, Instant | null] {
  const start = from === null ? null : startOfDay(from)
  const end = to === null ? null : startOfDay(addDays(to, 1))
  return [
    start === null || (createdFrom !== null && createdFrom > start) ? createdFrom : start,
    end === null || (createdBefore !== null && createdBefore < end) ? createdBefore : end,
  ]
}

/** Returns true when no instant is in the period: it ends where it begins, or before. */
export function isEmptyPeriod(period: PeriodConditions): boolean {
  const [start, end] = boundsOf(period)
  return start !== null && end !== null && start >= end
}

/** Whole UTC days, both included, that cover a period; null where it is open. */
export interface CoveringDays {
  readonly from: string | null
  readonly to: string | null
  /** True when the days hold no instant outside the period. */
  readonly isExact: boolean
}

/** Returns the fewest whole days that cover a period, for a provider that filters by days. */
export function coveringDays(period: PeriodConditions): CoveringDays {
  const [start, end] = boundsOf(period)
  const from = start === null ? null : dayOf(start)
  const to = end === null ? null : dayOf(end - 1n)
  const isStartExact = from === null || startOfDay(from) === start
  return { from, to, isExact: isStartExact && (to === null || startOfDay(addDays(to, 1)) === end) }
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
export function mayMatch(conditions: TransactionConditions, possible: EntryValues): boolean {
  const { directions, statuses, categories } = conditions
  return (
    !isEmptyPeriod(conditions) &&
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
 * @param directionOf the direction that `directions` selects by
 */
export function conditionsToCheck<T extends TransactionRecord>(
  conditions: TransactionConditions,
  done: readonly Condition[],
  directionOf: DirectionOf<T>,
): ((entry: T) => boolean) | null {
  const { directions, statuses, categories, currency, minAmount, maxAmount } = conditions
  const [start, end] = boundsOf(conditions)
  const reference = conditions.referenceContains?.toLowerCase() ?? null
  const checks: Partial<Record<Condition, (entry: T) => boolean>> = {}
  if (start !== null || end !== null) {
    checks.period = ({ instant }) => (start === null || instant >= start) && (end === null || instant < end)
  }
  if (directions) {
    checks.direction = (entry) => {
      const direction = directionOf(entry)
      return direction !== null && directions.includes(direction)
    }
  }
  if (statuses) checks.status = ({ status }) => statuses.includes(status)
  if (categories) checks.category = ({ category }) => category !== null && categories.includes(category)
  if (currency !== null) checks.currency = ({ amount }) => amount.currency === currency
  if (minAmount !== null || maxAmount !== null) checks.amount = isAmountWithin(minAmount, maxAmount)
  if (reference !== null) checks.reference = (entry) => entry.reference?.toLowerCase().includes(reference) ?? false
  for (const condition of done) delete checks[condition]
  const left = Object.values(checks)
  return left.length === 0 ? null : (entry) => left.every((check) => check(entry))
}
