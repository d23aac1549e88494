import { GatewayError } from './gateway-error.ts'

/** An argument of the caller is invalid; the message says what was expected. */
export class InvalidArgumentError extends GatewayError {
  readonly code = 'BAD_USER_INPUT'
}

/** The cursor belongs to another list, was altered, or is malformed. */
export class InvalidCursorError extends GatewayError {
  readonly code = 'INVALID_CURSOR'

  constructor(argument: 'after' | 'before') {
    super(
      `Argument "${argument}" is not a cursor of this list. Pass a cursor that this field returned with the same filter and order, unchanged.`,
    )
  }
}

/** The credentials are missing or not accepted. `reason` is for the log: a word or two, never a part of the request. */
export class UnauthenticatedError extends GatewayError {
  readonly code = 'UNAUTHENTICATED'
  readonly kind: 'missing' | 'invalid' | 'expired' | 'ended'
  readonly reason: string

  constructor(kind: 'missing' | 'invalid' | 'expired' | 'ended', reason: string = kind) {
    super(
      {
        missing: 'The request has no credentials. Send them as "authorization: Bearer …".',
        invalid: 'The credentials are not valid.',
        // Reported only to holders of a key or token that was valid once.
        expired: 'The credentials have expired.',
        ended: 'The credentials have expired, were changed or were withdrawn.',
      }[kind],
    )
    this.kind = kind
    this.reason = reason
  }
}

/** The caller cannot be identified at the moment, because the issuer's keys are not available. */
export class AuthenticationUnavailableError extends GatewayError {
  readonly code = 'AUTHENTICATION_UNAVAILABLE'

  constructor() {
    super('The gateway cannot check credentials at the moment.')
  }
}

/** The provider is disabled: none of its variables are set. */
export class ProviderNotConfiguredError extends GatewayError {
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

/** The request contains no operation that can be read; the message says what was expected. */
export class BadRequestError extends GatewayError {
  readonly code = 'BAD_REQUEST'
}

/** The `Host` of the request is not one that the gateway serves. */
export class HostNotAllowedError extends GatewayError {
  readonly code = 'HOST_NOT_ALLOWED'

  constructor() {
    super(
      'The gateway does not serve the host that this request names. Use one that it serves, or add the host to ALLOWED_HOSTS.',
    )
  }
}

/** A page of another site could have made a browser send this request (CSRF). */
export class CrossSiteRequestError extends GatewayError {
  readonly code = 'CSRF_PREVENTED'

  constructor() {
    super(
      'A page of another site could have sent this request. Send a POST with "content-type: application/json", or add the header "graphql-require-preflight: 1".',
    )
  }
}

/** No persisted document has this id. Clients answer this code by sending the whole document. */
export class PersistedDocumentNotFoundError extends GatewayError {
  readonly code = 'PERSISTED_QUERY_NOT_FOUND'

  constructor() {
    super('The gateway has no document with this id.')
  }
}

/** The request does not name a persisted document, and the gateway accepts no others. */
export class PersistedDocumentRequiredError extends GatewayError {
  readonly code = 'PERSISTED_QUERY_ID_REQUIRED'

  constructor() {
    super('This gateway accepts only persisted documents. Send "documentId" with the id of one in place of "query".')
  }
}

/** The answer needs more reads than the configured budget allows. */
export class LimitExceededError extends GatewayError {
  readonly code = 'LIMIT_EXCEEDED'
}

/** The request exceeds a limit. It is rejected before anything is read from a provider. */
export class RequestLimitError extends GatewayError {
  readonly code = 'LIMIT_EXCEEDED'
}

/** The operation reached its deadline. Fields that were still being read are null. */
export class OperationTimeoutError extends GatewayError {
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

/** The process is about to end. Fields of a query that were still being read are null, and a subscription ends. */
export class ShuttingDownError extends GatewayError {
  readonly code = 'SHUTTING_DOWN'

  constructor() {
    super('This process of the gateway is about to end. Send the operation again; another process answers it.')
  }
}

/** The caller exceeds its rate or concurrency limit. After `retryAfterMs` the next request may be accepted. */
export class RateLimitedError extends GatewayError {
  readonly code = 'RATE_LIMITED'
  readonly retryAfterMs: number

  /** @param message names the limit and what to do */
  constructor(message: string, retryAfterMs: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }

  override details() {
    return { retryAfterMs: this.retryAfterMs }
  }
}

/** The body of the request is compressed. */
export class UnsupportedEncodingError extends GatewayError {
  readonly code = 'UNSUPPORTED_ENCODING'

  constructor() {
    super('Compressed request bodies are not accepted. Send the body without "content-encoding".')
  }
}

/** The operation selects an introspection field, and introspection is off. */
export class IntrospectionOffError extends GatewayError {
  readonly code = 'INTROSPECTION_OFF'

  constructor(field: string) {
    super(`Introspection is off on this gateway, so "${field}" cannot be selected.`)
  }
}
