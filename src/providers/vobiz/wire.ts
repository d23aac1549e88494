import { type UpstreamErrorContext, UpstreamResponseError } from '../../errors.ts'
import type { Row } from '../../ledger/ledger.ts'
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
import {
  contentHash,
  type JsonObject,
  readAnswer,
  readRowWithInstant,
  rowDigest,
  textAt,
  timestampAt,
} from '../../upstream/wire.ts'
import { canonicalJson, isJsonObject } from '../../values/exact-json.ts'
import type { ParsedInstant } from '../../values/instant.ts'

const SECRET_KEY = /(?:token|secret|secretkey|passw(?:or)?d|apikey|privatekey|googleid|authorization)$/

/** Documented names have fewer characters, and an answer has few names, so that remembering them takes little memory. */
const MAX_REMEMBERED_KEYS = 1000
const MAX_REMEMBERED_CHARACTERS = 64
/** Remembers which keys hold secrets: the same few keys come with every row. */
const secretKeys = new Map<string, boolean>()

/** Returns true for the name of a secret, in any case and with any separators. */
function isSecretKey(key: string): boolean {
  const known = secretKeys.get(key)
  if (known !== undefined) return known
  const isSecret = SECRET_KEY.test(key.replace(/[^a-z0-9]/gi, '').toLowerCase())
  if (secretKeys.size === MAX_REMEMBERED_KEYS) secretKeys.clear()
  if (key.length <= MAX_REMEMBERED_CHARACTERS) secretKeys.set(key, isSecret)
  return isSecret
}

/**
 * Removes secrets from an answer, at any depth: every account that Vobiz returns carries that customer's live `auth_token`.
 * Every answer passes through here before anything else reads it. Returns the same value when it holds no secret, as an
 * answer with entries does.
 */
export function dropSecrets(value: unknown): unknown {
  return isContainer(value) && holdsSecret(value) ? copyWithoutSecrets(value) : value
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Visits every key of every row, so it makes no lists of keys, and no calls for members that are no objects. */
function holdsSecret(container: object): boolean {
  if (Array.isArray(container)) {
    for (const member of container) {
      if (isContainer(member) && holdsSecret(member)) return true
    }
    return false
  }
  for (const key in container) {
    if (isSecretKey(key)) return true
    const member = (container as JsonObject)[key]
    if (isContainer(member) && holdsSecret(member)) return true
  }
  return false
}

function copyWithoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyWithoutSecrets)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !isSecretKey(key))
      .map(([key, member]) => [key, copyWithoutSecrets(member)]),
  )
}

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
    ...(hasForeign ? NO_SUMMARY : readSummary(page.summary, page.total > 0 || page.transactions.length > 0)),
  }
}

const NO_SUMMARY = { summary: null, fingerprint: null }

/**
 * Reads the sums of one reference type.
 * @throws {FieldError} when one of them is not as documented
 */
function readPart(json: unknown): VobizSummary['byReferenceType'][number] {
  if (!isJsonObject(json)) throw new FieldError(null, 'expected an object')
  return {
    referenceType: readWord(json.reference_type, 'reference_type'),
    totalDebit: readDecimal(json.total_debit, 'total_debit'),
    totalCredit: readDecimal(json.total_credit, 'total_credit'),
    count: readCount(json.count, 'count'),
  }
}

/** Returns what `read` does; null when a field is not as documented. */
function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof FieldError) return null
    throw error
  }
}

/** Reads the sums. Those by reference type are empty when one of them is not as documented. */
function readSums(json: JsonObject): VobizSummary {
  return {
    totalTransactions: readCount(json.total_transactions, 'total_transactions'),
    totalDebit: readDecimal(json.total_debit, 'total_debit'),
    totalCredit: readDecimal(json.total_credit, 'total_credit'),
    netAmount: readDecimal(json.net_amount, 'net_amount'),
    byReferenceType: orNull(() => readList(json.by_reference_type, 'by_reference_type').map(readPart)) ?? [],
  }
}

/**
 * Reads the summary. Zeros beside rows mean that Vobiz failed to compute it, not that the sums are zero.
 * @see the account-level ledger's page in Vobiz's documentation
 */
function readSummary(json: unknown, hasRows: boolean): Pick<VobizTransactionPage, 'summary' | 'fingerprint'> {
  const summary = isJsonObject(json) ? orNull(() => readSums(json)) : null
  if (summary === null) return NO_SUMMARY
  const isZero = [summary.totalDebit, summary.totalCredit].every((sum) => !/[1-9]/.test(sum))
  if (hasRows && summary.totalTransactions === 0 && isZero) return NO_SUMMARY
  return { summary, fingerprint: fingerprintOf(json) }
}

/** Hashes a summary. The order of its breakdown is not documented, so it is ignored. */
function fingerprintOf(json: unknown): string {
  const parts = isJsonObject(json) && Array.isArray(json.by_reference_type) ? json.by_reference_type : []
  const sorted = { ...(json as object), by_reference_type: parts.map(canonicalJson).sort() }
  return contentHash(sorted).slice(0, 8)
}

/** A customer as Vobiz sent it, its fields checked. The row carries far more, among it secrets and personal data. */
export interface VobizCustomerRow {
  readonly auth_id: string
  readonly name: string | null
  readonly email: string | null
  readonly company: string | null
  readonly country: string | null
  readonly is_active: boolean | null
  readonly created_at: ParsedInstant | null
}

const readCustomer = (row: JsonObject, createdAt: ParsedInstant | null): VobizCustomerRow => ({
  auth_id: readIdentifier(row.auth_id, 'auth_id'),
  name: readOptionalText(row.name),
  email: readOptionalText(row.email),
  company: readOptionalText(row.company),
  country: readOptionalText(row.country),
  is_active: readOptionalFlag(row.is_active),
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
