import { createRandom } from '../../../sandbox/random.ts'
import { CURRENCY, PARTNER } from './partner.ts'

export const TRANSACTION_TYPES = ['recharge', 'debit', 'refund', 'transfer'] as const

type VobizTransactionType = (typeof TRANSACTION_TYPES)[number]

/** One entry of the sandbox's ledger: the documented row, and what a row does not carry. */
export interface VobizSandboxEntry {
  readonly id: string
  /** The customer's auth id; the partner's own for the debit leg of a transfer. */
  readonly account_id: string
  readonly balance_id: string
  /** `credit` or `debit`; on old rows a legacy word such as `did_rental`. */
  readonly type: string
  /** A JSON number, sent with exactly these digits. */
  readonly amount: string
  readonly currency: string
  readonly description: string
  /** Null is left out of the row. */
  readonly reference: string | null
  /** Null is left out of the row. */
  readonly reference_type: string | null
  readonly status: string
  readonly processed_at: string
  readonly created_at: string
  readonly updated_at: string
  /** The filter value that selects the entry, which no row carries; null when none does (manual adjustments). */
  readonly transaction_type: VobizTransactionType | null
  /**
   * The ledgers that have the entry, which no row carries: `own` is missing from the global ledger, `global` from the
   * customer's own. The partner's account has no ledger of its own, so its entries are always `global`.
   */
  readonly ledger: 'both' | 'own' | 'global'
}

export function entryFrom(
  given: Partial<VobizSandboxEntry> & { id: string; account_id: string; created_at: string },
): VobizSandboxEntry {
  const { id, account_id, created_at, ...rest } = given
  return {
    id,
    account_id,
    // One wallet per account, so the same account always gets the same one.
    balance_id: account_id === PARTNER.authId ? PARTNER.balanceId : walletOf(account_id),
    type: ['recharge', 'refund', 'transfer'].includes(rest.transaction_type ?? '') ? 'credit' : 'debit',
    amount: '0.45',
    currency: CURRENCY,
    description: 'Made-up entry',
    reference: null,
    reference_type: null,
    status: 'completed',
    processed_at: created_at,
    created_at,
    updated_at: created_at,
    transaction_type: rest.type === 'credit' ? 'recharge' : 'debit',
    ledger: account_id === PARTNER.authId ? 'global' : 'both',
    ...rest,
  }
}

function walletOf(account: string): string {
  return createRandom([...account].reduce((seed, char) => Math.imul(seed, 31) + char.codePointAt(0)!, 7)).uuid()
}

/** Epoch milliseconds as the ledger writes them, with three more digits; whole seconds carry no fraction. */
export function instantText(epochMs: number, micros = 0): string {
  const [whole = '', millis = ''] = new Date(epochMs).toISOString().replace('Z', '').split('.')
  const fraction = millis + String(micros).padStart(3, '0')
  return fraction === '000000' ? `${whole}Z` : `${whole}.${fraction}Z`
}
