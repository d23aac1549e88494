import {
  type Condition,
  conditionsToCheck,
  coveringDays,
  type EntryValues,
  mayMatch,
  type TransactionConditions,
  wantedCategories,
} from '../../ledger/filter.ts'
import type { Accepts } from '../../ledger/ledger.ts'
import { type DirectedRecord, rowDirection, type TransactionCategory } from '../../ledger/transaction.ts'
import type { VobizTransactionTypeFilter } from './http.ts'

/** The values of the filter for the categories that Vobiz selects itself. */
const TYPES: Partial<Record<TransactionCategory, VobizTransactionTypeFilter>> = {
  TOP_UP: 'recharge',
  USAGE: 'debit',
  REFUND: 'refund',
  TRANSFER: 'transfer',
}

/** One list of an account that a list with a filter reads. */
export interface ListPart {
  /** Vobiz's own filter; null for the whole ledger. */
  readonly type: VobizTransactionTypeFilter | null
  /** The conditions to check on each row; null for none. */
  readonly accepts: Accepts<DirectedRecord> | null
}

/** Vobiz has no entries with other values. */
const ENTRY_VALUES: EntryValues = {
  directions: ['CREDIT', 'DEBIT'],
  statuses: ['PENDING', 'COMPLETED', 'FAILED', 'CANCELLED', 'UNKNOWN'],
  categories: ['TOP_UP', 'USAGE', 'REFUND', 'TRANSFER', 'ADJUSTMENT', null],
}

/** Returns a predicate that accepts the adjustments, or all other entries, that also meet other conditions. */
const adjustmentsOnly =
  (isWanted: boolean, residual: Accepts<DirectedRecord> | null): Accepts<DirectedRecord> =>
  (entry) =>
    (entry.category === 'ADJUSTMENT') === isWanted && (residual === null || residual(entry))

/** Returns the predicate for the conditions that Vobiz does not apply; null when there are none. */
function residualOf(conditions: TransactionConditions): Accepts<DirectedRecord> | null {
  const done: Condition[] = coveringDays(conditions).isExact ? ['period'] : []
  // The lists of the types are those of the categories.
  if (conditions.categories !== null) done.push('category')
  return conditionsToCheck<DirectedRecord>(conditions, { done, possible: ENTRY_VALUES, directionOf: rowDirection })
}

/**
 * Splits a filter into lists of one account: one for each type that Vobiz selects, and the whole ledger for adjustments,
 * which only their rows identify. No entry matches two of the lists; there are none when no entry can match.
 *
 * @param types the types to which the lists are confined; null for all entries, also those that have no type
 */
export function listParts(
  conditions: TransactionConditions,
  types: readonly VobizTransactionTypeFilter[] | null,
): readonly ListPart[] {
  if (!mayMatch(conditions, ENTRY_VALUES)) return []
  const residual = residualOf(conditions)
  const categories = wantedCategories(conditions)
  if (categories === null) return (types ?? [null]).map((type) => ({ type, accepts: residual }))
  const ofCategories = new Set(categories.flatMap((category) => TYPES[category] ?? []))
  const ofTypes = types?.filter((type) => ofCategories.has(type)) ?? [...ofCategories]
  if (!categories.includes('ADJUSTMENT')) return ofTypes.map((type) => ({ type, accepts: residual }))
  // The whole ledger has the adjustments of every list; without it, each list has its own.
  const accepts = types === null ? adjustmentsOnly(false, residual) : residual
  const others = types?.filter((type) => !ofCategories.has(type)) ?? [null]
  return [
    ...ofTypes.map((type) => ({ type, accepts })),
    ...others.map((type) => ({ type, accepts: adjustmentsOnly(true, residual) })),
  ]
}
