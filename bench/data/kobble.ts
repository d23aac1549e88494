import { amountOf, indexOfUuid, type List, majorUnits, uuidOf } from './list.ts'

const TRANSACTIONS = 200_000
/** Wallets of the client. */
export const WALLETS = 200
const NEWEST = Date.UTC(2026, 5, 30, 17, 59, 49)
/** Interval between two transactions. */
const STEP_MS = 41_000

const ASSET = 'AUD'
export const CLIENT = { id: 'bench-client', secret: 'bench-secret', token: 'bench-access-token', scope: 'client/read' }

const TRANSACTION_IDS = 4
const WALLET_IDS = 5

/** A transaction, as documented. */
export interface KobbleRow {
  readonly id: string
  readonly amount: number
  readonly asset: string
  readonly asset_class: string
  readonly created_at: string
  readonly updated_at: string
  readonly external_id: string | null
  readonly from: string | null
  readonly to: string | null
  readonly payment_type: string
  readonly type: string
  readonly status: string
  readonly reference: string
  readonly metadata: object
  readonly info: object | null
}

/** Kinds of transactions, in the order in which they repeat. */
const KINDS = [
  { type: 'CARD_SPEND', payment_type: 'CARD', pays: true, receives: false },
  { type: 'INTER_WALLET', payment_type: 'INTER_WALLET', pays: true, receives: true },
  { type: 'MANUAL_CREDIT', payment_type: 'MANUAL_CREDIT', pays: false, receives: true },
  { type: 'RESERVATION', payment_type: 'CARD', pays: true, receives: false },
  { type: 'SETTLEMENT', payment_type: 'CARD', pays: true, receives: false },
] as const

const STATUSES = ['ACCEPTED', 'ACCEPTED', 'PENDING', 'ACCEPTED', 'DECLINED', 'ACCEPTED', 'ACCEPTED'] as const

export const walletIdOf = (wallet: number): string => uuidOf(WALLET_IDS, wallet)

export const transactionIdOf = (index: number): string => uuidOf(TRANSACTION_IDS, index)

export function transactionAt(index: number): KobbleRow {
  const kind = KINDS[index % KINDS.length]!
  const epochMs = NEWEST - index * STEP_MS + (index % 991)
  return {
    id: transactionIdOf(index),
    amount: majorUnits(amountOf(index)),
    asset: ASSET,
    asset_class: 'CURRENCY',
    created_at: new Date(epochMs).toISOString(),
    updated_at: new Date(epochMs + 333).toISOString(),
    external_id: index % 3 === 0 ? `order-${index}` : null,
    from: kind.pays ? walletIdOf(index % WALLETS) : null,
    to: kind.receives ? walletIdOf((index + 1) % WALLETS) : null,
    payment_type: kind.payment_type,
    type: kind.type,
    status: STATUSES[index % STATUSES.length]!,
    reference: `invoice ${index}`,
    metadata: index % 4 === 0 ? { order: index, channel: 'web' } : {},
    info: index % 5 === 0 ? { merchant: 'Example Store', mcc: '5411' } : null,
  }
}

/** All transactions of the client, newest first. */
export const LEDGER: List<KobbleRow> = { length: TRANSACTIONS, at: transactionAt }

/** Returns the transaction with an id; null when there is none. */
export function findTransaction(id: string): KobbleRow | null {
  const index = indexOfUuid(TRANSACTION_IDS, id)
  return index >= 0 && index < TRANSACTIONS ? transactionAt(index) : null
}

/** Returns a wallet, with the account numbers that Kobble adds to the documented fields. */
export function walletAt(wallet: number) {
  const reserved = amountOf(wallet + 1)
  const available = amountOf(wallet + 3)
  return {
    id: walletIdOf(wallet),
    external_id: wallet % 2 === 0 ? `card-${wallet}` : null,
    created_at: '2025-10-01T00:00:00.123Z',
    updated_at: '2026-06-01T00:00:00.456Z',
    holder_id: uuidOf(6, wallet),
    asset: ASSET,
    asset_class: 'CURRENCY',
    status: wallet % 9 === 0 ? 'SUSPENDED' : 'ACTIVE',
    partner_product: 'KOBBLE_AUD_1',
    total_amount: majorUnits(reserved + available),
    amount: majorUnits(available),
    reserved_amount: majorUnits(reserved),
    account_number: String(wallet).padStart(9, '0'),
    bank_code_type: 'BSB',
    bank_code: '000-000',
    owner: uuidOf(7, 1),
  }
}

/** The wallets of the client. */
export const WALLET_LIST: List<ReturnType<typeof walletAt>> = { length: WALLETS, at: walletAt }

/** Returns the wallet with an id; null when there is none. */
export function findWallet(id: string): ReturnType<typeof walletAt> | null {
  const wallet = indexOfUuid(WALLET_IDS, id)
  return wallet >= 0 && wallet < WALLETS ? walletAt(wallet) : null
}
