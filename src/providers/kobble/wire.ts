import { z } from 'zod'
import { type UpstreamErrorContext, UpstreamResponseError } from '../../errors.ts'
import type { Row } from '../../ledger/ledger.ts'
import type { UpstreamAnswer } from '../../upstream/types.ts'
import {
  identifier,
  MAX_COUNT,
  optionalText,
  optionalWord,
  parsedNumber,
  parsedText,
  readAnswer,
  readRow,
  readRowWithInstant,
  rowDigest,
  textAt,
  word,
} from '../../upstream/wire.ts'
import { parseDecimal } from '../../values/decimal.ts'
import { parseInstant } from '../../values/instant.ts'

/** The answer to a list: rows in the body, totals in the headers. */
type ListAnswer = Pick<UpstreamAnswer, 'headers' | 'json'>

const decimal = parsedNumber(parseDecimal, 'expected a decimal number')
const instant = parsedText(parseInstant, 'expected an RFC 3339 date-time')
const optionalInstant = instant.nullable().catch(null)

/** One end of a movement: an identifier, or null for the outside. */
const party = optionalWord.transform((text) => text || null)

/**
 * A transaction. All fields are documented as required; those that are not needed to describe the movement may be absent
 * all the same. The amount is a magnitude: `from` and `to` give the direction, so a minus sign has no meaning here.
 */
const transactionRow = z.looseObject({
  id: identifier,
  amount: decimal.refine((amount) => !amount.startsWith('-'), { error: 'expected a number without a minus sign' }),
  asset: word.min(1, { error: 'expected a text that is not empty' }),
  asset_class: word,
  created_at: instant,
  updated_at: optionalInstant,
  external_id: optionalText,
  from: party,
  to: party,
  payment_type: word,
  type: word,
  status: word,
  reference: optionalWord,
  metadata: z
    .unknown()
    .optional()
    .transform((metadata) => metadata ?? {}),
  info: z
    .unknown()
    .optional()
    .transform((info) => info ?? null),
})

/** A transaction as Kobble sent it, its fields checked and its numbers and times understood. */
export type KobbleTransactionRow = z.infer<typeof transactionRow> & {
  /** The whole row as sent. */
  readonly raw: unknown
}

export interface KobbleTransactionPage {
  readonly rows: readonly Row<KobbleTransactionRow>[]
  /** `X-Total-Count`; null when Kobble does not send it. */
  readonly total: number | null
  /** `X-Offset`, the offset applied; null when Kobble does not send it. */
  readonly offset: number | null
  /** `X-Limit`, the limit applied; null when Kobble does not send it. */
  readonly limit: number | null
}

const rows = z.array(z.unknown(), { error: 'expected an array' })

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
  { json, headers }: ListAnswer,
  errorContext: UpstreamErrorContext,
  walletId: string | null,
): KobbleTransactionPage {
  return {
    rows: readAnswer(json, rows, errorContext).map((raw) => {
      const { id, value, instant } = readRowWithInstant(raw, transactionRow, errorContext, 'created_at')
      if (value instanceof UpstreamResponseError && walletId !== null && !partiesOf(raw).includes(walletId)) {
        return { id: rowDigest(raw), instant: null, value: value.withoutRow() }
      }
      return { id, instant, value: value instanceof Error ? value : { ...value, raw } }
    }),
    total: integerHeader(headers['x-total-count']),
    offset: integerHeader(headers['x-offset']),
    limit: integerHeader(headers['x-limit']),
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
  const { value } = readRow(json, transactionRow, errorContext)
  return { row: value instanceof Error ? value : { ...value, raw: json }, walletIds: partiesOf(json) }
}

/** A wallet; `amount` is the spendable part. The account numbers in it are personal data and are dropped. */
const walletRow = z.object({
  id: identifier,
  external_id: optionalText,
  holder_id: optionalText,
  status: word,
  asset: word.min(1, { error: 'expected a text that is not empty' }),
  amount: decimal,
  reserved_amount: decimal,
  total_amount: decimal,
  created_at: instant,
  updated_at: optionalInstant,
})

/** A wallet as Kobble sent it, its fields checked and its numbers and times understood. */
export type KobbleWalletRow = z.infer<typeof walletRow>

export interface KobbleWalletPage {
  readonly rows: readonly Row<KobbleWalletRow>[]
  /** `X-Total-Count`; null when Kobble does not send it. */
  readonly total: number | null
}

/**
 * Reads all wallets: a bare array; paging is not documented for it. Rows are checked one by one.
 * @throws {UpstreamResponseError} when the answer is no array
 */
export function readWalletPage({ json, headers }: ListAnswer, errorContext: UpstreamErrorContext): KobbleWalletPage {
  return {
    rows: readAnswer(json, rows, errorContext).map((raw) =>
      readRowWithInstant(raw, walletRow, errorContext, 'created_at'),
    ),
    total: integerHeader(headers['x-total-count']),
  }
}

/**
 * Reads one wallet.
 * @throws {UpstreamResponseError} when the answer is not the wallet with this id
 */
export function readWallet(json: unknown, errorContext: UpstreamErrorContext, id: string): KobbleWalletRow {
  const answered = textAt(json, 'id')
  if (answered !== null && answered !== id) throw otherResource(errorContext)
  return readAnswer(json, walletRow, errorContext, answered)
}

const accessToken = z.looseObject({
  access_token: z
    .string({ error: 'expected a text' })
    .regex(/^[\x21-\x7e]+$/, { error: 'expected a token without blanks and control characters' }),
  expires_in: parsedNumber((text) => {
    const seconds = text.trim() === '' ? Number.NaN : Number(text)
    return Number.isFinite(seconds) && seconds > 0 ? seconds : null
  }, 'expected a positive number of seconds'),
  token_type: z
    .string()
    .refine((type) => type.toLowerCase() === 'bearer', { error: 'expected Bearer' })
    .nullish(),
})

/**
 * Reads the answer of the token endpoint; `expiresInMs` is the token's life.
 * @throws {UpstreamResponseError} when the answer holds no bearer token with a life
 */
export function readAccessToken(
  json: unknown,
  errorContext: UpstreamErrorContext,
): { token: string; expiresInMs: number } {
  const answer = readAnswer(json, accessToken, errorContext)
  return { token: answer.access_token, expiresInMs: answer.expires_in * 1000 }
}

/** Reads a header of digits only; anything else counts as absent. */
function integerHeader(text: string | undefined): number | null {
  const value = text !== undefined && /^\d+$/.test(text) ? Number(text) : null
  return value !== null && value <= MAX_COUNT ? value : null
}
