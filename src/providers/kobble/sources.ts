import type { EntryGroup, EntrySource } from '../../connection/sources.ts'
import { EntrySums } from '../../ledger/entry-sums.ts'
import { conditionsToCheck, mayMatch, type TransactionConditions } from '../../ledger/filter.ts'
import type { Accepts, Ledger } from '../../ledger/ledger.ts'
import type { ScanDirection } from '../../ledger/position.ts'
import { type Preparation, withPreparation } from '../../ledger/prepared-ledger.ts'
import { createBudget, readEntries, type ScanBudget } from '../../ledger/scan.ts'
import type { DirectionOf, TransactionRecord } from '../../ledger/transaction.ts'
import { createListReservations, type Meter } from '../../operation.ts'
import type { Instant } from '../../values/instant.ts'
import type { AccountGrant } from '../account-grant.ts'
import { withSums } from '../source.ts'
import type { KobbleLedgerQuery, KobbleLedgers } from './ledger.ts'
import {
  allOf,
  ENTRY_VALUES,
  type EntryPredicate,
  firstOwners,
  hasExternalId,
  inclusivePeriod,
  isOfTypes,
  isOfWallet,
  isWithin,
  type KobbleFilter,
  type KobbleList,
  narrowedPeriod,
  type Period,
  type Residual,
  residualOf,
  valuesOf,
} from './list-filter.ts'
import type { Ownership } from './ownership.ts'
import { directionFor, type KobbleTransactionRecord } from './transaction.ts'

/** Rows outside a period that are subtracted at either end before its total is given up. */
const MARGIN_ROWS = 50

/**
 * Counts the entries inside a period, of a list that may hold some from just outside of it.
 * @returns null when the exact number takes more than reading both ends of the list
 */
async function countWithin(list: Ledger<KobbleTransactionRecord>, isInside: Accepts<TransactionRecord>) {
  const total = await list.count()
  if (total === null || total === 0) return total
  const ends = await Promise.all(
    (['newest', 'oldest'] as const).map((end) =>
      list.ranges!.read({ end, offset: 0, limit: MARGIN_ROWS }, { side: 'start' }),
    ),
  )
  let count = total
  for (const { rows, total: current } of ends) {
    const outside = rows.findIndex(({ value }) => value instanceof Error || isInside(value))
    const isAll = rows.length >= total && outside === -1
    if (current !== total || (outside === -1 && !isAll)) return null
    count -= outside === -1 ? rows.length : outside
  }
  return Math.max(0, count)
}

/** Whose view the directions of a list's entries are, in its sums and in a filter by direction. */
interface DirectionView {
  readonly directionOf: DirectionOf<KobbleTransactionRecord>
  /** Reads what the directions depend on; null where the entries alone show them. */
  readonly preparation: Preparation<KobbleTransactionRecord> | null
}

/** The rest of one source's definition, beside its query. */
interface SourceOptions {
  /** The rows that may be read for a sum. */
  readonly budget: ScanBudget
  readonly view: DirectionView
  /** The conditions that Kobble does not filter by, beside the edges of the period; null for none. */
  readonly residual?: Residual | null
  /** Matches the entries that are not shown with another source; null for all. */
  readonly owns?: EntryPredicate | null
}

/** One operation's lists of Kobble's transactions, as sources of connections. */
export class KobbleSources {
  readonly #ledgers: KobbleLedgers
  readonly #ownership: Ownership
  readonly #grant: AccountGrant
  readonly #scanLimit: number
  readonly #meter: Meter | null
  readonly #reserveLists: (keys: readonly string[]) => void
  /** The lists with the preparation of the client's view. */
  readonly #prepared = new Map<Ledger<KobbleTransactionRecord>, Ledger<KobbleTransactionRecord>>()

  /** @param scanLimit entries that one field may read for a sum */
  constructor(
    ledgers: KobbleLedgers,
    ownership: Ownership,
    grant: AccountGrant,
    scanLimit: number,
    meter: Meter | undefined,
  ) {
    this.#ledgers = ledgers
    this.#ownership = ownership
    this.#grant = grant
    this.#scanLimit = scanLimit
    this.#meter = meter ?? null
    this.#reserveLists = createListReservations(meter)
  }

  /** The transactions of one wallet, as seen from it, or all that the caller may read; see `mergedSource`. */
  transactionList(list: KobbleList): EntryGroup<KobbleTransactionRecord> {
    const { walletId } = list
    return this.#groupOf(list, this.#walletsToRead(walletId === null ? null : [walletId]))
  }

  /**
   * Kobble's part of the list over all providers. Kobble filters by the period and by one wallet at a time. With wallets,
   * requested or granted, the directions are as seen from them, else as seen by the client.
   *
   * @param walletIds the wallets to read; null for all
   * @returns null when no entry can match
   */
  mergedSource(
    conditions: TransactionConditions,
    walletIds: readonly string[] | null,
  ): EntryGroup<TransactionRecord> | null {
    const ids = this.#walletsToRead(walletIds)
    if (ids?.length === 0 || !mayMatch(conditions, ENTRY_VALUES)) return null
    return this.#groupOf({ conditions, types: null, externalIds: null }, ids)
  }

  /** The lists of these wallets with a filter, or the list of all wallets; none when no entry can match. */
  #groupOf(filter: KobbleFilter, walletIds: readonly string[] | null): EntryGroup<KobbleTransactionRecord> {
    const { conditions, externalIds } = filter
    const view = this.#viewOf(walletIds)
    const possible = valuesOf(filter)
    const checks = conditionsToCheck(conditions, { done: ['period'], possible, directionOf: view.directionOf })
    const residual = residualOf(conditions, allOf(checks, isOfTypes(filter), hasExternalId(filter)))
    const isPossible = mayMatch(conditions, possible) && externalIds?.length !== 0
    const period = inclusivePeriod(conditions)
    return {
      provider: 'KOBBLE',
      open: async () => (isPossible ? this.#listsOf(walletIds, period, view, residual) : []),
      reserve: (sources) => this.#reserve(sources, period),
    }
  }

  /**
   * The wallets whose lists are read: the requested ones that the caller may read; null for the list of all wallets.
   */
  #walletsToRead(walletIds: readonly string[] | null): readonly string[] | null {
    if (walletIds === null) return this.#grant.list()
    return this.#grant.select(walletIds).filter((id) => id !== '')
  }

  #reserve(sources: readonly { readonly key: string }[], { from, to }: Period): void {
    this.#reserveLists(sources.map(({ key }) => `${from} ${to} ${key}`))
  }

  /** The view from wallets; null for the client's view. */
  #viewOf(walletIds: readonly string[] | null): DirectionView {
    if (walletIds !== null) return { directionOf: directionFor(new Set(walletIds)), preparation: null }
    const ownership = this.#ownership
    return { directionOf: (entry) => ownership.directionOf(entry), preparation: ownership }
  }

  /** The lists of these wallets, or the list of all wallets. */
  #listsOf(
    walletIds: readonly string[] | null,
    period: Period,
    view: DirectionView,
    residual: Residual | null,
  ): readonly EntrySource<KobbleTransactionRecord>[] {
    const budget = createBudget(this.#scanLimit, this.#meter)
    if (walletIds === null) return [this.#source({ walletId: null, ...period }, { budget, view, residual })]
    const owners = firstOwners(walletIds)
    return walletIds.map((walletId, index) => {
      const owns = index === 0 ? null : owners[index]!
      return this.#source({ walletId, ...period }, { budget, view, residual, owns })
    })
  }

  /** Returns the list with its preparation, the same for all fields that read it: their reads of one list are joined. */
  #prepare(
    ledger: Ledger<KobbleTransactionRecord>,
    preparation: Preparation<KobbleTransactionRecord>,
  ): Ledger<KobbleTransactionRecord> {
    const prepared = this.#prepared.get(ledger) ?? withPreparation(ledger, preparation)
    this.#prepared.set(ledger, prepared)
    return prepared
  }

  #source(
    query: KobbleLedgerQuery,
    { budget, view, residual = null, owns = null }: SourceOptions,
  ): EntrySource<KobbleTransactionRecord> {
    const { walletId } = query
    const ledger = this.#ledgers.transactions(query)
    const isInside = isWithin(query)
    const isFiltered = residual !== null || owns !== null
    const accepts = allOf(isOfWallet(walletId), owns, isInside, residual?.accepts ?? null)
    const { preparation, directionOf } = view
    const prepared = preparation === null ? ledger : this.#prepare(ledger, preparation)
    const prepare = (list: Ledger<KobbleTransactionRecord>) =>
      preparation !== null && residual?.usesDirection ? this.#prepare(list, preparation) : list
    const source = {
      key: walletId === null ? 'KOBBLE' : `KOBBLE/${walletId}`,
      ledger: prepare(ledger),
      accounts: walletId === null ? null : [walletId],
      accepts,
      isDefensiveFilter: !isFiltered && isInside === null,
      narrowed: (direction: ScanDirection, instant: Instant) =>
        prepare(this.#ledgers.transactions({ ...query, ...narrowedPeriod(query, direction, instant), isPart: true })),
      async count() {
        if (isFiltered) return null
        return isInside === null ? ledger.count() : countWithin(ledger, isInside)
      },
    }
    // Kobble has no sums of its own.
    return withSums(source, new EntrySums(() => readEntries(prepared, accepts, budget), directionOf))
  }
}
