import { type UpstreamErrorContext, UpstreamResponseError } from '../../errors.ts'
import type { Row } from '../../ledger/ledger.ts'
import type { KeptPart } from '../../operation.ts'
import {
  FieldError,
  readCount,
  readDecimal,
  readIdentifier,
  readList,
  readOptionalCount,
  readOptionalFlag,
  readOptionalInstant,
  readOptionalText,
  readOptionalWord,
  readWord,
  requireInstant,
} from '../../upstream/fields.ts'
import { type JsonObject, readAnswer, readRowWithInstant, rowDigest, textAt, timestampAt } from '../../upstream/wire.ts'
import { parseDecimal } from '../../values/decimal.ts'
import { isJsonObject } from '../../values/exact-json.ts'
import type { ParsedInstant } from '../../values/instant.ts'
import { NO_SUMMARY, readSummary, type SummaryOfPage } from './summary-wire.ts'

/**
 * An entry of a ledger as Vobiz sent it, its fields checked and its numbers and times understood. All fields are documented
 * as required and never null; those that are not needed to describe the entry may be absent all the same (the older page has
 * neither `balance_id` nor `currency`).
 */
export interface VobizTransactionRow {
  readonly id: string
  readonly account_id: string
  readonly balance_id: string | null
  readonly type: string
  /** Exact decimal in major units. */
  readonly amount: string
  /** Never absent: the configured currency is the default. */
  readonly currency: string
  readonly description: string | null
  readonly reference: string | null
  readonly reference_type: string | null
  readonly status: string
  readonly processed_at: ParsedInstant | null
  readonly created_at: ParsedInstant
  readonly updated_at: ParsedInstant | null
  /** The whole row as sent. */
  readonly raw: unknown
}

/** An entry whose required fields have been checked; what may be absent is read when it is needed. */
class TransactionRow implements VobizTransactionRow {
  readonly id: string
  readonly account_id: string
  readonly type: string
  readonly amount: string
  readonly currency: string
  readonly reference: string | null
  readonly reference_type: string | null
  readonly status: string
  readonly created_at: ParsedInstant
  readonly raw: JsonObject

  /** @throws {FieldError} for the first invalid field */
  constructor(row: JsonObject, createdAt: ParsedInstant | null, currency: string) {
    this.id = readIdentifier(row.id, 'id')
    this.account_id = readIdentifier(row.account_id, 'account_id')
    this.type = readWord(row.type, 'type')
    this.amount = readDecimal(row.amount, 'amount')
    this.currency = readOptionalWord(row.currency, 'currency') || currency
    this.reference = readOptionalWord(row.reference, 'reference')
    this.reference_type = readOptionalWord(row.reference_type, 'reference_type')
    this.status = readWord(row.status, 'status')
    this.created_at = requireInstant(createdAt, 'created_at')
    this.raw = row
    if (this.type === 'credit' && this.amount.startsWith('-')) {
      throw new FieldError('amount', 'expected a credit without a minus sign')
    }
  }

  get balance_id(): string | null {
    return readOptionalText(this.raw.balance_id)
  }

  get description(): string | null {
    return readOptionalText(this.raw.description)
  }

  get processed_at(): ParsedInstant | null {
    return readOptionalInstant(this.raw.processed_at)
  }

  get updated_at(): ParsedInstant | null {
    return readOptionalInstant(this.raw.updated_at)
  }
}

/** Reads the part of the answer around the rows. */
const readTransactionEnvelope = (page: JsonObject) => ({
  transactions: readList(page.transactions, 'transactions'),
  summary: page.summary,
  total: readCount(page.total, 'total'),
  page: readOptionalCount(page.page),
  perPage: readOptionalCount(page.per_page),
  accountId: readOptionalText(page.account_auth_id),
})

export interface VobizTransactionPage {
  readonly rows: readonly Row<VobizTransactionRow>[]
  /** Rows in the whole filtered set. */
  readonly total: number
  /** The page number that Vobiz reports; null when it reports none. */
  readonly page: number | null
  /** The page size that Vobiz reports to have applied; null when it reports none. */
  readonly perPage: number | null
  readonly sums: SummaryOfPage
  /** Left out for an answer that Vobiz has just sent. */
  readonly kept?: KeptPart | undefined
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
  const page = readAnswer(json, readTransactionEnvelope, errorContext)
  if (accountId !== null && page.accountId !== null && page.accountId !== accountId) {
    throw foreignAccount(errorContext, 'account_auth_id')
  }
  const read = (row: JsonObject, createdAt: ParsedInstant | null) => new TransactionRow(row, createdAt, currency)
  let hasForeign = false
  const rows = page.transactions.map((raw): Row<VobizTransactionRow> => {
    if (accountId === null || textAt(raw, 'account_id') === accountId) {
      return readRowWithInstant(raw, read, errorContext, 'created_at')
    }
    hasForeign = true
    return { id: rowDigest(raw), instant: null, value: foreignAccount(errorContext, 'account_id') }
  })
  return {
    rows,
    total: page.total,
    page: page.page,
    perPage: page.perPage,
    sums: hasForeign ? NO_SUMMARY : readSummary(page.summary, page.total > 0 || page.transactions.length > 0),
  }
}

/** A customer as Vobiz sent it, its fields checked. The row carries far more, among it secrets and personal data. */
export interface VobizCustomerRow {
  readonly auth_id: string
  readonly name: string | null
  readonly email: string | null
  readonly company: string | null
  readonly country: string | null
  readonly is_active: boolean | null
  /** Exact decimal in major units; null when it is absent or malformed. */
  readonly cash_credits: string | null
  /** The currency of the customer's rates. The row has no currency of its own. */
  readonly pricing_currency: string | null
  readonly created_at: ParsedInstant | null
}

const readCustomer = (row: JsonObject, createdAt: ParsedInstant | null): VobizCustomerRow => ({
  auth_id: readIdentifier(row.auth_id, 'auth_id'),
  name: readOptionalText(row.name),
  email: readOptionalText(row.email),
  company: readOptionalText(row.company),
  country: readOptionalText(row.country),
  is_active: readOptionalFlag(row.is_active),
  cash_credits: parseDecimal(readOptionalText(row.cash_credits) ?? ''),
  pricing_currency: isJsonObject(row.pricing_tier) ? readOptionalText(row.pricing_tier.currency) : null,
  created_at: createdAt,
})

/** Reads the totals of a page of customers. The page size is requested as `per_page` and echoed as `size`. */
const readAccountTotals = (page: JsonObject, prefix = '') => ({
  total: readCount(page.total, `${prefix}total`),
  page: readOptionalCount(page.page),
  perPage: readOptionalCount(page.size) ?? readOptionalCount(page.per_page),
})

/** Reads a page of customers, in its present or its older shape. */
function readAccountEnvelope(page: JsonObject) {
  const isOlder = page.accounts === undefined && page.data !== undefined
  if (!isOlder) return { accounts: readList(page.accounts, 'accounts'), ...readAccountTotals(page) }
  const accounts = readList(page.data, 'data')
  if (!isJsonObject(page.meta)) throw new FieldError('meta', 'expected an object')
  return { accounts, ...readAccountTotals(page.meta, 'meta.') }
}

export interface VobizAccountPage {
  readonly rows: readonly Row<VobizCustomerRow>[]
  readonly total: number
  readonly page: number | null
  readonly perPage: number | null
  /** Left out for an answer that Vobiz has just sent. */
  readonly kept?: KeptPart | undefined
}

/**
 * Reads a page of customers. Rows are checked one by one.
 * @throws {UpstreamResponseError} when the answer around the rows is not as documented
 */
export function readAccountPage(json: unknown, errorContext: UpstreamErrorContext): VobizAccountPage {
  const { accounts, ...totals } = readAnswer(json, readAccountEnvelope, errorContext)
  return {
    rows: accounts.map((raw) => readRowWithInstant(raw, readCustomer, errorContext, 'created_at', 'auth_id')),
    ...totals,
  }
}

/**
 * Reads one customer.
 * @throws {UpstreamResponseError} when the answer is not the customer with this auth id
 */
export function readAccount(json: unknown, errorContext: UpstreamErrorContext, authId: string): VobizCustomerRow {
  const answered = textAt(json, 'auth_id')
  if (answered !== null && answered !== authId) throw foreignAccount(errorContext, 'auth_id')
  const read = (row: JsonObject) => readCustomer(row, timestampAt(row, 'created_at'))
  return readAnswer(json, read, errorContext, answered)
}

/** A customer's balance as Vobiz sent it; the amount may be negative. */
export interface VobizBalance {
  /** Exact decimal in major units. */
  readonly amount: string
  readonly currency: string
}

/** Reads a balance. An earlier edition of the documentation has a number `balance` for the text `cash_credits`. */
const readBalanceFields = ({ auth_id, cash_credits, balance, currency }: JsonObject) => ({
  accountId: readOptionalText(auth_id),
  amount: readDecimal(cash_credits ?? balance, 'cash_credits'),
  currency: readOptionalWord(currency, 'currency'),
})

/**
 * Reads a customer's balance.
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
  const row = readAnswer(json, readBalanceFields, errorContext)
  if (row.accountId !== null && row.accountId !== authId) throw foreignAccount(errorContext, 'auth_id')
  return { amount: row.amount, currency: row.currency || currency }
}
