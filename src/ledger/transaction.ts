import type { Instant } from '../values/instant.ts'

/** The three ways that money can have moved; see the schema's enum of the same name. */
export type TransactionDirection = 'CREDIT' | 'DEBIT' | 'INTERNAL'

/** Processing states of an entry; UNKNOWN for a word of the provider that the gateway does not know. */
export type TransactionStatus = 'PENDING' | 'COMPLETED' | 'DECLINED' | 'FAILED' | 'CANCELLED' | 'UNKNOWN'

/** Purposes of an entry, in words that all providers share. */
export type TransactionCategory =
  | 'TOP_UP'
  | 'USAGE'
  | 'REFUND'
  | 'TRANSFER'
  | 'CARD_SPEND'
  | 'RESERVATION'
  | 'REVERSAL'
  | 'SETTLEMENT'
  | 'MANUAL_CREDIT'
  | 'MANUAL_DEBIT'
  | 'ADJUSTMENT'

/** A non-negative exact decimal of one currency, in major units. */
export interface Money {
  readonly amount: string
  readonly currency: string
}

/**
 * One entry of a provider's ledger in the words that all providers share. Providers extend it with their own. Its direction is
 * not among them: some providers' rows do not hold it. See `DirectedRecord` and `DirectionOf`.
 */
export interface TransactionRecord {
  /** The provider's value of the enum `Provider`. */
  readonly provider: string
  /** The GraphQL object type of this entry. */
  readonly typename: string
  /** Identifies the entry for the provider; the part of the global id behind the type's name. */
  readonly locator: string
  /** The entry's identifier as the provider gives it. */
  readonly providerId: string
  readonly amount: Money
  readonly status: TransactionStatus
  readonly providerStatus: string
  /** Null where the row does not say. */
  readonly category: TransactionCategory | null
  readonly providerType: string
  readonly reference: string | null
  /** The provider's own words for people; absent when its rows have none. */
  readonly description?: string | null
  /** RFC 3339 in UTC, with the provider's digits. */
  readonly createdAt: string
  /** `createdAt`, to order by. */
  readonly instant: Instant
  /** RFC 3339 in UTC, with the provider's digits. */
  readonly updatedAt: string
  readonly affectsBalance: boolean
  /** The row as the provider sent it, its numbers with their digits. */
  readonly raw: unknown
}

/** An entry whose row alone shows in which direction its money moved. */
export interface DirectedRecord extends TransactionRecord {
  /** Null where the row does not say. */
  readonly direction: TransactionDirection | null
}

/** Returns the direction in which an entry's money moved; null where nothing says it. */
export type DirectionOf<T> = (entry: T) => TransactionDirection | null

/** The direction that an entry's row shows. */
export const rowDirection: DirectionOf<Pick<DirectedRecord, 'direction'>> = ({ direction }) => direction

/** Returns true for an entry that has changed a balance. A reservation settles as an entry of its own. */
export const affectsBalance = ({ status, category }: Pick<TransactionRecord, 'status' | 'category'>): boolean =>
  status === 'COMPLETED' && category !== 'RESERVATION'
