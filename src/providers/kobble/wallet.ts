import type { Money } from '../../ledger/transaction.ts'
import type { KobbleWalletRow } from './wire.ts'

/** A wallet that holds money of one asset. */
export interface KobbleWalletRecord {
  /** The GraphQL object type. */
  readonly typename: 'KobbleWallet'
  /** The part of the global id behind the type's name. */
  readonly locator: string
  readonly providerId: string
  readonly externalId: string | null
  readonly holderId: string | null
  readonly status: string
  /** The spendable amount. */
  readonly available: Money
  readonly reserved: Money
  readonly total: Money
  /** RFC 3339 in UTC, with the provider's digits. */
  readonly createdAt: string
  /** RFC 3339 in UTC, with the provider's digits. */
  readonly updatedAt: string
}

export function kobbleWallet(row: KobbleWalletRow): KobbleWalletRecord {
  const money = (amount: string): Money => ({ amount, currency: row.asset })
  return {
    typename: 'KobbleWallet',
    locator: row.id,
    providerId: row.id,
    externalId: row.external_id,
    holderId: row.holder_id,
    status: row.status,
    available: money(row.amount),
    reserved: money(row.reserved_amount),
    total: money(row.total_amount),
    createdAt: row.created_at.text,
    updatedAt: row.updated_at?.text ?? row.created_at.text,
  }
}
