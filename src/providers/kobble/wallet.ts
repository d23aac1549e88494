import type { AccountRecord } from '../../graphql/account.ts'
import type { AccountIds } from '../../graphql/account-filter.ts'
import type { Money } from '../../ledger/transaction.ts'
import { isPlainId, PLAIN_ID_FORM } from '../plain-id.ts'
import type { KobbleWalletRow } from './wire.ts'

/** The ids of wallets. Kobble documents UUIDs, and does not say that they stay so. */
export const WALLET_IDS: AccountIds = { typename: 'KobbleWallet', isId: isPlainId, idForm: PLAIN_ID_FORM }

/** A wallet that holds money of one asset. */
export interface KobbleWalletRecord extends AccountRecord {
  readonly typename: 'KobbleWallet'
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

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** Returns a name for a wallet, since Kobble has none: its id, of which people recognise the first group when it is a UUID. */
const displayNameOf = (id: string) => `Wallet ${UUID.test(id) ? id.slice(0, 8) : id}`

export function kobbleWallet(row: KobbleWalletRow): KobbleWalletRecord {
  const money = (amount: string): Money => ({ amount, currency: row.asset })
  return {
    typename: 'KobbleWallet',
    locator: row.id,
    displayName: displayNameOf(row.id),
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
