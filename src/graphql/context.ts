import type { CursorCodec } from '../connection/cursor.ts'
import type { EntryGroup, MayRead } from '../connection/sources.ts'
import type { WalkMemory } from '../connection/walk-memory.ts'
import type { TransactionConditions } from '../ledger/filter.ts'
import type { Grouping } from '../ledger/groups.ts'
import type { TransactionRecord } from '../ledger/transaction.ts'
import type { CacheView, OperationLifetime, ProviderCost } from '../operation.ts'

/** A provider during one operation. Providers extend it with lists and objects of their own. */
export interface ProviderSession {
  /**
   * Returns the provider's sources of the merged list; null when none of its entries can match, so that nothing is read.
   *
   * @param accounts the provider's own accounts to which the list is confined; null for all
   * @param groupings the groups whose sums are selected, for a provider that can sum by them itself
   */
  transactions(
    conditions: TransactionConditions,
    accounts: readonly string[] | null,
    groupings: readonly Grouping[],
  ): EntryGroup<TransactionRecord> | null
}

/** One GraphQL operation. */
export interface GatewayContext {
  /** Identifies the caller's request in the log. */
  readonly requestId: string
  /** Deadline and cancellation of the operation. */
  readonly lifetime: OperationLifetime
  /** True when the providers are the sandbox, so that all data is made up. */
  readonly isSandbox: boolean
  /** Returns the upstream requests and rows of the operation so far, by provider. */
  costs(): readonly ProviderCost[]
  /** What the operation has seen of lists that may be kept; undefined while nothing is kept. */
  readonly cacheView: CacheView | undefined
  /** Logs an error that callers must not see. Returns its id in the log. */
  reportUnexpected(error: unknown): string
  /** Maximum number of rows that one field reads for a filter that a provider does not have. */
  readonly scanLimit: number
  /** Returns true when the caller's grant covers a source of entries or accounts. */
  readonly mayRead: MayRead
  /** Returns true when the caller's grant covers some data of a provider, given its enum value. */
  mayReadSome(provider: string): boolean
  /** Returns true when a provider is switched on, given its enum value. */
  isConfigured(provider: string): boolean
  /** Encodes and decodes the caller's cursors. */
  readonly cursors: CursorCodec
  /** Remembers how far walks over many sources have come. */
  readonly walks: WalkMemory
  /**
   * Returns the operation's session with a provider, given its enum value.
   * @throws {ProviderNotConfiguredError} when the provider is switched off
   */
  session(provider: string): ProviderSession
}
