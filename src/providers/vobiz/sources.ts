import type { EntryGroup, EntrySource } from '../../connection/sources.ts'
import { coveringDays, type TransactionConditions } from '../../ledger/filter.ts'
import type { Grouping } from '../../ledger/groups.ts'
import type { ScanDirection } from '../../ledger/position.ts'
import { createBudget } from '../../ledger/scan.ts'
import type { Summary } from '../../ledger/summary.ts'
import type { TransactionRecord } from '../../ledger/transaction.ts'
import { createListReservations, type Meter } from '../../operation.ts'
import { dayOf, type Instant } from '../../values/instant.ts'
import type { AccountGrant } from '../account-grant.ts'
import { createSource, withSums } from '../source.ts'
import type { VobizTransactionTypeFilter } from './http.ts'
import type { VobizLedgerQuery, VobizLedgers } from './ledger.ts'
import { type ListPart, listParts } from './list-parts.ts'
import { type SelectedSums, type SummedList, VobizListSums } from './list-sums.ts'
import type { VobizTransactionRecord } from './transaction.ts'

/** The accounts whose ledgers make up a list; null among them is the ledger over all customers. */
interface AccountsToRead {
  readonly accounts: readonly (string | null)[]
  /** True when they come from Vobiz's own list of customers, so that one without a ledger is a failure. */
  readonly areListed: boolean
}

/** The lists of which a group of sources is made. */
interface PartedList {
  readonly conditions: TransactionConditions
  /** The accounts to read; null for all. */
  readonly accounts: readonly string[] | null
  readonly parts: readonly ListPart[]
  /** True when the whole list is of one type, which then is not part of the keys of its sources. */
  readonly isOfOneType: boolean
  readonly selected: SelectedSums
}

/** Identifies a list within its connection. */
const keyOf = (accountId: string | null, type: VobizTransactionTypeFilter | null) =>
  ['VOBIZ', ...(accountId === null ? [] : [accountId]), ...(type === null ? [] : [`type:${type}`])].join('/')

/** Returns the days of a list without those that a walk in a direction comes to before an instant. */
function narrowedDays({ from, to }: Pick<VobizLedgerQuery, 'from' | 'to'>, direction: ScanDirection, instant: Instant) {
  const day = dayOf(instant)
  return direction === 'older'
    ? { from, to: to === null || day < to ? day : to }
    : { from: from === null || day > from ? day : from, to }
}

/** The accounts of one ledger; null for the one over all customers. */
const onlyAccount = (accountId: string | null) => (accountId === null ? null : [accountId])

/** A list of entries of one account, or of all customers. */
export interface VobizList {
  /** A customer's auth id; null for all of them. */
  readonly accountId: string | null
  readonly conditions: TransactionConditions
  /** The type under which Vobiz lists the entries; null for all. */
  readonly type: VobizTransactionTypeFilter | null
  /** Several such types, of which an entry has one; null for all. */
  readonly types: readonly VobizTransactionTypeFilter[] | null
}

export interface VobizSourcesOptions {
  readonly ledgers: VobizLedgers
  readonly grant: AccountGrant
  /** Returns false while Vobiz is known not to offer the global ledger. */
  readonly isGlobalOffered: () => boolean
  /** Returns the auth ids of all customers. */
  readonly customerIds: () => Promise<readonly string[]>
  /** The partner's currency, for sums that carry none. */
  readonly currency: string
  /** Entries that one field may read for a sum. */
  readonly scanLimit: number
  readonly meter: Meter | undefined
}

/** One operation's ledgers of Vobiz, as sources of connections. */
export class VobizSources {
  readonly #ledgers: VobizLedgers
  readonly #grant: AccountGrant
  readonly #isGlobalOffered: () => boolean
  readonly #customerIds: () => Promise<readonly string[]>
  readonly #currency: string
  readonly #scanLimit: number
  readonly #meter: Meter | null
  readonly #reserveLists: (keys: readonly string[]) => void
  readonly #reservedPeriods = new Set<string>()

  constructor(options: VobizSourcesOptions) {
    this.#ledgers = options.ledgers
    this.#grant = options.grant
    this.#isGlobalOffered = options.isGlobalOffered
    this.#customerIds = options.customerIds
    this.#currency = options.currency
    this.#scanLimit = options.scanLimit
    this.#meter = options.meter ?? null
    this.#reserveLists = createListReservations(options.meter)
  }

  /**
   * The lists that make up one ledger. There is one of each type that the filter selects; while the global ledger is not
   * offered, these of each customer.
   */
  ledgerSources(list: VobizList, selected: SelectedSums): EntryGroup<VobizTransactionRecord> {
    const { accountId, conditions, type } = list
    const types = type === null ? list.types : [type].filter((only) => list.types?.includes(only) ?? true)
    const parts = listParts(conditions, types)
    const accounts = accountId === null ? null : [accountId]
    return this.#groupOf({ conditions, accounts, parts, isOfOneType: type !== null, selected })
  }

  /**
   * Vobiz's part of the list over all providers. Vobiz filters by whole days and by four of the categories.
   *
   * @param accounts the accounts to read; null for all
   * @param groupings the groups whose sums are selected
   * @returns null when no entry can match
   */
  mergedSource(
    conditions: TransactionConditions,
    accounts: readonly string[] | null,
    groupings: readonly Grouping[],
  ): EntryGroup<TransactionRecord> | null {
    const parts = listParts(conditions, null)
    if (accounts?.length === 0 || this.#grant.isEmpty() || parts.length === 0) return null
    return this.#groupOf({ conditions, accounts, parts, isOfOneType: false, selected: { groupings } })
  }

  /** The sums of one ledger: Vobiz's own when it has them for just this list, else from the entries. */
  summary(query: VobizLedgerQuery, selected: SelectedSums): Promise<Summary> {
    const budget = createBudget(this.#scanLimit, this.#meter)
    return new VobizListSums({ ...this.#listOf(query, false), accepts: null, budget, selected }).summary()
  }

  #groupOf({ conditions, accounts, parts, isOfOneType, selected }: PartedList): EntryGroup<VobizTransactionRecord> {
    const { from, to } = coveringDays(conditions)
    const open = async () => {
      if (parts.length === 0) return []
      const budget = createBudget(this.#scanLimit, this.#meter)
      const { accounts: ids, areListed } = await this.#accountsToRead(accounts)
      const queries = ids.flatMap((accountId) => parts.map((part) => ({ ...part, accountId, from, to })))
      return queries.map(({ accepts, ...query }): EntrySource<VobizTransactionRecord> => {
        const { accountId, type } = query
        const list = this.#listOf(query, areListed)
        const source = createSource<VobizTransactionRecord>({
          key: keyOf(accountId, isOfOneType ? null : type),
          ledger: list.ledger,
          accounts: onlyAccount(accountId),
          accepts,
          narrowed: (direction, instant) =>
            this.#ledgers.transactions(
              { ...query, ...narrowedDays(query, direction, instant), isPart: true },
              areListed,
            ),
        })
        return withSums(source, new VobizListSums({ ...list, accepts, budget, selected }))
      })
    }
    const reserve = (sources: readonly { readonly key: string }[]) =>
      this.#reserveLists(sources.map(({ key }) => `${from} ${to} ${isOfOneType ? parts[0]?.type : ''} ${key}`))
    return { provider: 'VOBIZ', open, reserve }
  }

  /** The accounts whose ledgers make up a list: the global one, or every customer's while it is not offered. */
  async #accountsToRead(accounts: readonly string[] | null): Promise<AccountsToRead> {
    if (accounts !== null) return { accounts: this.#grant.select(accounts), areListed: false }
    const granted = this.#grant.list()
    if (granted !== null) return { accounts: granted, areListed: false }
    if (this.#isGlobalOffered()) return { accounts: [null], areListed: false }
    return { accounts: await this.#customerIds(), areListed: true }
  }

  /** One list, and what it takes to read its sums by periods. */
  #listOf(query: VobizLedgerQuery, isListed: boolean): Omit<SummedList, 'accepts' | 'budget' | 'selected'> {
    return {
      query,
      ledger: this.#ledgers.transactions(query, isListed),
      open: (days) => this.#ledgers.transactions({ ...query, ...days }, isListed),
      reserve: (unit, requests) => this.#reservePeriods(JSON.stringify([query, unit]), requests),
      currency: this.#currency,
    }
  }

  /** Reserves the requests for the periods of a list, once for all fields that sum it. */
  #reservePeriods(key: string, requests: number): void {
    if (this.#reservedPeriods.has(key)) return
    this.#meter?.reserve(requests)
    this.#reservedPeriods.add(key)
  }
}
