import { compareScaled, scaleDecimal } from '../values/decimal.ts'
import { addDays, dayOf, type Instant, startOfDay } from '../values/instant.ts'
import {
  affectsBalance,
  type DirectionOf,
  type TransactionCategory,
  type TransactionDirection,
  type TransactionRecord,
  type TransactionStatus,
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
  readonly excludeStatuses: readonly TransactionStatus[] | null
  readonly categories: readonly TransactionCategory[] | null
  readonly excludeCategories: readonly TransactionCategory[] | null
  /** True for entries without a category, false for those with one. */
  readonly uncategorized: boolean | null
  readonly affectsBalance: boolean | null
  readonly currency: string | null
  readonly minAmount: string | null
  readonly maxAmount: string | null
  /** Compared without case. */
  readonly referenceContains: string | null
  /** Whole references, compared exactly. */
  readonly references: readonly string[] | null
}

/** The conditions that can be checked on an entry alone. */
export type Condition = 'period' | 'direction' | 'status' | 'category' | 'balance' | 'currency' | 'amount' | 'reference'

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
  /** With null when an entry may have none. */
  readonly categories: readonly (TransactionCategory | null)[]
}

/** A check of one entry. */
type Check = (entry: TransactionRecord) => boolean

/** Returns true when no values are wanted in particular, or this is one of them. */
const isWanted = <V>(wanted: readonly V[] | null, value: V | null) =>
  wanted === null || (value !== null && wanted.includes(value))

const isExcluded = <V>(excluded: readonly V[] | null, value: V | null) =>
  excluded !== null && value !== null && excluded.includes(value)

const isStatusWanted = ({ statuses, excludeStatuses }: TransactionConditions, status: TransactionStatus) =>
  isWanted(statuses, status) && !isExcluded(excludeStatuses, status)

const isCategoryWanted = (
  { categories, excludeCategories, uncategorized }: TransactionConditions,
  category: TransactionCategory | null,
) =>
  isWanted(categories, category) &&
  !isExcluded(excludeCategories, category) &&
  (uncategorized === null || uncategorized === (category === null))

/** Returns the categories that a filter names and does not take away again; null when it names none. */
export const wantedCategories = (conditions: TransactionConditions): readonly TransactionCategory[] | null =>
  conditions.categories?.filter((category) => isCategoryWanted(conditions, category)) ?? null

/** Returns the references of which an entry must have one; null when any will do. */
function wantedReferences({ references, referenceContains }: TransactionConditions): readonly string[] | null {
  const part = referenceContains?.toLowerCase() ?? ''
  return references?.filter((reference) => reference.toLowerCase().includes(part)) ?? null
}

/**
 * Returns true when a possible entry with a wanted status and category affects a balance as the predicate says. It makes no lists,
 * because it is called for each list that is opened.
 */
function hasBalanceEffect(
  conditions: TransactionConditions,
  { statuses, categories }: EntryValues,
  accepts: (effect: boolean) => boolean,
): boolean {
  const isAccepted = (category: TransactionCategory | null) =>
    statuses.some((status) => isStatusWanted(conditions, status) && accepts(affectsBalance({ status, category })))
  return categories.some((category) => isCategoryWanted(conditions, category) && isAccepted(category))
}

/** Returns true when entries with these values may match; a provider whose entries cannot is not read. */
export function mayMatch(conditions: TransactionConditions, possible: EntryValues): boolean {
  const { affectsBalance: wanted } = conditions
  return (
    !isEmptyPeriod(conditions) &&
    possible.directions.some((direction) => isWanted(conditions.directions, direction)) &&
    hasBalanceEffect(conditions, possible, (effect) => wanted === null || effect === wanted) &&
    wantedReferences(conditions)?.length !== 0
  )
}

/** Checks amounts against bounds, both included; null where one is open. A bound is scaled once, for all entries. */
function isAmountWithin(min: string | null, max: string | null): Check {
  const [least, most] = [min, max].map((bound) => (bound === null ? null : scaleDecimal(bound)))
  return (entry) => {
    const amount = scaleDecimal(entry.amount.amount)
    return (!least || compareScaled(amount, least) >= 0) && (!most || compareScaled(amount, most) <= 0)
  }
}

/** Returns the check of a period; null when it is open at both ends. */
function periodCheck(conditions: TransactionConditions): Check | null {
  const [start, end] = boundsOf(conditions)
  if (start === null && end === null) return null
  return ({ instant }) => (start === null || instant >= start) && (end === null || instant < end)
}

/** Returns the check of references; null when any will do. */
function referenceCheck(conditions: TransactionConditions): Check | null {
  const references = wantedReferences(conditions)
  if (references !== null) {
    const wanted = new Set(references)
    return ({ reference }) => reference !== null && wanted.has(reference)
  }
  const part = conditions.referenceContains?.toLowerCase() ?? null
  return part === null ? null : ({ reference }) => reference?.toLowerCase().includes(part) ?? false
}

/** Returns the check of what an entry does to a balance; null when every entry with a wanted status and category passes. */
function balanceCheck(conditions: TransactionConditions, possible: EntryValues): Check | null {
  const wanted = conditions.affectsBalance
  if (wanted === null || !hasBalanceEffect(conditions, possible, (effect) => effect !== wanted)) return null
  return (entry) => entry.affectsBalance === wanted
}

/** Returns the check of directions; null when any will do. */
function directionCheck<T>({ directions }: TransactionConditions, directionOf: DirectionOf<T>) {
  if (directions === null) return null
  return (entry: T) => {
    const direction = directionOf(entry)
    return direction !== null && directions.includes(direction)
  }
}

/** A list of entries that a provider has filtered already. */
export interface FilteredList<T> {
  /** The conditions that the provider's own filter applies. */
  readonly done: readonly Condition[]
  /** The values that its entries can have; what all of them meet is not checked. */
  readonly possible: EntryValues
  /** The direction that `directions` selects by. */
  readonly directionOf: DirectionOf<T>
}

/**
 * Returns the residual predicate for entries of a list that the provider has filtered already; null where nothing is left
 * to check, also because no entry of the provider could fail.
 */
export function conditionsToCheck<T extends TransactionRecord>(
  conditions: TransactionConditions,
  { done, possible, directionOf }: FilteredList<T>,
): ((entry: T) => boolean) | null {
  const { currency, minAmount, maxAmount } = conditions
  const areStatusesWanted = possible.statuses.every((status) => isStatusWanted(conditions, status))
  const areCategoriesWanted = possible.categories.every((category) => isCategoryWanted(conditions, category))
  const checks: Record<Condition, ((entry: T) => boolean) | null> = {
    period: periodCheck(conditions),
    direction: directionCheck(conditions, directionOf),
    status: areStatusesWanted ? null : ({ status }) => isStatusWanted(conditions, status),
    category: areCategoriesWanted ? null : ({ category }) => isCategoryWanted(conditions, category),
    balance: balanceCheck(conditions, possible),
    currency: currency === null ? null : ({ amount }) => amount.currency === currency,
    amount: minAmount === null && maxAmount === null ? null : isAmountWithin(minAmount, maxAmount),
    reference: referenceCheck(conditions),
  }
  for (const condition of done) checks[condition] = null
  const left = Object.values(checks).filter((check) => check !== null)
  return left.length === 0 ? null : (entry) => left.every((check) => check(entry))
}
