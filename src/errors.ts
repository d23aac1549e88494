/**
 * Every error that the gateway raises on purpose, on one page. Each has a stable `code` that callers see in
 * `extensions.code`, and a message that is safe to show: no upstream URL, body, header or secret ever stands in one.
 * What caused it, for the log only, is in `cause`.
 */
export abstract class GatewayError extends Error {
  abstract readonly code: string

  /** What callers see in `extensions`, beside the code. */
  details(): Record<string, unknown> {
    return {}
  }
}

/** The configuration cannot be used, so the process does not start. `issues` has one line for each problem. */
export class ConfigError extends Error {
  readonly issues: readonly string[]

  constructor(issues: readonly string[]) {
    super(issues.join('\n'))
    this.name = 'ConfigError'
    this.issues = issues
  }
}

/** The caller's input; the message says what was expected. */
export class InvalidArgumentError extends GatewayError {
  override readonly name = 'InvalidArgumentError'
  readonly code = 'BAD_USER_INPUT'
}

/** A cursor that is not of this list, was altered, or is no cursor. */
export class InvalidCursorError extends GatewayError {
  override readonly name = 'InvalidCursorError'
  readonly code = 'INVALID_CURSOR'

  constructor(argument: 'after' | 'before') {
    super(
      `Argument "${argument}" is not a cursor of this list. Pass a cursor that this field returned with the same filter and order, unchanged.`,
    )
  }
}

/** Nothing says who asks, or what does is not good. `reason` is for the log: a word or two, nothing that was sent. */
export class UnauthenticatedError extends GatewayError {
  override readonly name = 'UnauthenticatedError'
  readonly code = 'UNAUTHENTICATED'
  readonly kind: 'missing' | 'invalid' | 'expired' | 'ended'
  readonly reason: string

  constructor(kind: 'missing' | 'invalid' | 'expired' | 'ended', reason: string = kind) {
    super(
      {
        missing: 'The request has no credentials. Send them as "authorization: Bearer …".',
        invalid: 'The credentials are not valid.',
        // Only who has a key or a token that was good once is told so.
        expired: 'The credentials have expired.',
        ended: 'The credentials have expired, were changed or were withdrawn.',
      }[kind],
    )
    this.kind = kind
    this.reason = reason
  }
}

/** Who asks cannot be found out now. */
export class AuthenticationUnavailableError extends GatewayError {
  override readonly name = 'AuthenticationUnavailableError'
  readonly code = 'AUTHENTICATION_UNAVAILABLE'

  constructor() {
    super('The gateway cannot check credentials for now.')
  }
}

/** The provider is switched off here: none of its variables are set. */
export class ProviderNotConfiguredError extends GatewayError {
  override readonly name = 'ProviderNotConfiguredError'
  readonly code = 'PROVIDER_NOT_CONFIGURED'
  readonly provider: string

  constructor(provider: string) {
    super(`The provider ${provider} is not configured on this gateway.`)
    this.provider = provider
  }

  override details() {
    return { provider: this.provider }
  }
}

/** No operation can be made out of the request; the message says what was expected. */
export class BadRequestError extends GatewayError {
  override readonly name = 'BadRequestError'
  readonly code = 'BAD_REQUEST'
}

/** The request names a host that the gateway does not serve. */
export class HostNotAllowedError extends GatewayError {
  override readonly name = 'HostNotAllowedError'
  readonly code = 'HOST_NOT_ALLOWED'

  constructor() {
    super(
      'The gateway does not serve the host that this request names. Use one that it serves, or add the host to ALLOWED_HOSTS.',
    )
  }
}

/** A page of another site could have made a browser send this. */
export class CrossSiteRequestError extends GatewayError {
  override readonly name = 'CrossSiteRequestError'
  readonly code = 'CSRF_PREVENTED'

  constructor() {
    super(
      'A page of another site could have sent this. Send a POST with "content-type: application/json", or add the header "graphql-require-preflight: 1".',
    )
  }
}

/** No document has this id. The code is the one that clients send the whole document after. */
export class PersistedDocumentNotFoundError extends GatewayError {
  override readonly name = 'PersistedDocumentNotFoundError'
  readonly code = 'PERSISTED_QUERY_NOT_FOUND'

  constructor() {
    super('The gateway has no document with this id.')
  }
}

/** A document of the caller's own, or none at all, where only those with an id are taken. */
export class PersistedDocumentRequiredError extends GatewayError {
  override readonly name = 'PersistedDocumentRequiredError'
  readonly code = 'PERSISTED_QUERY_ID_REQUIRED'

  constructor() {
    super('This gateway takes only documents that it knows. Send "documentId" with the id of one in place of "query".')
  }
}

/** Answering would read more than the configured budget. */
export class LimitExceededError extends GatewayError {
  override readonly name = 'LimitExceededError'
  readonly code = 'LIMIT_EXCEEDED'
}

/** The request itself is over a limit, and is refused before anything is read for it. */
export class RequestLimitError extends GatewayError {
  override readonly name = 'RequestLimitError'
  readonly code = 'LIMIT_EXCEEDED'
}

/** The operation took longer than one may. What it had not read by then is missing. */
export class OperationTimeoutError extends GatewayError {
  override readonly name = 'OperationTimeoutError'
  readonly code = 'OPERATION_TIMEOUT'
  readonly timeoutMs: number

  constructor(timeoutMs: number) {
    super(`The operation took longer than the ${timeoutMs} ms allowed. Ask for less, or in several operations.`)
    this.timeoutMs = timeoutMs
  }

  override details() {
    return { timeoutMs: this.timeoutMs }
  }
}

/** The caller sends or runs too much. `retryAfterMs` is when the next request may be let in. */
export class RateLimitedError extends GatewayError {
  override readonly name = 'RateLimitedError'
  readonly code = 'RATE_LIMITED'
  readonly retryAfterMs: number

  /** @param message says what is limited, and what to do */
  constructor(message: string, retryAfterMs: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }

  override details() {
    return { retryAfterMs: this.retryAfterMs }
  }
}

/** The body of the request is packed. */
export class UnsupportedEncodingError extends GatewayError {
  override readonly name = 'UnsupportedEncodingError'
  readonly code = 'UNSUPPORTED_ENCODING'

  constructor() {
    super('Compressed request bodies are not accepted. Send it without "content-encoding".')
  }
}

/** The schema is asked for where it is not shown. */
export class IntrospectionOffError extends GatewayError {
  override readonly name = 'IntrospectionOffError'
  readonly code = 'INTROSPECTION_OFF'

  constructor(field: string) {
    super(`Introspection is off on this gateway, so "${field}" cannot be selected.`)
  }
}

/** What every upstream failure tells: whose it is, and in which operation. */
export interface UpstreamErrorContext {
  /** The provider's value of the enum `Provider`. */
  provider: string
  /** The documented operation's name, e.g. `listTransactions`. */
  operation: string
  cause?: unknown
}

/** A failure on the provider's side. */
export abstract class UpstreamError extends GatewayError {
  readonly provider: string
  readonly operation: string
  /** The account whose data it was, where one of many was read. */
  account: string | null = null

  constructor(message: string, { provider, operation, cause }: UpstreamErrorContext) {
    super(message, cause === undefined ? undefined : { cause })
    this.provider = provider
    this.operation = operation
  }

  override details(): Record<string, unknown> {
    const named = { provider: this.provider, operation: this.operation }
    return this.account === null ? named : { ...named, account: this.account }
  }
}

/** No answer came: refused, reset, unresolvable. */
export class UpstreamNetworkError extends UpstreamError {
  override readonly name = 'UpstreamNetworkError'
  readonly code = 'UPSTREAM_UNAVAILABLE'

  constructor(context: UpstreamErrorContext) {
    super(`${context.provider} could not be reached.`, context)
  }
}

/** The gateway does not ask, since the provider kept failing. `retryAfterMs` is when it asks again at the earliest. */
export class CircuitOpenError extends UpstreamError {
  override readonly name = 'CircuitOpenError'
  readonly code = 'UPSTREAM_UNAVAILABLE'
  readonly retryAfterMs: number

  constructor(context: UpstreamErrorContext & { retryAfterMs: number }) {
    super(`${context.provider} kept failing, so the gateway does not ask it for now.`, context)
    this.retryAfterMs = context.retryAfterMs
  }

  override details() {
    return { ...super.details(), retryAfterMs: this.retryAfterMs }
  }
}

/** The gateway does not ask, since as many of its requests wait for the provider as may wait. */
export class QueueFullError extends UpstreamError {
  override readonly name = 'QueueFullError'
  readonly code = 'UPSTREAM_UNAVAILABLE'

  constructor(context: UpstreamErrorContext) {
    super(`The gateway has too many requests waiting for ${context.provider}.`, context)
  }
}

/** The answer did not come within the deadline of one upstream request, its retries included. */
export class UpstreamTimeoutError extends UpstreamError {
  override readonly name = 'UpstreamTimeoutError'
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

/** The provider refused the gateway's own credentials (401, 403, or the token endpoint's refusal). */
export class UpstreamAuthError extends UpstreamError {
  override readonly name = 'UpstreamAuthError'
  readonly code = 'UPSTREAM_AUTH'
  readonly status: number

  constructor(context: UpstreamErrorContext & { status: number }) {
    super(`${context.provider} refused the gateway's credentials.`, context)
    this.status = context.status
  }
}

/** 429. `retryAfterMs` is what the provider asked for, where it did. */
export class UpstreamRateLimitError extends UpstreamError {
  override readonly name = 'UpstreamRateLimitError'
  readonly code = 'UPSTREAM_RATE_LIMITED'
  readonly retryAfterMs: number | null

  constructor(context: UpstreamErrorContext & { retryAfterMs: number | null }) {
    super(`${context.provider} limits the gateway's requests for now.`, context)
    this.retryAfterMs = context.retryAfterMs
  }

  override details() {
    return this.retryAfterMs === null ? super.details() : { ...super.details(), retryAfterMs: this.retryAfterMs }
  }
}

/** Any other refusal; `status` is the HTTP status. */
export class UpstreamStatusError extends UpstreamError {
  override readonly name = 'UpstreamStatusError'
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

/** The answer is not what the provider documents. `field` is the path of the first fault inside it, `rowId` the row's. */
export class UpstreamResponseError extends UpstreamError {
  override readonly name = 'UpstreamResponseError'
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

  /** The same error without the row's id, for a row that the caller may not be allowed to know of. */
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
