import type { AccountRecord } from '../../graphql/account.ts'
import type { Money } from '../../ledger/transaction.ts'
import type { VobizCustomerRow } from './wire.ts'

/** A customer of the partner. */
export interface VobizCustomerRecord extends AccountRecord {
  readonly typename: 'VobizCustomer'
  readonly authId: string
  readonly name: string | null
  readonly email: string | null
  readonly company: string | null
  readonly country: string | null
  readonly isActive: boolean | null
  /** The balance that came with the account, in the currency of the customer's rates; null without one. */
  readonly listedBalance: Money | null
  /** RFC 3339 in UTC. */
  readonly createdAt: string | null
}

/** Creates a customer of whom only the auth id is known. */
export const idOnlyCustomer = (authId: string): VobizCustomerRecord => ({
  typename: 'VobizCustomer',
  locator: authId,
  displayName: authId,
  authId,
  name: null,
  email: null,
  company: null,
  country: null,
  isActive: null,
  listedBalance: null,
  createdAt: null,
})

function listedBalanceOf({ cash_credits, pricing_currency }: VobizCustomerRow): Money | null {
  if (cash_credits === null || pricing_currency === null) return null
  return { amount: cash_credits, currency: pricing_currency }
}

export function vobizCustomer(row: VobizCustomerRow): VobizCustomerRecord {
  return {
    typename: 'VobizCustomer',
    locator: row.auth_id,
    displayName: row.name?.trim() || row.company?.trim() || row.auth_id,
    authId: row.auth_id,
    name: row.name,
    email: row.email,
    company: row.company,
    country: row.country,
    isActive: row.is_active,
    listedBalance: listedBalanceOf(row),
    createdAt: row.created_at?.text ?? null,
  }
}
