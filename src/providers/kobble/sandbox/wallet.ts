import type { Random } from '../../../sandbox/random.ts'

/** One wallet, with the fields that the staging host adds to the documented ones. */
export interface KobbleSandboxWallet {
  readonly id: string
  readonly external_id: string | null
  readonly created_at: string
  readonly updated_at: string
  readonly holder_id: string
  readonly asset: string
  readonly asset_class: string
  readonly status: string
  readonly partner_product: string
  /** A JSON number, sent with exactly these digits; so are the two below. */
  readonly total_amount: string
  readonly amount: string
  readonly reserved_amount: string
  readonly account_number: string | null
  readonly bank_code_type: string | null
  readonly bank_code: string | null
  readonly owner: string
}

export function walletFrom(given: Partial<KobbleSandboxWallet>, ordinal: number, random: Random): KobbleSandboxWallet {
  return {
    id: random.uuid(),
    external_id: null,
    created_at: '2025-10-01T00:00:00.000Z',
    updated_at: '2025-10-01T00:00:00.000Z',
    holder_id: random.uuid(),
    asset: 'AUD',
    asset_class: 'CURRENCY',
    status: 'ACTIVE',
    partner_product: 'KOBBLE_AUD_1',
    total_amount: '100',
    amount: '100',
    reserved_amount: '0',
    account_number: String(ordinal).padStart(9, '0'),
    bank_code_type: 'BSB',
    bank_code: '000-000',
    owner: '0b9c6a1d-2f4e-4d83-97b5-6c8a0e1f2d3b',
    ...given,
  }
}
