import type { EntryGroup, SourceGroup } from '../../connection/sources.ts'
import type { GatewayContext, ProviderSession } from '../../graphql/context.ts'
import { createRangeLedger } from '../../ledger/range-ledger.ts'
import type { TransactionDirection } from '../../ledger/transaction.ts'
import { createByIdsReader } from '../../ledger/unpaged.ts'
import type { Operation } from '../../operation.ts'
import { AccountGrant } from '../account-grant.ts'
import { isPlainId } from '../plain-id.ts'
import { createSource } from '../source.ts'
import type { KobbleApi } from './http.ts'
import { createKobbleLedgers, type KobbleCapabilities } from './ledger.ts'
import type { KobbleList } from './list-filter.ts'
import { Ownership } from './ownership.ts'
import { KobbleSources } from './sources.ts'
import type { KobbleTransactionRecord } from './transaction.ts'
import { createTransactionLoader } from './transaction-loader.ts'
import type { KobbleWalletRecord } from './wallet.ts'
import { createWalletLoader } from './wallet-loader.ts'
import type { WalletRegistry } from './wallet-registry.ts'

/** State and settings that all operations share. */
export interface KobbleSessionOptions {
  readonly api: KobbleApi
  readonly capabilities: KobbleCapabilities
  /** Observes `api`. */
  readonly registry: WalletRegistry
  /** Entries that one field may read for a sum. */
  readonly scanLimit: number
}

/** One operation's access to Kobble. */
export interface KobbleSession extends ProviderSession {
  transactionList(list: KobbleList): EntryGroup<KobbleTransactionRecord>
  wallets(): SourceGroup<KobbleWalletRecord>
  /** Returns the direction of an entry as seen by the client; see `Ownership`. */
  direction(entry: KobbleTransactionRecord): TransactionDirection | null | Promise<TransactionDirection | null>
  /** Returns null when there is no such transaction for the caller. */
  transaction(id: string): Promise<KobbleTransactionRecord | null>
  /** Returns null when there is no such wallet for the caller. */
  wallet(id: string): Promise<KobbleWalletRecord | null>
}

/** Returns the operation's session with Kobble. */
export const kobbleSession = (context: GatewayContext) => context.session('KOBBLE') as KobbleSession

/** Opens one operation's session: lists by ranges of rows, transactions and wallets by their ids. */
export function createKobbleSession(
  { api, capabilities, registry, scanLimit }: KobbleSessionOptions,
  operation: Operation,
): KobbleSession {
  const grant = new AccountGrant(operation.grant)
  const transactions = createTransactionLoader(api, grant, operation)
  const wallets = createWalletLoader(api, operation)
  const ledgers = createKobbleLedgers(api, capabilities, operation, {
    transactions: (rows) => transactions.addRows(rows),
    wallets: (rows) => wallets.addRows(rows),
  })
  const ownership = new Ownership(api, registry, operation)
  const sources = new KobbleSources(ledgers, ownership, grant, scanLimit, operation.meter)

  return {
    transactions: (conditions, walletIds) => sources.mergedSource(conditions, walletIds),
    transactionList: (list) => sources.transactionList(list),
    wallets: () => ({
      provider: 'KOBBLE',
      async open() {
        const accounts = grant.list()
        const ledger =
          accounts === null
            ? ledgers.wallets()
            : createRangeLedger(createByIdsReader(accounts, (id) => wallets.load(id)))
        return [createSource({ key: 'KOBBLE', ledger, accounts })]
      },
    }),
    direction: (entry) => ownership.direction(entry),
    transaction: async (id) => (!isPlainId(id) || grant.isEmpty() ? null : transactions.load(id)),
    wallet: async (id) => (isPlainId(id) && grant.allows(id) ? wallets.load(id) : null),
  }
}
