import DataLoader from 'dataloader'
import type { EntryGroup, EntrySource, Source, SourceGroup } from '../../connection/sources.ts'
import type { GatewayContext, ProviderSession } from '../../graphql/context.ts'
import type { Period } from '../../graphql/period.ts'
import { conditionsToCheck, mayMatch, type TransactionConditions } from '../../ledger/filter.ts'
import { type Accepts, type Ledger, LedgerRefusedError, type Row } from '../../ledger/ledger.ts'
import { createRangeLedger } from '../../ledger/range-ledger.ts'
import { createBudget, pagesOf, readEntries, type ScanBudget } from '../../ledger/scan.ts'
import { mergeSummaries, type Summary, summarize, summaryOf } from '../../ledger/summary.ts'
import type { TransactionCategory, TransactionRecord } from '../../ledger/transaction.ts'
import { createByIdsReader } from '../../ledger/unpaged.ts'
import { accountSetOf, createListReservations, type Operation } from '../../operation.ts'
import { addDays } from '../../values/instant.ts'
import { type VobizCustomerRecord, vobizCustomer } from './account.ts'
import type { VobizApi, VobizTransactionTypeFilter } from './http.ts'
import { isAuthId, isEntryId } from './ids.ts'
import { createVobizLedgers, type VobizKnowledge, type VobizLedgerQuery, type VobizLedgers } from './ledger.ts'
import { type ReconciliationProgress, reconcile } from './reconciliation.ts'
import { summarizeByReferenceType } from './sums.ts'
import { parseVobizLocator, type VobizLocator, type VobizTransactionRecord } from './transaction.ts'
import type { VobizBalance } from './wire.ts'

/** The operation's session with Vobiz. */
export const vobizSession = (context: GatewayContext) => context.session('VOBIZ') as VobizSession

/** From how many customers on a page of the customer list is cheaper than one request each. */
const LIST_FROM = 3
/** A reconciliation may take as long as so many upstream requests. */
const RECONCILIATION_TIMEOUTS = 12

/** What all operations share. */
export interface VobizSessionOptions {
  readonly api: VobizApi
  readonly knowledge: VobizKnowledge
  /** The partner's currency, for sums that carry none. */
  readonly currency: string
  /** Entries that one field may read for a sum. */
  readonly scanLimit: number
  /** The partner's own auth id. */
  readonly partnerId: string
  /** Deadline of one upstream request. */
  readonly timeoutMs: number
}

/** One operation's reading of Vobiz. */
export interface VobizSession extends ProviderSession {
  /**
   * The lists that make up a ledger: one, or one for each customer where the global ledger is not offered.
   *
   * @param options `byReferenceType` true where the sums are wanted by reference type as well
   */
  ledgers(query: VobizLedgerQuery, options?: { byReferenceType?: boolean }): EntryGroup<VobizTransactionRecord>
  /** The sums over one of the partner's ledgers: Vobiz's own, at the price of the smallest page, where it has them. */
  summary(query: VobizLedgerQuery): Promise<Summary>
  /** The partner's currency. */
  readonly currency: string
  /** Compares the global ledger with the customers' own, and tells how far it is. */
  reconcile(period: Period): AsyncGenerator<ReconciliationProgress>
  customers(search: string | null): SourceGroup<VobizCustomerRecord>
  /** What the ledgers read so far say of a customer; see `VobizLedgers`. */
  isKnownCustomer(authId: string): boolean | null
  /** Null where the partner has no such customer. */
  customer(authId: string): Promise<VobizCustomerRecord | null>
  /** Null where the partner has no such customer. */
  balance(authId: string): Promise<VobizBalance | null>
  /** An entry by the part of its global id that locates it; null where it is not there. */
  transaction(locator: string): Promise<VobizTransactionRecord | null>
}

/** The words of the filter for the categories that Vobiz selects itself. */
const TYPES: Partial<Record<TransactionCategory, VobizTransactionTypeFilter>> = {
  TOP_UP: 'recharge',
  USAGE: 'debit',
  REFUND: 'refund',
  TRANSFER: 'transfer',
}

/** All rows of a list, in its order. */
async function* rowsOf<T>(list: Ledger<T>): AsyncGenerator<Row<T>> {
  for await (const page of pagesOf(list, 'newest')) yield* page
}

/** All customers. One that cannot be understood fails the whole: it would be missing from every sum without a word. */
async function listAllCustomers(ledgers: VobizLedgers): Promise<readonly VobizCustomerRecord[]> {
  const customers: VobizCustomerRecord[] = []
  for await (const { value } of rowsOf(ledgers.customers(null))) {
    if (value instanceof Error) throw value
    customers.push(value)
  }
  return customers
}

/** The accounts whose ledgers make up a list; null among them is the ledger over all customers. */
interface AccountsToRead {
  readonly accounts: readonly (string | null)[]
  /** True where they come from Vobiz's own list of customers, so that one without a ledger is a failure. */
  readonly areListed: boolean
}

/** Reads Vobiz for one operation: its ledgers by ranges of rows, its customers and entries by their ids. */
export function createVobizSession(
  { api, knowledge, currency, scanLimit, partnerId, timeoutMs }: VobizSessionOptions,
  operation: Operation,
): VobizSession {
  const granted = accountSetOf(operation.grant)
  const mayRead = (accountId: string) => granted === null || granted.has(accountId)
  const reserveLists = createListReservations(operation.meter)

  const transactions = new DataLoader<string, VobizTransactionRecord | null>(loadTransactions)
  const customers = new DataLoader<string, VobizCustomerRecord | null>(loadCustomers)
  const ledgers = createVobizLedgers(api, knowledge, operation, {
    transaction: (record) => transactions.prime(record.locator, record),
    customer: (record) => customers.prime(record.authId, record),
  })
  const balances = new DataLoader<string, VobizBalance | null>(async (ids) => {
    operation.meter?.reserve(ids.length)
    return Promise.all(ids.map((id) => api.getBalance(id, operation).catch((error: Error) => error)))
  })

  /** Many customers are looked for in the customer list, as long as that takes fewer requests than one for each. */
  async function loadCustomers(ids: readonly string[]): Promise<(VobizCustomerRecord | null | Error)[]> {
    const found = new Map<string, VobizCustomerRecord>()
    let isComplete = false
    let hasGaps = false
    if (ids.length >= LIST_FROM) {
      const list = ledgers.customers(null)
      const stream = list.stream({ at: 'end', end: 'newest' }, 'older', null)
      try {
        for (;;) {
          await stream.fill(list.maxRows())
          for (const { row } of stream.buffer.splice(0)) {
            if (row.value instanceof Error) hasGaps = true
            else found.set(row.value.authId, row.value)
          }
          // A row that cannot be understood may be anybody's.
          isComplete = stream.isEnded && !hasGaps
          const missing = ids.filter((id) => !found.has(id)).length
          const rest = ((await list.count()) ?? 0) - stream.rowsRead
          if (stream.isEnded || missing === 0 || rest / list.maxRows() > missing) break
        }
      } catch {
        // Without the list they are asked for one by one, and each fails for itself.
      }
    }
    operation.meter?.reserve(ids.filter((id) => !found.has(id) && !isComplete).length)
    return Promise.all(
      ids.map(async (id) => {
        const listed = found.get(id)
        if (listed || isComplete) return listed ?? null
        const row = await api.getAccount(id, operation).catch((error: Error) => error)
        return row instanceof Error || row === null ? row : vobizCustomer(row)
      }),
    )
  }

  /** Vobiz has no read by id: an entry is looked for in its customer's ledger of its day. */
  async function loadTransactions(locators: readonly string[]): Promise<(VobizTransactionRecord | null | Error)[]> {
    const days = new Map<string, { place: VobizLocator; wanted: Set<string> }>()
    for (const locator of locators) {
      const place = parseVobizLocator(locator)
      if (place === null) continue
      const key = JSON.stringify([place.accountId, place.day])
      const day = days.get(key) ?? { place, wanted: new Set<string>() }
      day.wanted.add(place.id)
      days.set(key, day)
    }
    operation.meter?.reserve(days.size)
    const found = new Map<string, VobizTransactionRecord | Error>()
    await Promise.all(
      [...days.values()].map(async ({ place: { accountId, day }, wanted }) => {
        const identify = (id: string) => JSON.stringify([accountId, day, id])
        const missing = new Set(wanted)
        const look = async (account: string | null, from: string, to: string) => {
          if (missing.size === 0) return
          for await (const { id, value } of rowsOf(
            ledgers.transactions({ accountId: account, from, to, type: null }),
          )) {
            // Nothing proves whose row of the global ledger a malformed one is.
            const isTheirs =
              value instanceof Error ? account !== null || granted === null : value.accountId === accountId
            if (isTheirs && missing.delete(id)) found.set(identify(id), value)
            if (missing.size === 0) return
          }
        }
        try {
          await look(accountId, day, day)
          // Vobiz may cut its days in another time zone.
          await Promise.all([-1, 1].map((days) => look(accountId, addDays(day, days), addDays(day, days))))
          // Entries of the partner's own account stand in the global ledger only.
          if (missing.size > 0 && (await customers.load(accountId)) === null && Date.now() >= knowledge.refusedUntil) {
            await look(null, addDays(day, -1), addDays(day, 1))
          }
        } catch (error) {
          if (error instanceof LedgerRefusedError) return
          for (const id of missing) found.set(identify(id), error as Error)
        }
      }),
    )
    return locators.map((locator) => {
      const place = parseVobizLocator(locator)
      return place === null ? null : (found.get(JSON.stringify([place.accountId, place.day, place.id])) ?? null)
    })
  }

  const source = <T>(key: string, list: Ledger<T>, accepts: Source<T>['accepts'] = null): Source<T> => ({
    key,
    ledger: list,
    accepts,
    isDefensiveFilter: false,
    count: () => (accepts === null ? list.count() : Promise.resolve(null)),
  })

  function entrySource<T extends TransactionRecord>(
    key: string,
    list: Ledger<T>,
    accepts: Source<T>['accepts'],
    budget: ScanBudget,
    readSummary: () => Promise<Summary> = () => summaryFor(list, accepts, budget),
  ): EntrySource<T> {
    let summary: Promise<Summary> | null = null
    return {
      ...source(key, list, accepts),
      summary() {
        summary ??= readSummary()
        return summary
      },
    }
  }

  /** The sums of a list: Vobiz's own where it has them for just this list, else from the entries. */
  async function summaryFor<T extends TransactionRecord>(
    list: Ledger<T>,
    accepts: Accepts<T> | null,
    budget: ScanBudget,
  ): Promise<Summary> {
    const sums = accepts === null ? await list.sums() : null
    return sums ? summaryOf(sums, currency) : summarize(await readEntries(list, accepts, budget))
  }

  /** The sums of a list, by reference type as well: in parts that Vobiz sends, else from the entries. */
  async function summaryByType(list: Ledger<VobizTransactionRecord>, budget: ScanBudget): Promise<Summary> {
    const sums = await list.sums()
    if (sums?.byKind) return summaryOf(sums, currency)
    const entries = await readEntries(list, null, budget)
    return summarizeByReferenceType(entries, await list.sums(), currency)
  }

  /** The accounts whose ledgers make up a list: the global one, or every customer's where that is not offered. */
  async function accountsToRead(accounts: readonly string[] | null): Promise<AccountsToRead> {
    if (accounts !== null) return { accounts: [...new Set(accounts)].filter(mayRead), areListed: false }
    if (granted !== null) return { accounts: [...granted], areListed: false }
    if (Date.now() >= knowledge.refusedUntil) return { accounts: [null], areListed: false }
    const customers = await listAllCustomers(ledgers)
    return { accounts: customers.map(({ authId }) => authId), areListed: true }
  }

  /** The customers that a caller is bound to, or those among them whose name or email address holds a text. */
  function grantedCustomers(search: string | null): Ledger<VobizCustomerRecord> {
    const text = search?.toLowerCase() ?? ''
    const isFound = ({ name, email }: VobizCustomerRecord) =>
      [name, email].some((value) => value?.toLowerCase().includes(text)) || text === ''
    return createRangeLedger(createByIdsReader([...(granted ?? [])], (id) => customers.load(id), isFound))
  }

  const reservationOf = (key: string, { from, to }: Pick<VobizLedgerQuery, 'from' | 'to'>) => `${from} ${to} ${key}`
  const keyOf = (accountId: string | null, type: VobizTransactionTypeFilter | null) =>
    ['VOBIZ', ...(accountId === null ? [] : [accountId]), ...(type === null ? [] : [`type:${type}`])].join('/')

  return {
    ledgers: (query, { byReferenceType = false } = {}) => ({
      provider: 'VOBIZ',
      open: async () => {
        const { accounts, areListed } = await accountsToRead(query.accountId === null ? null : [query.accountId])
        const budget = createBudget(scanLimit)
        reserveLists(accounts.map((accountId) => reservationOf(keyOf(accountId, query.type), query)))
        return accounts.map((accountId) => {
          const list = ledgers.transactions({ ...query, accountId }, areListed)
          const readSummary = byReferenceType ? () => summaryByType(list, budget) : undefined
          return entrySource(keyOf(accountId, null), list, null, budget, readSummary)
        })
      },
    }),
    transactions: unified,
    summary: async (query) =>
      granted === null || (query.accountId !== null && mayRead(query.accountId))
        ? summaryFor(ledgers.transactions(query), null, createBudget(scanLimit))
        : mergeSummaries([]),
    currency,
    reconcile: (period) =>
      reconcile(period, {
        openLedgers: (until) => createVobizLedgers(api, knowledge, { ...operation, signal: until }, null),
        listCustomers:
          granted === null
            ? listAllCustomers
            : () => readEntries(grantedCustomers(null), null, createBudget(scanLimit)),
        // It holds the entries of customers that are not this caller's.
        isGlobalOffered: granted === null && Date.now() >= knowledge.refusedUntil,
        partnerId,
        currency,
        scanLimit,
        timeoutMs: timeoutMs * RECONCILIATION_TIMEOUTS,
        signal: operation.signal,
        reserve: operation.meter?.reserve,
      }),
    customers: (search) => ({
      provider: 'VOBIZ',
      open: async () => [source('VOBIZ', granted === null ? ledgers.customers(search) : grantedCustomers(search))],
    }),
    isKnownCustomer: ledgers.isKnownCustomer,
    customer: async (authId) => (isAuthId(authId) && mayRead(authId) ? customers.load(authId) : null),
    balance: async (authId) => (isAuthId(authId) && mayRead(authId) ? balances.load(authId) : null),
    async transaction(locator) {
      const place = parseVobizLocator(locator)
      if (place === null || !isAuthId(place.accountId) || !isEntryId(place.id) || !mayRead(place.accountId)) return null
      return transactions.load(locator)
    },
  }

  /** Vobiz's part of the unified list: its own filters see to the period and to four of the categories. */
  function unified(
    conditions: TransactionConditions,
    accounts: readonly string[] | null,
  ): EntryGroup<TransactionRecord> | null {
    const { categories, directions, statuses } = conditions
    const isPossible =
      mayMatch(directions, ['CREDIT', 'DEBIT']) &&
      mayMatch(statuses, ['PENDING', 'COMPLETED', 'FAILED', 'CANCELLED', 'UNKNOWN']) &&
      mayMatch(categories, ['TOP_UP', 'USAGE', 'REFUND', 'TRANSFER', 'ADJUSTMENT']) &&
      accounts?.length !== 0 &&
      granted?.size !== 0
    if (!isPossible) return null
    const types = [...new Set(categories?.flatMap((category) => TYPES[category] ?? []) ?? [])]
    // Vobiz selects adjustments by no filter; only the rows tell them.
    const wantsAdjustments = categories?.includes('ADJUSTMENT') ?? false
    const isAdjustment = ({ category }: TransactionRecord) => category === 'ADJUSTMENT'
    const left = conditionsToCheck(conditions, ['period', 'category'])

    /** The lists of one account: one for each type that Vobiz selects, and one for what only rows tell. */
    function listsOf(
      accountId: string | null,
      areListed: boolean,
      budget: ScanBudget,
    ): readonly EntrySource<TransactionRecord>[] {
      const { from, to } = conditions
      const list = (type: VobizTransactionTypeFilter | null): Ledger<TransactionRecord> =>
        ledgers.transactions({ accountId, from, to, type }, areListed)
      if (categories === null) return [entrySource(keyOf(accountId, null), list(null), left, budget)]
      const isOwn = (entry: TransactionRecord) => !isAdjustment(entry) && (left?.(entry) ?? true)
      const lists = types.map((type) =>
        entrySource(keyOf(accountId, type), list(type), wantsAdjustments ? isOwn : left, budget),
      )
      if (wantsAdjustments) {
        const isWanted = (entry: TransactionRecord) => isAdjustment(entry) && (left?.(entry) ?? true)
        lists.push(entrySource(keyOf(accountId, null), list(null), isWanted, budget))
      }
      return lists
    }

    return {
      provider: 'VOBIZ',
      async open() {
        const budget = createBudget(scanLimit)
        const { accounts: ids, areListed } = await accountsToRead(accounts)
        const lists = ids.flatMap((accountId) => listsOf(accountId, areListed, budget))
        reserveLists(lists.map(({ key }) => reservationOf(key, conditions)))
        return lists
      },
    }
  }
}
