import fc from 'fast-check'
import { parseInstant } from '../../src/values/instant.ts'
import type { KitEntry } from './kits.ts'

/** The conditions of a filter that all lists of entries have. */
export interface ConditionsFilter {
  readonly createdFrom?: string
  readonly createdBefore?: string
  readonly directions?: readonly string[]
  readonly statuses?: readonly string[]
  readonly excludeStatuses?: readonly string[]
  readonly categories?: readonly string[]
  readonly excludeCategories?: readonly string[]
  readonly uncategorized?: boolean
  readonly affectsBalance?: boolean
  readonly currency?: string
  readonly minAmount?: string
  readonly maxAmount?: string
  readonly referenceContains?: string
  readonly references?: readonly string[]
}

/** Returns the instant of an RFC 3339 text. */
export const instantOf = (text: string): bigint => parseInstant(text)!.instant

/** The conditions on categories, spelled out: a provider selects by them, and exclusions compare what an entry shows. */
function matchesCategory({ categories, category }: KitEntry, filter: ConditionsFilter): boolean {
  const { excludeCategories = [], uncategorized } = filter
  if (filter.categories !== undefined) {
    const wanted = filter.categories.filter((value) => !excludeCategories.includes(value))
    return uncategorized !== true && categories.some((value) => value !== null && wanted.includes(value))
  }
  return (
    (uncategorized === undefined || uncategorized === (category === null)) &&
    (category === null || !excludeCategories.includes(category))
  )
}

function matchesReference({ reference }: KitEntry, { referenceContains, references }: ConditionsFilter): boolean {
  return (
    (referenceContains === undefined || (reference ?? '').toLowerCase().includes(referenceContains.toLowerCase())) &&
    (references === undefined || (reference !== null && references.includes(reference)))
  )
}

function matchesPeriod({ createdAt }: KitEntry, { createdFrom, createdBefore }: ConditionsFilter): boolean {
  return (
    (createdFrom === undefined || instantOf(createdAt) >= instantOf(createdFrom)) &&
    (createdBefore === undefined || instantOf(createdAt) < instantOf(createdBefore))
  )
}

/** The conditions of a filter, spelled out over one entry. */
export function matchesConditions(entry: KitEntry, filter: ConditionsFilter): boolean {
  const { directions, statuses, excludeStatuses, affectsBalance, currency, minAmount, maxAmount } = filter
  return (
    matchesPeriod(entry, filter) &&
    (directions === undefined || (entry.direction !== null && directions.includes(entry.direction))) &&
    (statuses === undefined || (entry.status !== null && statuses.includes(entry.status))) &&
    (excludeStatuses === undefined || (entry.status !== null && !excludeStatuses.includes(entry.status))) &&
    matchesCategory(entry, filter) &&
    (affectsBalance === undefined || entry.affectsBalance === affectsBalance) &&
    (currency === undefined || entry.currency === currency) &&
    (minAmount === undefined || entry.amount >= Number(minAmount)) &&
    (maxAmount === undefined || entry.amount <= Number(maxAmount)) &&
    matchesReference(entry, filter)
  )
}

const STATUSES = ['PENDING', 'COMPLETED', 'DECLINED', 'FAILED', 'CANCELLED', 'UNKNOWN']
const CATEGORIES = ['TOP_UP', 'USAGE', 'REFUND', 'TRANSFER', 'CARD_SPEND', 'RESERVATION', 'ADJUSTMENT', 'MANUAL_DEBIT']

/** Returns one to three of some values. */
export const some = <T>(values: readonly T[]): fc.Arbitrary<T[]> =>
  fc.subarray([...values], { minLength: 1, maxLength: Math.min(3, values.length) })

/** Most conditions are left out of most filters, or hardly an entry would match. */
export const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

/**
 * Returns arbitraries of the conditions, for `fc.record`.
 *
 * @param entries entries of the list; some of their instants and references are among the values
 */
export function conditionArbitraries(entries: readonly KitEntry[]) {
  // Instants of some entries, so that periods begin and end on them.
  const instants = entries.filter((_, index) => index % 97 === 0).map(({ createdAt }) => createdAt)
  const references = entries
    .filter((_, index) => index % 89 === 0)
    .flatMap(({ reference }) => (reference === null ? [] : [reference]))
  return {
    createdFrom: rarely(fc.constantFrom('2025-12-31T18:30:00Z', '2026-02-28T13:00:00.5Z', ...instants)),
    createdBefore: rarely(fc.constantFrom('2026-04-30T18:30:00Z', '2026-07-31T14:00:00Z', ...instants)),
    directions: rarely(some(['CREDIT', 'DEBIT', 'INTERNAL'])),
    statuses: rarely(some(STATUSES)),
    excludeStatuses: rarely(some(STATUSES)),
    categories: rarely(some(CATEGORIES)),
    excludeCategories: rarely(some(CATEGORIES)),
    uncategorized: rarely(fc.constantFrom(true, false, false)),
    affectsBalance: rarely(fc.boolean()),
    currency: rarely(fc.constantFrom('INR', 'AUD', 'USD')),
    minAmount: rarely(fc.constantFrom('0', '0.45', '99.99')),
    maxAmount: rarely(fc.constantFrom('99.99', '500', '1e6')),
    referenceContains: rarely(fc.constantFrom('cdr', 'PAY', 'a')),
    references: rarely(some([...references, 'no such reference', ''])),
  }
}

/** Returns false for a period that ends where it begins or before, which is refused. */
export const isPeriod = ({ createdFrom, createdBefore }: ConditionsFilter): boolean =>
  !createdFrom || !createdBefore || instantOf(createdFrom) < instantOf(createdBefore)
