import { z } from 'zod'
import { type UpstreamErrorContext, UpstreamResponseError } from '../../errors.ts'
import type { Row } from '../../ledger/ledger.ts'
import {
  contentHash,
  count,
  identifier,
  optionalCount,
  optionalText,
  optionalWord,
  parsedNumber,
  parsedText,
  readAnswer,
  readRowWithInstant,
  rowDigest,
  textAt,
  word,
} from '../../upstream/wire.ts'
import { parseDecimal } from '../../values/decimal.ts'
import { canonicalJson, isJsonObject } from '../../values/exact-json.ts'
import { parseInstant } from '../../values/instant.ts'

const SECRET_KEY = /(?:token|secret|secretkey|passw(?:or)?d|apikey|privatekey|googleid|authorization)$/

/**
 * Removes secrets from an answer, at any depth: every account that Vobiz returns carries that customer's live `auth_token`.
 * Every answer passes through here before anything else reads it.
 */
export function dropSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropSecrets)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !SECRET_KEY.test(key.replace(/[^a-z0-9]/gi, '').toLowerCase()))
      .map(([key, member]) => [key, dropSecrets(member)]),
  )
}

const decimal = parsedNumber(parseDecimal, 'expected a decimal number')
const instant = parsedText(parseInstant, 'expected an RFC 3339 date-time')
const optionalInstant = instant.nullable().catch(null)

/**
 * An entry of `transactions`. All fields are documented as required and never null; those that are not needed to describe
 * the entry may be absent all the same (the older page has neither `balance_id` nor `currency`).
 */
const transactionRow = z
  .looseObject({
    id: identifier,
    account_id: identifier,
    balance_id: optionalText,
    type: word,
    amount: decimal,
    currency: optionalWord,
    description: optionalText,
    reference: optionalWord,
    reference_type: optionalWord,
    status: word,
    processed_at: optionalInstant,
    created_at: instant,
    updated_at: optionalInstant,
  })
  .refine(({ type, amount }) => type !== 'credit' || !amount.startsWith('-'), {
    path: ['amount'],
    error: 'expected a credit without a minus sign',
  })

/** An entry of a ledger as Vobiz sent it, its fields checked and its numbers and times understood. */
export type VobizTransactionRow = z.infer<typeof transactionRow> & {
  /** Never absent: the configured currency is the default. */
  readonly currency: string
  /** The whole row as sent. */
  readonly raw: unknown
}

const summary = z.looseObject({
  total_transactions: count,
  total_debit: decimal,
  total_credit: decimal,
  net_amount: decimal,
  by_reference_type: z
    .array(z.looseObject({ reference_type: word, total_debit: decimal, total_credit: decimal, count }))
    .catch([]),
})

/** Vobiz's own sums over the whole filtered window, as exact decimals. */
export interface VobizSummary {
  readonly totalTransactions: number
  readonly totalDebit: string
  readonly totalCredit: string
  readonly netAmount: string
  readonly byReferenceType: readonly {
    readonly referenceType: string
    readonly totalDebit: string
    readonly totalCredit: string
    readonly count: number
  }[]
}

const transactionPage = z.looseObject({
  transactions: z.array(z.unknown(), { error: 'expected an array' }),
  summary: z.unknown().optional(),
  total: count,
  page: optionalCount,
  per_page: optionalCount,
  account_auth_id: optionalText,
})

export interface VobizTransactionPage {
  readonly rows: readonly Row<VobizTransactionRow>[]
  /** Rows in the whole filtered set. */
  readonly total: number
  /** The page number that Vobiz reports; null when it reports none. */
  readonly page: number | null
  /** The page size that Vobiz reports to have applied; null when it reports none. */
  readonly perPage: number | null
  /** Null when Vobiz sent none, or one that failed to compute. */
  readonly summary: VobizSummary | null
  /** Changes whenever the sums of the window do; null without a summary. */
  readonly fingerprint: string | null
}

/**
 * Creates the error for data of another account than the requested one. It holds nothing of that data, not even an id: the
 * data belongs to an account that the caller may not be allowed to read.
 */
const foreignAccount = (errorContext: UpstreamErrorContext, field: string) =>
  new UpstreamResponseError({ ...errorContext, field, expected: 'expected the requested account' })

/**
 * Reads a page of a ledger. Rows are checked one by one. A row of another account than `accountId` becomes an error that holds
 * nothing of the row, and the sums of its page are dropped because they may include it.
 *
 * @param currency of rows that carry none
 * @param accountId the account whose ledger was requested; null for the ledger over all accounts
 * @throws {UpstreamResponseError} when the answer around the rows is not as documented, or is about another account
 */
export function readTransactionPage(
  json: unknown,
  errorContext: UpstreamErrorContext,
  currency: string,
  accountId: string | null,
): VobizTransactionPage {
  const page = readAnswer(json, transactionPage, errorContext)
  if (accountId !== null && page.account_auth_id !== null && page.account_auth_id !== accountId) {
    throw foreignAccount(errorContext, 'account_auth_id')
  }
  const schema = transactionRow.transform((row) => ({ ...row, currency: row.currency || currency }))
  const isForeign = (raw: unknown) => accountId !== null && textAt(raw, 'account_id') !== accountId
  const hasForeign = page.transactions.some(isForeign)
  return {
    rows: page.transactions.map((raw) => {
      if (isForeign(raw))
        return { id: rowDigest(raw), instant: null, value: foreignAccount(errorContext, 'account_id') }
      const { id, value, instant } = readRowWithInstant(raw, schema, errorContext, 'created_at')
      return { id, instant, value: value instanceof Error ? value : { ...value, raw } }
    }),
    total: page.total,
    page: page.page,
    perPage: page.per_page,
    ...(hasForeign ? NO_SUMMARY : readSummary(page.summary, page.total > 0 || page.transactions.length > 0)),
  }
}

const NO_SUMMARY = { summary: null, fingerprint: null }

/**
 * Reads the summary. Zeros beside rows mean that Vobiz failed to compute it, not that the sums are zero.
 * @see the account-level ledger's page in Vobiz's documentation
 */
function readSummary(json: unknown, hasRows: boolean): Pick<VobizTransactionPage, 'summary' | 'fingerprint'> {
  const { success, data } = summary.safeParse(json)
  const failed =
    !success ||
    (hasRows &&
      data.total_transactions === 0 &&
      [data.total_debit, data.total_credit].every((sum) => !/[1-9]/.test(sum)))
  if (failed) return NO_SUMMARY
  return {
    summary: {
      totalTransactions: data.total_transactions,
      totalDebit: data.total_debit,
      totalCredit: data.total_credit,
      netAmount: data.net_amount,
      byReferenceType: data.by_reference_type.map((part) => ({
        referenceType: part.reference_type,
        totalDebit: part.total_debit,
        totalCredit: part.total_credit,
        count: part.count,
      })),
    },
    fingerprint: fingerprintOf(json),
  }
}

/** Hashes a summary. The order of its breakdown is not documented, so it is ignored. */
function fingerprintOf(json: unknown): string {
  const parts = isJsonObject(json) && Array.isArray(json.by_reference_type) ? json.by_reference_type : []
  const sorted = { ...(json as object), by_reference_type: parts.map(canonicalJson).sort() }
  return contentHash(sorted).slice(0, 8)
}

/** A customer's row. It carries far more, among it secrets and personal data, which are dropped. */
const customerRow = z.object({
  auth_id: identifier,
  name: optionalText,
  email: optionalText,
  company: optionalText,
  country: optionalText,
  is_active: z.boolean().nullable().catch(null),
  created_at: optionalInstant,
})

/** A customer as Vobiz sent it, its fields checked. */
export type VobizCustomerRow = z.infer<typeof customerRow>

/** A page of customers. The page size is requested as `per_page` and echoed as `size`. */
const accountPage = z.looseObject({
  accounts: z.array(z.unknown(), { error: 'expected an array' }),
  total: count,
  page: optionalCount,
  size: optionalCount,
  per_page: optionalCount,
})

/** The older shape of a page of customers. */
const accountPageBefore2026 = z
  .looseObject({
    data: z.array(z.unknown(), { error: 'expected an array' }),
    meta: z.looseObject({ total: count, page: optionalCount, size: optionalCount, per_page: optionalCount }),
  })
  .transform(({ data, meta }) => ({ ...meta, accounts: data }))

export interface VobizAccountPage {
  readonly rows: readonly Row<VobizCustomerRow>[]
  readonly total: number
  readonly page: number | null
  readonly perPage: number | null
}

/**
 * Reads a page of customers. Rows are checked one by one.
 * @throws {UpstreamResponseError} when the answer around the rows is not as documented
 */
export function readAccountPage(json: unknown, errorContext: UpstreamErrorContext): VobizAccountPage {
  const older = isJsonObject(json) && json.accounts === undefined && json.data !== undefined
  const page = older
    ? readAnswer(json, accountPageBefore2026, errorContext)
    : readAnswer(json, accountPage, errorContext)
  return {
    rows: page.accounts.map((raw) => readRowWithInstant(raw, customerRow, errorContext, 'created_at', 'auth_id')),
    total: page.total,
    page: page.page,
    perPage: page.size ?? page.per_page,
  }
}

/**
 * Reads one customer.
 * @throws {UpstreamResponseError} when the answer is not the customer with this auth id
 */
export function readAccount(json: unknown, errorContext: UpstreamErrorContext, authId: string): VobizCustomerRow {
  const answered = textAt(json, 'auth_id')
  if (answered !== null && answered !== authId) throw foreignAccount(errorContext, 'auth_id')
  return readAnswer(json, customerRow, errorContext, answered)
}

const balance = z.looseObject({ auth_id: optionalText, cash_credits: decimal, currency: optionalWord })

/** A customer's balance as Vobiz sent it; the amount may be negative. */
export interface VobizBalance {
  /** Exact decimal in major units. */
  readonly amount: string
  readonly currency: string
}

/**
 * Reads a customer's balance. An earlier edition of the documentation has a number `balance` for the text `cash_credits`.
 * @param currency for an answer that carries none
 * @param authId the customer whose balance was requested
 * @throws {UpstreamResponseError} when the answer holds no balance, or another customer's
 */
export function readBalance(
  json: unknown,
  errorContext: UpstreamErrorContext,
  currency: string,
  authId: string,
): VobizBalance {
  const older = isJsonObject(json) && json.cash_credits == null && json.balance != null
  const row = readAnswer(older ? { ...json, cash_credits: json.balance } : json, balance, errorContext)
  if (row.auth_id !== null && row.auth_id !== authId) throw foreignAccount(errorContext, 'auth_id')
  return { amount: row.cash_credits, currency: row.currency || currency }
}
