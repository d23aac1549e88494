import { UpstreamAuthError, UpstreamResponseError, UpstreamStatusError } from '../../errors.ts'
import { AdaptiveLimit } from '../../ledger/adaptive-limit.ts'
import { type Ledger, LedgerRefusedError, type Row } from '../../ledger/ledger.ts'
import { mapRows, mapUnorderedRows } from '../../ledger/mapped-row.ts'
import { createPageNumberReader, type Page } from '../../ledger/page-number.ts'
import type { PageSizes } from '../../ledger/page-size.ts'
import { createRangeLedger } from '../../ledger/range-ledger.ts'
import type { ProviderSums } from '../../ledger/summary.ts'
import { type KeptPart, type RequestContext, withKeptAnswers, withoutCache } from '../../operation.ts'
import type { SharedState } from '../shared-state.ts'
import { type VobizCustomerRecord, vobizCustomer } from './account.ts'
import { endOfDay } from './cache-policy.ts'
import { GlobalOffer } from './global-offer.ts'
import type { VobizApi, VobizTransactionQuery, VobizTransactionTypeFilter } from './http.ts'
import { sumsOf } from './sums.ts'
import { type VobizTransactionRecord, vobizTransaction } from './transaction.ts'
import type { VobizTransactionPage } from './wire.ts'

/** The most rows of one page. The vendor's documentation gives both 100 and 200; above the limit Vobiz answers 422. */
const MAX_PER_PAGE = 100
/** The documented default page size, used when a larger one is rejected. */
const FALLBACK_PER_PAGE = 20
/** Rows that are read with the sums of a closed period: where they are the whole list, its sums are kept. */
const ROWS_WITH_KEPT_SUMS = 20

/** One of the partner's ledgers, as far as Vobiz filters it itself. */
export interface VobizLedgerQuery {
  /** A customer's auth id; null for the ledger over all of them. */
  readonly accountId: string | null
  /** UTC days, both included. */
  readonly from: string | null
  readonly to: string | null
  readonly type: VobizTransactionTypeFilter | null
  /** True for a part that a walk reads in place of a list: answers of another state than the list's are not kept. */
  readonly isPart?: boolean
}

/** Capabilities of Vobiz that answers have shown, shared by all operations of the process. */
export interface VobizCapabilities {
  readonly transactionSizes: AdaptiveLimit<PageSizes>
  readonly accountSizes: AdaptiveLimit<PageSizes>
  readonly global: GlobalOffer
  /** The auth ids of all customers, and the end of the time for which they are not read again, in epoch milliseconds. */
  customers: { readonly ids: readonly string[]; readonly until: number } | null
}

/** @param shared what the processes of the gateway share; null for nothing */
export function createVobizCapabilities(shared: SharedState | null): VobizCapabilities {
  return {
    transactionSizes: new AdaptiveLimit<PageSizes>({ max: MAX_PER_PAGE, only: null }),
    accountSizes: new AdaptiveLimit<PageSizes>({ max: MAX_PER_PAGE, only: null }),
    global: new GlobalOffer(shared),
    customers: null,
  }
}

const EMPTY_PAGE: Page<never> = {
  rows: [],
  total: 0,
  perPage: null,
  fingerprint: null,
  sums: () => ({ count: 0, credit: '0', debit: '0', currency: null, byKind: [] }),
}

/** A page of a ledger. Sums and fingerprint are read from the answer when they are needed. */
class LedgerPage implements Page<VobizTransactionRecord> {
  readonly rows: readonly Row<VobizTransactionRecord>[]
  readonly total: number
  readonly perPage: number | null
  readonly kept: KeptPart | undefined
  readonly #answer: VobizTransactionPage

  constructor(answer: VobizTransactionPage) {
    this.rows = mapRows(answer.rows, vobizTransaction)
    this.total = answer.total
    this.perPage = answer.perPage
    this.kept = answer.kept
    this.#answer = answer
  }

  get fingerprint(): string | null {
    return this.#answer.sums.fingerprint
  }

  sums(): ProviderSums | null {
    return sumsOf(this.#answer)
  }
}

/** Returns true for an answer that means that the global ledger is not offered. None of these is documented. */
function isRefusal(error: unknown): boolean {
  if (error instanceof UpstreamAuthError) return error.status === 403
  if (error instanceof UpstreamStatusError) return [404, 405, 501].includes(error.status)
  return error instanceof UpstreamResponseError && error.field === 'transactions'
}

/** Vobiz's lists for the length of one operation. */
export interface VobizLedgers {
  /**
   * Opens a ledger. One that Vobiz does not know (404) is empty, unless its customer came from Vobiz's own list of
   * customers: then it fails, because entries would be missing silently.
   *
   * @param isListed true when the customer came from that list
   * @throws {LedgerRefusedError} when it is the global one and Vobiz does not offer it; while it is read
   */
  transactions(query: VobizLedgerQuery, isListed?: boolean): Ledger<VobizTransactionRecord>
  /**
   * Returns what the ledgers read so far prove about a customer: true when one answered with an entry, false when Vobiz
   * does not know one (404), null when no ledger was read or the answers prove nothing.
   */
  isKnownCustomer(accountId: string): boolean | null
  /** Opens the list of customers, or of those whose name or email address contains a text. */
  customers(search: string | null): Ledger<VobizCustomerRecord>
}

/** Receives the rows that came with lists, for the loaders of single objects. */
export interface FoundRows {
  transactions(rows: readonly Row<VobizTransactionRecord>[]): void
  customers(rows: readonly Row<VobizCustomerRecord>[]): void
}

/** Opens Vobiz's lists for one operation; see `VobizLedgers`. */
export function createVobizLedgers(
  api: VobizApi,
  capabilities: VobizCapabilities,
  context: RequestContext,
  found: FoundRows | null,
): VobizLedgers {
  return new OperationLedgers(api, capabilities, context, found)
}

const refusesSize = (error: unknown) => error instanceof UpstreamStatusError && error.status === 422

/**
 * Returns an empty page in place of a 404 when the page is beyond the end of the list; otherwise throws the refusal.
 *
 * @param read reads a page of the same list
 */
async function pageBeyondEnd(
  query: VobizTransactionQuery,
  refusal: unknown,
  read: (query: VobizTransactionQuery) => Promise<VobizTransactionPage>,
): Promise<VobizTransactionPage> {
  const { page, perPage } = query
  if (page === 1 || !(refusal instanceof UpstreamStatusError && refusal.status === 404)) throw refusal
  const first = await read({ ...query, page: 1, perPage: 1 })
  if ((page - 1) * perPage < first.total) throw refusal
  return { ...first, rows: [], page, perPage }
}

class OperationLedgers implements VobizLedgers {
  readonly #api: VobizApi
  readonly #capabilities: VobizCapabilities
  readonly #context: RequestContext
  readonly #found: FoundRows | null
  /** Customers that came from Vobiz's own list. */
  readonly #listed = new Set<string>()
  /** Keys of the ledgers that Vobiz does not know and that count as empty. */
  readonly #unknown = new Set<string>()
  readonly #knownCustomers = new Map<string, boolean>()
  readonly #ledgers = new Map<string, Ledger<VobizTransactionRecord>>()
  readonly #customerLists = new Map<string, Ledger<VobizCustomerRecord>>()

  constructor(api: VobizApi, capabilities: VobizCapabilities, context: RequestContext, found: FoundRows | null) {
    this.#api = api
    this.#capabilities = capabilities
    this.#context = context
    this.#found = found
  }

  transactions(query: VobizLedgerQuery, isListed = false): Ledger<VobizTransactionRecord> {
    const { accountId, from, to, type, isPart = false } = query
    if (isListed && accountId !== null) this.#listed.add(accountId)
    const key = JSON.stringify([accountId, from, to, type, isPart])
    const known = this.#ledgers.get(key)
    // A ledger that counted as empty is read again once its customer turns out to be listed.
    const isOutdated = accountId !== null && this.#listed.has(accountId) && this.#unknown.delete(key)
    if (known && !isOutdated) return known
    const created = this.#createLedger(query, key)
    this.#ledgers.set(key, created)
    return created
  }

  isKnownCustomer(accountId: string): boolean | null {
    return this.#knownCustomers.get(accountId) ?? null
  }

  customers(search: string | null): Ledger<VobizCustomerRecord> {
    const known = this.#customerLists.get(search ?? '')
    if (known) return known
    const created = createRangeLedger(
      createPageNumberReader<VobizCustomerRecord>({
        sizes: this.#capabilities.accountSizes,
        fallbackSize: FALLBACK_PER_PAGE,
        refusesSize,
        invalid: (expected) =>
          new UpstreamResponseError({ provider: 'VOBIZ', operation: 'listAccounts', field: 'size', expected }),
        fetchPage: async ({ page, perPage }, kept) => {
          const query = { page, perPage, search: search ?? undefined }
          const answer = await this.#api.listAccounts(query, withKeptAnswers(this.#context, kept))
          const rows = mapUnorderedRows(answer.rows, vobizCustomer)
          return { rows, total: answer.total, perPage: answer.perPage, fingerprint: null, kept: answer.kept }
        },
      }),
      (rows) => this.#found?.customers(rows),
    )
    this.#customerLists.set(search ?? '', created)
    return created
  }

  #createLedger(ledger: VobizLedgerQuery, key: string): Ledger<VobizTransactionRecord> {
    const { accountId, from, to, type, isPart = false } = ledger
    const context = isPart ? withoutCache(this.#context) : this.#context
    const isKept = to !== null && context.cacheView?.isClosed(endOfDay(to)) === true
    const operation = accountId === null ? 'listTransactions' : 'listCustomerTransactions'
    const filter = { fromDate: from ?? undefined, toDate: to ?? undefined, transactionType: type ?? undefined }
    return createRangeLedger(
      createPageNumberReader<VobizTransactionRecord>({
        sizes: this.#capabilities.transactionSizes,
        rowsWithTotal: isKept ? ROWS_WITH_KEPT_SUMS : 1,
        fallbackSize: FALLBACK_PER_PAGE,
        refusesSize,
        invalid: (expected) => new UpstreamResponseError({ provider: 'VOBIZ', operation, field: 'per_page', expected }),
        fetchPage: async ({ page, perPage }, kept) => {
          const query = { page, perPage, ...filter }
          const reading = withKeptAnswers(context, kept)
          const answer = await (accountId === null
            ? this.#readGlobal(query, reading)
            : this.#readOne(accountId, query, reading))
          if (answer === null) {
            this.#unknown.add(key)
            return EMPTY_PAGE
          }
          return new LedgerPage(answer)
        },
      }),
      (rows) => this.#found?.transactions(rows),
    )
  }

  /** The context of reads that decide what a refusal means. */
  #fresh(): RequestContext {
    return withKeptAnswers(this.#context, 'none')
  }

  /** Reads the global ledger, and remembers when it is not offered. */
  async #readGlobal(query: VobizTransactionQuery, context: RequestContext): Promise<VobizTransactionPage> {
    try {
      return await this.#api.listTransactions(query, context)
    } catch (error) {
      if (!isRefusal(error)) throw error
      const { page, perPage: _, ...filter } = query
      const isPlain = page === 1 && Object.values(filter).every((value) => value === undefined)
      const offered = isPlain ? null : await this.#probeGlobal(error)
      if (offered !== null)
        return pageBeyondEnd(query, error, (wire) => this.#api.listTransactions(wire, this.#fresh()))
      this.#capabilities.global.refuse()
      throw new LedgerRefusedError('Vobiz does not offer this partner a global ledger.', { cause: error })
    }
  }

  /**
   * Reads the first row without a filter: only when that is refused as well is the global ledger not offered. Any other
   * refusal may be due to one caller's request.
   *
   * @returns null when it is refused
   */
  async #probeGlobal(refusal: unknown): Promise<VobizTransactionPage | null> {
    try {
      return await this.#api.listTransactions({ page: 1, perPage: 1 }, this.#fresh())
    } catch (error) {
      if (isRefusal(error)) return null
      throw refusal
    }
  }

  /** Reads a customer's ledger; null when the partner has no such customer and does not list one either. */
  async #readOne(
    accountId: string,
    query: VobizTransactionQuery,
    context: RequestContext,
  ): Promise<VobizTransactionPage | null> {
    const readFirst = (wire: VobizTransactionQuery) =>
      this.#api.listCustomerTransactions(accountId, wire, this.#fresh())
    try {
      const answer = await this.#api
        .listCustomerTransactions(accountId, query, context)
        .catch((error: unknown) => pageBeyondEnd(query, error, readFirst))
      if (answer.rows.some(({ value }) => !(value instanceof Error))) this.#knownCustomers.set(accountId, true)
      return answer
    } catch (error) {
      const isUnknown = error instanceof UpstreamStatusError && error.status === 404
      // It may no longer be a customer.
      if (isUnknown && this.#listed.has(accountId)) this.#capabilities.customers = null
      if (!isUnknown || this.#listed.has(accountId)) throw error
      this.#knownCustomers.set(accountId, false)
      return null
    }
  }
}
