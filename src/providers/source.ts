import type { EntrySource, Source } from '../connection/sources.ts'
import type { ListSums } from '../ledger/entry-sums.ts'
import type { Accepts, Ledger } from '../ledger/ledger.ts'

interface SourceOptions<T> {
  /** Identifies the list within its connection, for as long as cursors live. */
  readonly key: string
  readonly ledger: Ledger<T>
  /** The provider's accounts whose data the list holds; null for all of them. */
  readonly accounts: readonly string[] | null
  /** The conditions to check on each row; null for none. */
  readonly accepts?: Accepts<T> | null
  /** For a provider that selects by time; see `Source.narrowed`. */
  readonly narrowed?: NonNullable<Source<T>['narrowed']>
}

/** Returns a list as a source. The provider counts it itself unless rows are left to check. */
export function createSource<T>({ key, ledger, accounts, accepts = null, narrowed }: SourceOptions<T>): Source<T> {
  const count = async () => (accepts === null ? ledger.count() : null)
  return { key, ledger, accounts, accepts, isDefensiveFilter: false, count, ...(narrowed && { narrowed }) }
}

/** Adds sums to a source of entries. */
export function withSums<T>(source: Source<T>, sums: ListSums): EntrySource<T> {
  return { ...source, summary: () => sums.summary(), sumsBy: (grouping) => sums.sumsBy(grouping) }
}
