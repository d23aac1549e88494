import DataLoader from 'dataloader'
import type { EntryGroup, EntrySource, SourceGroup } from '../../connection/sources.ts'
import { UpstreamError, UpstreamResponseError, UpstreamStatusError } from '../../errors.ts'
import type { ProviderSession } from '../../graphql/context.ts'
import { boundsOf, conditionsToCheck, mayMatch, type TransactionConditions } from '../../ledger/filter.ts'
import type { Accepts, Ledger } from '../../ledger/ledger.ts'
import { createRangeLedger } from '../../ledger/range-ledger.ts'
import { createBudget, readEntries, type ScanBudget } from '../../ledger/scan.ts'
import { type Summary, summarize } from '../../ledger/summary.ts'
import type { TransactionDirection, TransactionRecord } from '../../ledger/transaction.ts'
import { createByIdsReader } from '../../ledger/unpaged.ts'
import { accountSetOf, createListReservations, type Operation } from '../../operation.ts'
import type { Instant } from '../../values/instant.ts'
import type { KobbleApi } from './http.ts'
import { isKobbleId } from './ids.ts'
import { createKobbleLedgers, type KobbleKnowledge, type KobbleLedgerQuery } from './ledger.ts'
import { directionFor, type KobbleTransactionRecord, kobbleTransaction } from './transaction.ts'
import { type KobbleWalletRecord, kobbleWallet } from './wallet.ts'

/** From how many wallets on the list of all of them is cheaper than one request each. */
const LIST_FROM = 3
/** How many rows outside a period are counted off at either end before its total is given up. */
const MARGIN_ROWS = 50

/** What all operations share. */
export interface KobbleSessionOptions {
  readonly api: KobbleApi
  readonly knowledge: KobbleKnowledge
  /** Entries that one field may read for a sum. */
  readonly scanLimit: number
}

/** One operation's reading of Kobble. */
export interface KobbleSession extends ProviderSession {
  transactionList(query: KobbleLedgerQuery): EntryGroup<KobbleTransactionRecord>
  wallets(): SourceGroup<KobbleWalletRecord>
  /** Null where there is no such transaction for this client. */
  transaction(id: string): Promise<KobbleTransactionRecord | null>
  /** Null where there is no such wallet for this client. */
  wallet(id: string): Promise<KobbleWalletRecord | null>
}

/** Entries inside a period, both ends included. */
function isWithin(from: Instant | null, to: Instant | null): Accepts<TransactionRecord> {
  return ({ instant }) => (from === null || instant >= from) && (to === null || instant <= to)
}

const all = <T>(...checks: readonly (Accepts<T> | null)[]): Accepts<T> | null => {
  const given = checks.filter((check) => check !== null)
  return given.length === 0 ? null : (value) => given.every((check) => check(value))
}

const seenFrom = (walletId: string) => (entry: KobbleTransactionRecord) => directionFor(walletId, entry)

/**
 * Returns true for a failure that depends on the id that was asked for: a refusal, or an answer that is not as documented.
 * Outages, rate limits and rejected credentials say the same for every id.
 */
function isAboutOneRow(error: unknown, operation: string): boolean {
  if (!(error instanceof UpstreamError) || error.operation !== operation) return false
  if (error instanceof UpstreamResponseError) return true
  return error instanceof UpstreamStatusError && error.status >= 400 && error.status < 500 && error.status !== 408
}

/** Reads Kobble for one operation: its lists by ranges of rows, its transactions and wallets by their ids. */
export function createKobbleSession(
  { api, knowledge, scanLimit }: KobbleSessionOptions,
  operation: Operation,
): KobbleSession {
  const granted = accountSetOf(operation.grant)
  const mayRead = (walletId: string) => granted === null || granted.has(walletId)
  const reserveLists = createListReservations(operation.meter)
  /** The wallets whose lists are read: those that are asked for, as far as they may be the caller's; null for all at once. */
  const walletsToRead = (walletIds: readonly string[] | null) =>
    walletIds === null ? granted && [...granted] : [...new Set(walletIds)].filter((id) => id !== '' && mayRead(id))

  const isOwn = (walletIds: readonly (string | null)[]) =>
    granted === null || walletIds.some((id) => id !== null && mayRead(id))

  const transactions = new DataLoader<string, KobbleTransactionRecord | null>(async (ids) => {
    operation.meter?.reserve(ids.length)
    return Promise.all(ids.map((id) => loadTransaction(id).catch((error: Error) => error)))
  })
  const wallets = new DataLoader<string, KobbleWalletRecord | null>(loadWallets)
  const ledgers = createKobbleLedgers(api, knowledge, operation, {
    transaction(record) {
      // A row of another's wallet must cost what any other id costs that is not the caller's.
      if (isOwn([record.fromId, record.toId])) transactions.prime(record.providerId, record)
    },
    wallet: (record) => wallets.prime(record.providerId, record),
  })

  /**
   * One transaction; null where there is none for this caller. A caller bound to wallets gets null as well for what is not
   * proven to be theirs, whether it exists, is malformed, or is refused: the answer must not depend on it.
   */
  async function loadTransaction(id: string): Promise<KobbleTransactionRecord | null> {
    const answer = await api.getTransaction(id, operation).catch((error: unknown) => {
      if (granted !== null && isAboutOneRow(error, 'getTransaction')) return null
      throw error
    })
    if (answer === null || !isOwn(answer.walletIds)) return null
    if (answer.row instanceof Error) throw answer.row
    return kobbleTransaction(answer.row)
  }

  /** Many wallets are looked for in the list of all of them, which is one request. */
  async function loadWallets(ids: readonly string[]): Promise<(KobbleWalletRecord | null | Error)[]> {
    const listed = new Map<string, KobbleWalletRecord>()
    let isComplete = false
    if (ids.length >= LIST_FROM) {
      const page = await api.listWallets(operation).catch(() => null)
      for (const { value } of page?.rows ?? []) if (!(value instanceof Error)) listed.set(value.id, kobbleWallet(value))
      // A row that cannot be understood may be any of them.
      const hasGaps = page?.rows.some(({ value }) => value instanceof Error) ?? true
      isComplete = page !== null && !hasGaps && (page.total === null || page.total <= listed.size)
    }
    operation.meter?.reserve(ids.filter((id) => !listed.has(id) && !isComplete).length)
    return Promise.all(
      ids.map(async (id) => {
        const known = listed.get(id)
        if (known || isComplete) return known ?? null
        const row = await api.getWallet(id, operation).catch((error: Error) => error)
        return row instanceof Error || row === null ? row : kobbleWallet(row)
      }),
    )
  }

  /** The exact number of entries inside a period, of a list that may hold some from just outside of it. */
  async function countWithin(list: Ledger<KobbleTransactionRecord>, isInside: Accepts<TransactionRecord>) {
    const total = await list.count()
    if (total === null || total === 0) return total
    const ends = await Promise.all(
      (['newest', 'oldest'] as const).map((end) =>
        list.ranges!.read({ end, offset: 0, limit: MARGIN_ROWS }, { side: 'start' }),
      ),
    )
    let count = total
    for (const { rows, total: seen } of ends) {
      const outside = rows.findIndex(({ value }) => value instanceof Error || isInside(value))
      const isAll = rows.length >= total && outside === -1
      if (seen !== total || (outside === -1 && !isAll)) return null
      count -= outside === -1 ? rows.length : outside
    }
    return Math.max(0, count)
  }

  /**
   * @param budget what may be read for a sum
   * @param left what Kobble's own filter leaves to be checked on rows, beside the edges of the period
   * @param directionOf an entry's direction for sums, where it is seen from a wallet
   */
  function source(
    query: KobbleLedgerQuery,
    budget: ScanBudget,
    left: Accepts<TransactionRecord> | null = null,
    owns: Accepts<KobbleTransactionRecord> | null = null,
    directionOf?: (entry: KobbleTransactionRecord) => TransactionDirection | null,
  ): EntrySource<KobbleTransactionRecord> {
    const { walletId, from, to } = query
    const list = ledgers.transactions(query)
    const isInside = from === null && to === null ? null : isWithin(from, to)
    // Which side of a transaction Kobble matches a wallet with is not documented.
    const isOfWallet: Accepts<KobbleTransactionRecord> | null =
      walletId === null ? null : ({ fromId, toId }) => fromId === walletId || toId === walletId
    const isFiltered = left !== null || owns !== null
    const accepts = all<KobbleTransactionRecord>(isOfWallet, owns, isInside, left)
    let summary: Promise<Summary> | null = null
    return {
      key: walletId === null ? 'KOBBLE' : `KOBBLE/${walletId}`,
      ledger: list,
      accepts,
      isDefensiveFilter: !isFiltered && isInside === null,
      async count() {
        if (isFiltered) return null
        return isInside === null ? list.count() : countWithin(list, isInside)
      },
      // Kobble sums nothing itself.
      summary() {
        summary ??= readEntries(list, accepts, budget).then((entries) => summarize(entries, directionOf))
        return summary
      },
    }
  }

  /** Kobble's part of the unified list: its own filters see to the period and to one wallet at a time. */
  function unified(
    conditions: TransactionConditions,
    walletIds: readonly string[] | null,
  ): EntryGroup<TransactionRecord> | null {
    const isPossible =
      mayMatch(conditions.statuses, ['PENDING', 'COMPLETED', 'DECLINED', 'UNKNOWN']) &&
      mayMatch(conditions.categories, [
        'TRANSFER',
        'REFUND',
        'RESERVATION',
        'REVERSAL',
        'SETTLEMENT',
        'MANUAL_CREDIT',
        'MANUAL_DEBIT',
        'CARD_SPEND',
      ]) &&
      mayMatch(conditions.directions, ['CREDIT', 'DEBIT', 'INTERNAL']) &&
      walletIds?.length !== 0
    if (!isPossible) return null
    const left = conditionsToCheck(conditions, ['period'])
    const [from, end] = boundsOf(conditions)
    const to = end === null ? null : end - 1n
    const ids = walletsToRead(walletIds)
    if (ids?.length === 0) return null
    return { provider: 'KOBBLE', open: async () => listsOf(ids, { from, to }, left) }
  }

  /** The lists of these wallets, or the one of all. */
  function listsOf(
    walletIds: readonly string[] | null,
    period: Pick<KobbleLedgerQuery, 'from' | 'to'>,
    left: Accepts<TransactionRecord> | null,
  ): readonly EntrySource<KobbleTransactionRecord>[] {
    const budget = createBudget(scanLimit)
    const ranks = new Map(walletIds?.map((walletId, rank) => [walletId, rank]))
    reserveLists((walletIds ?? []).map((walletId) => `${period.from} ${period.to} ${walletId}`))
    return (walletIds ?? [null]).map((walletId, index) => {
      // An entry between two of the wallets stands in both of their lists, and comes with the first.
      const isEarlier = (id: string | null) => id !== null && (ranks.get(id) ?? index) < index
      const isFirst: Accepts<KobbleTransactionRecord> | null =
        index === 0 ? null : ({ fromId, toId }) => !isEarlier(fromId) && !isEarlier(toId)
      return source({ walletId, ...period }, budget, left, isFirst)
    })
  }

  return {
    transactions: unified,
    transactionList: (query) => ({
      provider: 'KOBBLE',
      async open() {
        const { walletId, ...period } = query
        if (walletId === null) return listsOf(walletsToRead(null), period, null)
        return mayRead(walletId) ? [source(query, createBudget(scanLimit), null, null, seenFrom(walletId))] : []
      },
    }),
    wallets: () => ({
      provider: 'KOBBLE',
      open: async () => {
        const list =
          granted === null
            ? ledgers.wallets()
            : createRangeLedger(createByIdsReader([...granted], (id) => wallets.load(id)))
        return [{ key: 'KOBBLE', ledger: list, accepts: null, isDefensiveFilter: false, count: () => list.count() }]
      },
    }),
    transaction: async (id) => (!isKobbleId(id) || granted?.size === 0 ? null : transactions.load(id)),
    wallet: async (id) => (isKobbleId(id) && mayRead(id) ? wallets.load(id) : null),
  }
}
