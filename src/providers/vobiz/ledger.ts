import { UpstreamAuthError, UpstreamResponseError, UpstreamStatusError } from '../../errors.ts'
import { AdaptiveLimit } from '../../ledger/adaptive-limit.ts'
import { type Ledger, LedgerRefusedError } from '../../ledger/ledger.ts'
import { createPageNumberReader, type Page } from '../../ledger/page-number.ts'
import type { PageSizes } from '../../ledger/page-size.ts'
import { createRangeLedger } from '../../ledger/range-ledger.ts'
import type { Slice } from '../../ledger/row-range.ts'
import type { RequestContext } from '../../operation.ts'
import { mapRow } from '../../upstream/wire.ts'
import { type VobizCustomerRecord, vobizCustomer } from './account.ts'
import type { VobizApi, VobizTransactionQuery, VobizTransactionTypeFilter } from './http.ts'
import { sumsOf } from './sums.ts'
import { type VobizTransactionRecord, vobizTransaction } from './transaction.ts'
import type { VobizTransactionPage } from './wire.ts'

/** The most rows of one page. The vendor's documentation gives both 100 and 200; above the limit Vobiz answers 422. */
const MAX_PER_PAGE = 100
/** The documented default page size, used when a larger one is rejected. */
const FALLBACK_PER_PAGE = 20
/** Time for which a refused global ledger is not requested again. */
const REFUSAL_MS = 5 * 60_000

/** One of the partner's ledgers, as far as Vobiz filters it itself. */
export interface VobizLedgerQuery {
  /** A customer's auth id; null for the ledger over all of them. */
  readonly accountId: string | null
  /** UTC days, both included. */
  readonly from: string | null
  readonly to: string | null
  readonly type: VobizTransactionTypeFilter | null
}

/** What all operations of the process have learned about Vobiz. */
export interface VobizCapabilities {
  readonly transactionSizes: AdaptiveLimit<PageSizes>
  readonly accountSizes: AdaptiveLimit<PageSizes>
  /** End of the time for which the global ledger counts as not offered, in epoch milliseconds. */
  refusedUntil: number
}

export function createVobizCapabilities(): VobizCapabilities {
  return {
    transactionSizes: new AdaptiveLimit<PageSizes>({ max: MAX_PER_PAGE, only: null }),
    accountSizes: new AdaptiveLimit<PageSizes>({ max: MAX_PER_PAGE, only: null }),
    refusedUntil: 0,
  }
}

const EMPTY_PAGE: Page<never> = {
  rows: [],
  total: 0,
  perPage: null,
  fingerprint: null,
  sums: { count: 0, credit: '0', debit: '0', currency: null, byKind: [] },
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

/** Receives the rows that came with a list, to prime the loaders. */
export interface FoundRows {
  transaction(record: VobizTransactionRecord): void
  customer(record: VobizCustomerRecord): void
}

export function createVobizLedgers(
  api: VobizApi,
  capabilities: VobizCapabilities,
  context: RequestContext,
  found: FoundRows | null,
): VobizLedgers {
  /** Customers that came from Vobiz's own list. */
  const listed = new Set<string>()
  /** Keys of the ledgers that Vobiz does not know and that count as empty. */
  const unknown = new Set<string>()
  const knownCustomers = new Map<string, boolean>()
  const ledgers = new Map<string, Ledger<VobizTransactionRecord>>()
  const customerLists = new Map<string, Ledger<VobizCustomerRecord>>()

  const sizeRefusal = (error: unknown) => error instanceof UpstreamStatusError && error.status === 422

  function transactions(query: VobizLedgerQuery, isListed = false): Ledger<VobizTransactionRecord> {
    const { accountId, from, to, type } = query
    if (isListed && accountId !== null) listed.add(accountId)
    const key = JSON.stringify([accountId, from, to, type])
    const known = ledgers.get(key)
    // A ledger that counted as empty is read again once its customer turns out to be listed.
    const isOutdated = accountId !== null && listed.has(accountId) && unknown.delete(key)
    if (known && !isOutdated) return known
    const operation = accountId === null ? 'listTransactions' : 'listCustomerTransactions'
    const created = createRangeLedger(
      createPageNumberReader<VobizTransactionRecord>({
        sizes: capabilities.transactionSizes,
        fallbackSize: FALLBACK_PER_PAGE,
        refusesSize: sizeRefusal,
        invalid: (expected) => new UpstreamResponseError({ provider: 'VOBIZ', operation, field: 'per_page', expected }),
        async fetchPage({ page, perPage }) {
          const wire = {
            page,
            perPage,
            fromDate: from ?? undefined,
            toDate: to ?? undefined,
            transactionType: type ?? undefined,
          }
          const answer = await (accountId === null ? listAll(wire) : listOne(accountId, wire))
          if (answer === null) {
            unknown.add(key)
            return EMPTY_PAGE
          }
          return {
            ...answer,
            rows: answer.rows.map((row) => mapRow(row, vobizTransaction)),
            sums: sumsOf(answer),
          }
        },
      }),
      primeTransactions,
    )
    ledgers.set(key, created)
    return created
  }

  async function listAll(query: VobizTransactionQuery): Promise<VobizTransactionPage> {
    try {
      return await api.listTransactions(query, context)
    } catch (error) {
      if (!isRefusal(error)) throw error
      const { page, perPage: _, ...filter } = query
      const isPlain = page === 1 && Object.values(filter).every((value) => value === undefined)
      const offered = isPlain ? null : await probeGlobalLedger(error)
      if (offered !== null) return pageBeyondEnd(query, error, (first) => api.listTransactions(first, context))
      capabilities.refusedUntil = Date.now() + REFUSAL_MS
      throw new LedgerRefusedError('Vobiz does not offer this partner a global ledger.', { cause: error })
    }
  }

  /**
   * Reads the first row without a filter: only when that is refused as well is the global ledger not offered. Any other
   * refusal may be due to one caller's request.
   *
   * @returns null when it is refused
   */
  async function probeGlobalLedger(refusal: unknown): Promise<VobizTransactionPage | null> {
    try {
      return await api.listTransactions({ page: 1, perPage: 1 }, context)
    } catch (error) {
      if (isRefusal(error)) return null
      throw refusal
    }
  }

  /**
   * Returns an empty page in place of a 404 when the page is beyond the end of the list; otherwise throws the refusal.
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

  /** Reads a customer's ledger; null when the partner has no such customer and does not list one either. */
  async function listOne(accountId: string, query: VobizTransactionQuery): Promise<VobizTransactionPage | null> {
    const read = (wire: VobizTransactionQuery) => api.listCustomerTransactions(accountId, wire, context)
    try {
      const answer = await read(query).catch((error: unknown) => pageBeyondEnd(query, error, read))
      if (answer.rows.some(({ value }) => !(value instanceof Error))) knownCustomers.set(accountId, true)
      return answer
    } catch (error) {
      const isUnknown = error instanceof UpstreamStatusError && error.status === 404
      if (!isUnknown || listed.has(accountId)) throw error
      knownCustomers.set(accountId, false)
      return null
    }
  }

  function primeTransactions({ rows }: Slice<VobizTransactionRecord>): void {
    for (const { value } of rows) if (!(value instanceof Error)) found?.transaction(value)
  }

  function customers(search: string | null): Ledger<VobizCustomerRecord> {
    const known = customerLists.get(search ?? '')
    if (known) return known
    const created = createRangeLedger(
      createPageNumberReader<VobizCustomerRecord>({
        sizes: capabilities.accountSizes,
        fallbackSize: FALLBACK_PER_PAGE,
        refusesSize: sizeRefusal,
        invalid: (expected) =>
          new UpstreamResponseError({ provider: 'VOBIZ', operation: 'listAccounts', field: 'size', expected }),
        async fetchPage({ page, perPage }) {
          const answer = await api.listAccounts({ page, perPage, search: search ?? undefined }, context)
          // The order of the list is not documented, so the dates do not prove positions.
          const rows = answer.rows.map((row) => ({ ...mapRow(row, vobizCustomer), instant: null }))
          return { rows, total: answer.total, perPage: answer.perPage, fingerprint: null }
        },
      }),
      ({ rows }) => {
        for (const { value } of rows) if (!(value instanceof Error)) found?.customer(value)
      },
    )
    customerLists.set(search ?? '', created)
    return created
  }

  return { transactions, isKnownCustomer: (accountId) => knownCustomers.get(accountId) ?? null, customers }
}
