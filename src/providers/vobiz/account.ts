import type { Instant } from '../../ledger/instant.ts'
import type { VobizCustomerRow } from './wire.ts'

/** A customer of the partner. */
export interface VobizCustomerRecord {
  readonly authId: string
  readonly name: string | null
  readonly email: string | null
  readonly company: string | null
  readonly country: string | null
  readonly isActive: boolean | null
  /** RFC 3339 in UTC. */
  readonly createdAt: string | null
  /** `createdAt`, to order by. */
  readonly instant: Instant | null
}

export function vobizCustomer(row: VobizCustomerRow): VobizCustomerRecord {
  return {
    authId: row.auth_id,
    name: row.name,
    email: row.email,
    company: row.company,
    country: row.country,
    isActive: row.is_active,
    createdAt: row.created_at?.text ?? null,
    instant: row.created_at?.instant ?? null,
  }
}
