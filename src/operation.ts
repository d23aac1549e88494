import { LimitExceededError } from './errors.ts'
import type { CacheView, KeptAnswers } from './operation/cache-view.ts'
import type { OperationTrace } from './operation/trace.ts'

export {
  CacheView,
  type KeptAnswers,
  type KeptPart,
  type ListState,
  listStateText,
  provesUnchanged,
} from './operation/cache-view.ts'
export type {
  AttemptEnd,
  OperationTrace,
  RequestTrace,
  SharedRequestTrace,
  StartedTrace,
  TracedEnd,
  TracedRequest,
  Tracing,
} from './operation/trace.ts'

/** Counts the cost of one GraphQL operation at the providers. */
export interface Meter {
  /**
   * Reserves requests that are known to follow, before the first of them is sent.
   * @throws {LimitExceededError} when the operation may not send as many in addition to those sent and reserved
   */
  reserve(requests: number): void
  /**
   * Counts a request, right before it is sent, or when the operation joins the same request of another one. It uses up a
   * reserved request, if there is one.
   * @throws {LimitExceededError} when the operation may send no more requests
   */
  request(provider: string): void
  /**
   * Counts rows of an answer.
   * @throws {LimitExceededError} when the operation may read no more rows
   */
  rows(provider: string, count: number): void
  /** Counts an answer that was kept, in place of a request. It uses up a reserved request, if there is one. */
  hit(provider: string): void
}

/** Runs a limited number of tasks at a time. */
export interface Limiter {
  /** Runs a task once fewer than the limit are running, in the order of the calls. Returns the task's result. */
  run<T>(task: () => Promise<T>): Promise<T>
}

/** The part of an `AbortSignal` that reads use. */
export interface ReadSignal {
  readonly aborted: boolean
  /** Undefined until the signal aborts. */
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** The signal of one operation. An `AbortController` costs more, and every operation aborts its signal at the end. */
export class OperationSignal implements ReadSignal {
  #isAborted = false
  #reason: unknown
  #listeners: Set<() => void> | null = null

  get aborted(): boolean {
    return this.#isAborted
  }

  get reason(): unknown {
    return this.#reason
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners ??= new Set()
    this.#listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener)
  }

  /** Aborts the reads, and calls each listener once; the first reason counts. */
  abort(reason: unknown): void {
    if (this.#isAborted) return
    this.#isAborted = true
    this.#reason = reason
    for (const listener of this.#listeners ?? []) listener()
    this.#listeners = null
  }
}

/** The period in which an operation may read from providers. */
export interface OperationLifetime {
  /** Aborts when the operation ends, its caller leaves, or its time is over. */
  readonly signal: ReadSignal
  /** Starts the period; null for no deadline. */
  start(timeoutMs: number | null): void
  /** Aborts the reads in flight. */
  end(): void
}

/** The operation for which a request to a provider is sent. */
export interface RequestContext {
  /** Identifies the caller among those who share the provider's connections; calls without it share as one caller. */
  readonly caller?: string | undefined
  /** Identifies the caller's request in the log. */
  readonly requestId?: string | undefined
  /** Aborts when the answer is no longer needed. */
  readonly signal?: ReadSignal | undefined
  /** Counts the cost of the operation. */
  readonly meter?: Meter | undefined
  /** Bounds the requests that the operation has in flight or in the shared queue; the others wait in the operation. */
  readonly limiter?: Limiter | undefined
  /** Follows the operation's requests; left out while tracing is off. */
  readonly trace?: OperationTrace | undefined
  /** What the operation has seen of lists that may be kept; left out while nothing is kept. */
  readonly cacheView?: CacheView | undefined
  /** The kept answers that will do for this read; any by default. */
  readonly keptAnswers?: KeptAnswers | undefined
}

/** Returns the context of a read for which only some kept answers will do. */
export const withKeptAnswers = <C extends RequestContext>(context: C, keptAnswers: KeptAnswers): C =>
  context.cacheView === undefined || keptAnswers === 'any' ? context : { ...context, keptAnswers }

/** Returns the context of reads whose answers are neither looked for among the kept ones nor kept. */
export function withoutCache<C extends RequestContext>(context: C): C {
  if (context.cacheView === undefined) return context
  context.cacheView.use(null)
  return { ...context, cacheView: undefined }
}

/** The data of one provider that a caller may read. */
export interface Grant {
  /** Ids of the provider's accounts, the only ones that may be read; null for all. */
  readonly accounts: readonly string[] | null
}

/** The client that sends an operation. */
export interface Caller {
  /** Identifies the caller in the log and in limits; never a secret. */
  readonly name: string
  /** By the provider's enum value; a missing provider may not be read. Null for all data. */
  readonly grants: ReadonlyMap<string, Grant> | null
  /** Returns false once the credential has expired, or was withdrawn, or its grants have changed. */
  isCurrent(): boolean
}

/** A caller with a valid credential. */
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

/** The origin of an operation, as both ways in know it. */
export interface OperationOrigin {
  readonly caller: Caller
  /** The key under which the caller is counted. */
  readonly key: string
  readonly lifetime: OperationLifetime
  /** Identifies the caller's request in the log. */
  readonly requestId: string
  /** Left out while tracing is off. */
  readonly trace?: OperationTrace | undefined
}

/** The part of a GraphQL operation that a provider's session needs. */
export interface Operation extends RequestContext {
  readonly grant: Grant
}

/** The caller when authentication is off. */
export const ANYONE: Caller = { name: 'anonymous', grants: null, isCurrent: () => true }

/** Grants all data of a provider. */
const EVERYTHING: Grant = { accounts: null }
/** Grants no data of a provider. */
const NOTHING: Grant = { accounts: [] }

/** Returns a caller's grant for a provider, by the provider's enum value. */
export const grantOf = ({ grants }: Caller, provider: string): Grant =>
  grants === null ? EVERYTHING : (grants.get(provider) ?? NOTHING)

/** Returns true when a grant covers these accounts; with null, all accounts of the provider. */
export function isGranted(grant: Grant, accounts: readonly string[] | null): boolean {
  const granted = accountSetOf(grant)
  return granted === null || (accounts?.every((account) => granted.has(account)) ?? false)
}

/** Caches sets of accounts by the list in the caller's grant. */
const accountSets = new WeakMap<readonly string[], ReadonlySet<string>>()

/** Returns the accounts of a grant as a set, in their order; null for all. All operations of a caller share the set. */
export function accountSetOf({ accounts }: Grant): ReadonlySet<string> | null {
  if (accounts === null) return null
  const set = accountSets.get(accounts) ?? new Set(accounts)
  accountSets.set(accounts, set)
  return set
}

/**
 * Creates a function that reserves a request for each list that an operation is about to read, once for each key. A single
 * list needs no reservation: it is counted when it is read.
 *
 * @returns a function of the keys of lists that are opened together; it throws `LimitExceededError` as `Meter.reserve` does
 */
export function createListReservations(meter: Meter | undefined): (keys: readonly string[]) => void {
  const reserved = new Set<string>()
  return (keys) => {
    if (keys.length < 2) return
    const newKeys = keys.filter((key) => !reserved.has(key))
    meter?.reserve(newKeys.length)
    for (const key of newKeys) reserved.add(key)
  }
}

/** Returns true for a caller that may read only some accounts of a provider. */
export const isBound = ({ grants }: Caller): boolean =>
  grants !== null && [...grants.values()].some(({ accounts }) => accounts !== null)

/** Limits of an operation's cost, over all providers. */
export interface CostLimits {
  readonly maxRequests: number
  readonly maxRows: number
  /** True when answers are kept, so that costs count them. */
  readonly countsHits?: boolean
}

/** The cost of an operation at one provider so far. */
export interface ProviderCost {
  readonly provider: string
  readonly requests: number
  readonly rows: number
  /** Kept answers that were used in place of requests; left out while none are kept. */
  readonly hits?: number
}

/** Creates a meter that throws when the operation exceeds its limits. */
export function createMeter({
  maxRequests,
  maxRows,
  countsHits = false,
}: CostLimits): Meter & { costs(): readonly ProviderCost[] } {
  const costs = new Map<string, { requests: number; rows: number; hits?: number }>()
  let requests = 0
  let reserved = 0
  let rows = 0
  function costOf(provider: string) {
    const cost = costs.get(provider) ?? { requests: 0, rows: 0, ...(countsHits && { hits: 0 }) }
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
    hit(provider) {
      if (reserved > 0) reserved -= 1
      const cost = costOf(provider)
      cost.hits = (cost.hits ?? 0) + 1
    },
    costs: () =>
      [...costs].map(([provider, cost]) => ({ provider, ...cost })).sort((a, b) => (a.provider < b.provider ? -1 : 1)),
  }
}
