import type { EntryGroup, SourceGroup } from '../../connection/sources.ts'
import type { GatewayContext, ProviderSession } from '../../graphql/context.ts'
import type { Period } from '../../graphql/period.ts'
import { createBudget, readEntries } from '../../ledger/scan.ts'
import { mergeSummaries, type Summary } from '../../ledger/summary.ts'
import type { Money } from '../../ledger/transaction.ts'
import { type Operation, withoutCache } from '../../operation.ts'
import { AccountGrant } from '../account-grant.ts'
import { createByIdLoader } from '../loaders.ts'
import { isPlainId } from '../plain-id.ts'
import { createSource } from '../source.ts'
import type { VobizCustomerRecord } from './account.ts'
import { createCustomerLoader, customersByIds, listAllCustomers, recentCustomerIds } from './customer-loader.ts'
import { createEntryLoader } from './entry-loader.ts'
import type { VobizApi } from './http.ts'
import { createVobizLedgers, type VobizCapabilities, type VobizLedgerQuery, type VobizLedgers } from './ledger.ts'
import type { SelectedSums } from './list-sums.ts'
import { type VobizPartnerRecord, vobizPartner } from './partner.ts'
import { type ReconciliationProgress, reconcile } from './reconciliation.ts'
import { type VobizList, VobizSources } from './sources.ts'
import { parseVobizLocator, type VobizTransactionRecord } from './transaction.ts'
import type { VobizBalance } from './wire.ts'

/** Returns the operation's session with Vobiz. */
export const vobizSession = (context: GatewayContext) => context.session('VOBIZ') as VobizSession

/** Returns true when a text can be the id of a ledger entry, documented as UUIDs. */
const isEntryId = (text: string): boolean => /^[\x20-\x7e]{1,128}$/.test(text)

/** A reconciliation may take as long as so many upstream requests. */
const RECONCILIATION_TIMEOUTS = 12

/** State and settings that all operations share. */
export interface VobizSessionOptions {
  readonly api: VobizApi
  readonly capabilities: VobizCapabilities
  /** The partner's currency, for sums that carry none. */
  readonly currency: string
  /** Entries that one field may read for a sum. */
  readonly scanLimit: number
  /** The partner's own auth id. */
  readonly partnerId: string
  /** Deadline of one upstream request. */
  readonly timeoutMs: number
}

/** One operation's access to Vobiz. */
export interface VobizSession extends ProviderSession {
  /**
   * The lists that make up a ledger: one, or one for each customer while the global ledger is not offered.
   *
   * @param selected the sums beside the whole that are read
   */
  ledgers(list: VobizList, selected?: SelectedSums): EntryGroup<VobizTransactionRecord>
  /** The sums of one ledger: Vobiz's own, for one request of the smallest page, when it has them. */
  summary(query: VobizLedgerQuery, selected?: SelectedSums): Promise<Summary>
  /** The partner's currency. */
  readonly currency: string
  /** The partner's own auth id. */
  readonly partnerId: string
  /** Compares the global ledger with the customers' own, and yields its progress. */
  reconcile(period: Period): AsyncGenerator<ReconciliationProgress>
  /** Returns the partner; null for a caller who may read only some customers. */
  partner(): Promise<VobizPartnerRecord | null>
  customers(search: string | null): SourceGroup<VobizCustomerRecord>
  /** Returns what the ledgers read so far prove about a customer; see `VobizLedgers`. */
  isKnownCustomer(authId: string): boolean | null
  /** Returns null when the partner has no such customer. */
  customer(authId: string): Promise<VobizCustomerRecord | null>
  /** Reads the balance of a customer; null when the partner has no such customer. */
  balance(authId: string): Promise<VobizBalance | null>
  /**
   * Returns the balance of a customer, without a read when it came with the account in the partner's currency. A customer
   * with rates in another currency may have a wallet in either, so its balance is read.
   */
  balanceOf(customer: VobizCustomerRecord): Promise<Money | null>
  /** Returns an entry by the locator in its global id; null when it does not exist. */
  transaction(locator: string): Promise<VobizTransactionRecord | null>
}

/** Opens one operation's session: ledgers by ranges of rows, customers and entries by their ids. */
export function createVobizSession(options: VobizSessionOptions, operation: Operation): VobizSession {
  const { api, capabilities, currency, scanLimit } = options
  const grant = new AccountGrant(operation.grant)
  const isGlobalOffered = () => capabilities.global.isOffered()

  const customers = createCustomerLoader(api, operation, () => ledgers.customers(null))
  const entries = createEntryLoader({
    transactions: (query) => ledgers.transactions(query),
    isCustomer: async (accountId) => (await customers.load(accountId)) !== null,
    isGlobalOffered,
    isBound: grant.accounts !== null,
    meter: operation.meter,
  })
  let partner: Promise<VobizPartnerRecord> | null = null
  const balances = createByIdLoader((authId) => api.getBalance(authId, operation), operation.meter)
  const ledgers: VobizLedgers = createVobizLedgers(api, capabilities, operation, {
    transactions: (rows) => entries.addRows(rows),
    customers: (rows) => customers.addRows(rows),
  })
  const sources = new VobizSources({
    ledgers,
    grant,
    isGlobalOffered,
    customerIds: () => recentCustomerIds(ledgers, capabilities),
    currency,
    scanLimit,
    meter: operation.meter,
  })
  const customerList = (search: string | null) =>
    grant.accounts === null ? ledgers.customers(search) : customersByIds(grant.accounts, customers, search)

  const balance = async (authId: string) => (isPlainId(authId) && grant.allows(authId) ? balances.load(authId) : null)

  return {
    currency,
    partnerId: options.partnerId,
    ledgers: (list, selected = {}) => sources.ledgerSources(list, selected),
    transactions: (conditions, accounts, groupings) => sources.mergedSource(conditions, accounts, groupings),
    async summary(query, selected = {}) {
      const isAllowed = query.accountId === null ? grant.accounts === null : grant.allows(query.accountId)
      return isAllowed ? sources.summary(query, selected) : mergeSummaries([])
    },
    reconcile: (period) =>
      reconcile(period, {
        openLedgers: (signal) => createVobizLedgers(api, capabilities, withoutCache({ ...operation, signal }), null),
        listCustomers:
          grant.accounts === null
            ? listAllCustomers
            : () => readEntries(customerList(null), null, createBudget(scanLimit)),
        // The global ledger holds entries of customers that a bound caller may not read.
        isGlobalOffered: grant.accounts === null && isGlobalOffered(),
        partnerId: options.partnerId,
        currency,
        scanLimit,
        timeoutMs: options.timeoutMs * RECONCILIATION_TIMEOUTS,
        signal: operation.signal,
        reserve: operation.meter?.reserve,
      }),
    async partner() {
      if (grant.accounts !== null) return null
      partner ??= api.getPartner(operation).then(vobizPartner)
      return partner
    },
    customers: (search) => ({
      provider: 'VOBIZ',
      open: async () => [createSource({ key: 'VOBIZ', ledger: customerList(search), accounts: grant.list() })],
    }),
    isKnownCustomer: (authId) => ledgers.isKnownCustomer(authId),
    customer: async (authId) => (isPlainId(authId) && grant.allows(authId) ? customers.load(authId) : null),
    balance,
    balanceOf: async ({ authId, listedBalance }) =>
      listedBalance?.currency === currency ? listedBalance : balance(authId),
    async transaction(locator) {
      const place = parseVobizLocator(locator)
      if (place === null || !isPlainId(place.accountId) || !isEntryId(place.id)) return null
      return grant.allows(place.accountId) ? entries.load(locator) : null
    },
  }
}
