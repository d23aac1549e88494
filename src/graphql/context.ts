import type { CursorCodec } from '../connection/cursor.ts'
import type { EntryGroup } from '../connection/sources.ts'
import type { TransactionConditions } from '../ledger/filter.ts'
import type { TransactionRecord } from '../ledger/transaction.ts'
import type { OperationLifetime, ProviderCost } from '../operation.ts'

/** What every provider answers with for the length of one operation. Providers extend it with what is their own. */
export interface ProviderSession {
  /**
   * The lists that hold a provider's part of all entries.
   *
   * @param accounts the provider's own accounts to which the list is confined; null for all
   * @returns null where no entry of this provider can match, so that nothing has to be read
   */
  transactions(
    conditions: TransactionConditions,
    accounts: readonly string[] | null,
  ): EntryGroup<TransactionRecord> | null
}

/** One GraphQL operation. */
export interface GatewayContext {
  /** The time in which the operation may read. */
  readonly lifetime: OperationLifetime
  /** What the operation has cost at the providers so far. */
  costs(): readonly ProviderCost[]
  /** Writes an error into the log that callers must not see. Returns the id that it has there. */
  reportUnexpected(error: unknown): string
  /** Rows that one field may read to answer a filter that a provider does not have. */
  readonly scanLimit: number
  /** Writes and reads the cursors of the caller's lists. */
  readonly cursors: CursorCodec
  /**
   * The operation's session with a provider, by its enum value.
   * @throws {ProviderNotConfiguredError} when the provider is switched off here
   */
  session(provider: string): ProviderSession
}
