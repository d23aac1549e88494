import { boundsOf, type EntryValues, type TransactionConditions } from '../../ledger/filter.ts'
import type { Accepts } from '../../ledger/ledger.ts'
import type { ScanDirection } from '../../ledger/position.ts'
import type { TransactionRecord } from '../../ledger/transaction.ts'
import type { Instant } from '../../values/instant.ts'
import type { KobbleLedgerQuery } from './ledger.ts'
import { categoryOf, type KobbleTransactionRecord } from './transaction.ts'

/** Matches some of Kobble's entries. */
export type EntryPredicate = Accepts<KobbleTransactionRecord>

/** Conditions that are checked on each row. */
export interface Residual {
  readonly accepts: EntryPredicate
  /** True when the direction is one of them. */
  readonly usesDirection: boolean
}

/** Returns the conditions that are checked with a predicate; null without one. */
export const residualOf = ({ directions }: TransactionConditions, accepts: EntryPredicate | null): Residual | null =>
  accepts && { accepts, usesDirection: directions !== null }

/** The period of a list, both ends included; null where it is open. */
export type Period = Pick<KobbleLedgerQuery, 'from' | 'to'>

/** Matches entries inside a period, both ends included. Returns null when the period is open on both sides. */
export function isWithin({ from, to }: Period): Accepts<TransactionRecord> | null {
  if (from === null && to === null) return null
  return ({ instant }) => (from === null || instant >= from) && (to === null || instant <= to)
}

/** Matches entries that all predicates match; null among them matches everything. */
export function allOf(...predicates: readonly (EntryPredicate | null)[]): EntryPredicate | null {
  const given = predicates.filter((predicate) => predicate !== null)
  return given.length < 2 ? (given[0] ?? null) : (entry) => given.every((predicate) => predicate(entry))
}

/** Matches entries of a wallet. Which side of a transaction Kobble matches a wallet with is not documented. */
export function isOfWallet(walletId: string | null): EntryPredicate | null {
  return walletId === null ? null : ({ fromId, toId }) => fromId === walletId || toId === walletId
}

/** Kobble has no entries with other values. */
export const ENTRY_VALUES: EntryValues = {
  directions: ['CREDIT', 'DEBIT', 'INTERNAL'],
  statuses: ['PENDING', 'COMPLETED', 'DECLINED', 'UNKNOWN'],
  categories: [
    'TRANSFER',
    'REFUND',
    'RESERVATION',
    'REVERSAL',
    'SETTLEMENT',
    'MANUAL_CREDIT',
    'MANUAL_DEBIT',
    'CARD_SPEND',
    null,
  ],
}

/** The filter of a list. */
export interface KobbleFilter {
  readonly conditions: TransactionConditions
  /** Kobble's own types, of which an entry has one; null for all. */
  readonly types: readonly string[] | null
  /** Ids in another system, of which an entry has one; null for any or none. */
  readonly externalIds: readonly string[] | null
}

/** A list of transactions. */
export interface KobbleList extends KobbleFilter {
  /** A wallet's id; null for all transactions that the caller may read. */
  readonly walletId: string | null
}

/** Returns the values that the entries of a list can have: a type has one category. */
export const valuesOf = ({ types }: KobbleFilter): EntryValues =>
  types === null ? ENTRY_VALUES : { ...ENTRY_VALUES, categories: [...new Set(types.map(categoryOf))] }

/** Matches the entries of the types of a list; null for all. */
export const isOfTypes = ({ types }: KobbleFilter): EntryPredicate | null =>
  types && (({ providerType }) => types.includes(providerType))

/** Matches the entries with an external id of a list; null for all. */
export function hasExternalId({ externalIds }: KobbleFilter): EntryPredicate | null {
  if (externalIds === null) return null
  const wanted = new Set(externalIds)
  return ({ externalId }) => externalId !== null && wanted.has(externalId)
}

/** Returns the bounds of a filter's period, whose end is exclusive, as two inclusive bounds. */
export function inclusivePeriod(conditions: TransactionConditions): { from: Instant | null; to: Instant | null } {
  const [from, end] = boundsOf(conditions)
  return { from, to: end === null ? null : end - 1n }
}

/** Returns a period without the part that a walk in a direction comes to before an instant. */
export function narrowedPeriod({ from, to }: Period, direction: ScanDirection, instant: Instant): Period {
  return direction === 'older'
    ? { from, to: to === null || instant < to ? instant : to }
    : { from: from === null || instant > from ? instant : from, to }
}

/**
 * Returns a predicate for each wallet, which matches the entries that no wallet before it has: an entry between two wallets
 * is in the lists of both, and is shown with the first.
 */
export function firstOwners(walletIds: readonly string[]): EntryPredicate[] {
  const ranks = new Map(walletIds.map((walletId, rank) => [walletId, rank]))
  return walletIds.map((_, index) => {
    const isEarlier = (id: string | null) => id !== null && (ranks.get(id) ?? index) < index
    return ({ fromId, toId }) => !isEarlier(fromId) && !isEarlier(toId)
  })
}
