import type { ProviderCache, ReadAnswer } from '../cache/answer-cache.ts'
import { type CacheableAnswer, type CachePolicy, objectPolicy } from '../cache/policy.ts'
import type { UpstreamErrorContext } from '../errors.ts'
import type { RequestContext } from '../operation.ts'
import { SINGLE_ROW } from '../upstream/answer-limits.ts'
import { nullOnStatus } from '../upstream/endpoint.ts'
import type { UpstreamAnswer, UpstreamCall } from '../upstream/types.ts'

/** The part of a call that differs from endpoint to endpoint. */
type EndpointCall = Pick<UpstreamCall, 'path' | 'query' | 'limits' | 'circuit' | 'notFoundStatuses'>

/** Reads an answer. Throws an `UpstreamResponseError` when it is not as documented. */
type ReadBody<T> = (answer: ReadAnswer, errorContext: UpstreamErrorContext) => T

/** Returns how the answers of a call are kept, given the function that reads them. Called when answers are kept. */
type PolicyOf<T> = (read: (answer: CacheableAnswer) => T) => CachePolicy

interface EndpointsOptions {
  /** The provider's value of the enum `Provider`. */
  readonly provider: string
  /** Statuses that mean "not found" when one object is requested. They are not reported as failures. */
  readonly notFoundStatuses: readonly number[]
  /** Sends a call with the provider's credentials. The answer holds nothing that must not be kept. */
  readonly send: (call: Omit<UpstreamCall, 'headers'>) => Promise<UpstreamAnswer>
  /** Keeps answers; null when none are kept. */
  readonly cache: ProviderCache | null
}

/** The endpoints of one provider. Each read costs at most one request, and rejects with an `UpstreamError` when it fails. */
export class Endpoints {
  readonly #options: EndpointsOptions

  constructor(options: EndpointsOptions) {
    this.#options = options
  }

  /** Returns the context of an operation's errors. */
  errorContext(operation: string): UpstreamErrorContext {
    return { provider: this.#options.provider, operation }
  }

  /**
   * Reads a list.
   *
   * @param operation the documented name of the operation
   * @param policyOf null for a list whose answers show no state of it, and are never kept
   */
  async list<T>(
    operation: string,
    call: EndpointCall,
    read: ReadBody<T>,
    context?: RequestContext,
    policyOf: PolicyOf<T> | null = null,
  ): Promise<T> {
    const { send, cache } = this.#options
    const sent = { operation, ...call, ...context }
    const errorContext = this.errorContext(operation)
    const cacheView = context?.cacheView
    if (cache === null || cacheView === undefined) return read(await send(sent), errorContext)
    if (policyOf === null) cacheView.use(null)
    if (policyOf === null) return read(await send(sent), errorContext)
    const policy = policyOf((answer) => read(answer, errorContext))
    const sendAfter = (isCacheMiss: boolean) => send(isCacheMiss ? { ...sent, isCacheMiss } : sent)
    return read(await cache.read({ ...sent, cacheView }, policy, sendAfter), errorContext)
  }

  /**
   * Reads one object; null when it does not exist.
   *
   * @param operation the documented name of the operation
   * @param pathOf returns the path, or throws for what cannot be an id
   */
  one<T>(
    operation: string,
    pathOf: (errorContext: UpstreamErrorContext) => string,
    read: ReadBody<T>,
    context?: RequestContext,
    policyOf: PolicyOf<T> = objectPolicy,
  ): Promise<T | null> {
    const { notFoundStatuses } = this.#options
    const errorContext = this.errorContext(operation)
    const readOne = async () => {
      const call: EndpointCall = {
        path: pathOf(errorContext),
        notFoundStatuses,
        limits: SINGLE_ROW,
        circuit: 'resource',
      }
      return this.list(operation, call, read, context, policyOf)
    }
    return nullOnStatus(readOne(), errorContext, ...notFoundStatuses)
  }
}
