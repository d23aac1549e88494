import {
  affectsBalance,
  type DirectionOf,
  type TransactionCategory,
  type TransactionDirection,
  type TransactionRecord,
  type TransactionStatus,
} from '../../ledger/transaction.ts'
import type { KobbleTransactionRow } from './wire.ts'

/** One entry of a Kobble ledger. */
export interface KobbleTransactionRecord extends TransactionRecord {
  readonly provider: 'KOBBLE'
  readonly typename: 'KobbleTransaction'
  readonly asset: string
  readonly assetClass: string
  readonly paymentType: string
  readonly externalId: string | null
  /** Typically a wallet's id; null when the money came from outside. */
  readonly fromId: string | null
  /** Typically a wallet's id; null when the money went outside. */
  readonly toId: string | null
  readonly metadata: unknown
  readonly info: unknown
}

const STATUSES = new Map<string, TransactionStatus>([
  ['ACCEPTED', 'COMPLETED'],
  ['PENDING', 'PENDING'],
  ['DECLINED', 'DECLINED'],
])

const CATEGORIES = new Map<string, TransactionCategory>([
  ['INTER_WALLET', 'TRANSFER'],
  ['REFUND', 'REFUND'],
  ['RESERVATION', 'RESERVATION'],
  ['REVERSAL', 'REVERSAL'],
  ['SETTLEMENT', 'SETTLEMENT'],
  ['MANUAL_CREDIT', 'MANUAL_CREDIT'],
  // Not among the documented values, but an endpoint creates manual debits.
  ['MANUAL_DEBIT', 'MANUAL_DEBIT'],
  ['CARD_SPEND', 'CARD_SPEND'],
])

/** Returns the category of all entries of one of Kobble's types; null when no shared category applies. */
export const categoryOf = (type: string): TransactionCategory | null => CATEGORIES.get(type) ?? null

/**
 * Maps a row to the fields that all providers share, by the tables of the schema. Its id alone locates it at Kobble.
 */
export function kobbleTransaction(row: KobbleTransactionRow): KobbleTransactionRecord {
  const status = STATUSES.get(row.status) ?? 'UNKNOWN'
  const category = categoryOf(row.type)
  const createdAt = row.created_at.text
  return {
    provider: 'KOBBLE',
    typename: 'KobbleTransaction',
    locator: row.id,
    providerId: row.id,
    amount: { amount: row.amount, currency: row.asset },
    status,
    providerStatus: row.status,
    category,
    providerType: row.type,
    reference: row.reference,
    createdAt,
    instant: row.created_at.instant,
    updatedAt: row.updated_at?.text ?? createdAt,
    affectsBalance: affectsBalance({ status, category }),
    raw: row.raw,
    asset: row.asset,
    assetClass: row.asset_class,
    paymentType: row.payment_type,
    externalId: row.external_id,
    fromId: row.from,
    toId: row.to,
    metadata: row.metadata,
    info: row.info,
  }
}

/** Returns the direction of a movement as seen by somebody who may hold either side; null for neither. */
export function directionBetween(pays: boolean, receives: boolean): TransactionDirection | null {
  if (pays) return receives ? 'INTERNAL' : 'DEBIT'
  return receives ? 'CREDIT' : null
}

/** Returns the function of the direction as seen from wallets: a movement between two of them is internal. */
export function directionFor(walletIds: ReadonlySet<string>): DirectionOf<KobbleTransactionRecord> {
  const isIn = (id: string | null) => id !== null && walletIds.has(id)
  return ({ fromId, toId }) => directionBetween(isIn(fromId), isIn(toId))
}
