import { LimitExceededError } from './errors.ts'

/** What one GraphQL operation costs at the providers. */
export interface Meter {
  /**
   * Sets requests aside that are known to follow, before the first of them is sent.
   * @throws {LimitExceededError} when the operation may not send as many beside those it sent and those set aside
   */
  reserve(requests: number): void
  /**
   * Counts a request, right before it is sent, or when the operation joins the same request of another one. It takes the
   * place of one that was set aside, if there is any.
   * @throws {LimitExceededError} when the operation may send no more
   */
  request(provider: string): void
  /**
   * Counts rows that an answer brought.
   * @throws {LimitExceededError} when the operation may read no more
   */
  rows(provider: string, count: number): void
}

/** Runs a limited number of tasks at a time. */
export interface Limiter {
  /** Runs a task once fewer than the limit are running, in the order of asking. Returns what the task returns. */
  run<T>(task: () => Promise<T>): Promise<T>
}

/** The time in which an operation may read from providers. */
export interface OperationLifetime {
  /** Aborts when the operation ends, its caller leaves, or its time is over. */
  readonly signal: AbortSignal
  /** Begins the time; null for no deadline. */
  start(timeoutMs: number | null): void
  /** Aborts what is still read. */
  end(): void
}

/** The operation for which a request to a provider is sent. */
export interface RequestContext {
  /** Names the caller among those who share the provider's connections; unnamed callers share as one. */
  readonly caller?: string | undefined
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
  /** Counts what the operation costs. */
  readonly meter?: Meter | undefined
  /** Bounds the requests that the operation has in flight or in the shared queue; the others wait in the operation. */
  readonly limiter?: Limiter | undefined
}

/**
 * Counts the rows of a page for the operation that reads it, and returns the page.
 * @throws {LimitExceededError} when the operation may read no more rows
 */
export function recordRows<Page extends { readonly rows: readonly unknown[] }>(
  page: Page,
  provider: string,
  context?: RequestContext,
) {
  context?.meter?.rows(provider, page.rows.length)
  return page
}

/** What a caller may read of one provider. */
export interface Grant {
  /** The provider's own accounts, and nothing beside them; null for everything. */
  readonly accounts: readonly string[] | null
}

/** Who asks. */
export interface Caller {
  /** Tells callers apart in the log and in limits; never a secret. */
  readonly name: string
  /** By the provider's enum value; a provider that is not in it holds nothing for this caller. Null for everything. */
  readonly grants: ReadonlyMap<string, Grant> | null
  /** Returns false once the credential has expired or was withdrawn, or its grants were changed. */
  isCurrent(): boolean
}

/** A caller who showed a credential. */
export class AuthenticatedCaller implements Caller {
  readonly name: string
  readonly grants: Caller['grants']
  readonly #isCurrent: () => boolean

  constructor(name: string, grants: Caller['grants'], isCurrent: () => boolean) {
    this.name = name
    this.grants = grants
    this.#isCurrent = isCurrent
  }

  isCurrent(): boolean {
    return this.#isCurrent()
  }
}

/** One GraphQL operation, as far as a provider's session has to know it. */
export interface Operation extends RequestContext {
  readonly grant: Grant
}

/** The caller where nobody has to say who they are. */
export const ANYONE: Caller = { name: 'anonymous', grants: null, isCurrent: () => true }

/** What a session may read when nothing is kept from it. */
const EVERYTHING: Grant = { accounts: null }
/** What a session may read of a provider that is not for the caller. */
const NOTHING: Grant = { accounts: [] }

/** What a caller may read of a provider, by its enum value. */
export const grantOf = ({ grants }: Caller, provider: string): Grant =>
  grants === null ? EVERYTHING : (grants.get(provider) ?? NOTHING)

/** The sets of accounts that were made, by the list in the caller's grant. */
const accountSets = new WeakMap<readonly string[], ReadonlySet<string>>()

/** The accounts of a grant for look-ups, in their order; null for everything. Made once for all operations of a caller. */
export function accountSetOf({ accounts }: Grant): ReadonlySet<string> | null {
  if (accounts === null) return null
  const set = accountSets.get(accounts) ?? new Set(accounts)
  accountSets.set(accounts, set)
  return set
}

/**
 * Reserves a request for each list that an operation is about to read, once for each key however often it is opened. A list
 * that is opened alone has nothing to wait for, and is left to be counted when it is read.
 *
 * @returns a function of the keys of lists that are opened together, which throws `LimitExceededError` as `Meter.reserve` does
 */
export function createListReservations(meter: Meter | undefined): (keys: readonly string[]) => void {
  const reserved = new Set<string>()
  return (keys) => {
    if (keys.length < 2) return
    const fresh = keys.filter((key) => !reserved.has(key))
    meter?.reserve(fresh.length)
    for (const key of fresh) reserved.add(key)
  }
}

/** True for a caller that may read only some accounts of a provider. */
export const isBound = ({ grants }: Caller): boolean =>
  grants !== null && [...grants.values()].some(({ accounts }) => accounts !== null)

/** What an operation may cost, over all providers. */
export interface CostLimits {
  readonly maxRequests: number
  readonly maxRows: number
}

/** What an operation cost at one provider so far. */
export interface ProviderCost {
  readonly provider: string
  readonly requests: number
  readonly rows: number
}

/** A meter that ends the operation at its limits. */
export function createMeter({ maxRequests, maxRows }: CostLimits): Meter & { costs(): readonly ProviderCost[] } {
  const costs = new Map<string, { requests: number; rows: number }>()
  let requests = 0
  let reserved = 0
  let rows = 0
  function costOf(provider: string) {
    const cost = costs.get(provider) ?? { requests: 0, rows: 0 }
    costs.set(provider, cost)
    return cost
  }
  return {
    reserve(more) {
      const needed = requests + reserved + more
      if (needed > maxRequests) {
        throw new LimitExceededError(
          `This operation would send at least ${needed} requests to providers, and one may send at most ${maxRequests}. Ask for less, or in several operations.`,
        )
      }
      reserved += more
    },
    request(provider) {
      if (reserved > 0) reserved -= 1
      else if (requests === maxRequests) {
        throw new LimitExceededError(
          `This operation would send more than the ${maxRequests} requests to providers that one may. Ask for less, or in several operations.`,
        )
      }
      requests += 1
      costOf(provider).requests += 1
    },
    rows(provider, count) {
      rows += count
      costOf(provider).rows += count
      if (rows > maxRows) {
        throw new LimitExceededError(
          `This operation would read more than the ${maxRows} rows of providers that one may. Ask for less, or in several operations.`,
        )
      }
    },
    costs: () =>
      [...costs].map(([provider, cost]) => ({ provider, ...cost })).sort((a, b) => (a.provider < b.provider ? -1 : 1)),
  }
}
