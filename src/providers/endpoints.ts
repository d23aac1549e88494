import type { UpstreamErrorContext } from '../errors.ts'
import type { RequestContext } from '../operation.ts'
import { SINGLE_ROW } from '../upstream/answer-limits.ts'
import { nullOnStatus } from '../upstream/endpoint.ts'
import type { UpstreamCall } from '../upstream/types.ts'

/** The part of a call that differs from endpoint to endpoint. */
type EndpointCall = Pick<UpstreamCall, 'path' | 'query' | 'limits' | 'circuit' | 'notFoundStatuses'>

/** Reads an answer. Throws an `UpstreamResponseError` when it is not as documented. */
type ReadAnswer<Answer, T> = (answer: Answer, errorContext: UpstreamErrorContext) => T

interface EndpointsOptions<Answer> {
  /** The provider's value of the enum `Provider`. */
  readonly provider: string
  /** Statuses that mean "not found" when one object is requested. They are not reported as failures. */
  readonly notFoundStatuses: readonly number[]
  /** Sends a call with the provider's credentials. */
  readonly send: (call: Omit<UpstreamCall, 'headers'>) => Promise<Answer>
}

/** The endpoints of one provider. Each read costs one request, and rejects with an `UpstreamError` when it fails. */
export class Endpoints<Answer> {
  readonly #options: EndpointsOptions<Answer>

  constructor(options: EndpointsOptions<Answer>) {
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
   */
  async list<T>(
    operation: string,
    call: EndpointCall,
    read: ReadAnswer<Answer, T>,
    context?: RequestContext,
  ): Promise<T> {
    return read(await this.#options.send({ operation, ...call, ...context }), this.errorContext(operation))
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
    read: ReadAnswer<Answer, T>,
    context?: RequestContext,
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
      return this.list(operation, call, read, context)
    }
    return nullOnStatus(readOne(), errorContext, ...notFoundStatuses)
  }
}
