import { GatewayError } from './gateway-error.ts'

/** Names the upstream operation that failed. */
export interface UpstreamErrorContext {
  /** The provider's value of the enum `Provider`. */
  provider: string
  /** The documented operation's name, e.g. `listTransactions`. */
  operation: string
  /** The pause before the next request that the provider asks for, or that the circuit breaker makes; null when unknown. */
  retryAfterMs?: number | null
  cause?: unknown
}

/** A failure on the provider's side. */
export abstract class UpstreamError extends GatewayError {
  readonly provider: string
  readonly operation: string
  /** The account that was being read, when the data of several accounts is read; otherwise null. */
  account: string | null = null
  /** Milliseconds after which the provider may be asked again; null when unknown. */
  readonly retryAfterMs: number | null

  constructor(message: string, { provider, operation, retryAfterMs = null, cause }: UpstreamErrorContext) {
    super(message, cause === undefined ? undefined : { cause })
    this.provider = provider
    this.operation = operation
    this.retryAfterMs = retryAfterMs
  }

  override details(): Record<string, unknown> {
    const { provider, operation, account, retryAfterMs } = this
    return {
      provider,
      operation,
      ...(account === null ? {} : { account }),
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    }
  }
}

/** The request got no answer: the connection was refused or reset, or the host name did not resolve. */
export class UpstreamNetworkError extends UpstreamError {
  readonly code = 'UPSTREAM_UNAVAILABLE'

  constructor(context: UpstreamErrorContext) {
    super(`${context.provider} could not be reached.`, context)
  }
}

/** The circuit breaker is open: no request is sent, because the provider kept failing. It may be tried again after `retryAfterMs`. */
export class CircuitOpenError extends UpstreamError {
  readonly code = 'UPSTREAM_UNAVAILABLE'

  constructor(context: UpstreamErrorContext & { retryAfterMs: number }) {
    super(`${context.provider} kept failing, so the gateway sends it no requests at the moment.`, context)
  }
}

/** No request is sent, because the queue of requests that wait for the provider is full. */
export class QueueFullError extends UpstreamError {
  readonly code = 'UPSTREAM_UNAVAILABLE'

  constructor(context: UpstreamErrorContext) {
    super(`The gateway has too many requests waiting for ${context.provider}.`, context)
  }
}

/** No answer arrived within the deadline of one upstream request, its retries included. */
export class UpstreamTimeoutError extends UpstreamError {
  readonly code = 'UPSTREAM_TIMEOUT'
  readonly timeoutMs: number

  constructor(context: UpstreamErrorContext & { timeoutMs: number }) {
    super(`${context.provider} did not answer within ${context.timeoutMs} ms.`, context)
    this.timeoutMs = context.timeoutMs
  }

  override details() {
    return { ...super.details(), timeoutMs: this.timeoutMs }
  }
}

/** The provider rejected the gateway's own credentials: status 401 or 403, or a rejection by the token endpoint. */
export class UpstreamAuthError extends UpstreamError {
  readonly code = 'UPSTREAM_AUTH'
  readonly status: number

  constructor(context: UpstreamErrorContext & { status: number }) {
    super(`${context.provider} refused the gateway's credentials.`, context)
    this.status = context.status
  }
}

/** The provider answered with status 429. `retryAfterMs` is its `Retry-After`; null without one. */
export class UpstreamRateLimitError extends UpstreamError {
  readonly code = 'UPSTREAM_RATE_LIMITED'

  constructor(context: UpstreamErrorContext) {
    super(`${context.provider} limits the gateway's requests at the moment.`, context)
  }
}

/** The provider answered with another error status. `retryAfterMs` is its `Retry-After`, e.g. with status 503. */
export class UpstreamStatusError extends UpstreamError {
  readonly code = 'UPSTREAM_ERROR'
  readonly status: number

  constructor(context: UpstreamErrorContext & { status: number }) {
    super(`${context.provider} answered with status ${context.status}.`, context)
    this.status = context.status
  }

  override details() {
    return { ...super.details(), status: this.status }
  }
}

/**
 * The answer does not have the documented form. `field` is the path of the first invalid value, `rowId` the id of the row
 * that contains it.
 */
export class UpstreamResponseError extends UpstreamError {
  readonly code = 'UPSTREAM_INVALID_RESPONSE'
  readonly rowId: string | null
  readonly field: string | null
  readonly #expected: string

  constructor(context: UpstreamErrorContext & { expected: string; rowId?: string | null; field?: string | null }) {
    const row = context.rowId == null ? '' : ` in row ${context.rowId}`
    const at = context.field == null ? '' : ` at ${context.field}`
    super(
      `${context.provider} sent an answer that the gateway does not understand${row}${at}: ${context.expected}.`,
      context,
    )
    this.rowId = context.rowId ?? null
    this.field = context.field ?? null
    this.#expected = context.expected
  }

  /** Returns the same error without the row's id, for callers who may not be allowed to see that row. */
  withoutRow(): UpstreamResponseError {
    const { provider, operation, field } = this
    return new UpstreamResponseError({ provider, operation, field, expected: this.#expected })
  }

  override details() {
    return {
      ...super.details(),
      ...(this.rowId === null ? {} : { rowId: this.rowId }),
      ...(this.field === null ? {} : { field: this.field }),
    }
  }
}
