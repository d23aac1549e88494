import type { EntrySource, Source } from '../connection/sources.ts'
import type { Accepts, Ledger } from '../ledger/ledger.ts'
import type { Summary } from '../ledger/summary.ts'

interface SourceOptions<T> {
  /** Identifies the list within its connection, for as long as cursors live. */
  readonly key: string
  readonly ledger: Ledger<T>
  /** The provider's accounts whose data the list holds; null for all of them. */
  readonly accounts: readonly string[] | null
  /** The conditions to check on each row; null for none. */
  readonly accepts?: Accepts<T> | null
}

/** Returns a list as a source. The provider counts it itself unless rows are left to check. */
export function createSource<T>({ key, ledger, accounts, accepts = null }: SourceOptions<T>): Source<T> {
  const count = async () => (accepts === null ? ledger.count() : null)
  return { key, ledger, accounts, accepts, isDefensiveFilter: false, count }
}

/**
 * Adds sums to a source of entries. They are read once, however many fields select them.
 *
 * @param readSummary reads the sums over all entries that match
 */
export function withSummary<T>(source: Source<T>, readSummary: () => Promise<Summary>): EntrySource<T> {
  let summary: Promise<Summary> | null = null
  return {
    ...source,
    summary() {
      summary ??= readSummary()
      return summary
    },
  }
}
