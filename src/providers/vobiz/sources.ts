import type { EntryGroup, EntrySource } from '../../connection/sources.ts'
import {
  type Condition,
  conditionsToCheck,
  coveringDays,
  type EntryValues,
  mayMatch,
  type TransactionConditions,
  wantedCategories,
} from '../../ledger/filter.ts'
import type { Accepts, Ledger } from '../../ledger/ledger.ts'
import { createBudget, type ScanBudget } from '../../ledger/scan.ts'
import type { Summary } from '../../ledger/summary.ts'
import {
  type DirectedRecord,
  rowDirection,
  type TransactionCategory,
  type TransactionRecord,
} from '../../ledger/transaction.ts'
import { createListReservations, type Meter } from '../../operation.ts'
import type { AccountGrant } from '../account-grant.ts'
import { createSource, withSums } from '../source.ts'
import { listAllCustomers } from './customer-loader.ts'
import type { VobizTransactionTypeFilter } from './http.ts'
import type { VobizLedgerQuery, VobizLedgers } from './ledger.ts'
import { VobizListSums } from './list-sums.ts'
import type { VobizTransactionRecord } from './transaction.ts'

/** The values of the filter for the categories that Vobiz selects itself. */
const TYPES: Partial<Record<TransactionCategory, VobizTransactionTypeFilter>> = {
  TOP_UP: 'recharge',
  USAGE: 'debit',
  REFUND: 'refund',
  TRANSFER: 'transfer',
}

/** The accounts whose ledgers make up a list; null among them is the ledger over all customers. */
interface AccountsToRead {
  readonly accounts: readonly (string | null)[]
  /** True when they come from Vobiz's own list of customers, so that one without a ledger is a failure. */
  readonly areListed: boolean
}

/** One list of an account that the list over all providers reads. */
interface ListPart {
  /** Vobiz's own filter; null for the whole ledger. */
  readonly type: VobizTransactionTypeFilter | null
  /** The conditions to check on each row; null for none. */
  readonly accepts: Accepts<DirectedRecord> | null
}

/** Identifies a list within its connection. */
const keyOf = (accountId: string | null, type: VobizTransactionTypeFilter | null) =>
  ['VOBIZ', ...(accountId === null ? [] : [accountId]), ...(type === null ? [] : [`type:${type}`])].join('/')

/** Identifies a list within its operation. */
const reservationKey = (key: string, { from, to }: Pick<VobizLedgerQuery, 'from' | 'to'>) => `${from} ${to} ${key}`

/** The accounts of one ledger; null for the one over all customers. */
const onlyAccount = (accountId: string | null) => (accountId === null ? null : [accountId])

/** Vobiz has no entries with other values. */
const ENTRY_VALUES: EntryValues = {
  directions: ['CREDIT', 'DEBIT'],
  statuses: ['PENDING', 'COMPLETED', 'FAILED', 'CANCELLED', 'UNKNOWN'],
  categories: ['TOP_UP', 'USAGE', 'REFUND', 'TRANSFER', 'ADJUSTMENT', null],
}

/**
 * Splits a filter into lists of one account: one for each type that Vobiz selects, and the whole ledger for adjustments,
 * which only their rows identify. No entry matches two of the lists.
 */
export function listParts(conditions: TransactionConditions): readonly ListPart[] {
  const categories = wantedCategories(conditions)
  const done: Condition[] = coveringDays(conditions).isExact ? ['period'] : []
  if (categories !== null) done.push('category')
  const residual = conditionsToCheck<DirectedRecord>(conditions, {
    done,
    possible: ENTRY_VALUES,
    directionOf: rowDirection,
  })
  if (categories === null) return [{ type: null, accepts: residual }]
  const matches = (entry: DirectedRecord) => residual === null || residual(entry)
  const isAdjustment = ({ category }: DirectedRecord) => category === 'ADJUSTMENT'
  const types = [...new Set(categories.flatMap((category) => TYPES[category] ?? []))]
  if (!categories.includes('ADJUSTMENT')) return types.map((type) => ({ type, accepts: residual }))
  return [
    ...types.map((type) => ({ type, accepts: (entry: DirectedRecord) => !isAdjustment(entry) && matches(entry) })),
    { type: null, accepts: (entry: DirectedRecord) => isAdjustment(entry) && matches(entry) },
  ]
}

export interface VobizSourcesOptions {
  readonly ledgers: VobizLedgers
  readonly grant: AccountGrant
  /** Returns false while Vobiz is known not to offer the global ledger. */
  readonly isGlobalOffered: () => boolean
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
  readonly #currency: string
  readonly #scanLimit: number
  readonly #reserveLists: (keys: readonly string[]) => void

  constructor({ ledgers, grant, isGlobalOffered, currency, scanLimit, meter }: VobizSourcesOptions) {
    this.#ledgers = ledgers
    this.#grant = grant
    this.#isGlobalOffered = isGlobalOffered
    this.#currency = currency
    this.#scanLimit = scanLimit
    this.#reserveLists = createListReservations(meter)
  }

  /** The lists that make up one ledger: one, or one for each customer while the global ledger is not offered. */
  ledgerSources(query: VobizLedgerQuery, byReferenceType: boolean): EntryGroup<VobizTransactionRecord> {
    return {
      provider: 'VOBIZ',
      open: async () => {
        const { accounts, areListed } = await this.#accountsToRead(query.accountId === null ? null : [query.accountId])
        const budget = createBudget(this.#scanLimit)
        this.#reserveLists(accounts.map((accountId) => reservationKey(keyOf(accountId, query.type), query)))
        return accounts.map((accountId) => {
          const list = this.#ledgers.transactions({ ...query, accountId }, areListed)
          const source = createSource({
            key: keyOf(accountId, null),
            ledger: list,
            accounts: onlyAccount(accountId),
          })
          return withSums(source, this.#sumsOf(list, null, budget, byReferenceType))
        })
      },
    }
  }

  /**
   * Vobiz's part of the list over all providers. Vobiz filters by whole days and by four of the categories.
   *
   * @param accounts the accounts to read; null for all
   * @returns null when no entry can match
   */
  mergedSource(
    conditions: TransactionConditions,
    accounts: readonly string[] | null,
  ): EntryGroup<TransactionRecord> | null {
    if (accounts?.length === 0 || this.#grant.isEmpty() || !mayMatch(conditions, ENTRY_VALUES)) return null
    const parts = listParts(conditions)
    const days = coveringDays(conditions)
    return {
      provider: 'VOBIZ',
      open: async () => {
        const budget = createBudget(this.#scanLimit)
        const { accounts: ids, areListed } = await this.#accountsToRead(accounts)
        const sources = ids.flatMap((accountId) =>
          parts.map((part) => this.#partSource(accountId, days, part, areListed, budget)),
        )
        this.#reserveLists(sources.map(({ key }) => reservationKey(key, days)))
        return sources
      },
    }
  }

  /** The sums of one ledger: Vobiz's own when it has them for just this list, else from the entries. */
  summary(query: VobizLedgerQuery): Promise<Summary> {
    return this.#sumsOf(this.#ledgers.transactions(query), null, createBudget(this.#scanLimit)).summary()
  }

  #partSource(
    accountId: string | null,
    { from, to }: Pick<VobizLedgerQuery, 'from' | 'to'>,
    { type, accepts }: ListPart,
    isListed: boolean,
    budget: ScanBudget,
  ): EntrySource<TransactionRecord> {
    const ledger = this.#ledgers.transactions({ accountId, from, to, type }, isListed)
    const source = createSource<DirectedRecord>({
      key: keyOf(accountId, type),
      ledger,
      accounts: onlyAccount(accountId),
      accepts,
    })
    return withSums(source, this.#sumsOf(ledger, accepts, budget))
  }

  /** The accounts whose ledgers make up a list: the global one, or every customer's while it is not offered. */
  async #accountsToRead(accounts: readonly string[] | null): Promise<AccountsToRead> {
    if (accounts !== null) return { accounts: this.#grant.select(accounts), areListed: false }
    const granted = this.#grant.list()
    if (granted !== null) return { accounts: granted, areListed: false }
    if (this.#isGlobalOffered()) return { accounts: [null], areListed: false }
    const customers = await listAllCustomers(this.#ledgers)
    return { accounts: customers.map(({ authId }) => authId), areListed: true }
  }

  /** The sums of one list. */
  #sumsOf(
    ledger: Ledger<VobizTransactionRecord>,
    accepts: Accepts<DirectedRecord> | null,
    budget: ScanBudget,
    byReferenceType = false,
  ): VobizListSums {
    return new VobizListSums({ ledger, accepts, budget, byReferenceType, currency: this.#currency })
  }
}
