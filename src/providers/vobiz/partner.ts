import type { NodeRecord } from '../../graphql/node.ts'
import type { Money } from '../../ledger/transaction.ts'
import type { VobizPartnerRow } from './partner-wire.ts'

/** The partner whose credentials the gateway has. */
export interface VobizPartnerRecord extends NodeRecord {
  readonly typename: 'VobizPartner'
  readonly authId: string
  readonly name: string | null
  readonly company: string | null
  readonly email: string | null
  readonly billingModel: string | null
  readonly isActive: boolean | null
  readonly customerCount: number | null
  readonly customerLimit: number | null
  readonly balance: Money | null
  /** RFC 3339 in UTC. */
  readonly createdAt: string | null
}

export function vobizPartner(row: VobizPartnerRow): VobizPartnerRecord {
  return {
    typename: 'VobizPartner',
    locator: row.auth_id,
    authId: row.auth_id,
    name: row.name,
    company: row.company,
    email: row.email,
    billingModel: row.billing_model,
    isActive: row.is_active,
    customerCount: row.account_count,
    customerLimit: row.max_accounts,
    balance: row.balance === null ? null : { amount: row.balance, currency: row.currency },
    createdAt: row.created_at?.text ?? null,
  }
}
