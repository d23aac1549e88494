import { type Ledger, LedgerRefusedError } from '../../ledger/ledger.ts'
import { pagesOf } from '../../ledger/scan.ts'
import type { Meter } from '../../operation.ts'
import { addDays } from '../../values/instant.ts'
import { ByIdLoader } from '../loaders.ts'
import type { VobizLedgerQuery } from './ledger.ts'
import { parseVobizLocator, type VobizLocator, type VobizTransactionRecord } from './transaction.ts'

export interface EntryLoaderOptions {
  /** Opens a ledger. */
  readonly transactions: (query: VobizLedgerQuery) => Ledger<VobizTransactionRecord>
  /** Returns false when the account is none of the partner's customers. */
  readonly isCustomer: (accountId: string) => Promise<boolean>
  /** Returns false while Vobiz is known not to offer the global ledger. */
  readonly isGlobalOffered: () => boolean
  /** True when the caller may read only some accounts. */
  readonly isBound: boolean
  readonly meter: Meter | undefined
}

/** The entries to find in one account's ledger of one day. */
interface DaySearch {
  readonly accountId: string
  /** UTC day, `YYYY-MM-DD`. */
  readonly day: string
  /** Ids that were not found yet. */
  readonly missing: Set<string>
}

/** Results by `keyOf`. */
type Results = Map<string, VobizTransactionRecord | Error>

const keyOf = ({ accountId, day, id }: VobizLocator) => JSON.stringify([accountId, day, id])

/** Groups entries by account and day: those of one group are found with the same requests. */
function groupByDay(locators: readonly (VobizLocator | null)[]): DaySearch[] {
  const searches = new Map<string, DaySearch>()
  for (const locator of locators) {
    if (locator === null) continue
    const { accountId, day, id } = locator
    const key = JSON.stringify([accountId, day])
    const search = searches.get(key) ?? { accountId, day, missing: new Set<string>() }
    search.missing.add(id)
    searches.set(key, search)
  }
  return [...searches.values()]
}

/** Looks for the missing entries in one ledger, until all are found. */
async function searchLedger(
  { accountId, day, missing }: DaySearch,
  query: VobizLedgerQuery,
  { transactions, isBound }: EntryLoaderOptions,
  results: Results,
): Promise<void> {
  if (missing.size === 0) return
  for await (const page of pagesOf(transactions(query), 'newest')) {
    for (const { id, value } of page) {
      // A malformed row of the global ledger may be of an account that the caller may not read.
      const isOfAccount = value instanceof Error ? query.accountId !== null || !isBound : value.accountId === accountId
      if (isOfAccount && missing.delete(id)) results.set(keyOf({ accountId, day, id }), value)
      if (missing.size === 0) return
    }
  }
}

/** Looks for the entries of one account and day, and adds those that it finds, or why they could not be read. */
async function findEntries(search: DaySearch, options: EntryLoaderOptions, results: Results): Promise<void> {
  const { accountId, day, missing } = search
  const look = (account: string | null, from: string, to: string) =>
    searchLedger(search, { accountId: account, from, to, type: null }, options, results)
  try {
    await look(accountId, day, day)
    // Vobiz may cut its days in another time zone.
    await Promise.all([-1, 1].map((days) => look(accountId, addDays(day, days), addDays(day, days))))
    // Entries of the partner's own account are in the global ledger only.
    if (missing.size > 0 && !(await options.isCustomer(accountId)) && options.isGlobalOffered()) {
      await look(null, addDays(day, -1), addDays(day, 1))
    }
  } catch (error) {
    if (error instanceof LedgerRefusedError) return
    for (const id of missing) results.set(keyOf({ accountId, day, id }), error as Error)
  }
}

/**
 * Creates the loader of entries for one operation. Vobiz has no read by id: an entry is looked for in its account's ledger
 * of its day, and in those of the days beside it.
 */
export function createEntryLoader(options: EntryLoaderOptions): ByIdLoader<VobizTransactionRecord> {
  const loadAll = async (texts: readonly string[]) => {
    const locators = texts.map(parseVobizLocator)
    const searches = groupByDay(locators)
    options.meter?.reserve(searches.length)
    const results: Results = new Map()
    await Promise.all(searches.map((search) => findEntries(search, options, results)))
    return locators.map((locator) => (locator === null ? null : (results.get(keyOf(locator)) ?? null)))
  }
  return new ByIdLoader(loadAll, ({ locator }) => locator)
}
