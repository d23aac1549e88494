import type { CacheView, KeptAnswers } from './operation/cache-view.ts'
import type { Meter } from './operation/meter.ts'
import type { OperationTrace } from './operation/trace.ts'

export {
  CacheView,
  type KeptAnswers,
  type KeptPart,
  type ListState,
  listStateText,
  provesUnchanged,
} from './operation/cache-view.ts'
export {
  createListReservations,
  createMeter,
  type Meter,
  type ProviderCost,
} from './operation/meter.ts'
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

/** Returns true for a caller that may read only some accounts of a provider. */
export const isBound = ({ grants }: Caller): boolean =>
  grants !== null && [...grants.values()].some(({ accounts }) => accounts !== null)
