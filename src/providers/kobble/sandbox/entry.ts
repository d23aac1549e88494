/** One transaction of the sandbox, field by field as documented. */
export interface KobbleSandboxEntry {
  readonly id: string
  /** A JSON number, sent with exactly these digits. */
  readonly amount: string
  readonly asset: string
  readonly asset_class: string
  readonly created_at: string
  readonly external_id: string | null
  /** Typically a wallet id, but not always; null where money comes from outside. */
  readonly from: string | null
  readonly payment_type: string
  readonly reference: string
  readonly status: string
  /** Typically a wallet id, but not always; null where money goes outside. */
  readonly to: string | null
  readonly type: string
  readonly updated_at: string
  readonly metadata: Record<string, unknown>
  readonly info: Record<string, unknown> | null
}

export function entryFrom(given: Partial<KobbleSandboxEntry> & { id: string; created_at: string }): KobbleSandboxEntry {
  const { id, created_at, from = null, to = null, ...rest } = given
  const type = rest.type ?? (from === null ? 'MANUAL_CREDIT' : to === null ? 'MANUAL_DEBIT' : 'INTER_WALLET')
  return {
    id,
    amount: '1',
    asset: 'AUD',
    asset_class: 'CURRENCY',
    created_at,
    external_id: null,
    from,
    payment_type: type,
    reference: '',
    status: 'ACCEPTED',
    to,
    type,
    updated_at: created_at,
    metadata: {},
    info: null,
    ...rest,
  }
}
