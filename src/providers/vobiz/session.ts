import DataLoader from 'dataloader'
import type { Source, SourceGroup } from '../../connection/connection.ts'
import type { ProviderSession } from '../../graphql/context.ts'
import { conditionsToCheck, mayMatch, type TransactionConditions } from '../../ledger/filter.ts'
import { addDays } from '../../ledger/instant.ts'
import { type Ledger, LedgerRefusedError, type Row } from '../../ledger/ledger.ts'
import { createStream } from '../../ledger/stream.ts'
import type { TransactionCategory, TransactionRecord } from '../../ledger/transaction.ts'
import { type VobizCustomerRecord, vobizCustomer } from './account.ts'
import type { VobizApi, VobizTransactionTypeFilter } from './http.ts'
import { createVobizLedgers, type VobizKnowledge, type VobizLedgerQuery } from './ledger.ts'
import { parseVobizLocator, type VobizLocator, type VobizTransactionRecord } from './transaction.ts'
import type { VobizBalance } from './wire.ts'

/** From how many customers on a page of the customer list is cheaper than one request each. */
const LIST_FROM = 3

/** One operation's reading of Vobiz. */
export interface VobizSession extends ProviderSession {
  /** The lists that make up a ledger: one, or one for each customer where the global ledger is not offered. */
  ledgers(query: VobizLedgerQuery): SourceGroup<VobizTransactionRecord>
  customers(search: string | null): SourceGroup<VobizCustomerRecord>
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
  const stream = createStream(list, { at: 'end', end: 'newest' }, 'older', null)
  do {
    await stream.fill(list.maxRows())
    for (const { row } of stream.buffer.splice(0)) yield row
  } while (!stream.isEnded)
}

/** Reads Vobiz for one operation: its ledgers by ranges of rows, its customers and entries by their ids. */
export function createVobizSession(
  api: VobizApi,
  knowledge: VobizKnowledge,
  signal: AbortSignal | undefined,
): VobizSession {
  const transactions = new DataLoader<string, VobizTransactionRecord | null>(loadTransactions)
  const customers = new DataLoader<string, VobizCustomerRecord | null>(loadCustomers)
  const ledgers = createVobizLedgers(api, knowledge, signal, {
    transaction: (record) => transactions.prime(record.locator, record),
    customer: (record) => customers.prime(record.authId, record),
  })
  const balances = new DataLoader<string, VobizBalance | null>((ids) =>
    Promise.all(ids.map((id) => api.getBalance(id, signal).catch((error: Error) => error))),
  )

  /** Many customers are looked for in the customer list, as long as that takes fewer requests than one for each. */
  async function loadCustomers(ids: readonly string[]): Promise<(VobizCustomerRecord | null | Error)[]> {
    const found = new Map<string, VobizCustomerRecord>()
    let isComplete = false
    if (ids.length >= LIST_FROM) {
      const list = ledgers.customers(null)
      const stream = createStream(list, { at: 'end', end: 'newest' }, 'older', null)
      try {
        for (;;) {
          await stream.fill(list.maxRows())
          for (const { row } of stream.buffer.splice(0)) {
            if (!(row.value instanceof Error)) found.set(row.value.authId, row.value)
          }
          isComplete = stream.isEnded
          const missing = ids.filter((id) => !found.has(id)).length
          const rest = ((await list.count()) ?? 0) - stream.rowsRead
          if (isComplete || missing === 0 || rest / list.maxRows() > missing) break
        }
      } catch {
        // Without the list they are asked for one by one, and each fails for itself.
      }
    }
    return Promise.all(
      ids.map(async (id) => {
        const listed = found.get(id)
        if (listed || isComplete) return listed ?? null
        const row = await api.getAccount(id, signal).catch((error: Error) => error)
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
    const found = new Map<string, VobizTransactionRecord | Error>()
    await Promise.all(
      [...days.values()].map(async ({ place: { accountId, day }, wanted }) => {
        const identify = (id: string) => JSON.stringify([accountId, day, id])
        const missing = () => [...wanted].filter((id) => !found.has(identify(id)))
        const look = async (account: string | null, from: string, to: string) => {
          if (missing().length === 0) return
          for await (const { id, value } of rowsOf(
            ledgers.transactions({ accountId: account, from, to, type: null }),
          )) {
            const isTheirs = value instanceof Error || value.accountId === accountId
            if (isTheirs && wanted.has(id)) found.set(identify(id), value)
            if (missing().length === 0) return
          }
        }
        try {
          await look(accountId, day, day)
          // Vobiz may cut its days in another time zone.
          await Promise.all([-1, 1].map((days) => look(accountId, addDays(day, days), addDays(day, days))))
          // Entries of the partner's own account stand in the global ledger only.
          if (
            missing().length > 0 &&
            (await customers.load(accountId)) === null &&
            Date.now() >= knowledge.refusedUntil
          ) {
            await look(null, addDays(day, -1), addDays(day, 1))
          }
        } catch (error) {
          if (error instanceof LedgerRefusedError) return
          for (const id of missing()) found.set(identify(id), error as Error)
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
    isGuarded: false,
    count: () => (accepts === null ? list.count() : Promise.resolve(null)),
  })

  async function customerIds(): Promise<string[]> {
    const ids: string[] = []
    for await (const { value } of rowsOf(ledgers.customers(null))) {
      // A customer that cannot be read would be missing from every sum and list without a word.
      if (value instanceof Error) throw value
      ids.push(value.authId)
    }
    return ids
  }

  /** The accounts whose ledgers make up a list: the global one, or every customer's where that is not offered. */
  async function accountsToRead(accounts: readonly string[] | null): Promise<readonly (string | null)[]> {
    if (accounts !== null) return [...new Set(accounts)]
    return Date.now() < knowledge.refusedUntil ? customerIds() : [null]
  }

  const keyOf = (accountId: string | null, type: VobizTransactionTypeFilter | null) =>
    ['VOBIZ', ...(accountId === null ? [] : [accountId]), ...(type === null ? [] : [`type:${type}`])].join('/')

  return {
    ledgers: (query) => ({
      provider: 'VOBIZ',
      open: async () => {
        const accounts = await accountsToRead(query.accountId === null ? null : [query.accountId])
        return accounts.map((accountId) =>
          source(keyOf(accountId, null), ledgers.transactions({ ...query, accountId })),
        )
      },
    }),
    transactions: unified,
    customers: (search) => ({
      provider: 'VOBIZ',
      open: async () => [source('VOBIZ', ledgers.customers(search))],
    }),
    customer: (authId) => customers.load(authId),
    balance: (authId) => balances.load(authId),
    transaction: (locator) => transactions.load(locator),
  }

  /** Vobiz's part of the unified list: its own filters see to the period and to four of the categories. */
  function unified(
    conditions: TransactionConditions,
    accounts: readonly string[] | null,
  ): SourceGroup<TransactionRecord> | null {
    const { categories, directions, statuses } = conditions
    const isPossible =
      mayMatch(directions, ['CREDIT', 'DEBIT']) &&
      mayMatch(statuses, ['PENDING', 'COMPLETED', 'FAILED', 'CANCELLED', 'UNKNOWN']) &&
      mayMatch(categories, ['TOP_UP', 'USAGE', 'REFUND', 'TRANSFER', 'ADJUSTMENT']) &&
      accounts?.length !== 0
    if (!isPossible) return null
    const types = [...new Set(categories?.flatMap((category) => TYPES[category] ?? []) ?? [])]
    // Vobiz selects adjustments by no filter; only the rows tell them.
    const wantsAdjustments = categories?.includes('ADJUSTMENT') ?? false
    const isAdjustment = ({ category }: TransactionRecord) => category === 'ADJUSTMENT'
    const left = conditionsToCheck(conditions, ['period', 'category'])

    /** The lists of one account: one for each type that Vobiz selects, and one for what only rows tell. */
    function listsOf(accountId: string | null): readonly Source<TransactionRecord>[] {
      const { from, to } = conditions
      const list = (type: VobizTransactionTypeFilter | null): Ledger<TransactionRecord> =>
        ledgers.transactions({ accountId, from, to, type })
      if (categories === null) return [source(keyOf(accountId, null), list(null), left)]
      const isOwn = (entry: TransactionRecord) => !isAdjustment(entry) && (left?.(entry) ?? true)
      const lists = types.map((type) => source(keyOf(accountId, type), list(type), wantsAdjustments ? isOwn : left))
      if (wantsAdjustments) {
        const isWanted = (entry: TransactionRecord) => isAdjustment(entry) && (left?.(entry) ?? true)
        lists.push(source(keyOf(accountId, null), list(null), isWanted))
      }
      return lists
    }

    return { provider: 'VOBIZ', open: async () => (await accountsToRead(accounts)).flatMap(listsOf) }
  }
}
