import { type UpstreamErrorContext, UpstreamResponseError } from '../../errors.ts'
import type { Row } from '../../ledger/ledger.ts'
import type { KeptPart } from '../../operation.ts'
import {
  FieldError,
  MAX_COUNT,
  readDecimal,
  readIdentifier,
  readOptionalInstant,
  readOptionalText,
  readOptionalWord,
  readPositiveSeconds,
  readText,
  readWord,
  requireInstant,
} from '../../upstream/fields.ts'
import type { UpstreamAnswer } from '../../upstream/types.ts'
import { type JsonObject, readAnswer, readRowWithInstant, rowDigest, textAt, timestampAt } from '../../upstream/wire.ts'
import type { ParsedInstant } from '../../values/instant.ts'

/** The answer to a list: rows in the body, totals in the headers. */
type ListAnswer = Pick<UpstreamAnswer, 'headers' | 'json'> & { readonly kept?: KeptPart }

/**
 * A transaction as Kobble sent it, its fields checked and its numbers and times understood. All fields are documented as
 * required; those that are not needed to describe the movement may be absent all the same.
 */
export interface KobbleTransactionRow {
  readonly id: string
  /** Exact decimal in major units: a magnitude, since `from` and `to` give the direction. */
  readonly amount: string
  readonly asset: string
  readonly asset_class: string
  readonly created_at: ParsedInstant
  readonly updated_at: ParsedInstant | null
  readonly external_id: string | null
  /** An identifier; null for the outside. */
  readonly from: string | null
  /** An identifier; null for the outside. */
  readonly to: string | null
  readonly payment_type: string
  readonly type: string
  readonly status: string
  readonly reference: string | null
  readonly metadata: unknown
  readonly info: unknown
  /** The whole row as sent. */
  readonly raw: unknown
}

/** Reads a decimal that is not negative. */
function readMagnitude(value: unknown, field: string): string {
  const decimal = readDecimal(value, field)
  if (decimal.startsWith('-')) throw new FieldError(field, 'expected a number without a minus sign')
  return decimal
}

const readTransactionRow = (row: JsonObject, createdAt: ParsedInstant | null): KobbleTransactionRow => ({
  id: readIdentifier(row.id, 'id'),
  amount: readMagnitude(row.amount, 'amount'),
  asset: readText(row.asset, 'asset'),
  asset_class: readWord(row.asset_class, 'asset_class'),
  created_at: requireInstant(createdAt, 'created_at'),
  updated_at: readOptionalInstant(row.updated_at),
  external_id: readOptionalText(row.external_id),
  from: readOptionalWord(row.from, 'from') || null,
  to: readOptionalWord(row.to, 'to') || null,
  payment_type: readWord(row.payment_type, 'payment_type'),
  type: readWord(row.type, 'type'),
  status: readWord(row.status, 'status'),
  reference: readOptionalWord(row.reference, 'reference'),
  metadata: row.metadata ?? {},
  info: row.info ?? null,
  raw: row,
})

export interface KobbleTransactionPage {
  readonly rows: readonly Row<KobbleTransactionRow>[]
  /** `X-Total-Count`; null when Kobble does not send it. */
  readonly total: number | null
  /** `X-Offset`, the offset applied; null when Kobble does not send it. */
  readonly offset: number | null
  /** `X-Limit`, the limit applied; null when Kobble does not send it. */
  readonly limit: number | null
  /** Left out for an answer that Kobble has just sent. */
  readonly kept?: KeptPart | undefined
}

/**
 * Returns the rows of a list, which is a bare array.
 * @throws {UpstreamResponseError} when the answer is no array
 */
function rowsOf(json: unknown, errorContext: UpstreamErrorContext): readonly unknown[] {
  if (Array.isArray(json)) return json
  throw new UpstreamResponseError({ ...errorContext, expected: 'expected an array' })
}

/** Returns the wallets that a transaction names, even when the rest of it is malformed. */
const partiesOf = (raw: unknown) => [textAt(raw, 'from'), textAt(raw, 'to')].filter((party) => party !== null)

/** Creates the error for an answer about another resource than the requested one. It holds nothing of that resource. */
const otherResource = (errorContext: UpstreamErrorContext) =>
  new UpstreamResponseError({ ...errorContext, field: 'id', expected: 'expected the requested id' })

/**
 * Reads a page of transactions: a bare array, with the paging in the headers. Rows are checked one by one. In the list
 * of one wallet, the error for a malformed row that does not name the wallet holds no id: the row may be another wallet's.
 *
 * @param walletId the wallet whose list was requested; null for the list of all transactions
 * @throws {UpstreamResponseError} when the answer is no array
 */
export function readTransactionPage(
  { json, headers, kept }: ListAnswer,
  errorContext: UpstreamErrorContext,
  walletId: string | null,
): KobbleTransactionPage {
  return {
    rows: rowsOf(json, errorContext).map((raw) => {
      const row = readRowWithInstant(raw, readTransactionRow, errorContext, 'created_at')
      const mayBeForeign = walletId !== null && !partiesOf(raw).includes(walletId)
      if (mayBeForeign && row.value instanceof UpstreamResponseError) {
        return { id: rowDigest(raw), instant: null, value: row.value.withoutRow() }
      }
      return row
    }),
    total: integerHeader(headers['x-total-count']),
    offset: integerHeader(headers['x-offset']),
    limit: integerHeader(headers['x-limit']),
    kept,
  }
}

/** One transaction with the wallets that it names, which are known even when it is malformed. */
export interface KobbleTransactionAnswer {
  readonly row: KobbleTransactionRow | UpstreamResponseError
  /** At most two. */
  readonly walletIds: readonly string[]
}

/**
 * Reads one transaction; its row is an error when it is not as documented.
 * @throws {UpstreamResponseError} when the answer is another transaction than the one with this id
 */
export function readTransaction(
  json: unknown,
  errorContext: UpstreamErrorContext,
  id: string,
): KobbleTransactionAnswer {
  const answered = textAt(json, 'id')
  if (answered !== null && answered !== id) throw otherResource(errorContext)
  const { value } = readRowWithInstant(json, readTransactionRow, errorContext, 'created_at')
  return { row: value, walletIds: partiesOf(json) }
}

/**
 * A wallet as Kobble sent it, its fields checked and its numbers and times understood. The account numbers in the row are
 * personal data and are dropped.
 */
export interface KobbleWalletRow {
  readonly id: string
  readonly external_id: string | null
  readonly holder_id: string | null
  readonly status: string
  readonly asset: string
  /** The amount that can be spent, an exact decimal in major units, as the other two. */
  readonly amount: string
  readonly reserved_amount: string
  readonly total_amount: string
  readonly created_at: ParsedInstant
  readonly updated_at: ParsedInstant | null
}

const readWalletRow = (row: JsonObject, createdAt: ParsedInstant | null): KobbleWalletRow => ({
  id: readIdentifier(row.id, 'id'),
  external_id: readOptionalText(row.external_id),
  holder_id: readOptionalText(row.holder_id),
  status: readWord(row.status, 'status'),
  asset: readText(row.asset, 'asset'),
  amount: readDecimal(row.amount, 'amount'),
  reserved_amount: readDecimal(row.reserved_amount, 'reserved_amount'),
  total_amount: readDecimal(row.total_amount, 'total_amount'),
  created_at: requireInstant(createdAt, 'created_at'),
  updated_at: readOptionalInstant(row.updated_at),
})

export interface KobbleWalletPage {
  readonly rows: readonly Row<KobbleWalletRow>[]
  /** The id of each row, also of a row that is malformed otherwise; null for a row without one. */
  readonly ids: readonly (string | null)[]
  /** `X-Total-Count`; null when Kobble does not send it. */
  readonly total: number | null
  /** Left out for an answer that Kobble has just sent. */
  readonly kept?: KeptPart | undefined
}

/**
 * Reads all wallets: a bare array; paging is not documented for it. Rows are checked one by one.
 * @throws {UpstreamResponseError} when the answer is no array
 */
export function readWalletPage(
  { json, headers, kept }: ListAnswer,
  errorContext: UpstreamErrorContext,
): KobbleWalletPage {
  const rows = rowsOf(json, errorContext)
  return {
    rows: rows.map((raw) => readRowWithInstant(raw, readWalletRow, errorContext, 'created_at')),
    ids: rows.map((raw) => textAt(raw, 'id') || null),
    total: integerHeader(headers['x-total-count']),
    kept,
  }
}

/**
 * Reads one wallet.
 * @throws {UpstreamResponseError} when the answer is not the wallet with this id
 */
export function readWallet(json: unknown, errorContext: UpstreamErrorContext, id: string): KobbleWalletRow {
  const answered = textAt(json, 'id')
  if (answered !== null && answered !== id) throw otherResource(errorContext)
  const read = (row: JsonObject) => readWalletRow(row, timestampAt(row, 'created_at'))
  return readAnswer(json, read, errorContext, answered)
}

/** The characters that a header can hold, without blanks. */
const TOKEN = /^[\x21-\x7e]+$/

function readTokenFields({ access_token, expires_in, token_type }: JsonObject) {
  const token = readWord(access_token, 'access_token')
  if (!TOKEN.test(token)) {
    throw new FieldError('access_token', 'expected a token without blanks and control characters')
  }
  const expiresInMs = readPositiveSeconds(expires_in, 'expires_in') * 1000
  const type = readOptionalWord(token_type, 'token_type')
  if (type !== null && type.toLowerCase() !== 'bearer') throw new FieldError('token_type', 'expected Bearer')
  return { token, expiresInMs }
}

/**
 * Reads the answer of the token endpoint; `expiresInMs` is the token's life.
 * @throws {UpstreamResponseError} when the answer holds no bearer token with a life
 */
export function readAccessToken(
  json: unknown,
  errorContext: UpstreamErrorContext,
): { token: string; expiresInMs: number } {
  return readAnswer(json, readTokenFields, errorContext)
}

/** Reads a header of digits only; anything else counts as absent. */
function integerHeader(text: string | undefined): number | null {
  const value = text !== undefined && /^\d+$/.test(text) ? Number(text) : null
  return value !== null && value <= MAX_COUNT ? value : null
}
