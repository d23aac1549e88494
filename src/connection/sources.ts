import { GrantExceededError, ProviderNotConfiguredError } from '../errors.ts'
import type { ListSums } from '../ledger/entry-sums.ts'
import type { Grouping, GroupSums } from '../ledger/groups.ts'
import { type Accepts, type Ledger, LedgerRefusedError } from '../ledger/ledger.ts'
import type { ScanDirection } from '../ledger/position.ts'
import type { Summary } from '../ledger/summary.ts'
import type { Instant } from '../values/instant.ts'

/** One list that a connection reads. */
export interface Source<T> {
  /** Identifies the list within its connection, for as long as cursors live. */
  readonly key: string
  readonly ledger: Ledger<T>
  /** The provider's accounts whose data the list holds; null for all of them. Checked against the caller's grant. */
  readonly accounts: readonly string[] | null
  /** The residual predicate, after the provider's own filter; null where nothing is left to check. */
  readonly accepts: Accepts<T> | null
  /** True where `accepts` only guards against rows that the provider should not have sent. */
  readonly isDefensiveFilter: boolean
  /**
   * Returns the same list without entries that a walk in a direction comes to before an instant, as far as the provider
   * selects by time; it may still have some of them. Left out where the provider does not select.
   */
  narrowed?(direction: ScanDirection, instant: Instant): Ledger<T>
  /** Entries that match, exactly; null where that would need reading them all. */
  count(): Promise<number | null>
  /** The sums over all entries that match; left out where the list is not one of entries with amounts. */
  summary?(): Promise<Summary>
  /** The same sums in groups; left out where `summary` is. */
  sumsBy?(grouping: Grouping): Promise<readonly GroupSums[]>
}

/** A list of entries with amounts, which always has sums. */
export interface EntrySource<T> extends Source<T>, ListSums {
  summary(): Promise<Summary>
  sumsBy(grouping: Grouping): Promise<readonly GroupSums[]>
}

/** The lists of one provider. Usually one; several where the provider only offers its ledger in parts. */
export interface SourceGroup<T, S extends Source<T> = Source<T>> {
  /** The provider's enum value. */
  readonly provider: string
  /**
   * Opens the lists. Called again after one of them was refused with `LedgerRefusedError`, and then offers others.
   * @throws {ProviderNotConfiguredError} when the provider is disabled here
   */
  open(): Promise<readonly S[]>
  /**
   * Reserves a request for each of several lists that are about to be read together, once for each list.
   * @throws {LimitExceededError} when the operation may not send as many
   */
  reserve?(sources: readonly Source<T>[]): void
}

/** The lists of entries of one provider. */
export type EntryGroup<T> = SourceGroup<T, EntrySource<T>>

/** Behaviour of a list when one of its sources fails. */
export type FailurePolicy = 'FAIL' | 'PARTIAL'

/** The lists of one provider, or why they could not be opened. */
export interface OpenGroup<T> {
  readonly group: SourceGroup<T>
  readonly sources: readonly Source<T>[]
  readonly error: Error | null
  /** True for a provider that is not configured: it is reported, and takes no part. */
  readonly isDisabled: boolean
}

/** Returns true for a provider that takes part and could not be opened. */
export const isUnopened = ({ error, isDisabled }: OpenGroup<unknown>) => error !== null && !isDisabled

/**
 * Returns true when the caller may read data of these accounts of a provider, or with null of all its accounts.
 */
export type MayRead = (provider: string, accounts: readonly string[] | null) => boolean

async function openGroup<T>(group: SourceGroup<T>, onFailure: FailurePolicy, mayRead: MayRead): Promise<OpenGroup<T>> {
  try {
    const sources = await group.open()
    if (!sources.every(({ accounts }) => mayRead(group.provider, accounts))) {
      throw new GrantExceededError(`A list of ${group.provider} exceeds the caller's grant.`)
    }
    return { group, sources, error: null, isDisabled: false }
  } catch (error) {
    const isDisabled = error instanceof ProviderNotConfiguredError
    if (!(error instanceof Error) || (onFailure === 'FAIL' && !isDisabled)) throw error
    return { group, sources: [], error, isDisabled }
  }
}

/** The sources of a connection, opened when they are first read, and again when a provider refuses one of its lists. */
export class SourceSet<T> {
  readonly #groups: readonly SourceGroup<T>[]
  readonly #onFailure: FailurePolicy
  readonly #mayRead: MayRead
  #opened: Promise<readonly OpenGroup<T>[]> | null = null

  constructor(groups: readonly SourceGroup<T>[], onFailure: FailurePolicy, mayRead: MayRead) {
    this.#groups = groups
    this.#onFailure = onFailure
    this.#mayRead = mayRead
  }

  /** Runs what reads the sources, once more with others for each provider that refuses one of its own. */
  async read<R>(run: (groups: readonly OpenGroup<T>[]) => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      this.#opened ??= this.#openAll()
      const current = this.#opened
      try {
        return await run(await current)
      } catch (error) {
        if (!(error instanceof LedgerRefusedError)) throw error
        if (attempt > this.#groups.length) throw error.cause
        if (this.#opened === current) this.#opened = null
      }
    }
  }

  /** @throws {ProviderNotConfiguredError} when no provider is configured */
  async #openAll(): Promise<readonly OpenGroup<T>[]> {
    const all = await Promise.all(this.#groups.map((group) => openGroup(group, this.#onFailure, this.#mayRead)))
    if (all[0]?.error && all.every(({ isDisabled }) => isDisabled)) throw all[0].error
    return all
  }
}

/** Reserves a request for each of several sources that are about to be read together. */
export function reserveRequests<T>(
  inputs: readonly { readonly group: SourceGroup<T>; readonly source: Source<T> }[],
): void {
  for (const [group, members] of Map.groupBy(inputs, (input) => input.group)) {
    group.reserve?.(members.map(({ source }) => source))
  }
}
