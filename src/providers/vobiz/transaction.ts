import {
  affectsBalance,
  type DirectedRecord,
  type Money,
  type TransactionCategory,
  type TransactionDirection,
  type TransactionStatus,
} from '../../ledger/transaction.ts'
import { absolute } from '../../values/decimal.ts'
import { type Instant, parseDay } from '../../values/instant.ts'
import { isPlainId } from '../plain-id.ts'
import type { VobizTransactionRow } from './wire.ts'

/** One entry of a Vobiz ledger. */
export interface VobizTransactionRecord extends DirectedRecord {
  readonly provider: 'VOBIZ'
  readonly typename: 'VobizTransaction'
  /** The auth id of the account that the entry is on. */
  readonly accountId: string
  readonly balanceId: string | null
  readonly description: string | null
  readonly referenceType: string | null
  readonly processedAt: string | null
}

/** A transfer from the partner's balance to a customer's. */
export interface VobizTransferRecord {
  readonly partnerId: string
  readonly customerAuthId: string
  /** RFC 3339 in UTC, to the second. */
  readonly requestedAt: string
}

const DIRECTIONS = new Map<string, TransactionDirection>([
  ['credit', 'CREDIT'],
  ['debit', 'DEBIT'],
])

const STATUSES = new Map<string, TransactionStatus>([
  ['completed', 'COMPLETED'],
  ['pending', 'PENDING'],
  ['failed', 'FAILED'],
  ['cancelled', 'CANCELLED'],
])

const CATEGORIES = new Map<string | null, TransactionCategory>([
  ['refund', 'REFUND'],
  ['payment', 'TOP_UP'],
  ['manual_adjustment', 'ADJUSTMENT'],
])

const TRANSFER = /^ptc:([^:]+):([^:]+):(\d{1,12})$/
/** The last second of the year 9999, the last that RFC 3339 can write. */
const LAST_SECOND = 253_402_300_799

/** A row in the fields that all providers share, each mapped when it is read: few operations select all of them. */
class MappedTransaction implements VobizTransactionRecord {
  readonly provider = 'VOBIZ'
  readonly typename = 'VobizTransaction'
  readonly #row: VobizTransactionRow

  constructor(row: VobizTransactionRow) {
    this.#row = row
  }

  get locator(): string {
    return vobizLocator({ accountId: this.accountId, day: this.createdAt.slice(0, 10), id: this.providerId })
  }

  get providerId(): string {
    return this.#row.id
  }

  get amount(): Money {
    return { amount: absolute(this.#row.amount), currency: this.#row.currency }
  }

  get direction(): TransactionDirection | null {
    return DIRECTIONS.get(this.#row.type) ?? null
  }

  get status(): TransactionStatus {
    return STATUSES.get(this.#row.status) ?? 'UNKNOWN'
  }

  get providerStatus(): string {
    return this.#row.status
  }

  get category(): TransactionCategory | null {
    return categoryOf(this.#row)
  }

  get providerType(): string {
    return this.#row.type
  }

  get reference(): string | null {
    return this.#row.reference
  }

  get createdAt(): string {
    return this.#row.created_at.text
  }

  get instant(): Instant {
    return this.#row.created_at.instant
  }

  get updatedAt(): string {
    return this.#row.updated_at?.text ?? this.createdAt
  }

  get affectsBalance(): boolean {
    return affectsBalance(this)
  }

  get raw(): unknown {
    return this.#row.raw
  }

  get accountId(): string {
    return this.#row.account_id
  }

  get balanceId(): string | null {
    return this.#row.balance_id
  }

  get description(): string | null {
    return this.#row.description
  }

  get referenceType(): string | null {
    return this.#row.reference_type
  }

  get processedAt(): string | null {
    return this.#row.processed_at?.text ?? null
  }
}

/** Maps a row to the fields that all providers share, by the tables of the schema. */
export const vobizTransaction = (row: VobizTransactionRow): VobizTransactionRecord => new MappedTransaction(row)

/**
 * Returns the category of a row. No row carries the `transaction_type` that selects it, so some credits have no category. A
 * debit is usage for every `reference_type` (cdr, did_purchase, did_rental, ncc, recording, stream_cdr, transcription) that
 * has no category of its own.
 */
function categoryOf({ type, reference, reference_type }: VobizTransactionRow): TransactionCategory | null {
  if (reference?.startsWith('ptc:')) return 'TRANSFER'
  return CATEGORIES.get(reference_type) ?? (type === 'debit' ? 'USAGE' : null)
}

/**
 * Parses the reference of a transfer from the partner, `ptc:<partner>:<customer>:<unix seconds>`; null when the reference has
 * another form.
 */
export function parseTransfer(reference: string | null): VobizTransferRecord | null {
  // Most references have another form, and this takes less time than the expression.
  if (!reference?.startsWith('ptc:')) return null
  const [, partnerId, customerAuthId, seconds] = TRANSFER.exec(reference) ?? []
  if (partnerId === undefined || customerAuthId === undefined || Number(seconds) > LAST_SECOND) return null
  const requestedAt = new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z')
  return { partnerId, customerAuthId, requestedAt }
}

/** Locates an entry. Vobiz has no read by id, so the account and the UTC day are part of it. */
export interface VobizLocator {
  readonly accountId: string
  /** `YYYY-MM-DD` */
  readonly day: string
  readonly id: string
}

/** Encodes an id as a part of a locator. Most are plain, and recognising that is faster than encoding them. */
const encodePart = (id: string) => (isPlainId(id) ? id : encodeURIComponent(id))

export function vobizLocator({ accountId, day, id }: VobizLocator): string {
  return `${encodePart(accountId)}/${day}/${encodePart(id)}`
}

/** Parses the text of `vobizLocator`; null for any other text. */
export function parseVobizLocator(text: string): VobizLocator | null {
  const [account = '', day = '', entry = '', ...more] = text.split('/')
  if (account === '' || entry === '' || more.length > 0 || parseDay(day) === null) return null
  try {
    const locator = { accountId: decodeURIComponent(account), day, id: decodeURIComponent(entry) }
    return vobizLocator(locator) === text ? locator : null
  } catch {
    return null
  }
}
