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

/** The environment cannot be used; the process does not start. One line per fault in `faults`. */
export class ConfigError extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
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

/** Answering would read more than the configured budget. */
export class LimitExceededError extends GatewayError {
  override readonly name = 'LimitExceededError'
  readonly code = 'LIMIT_EXCEEDED'
}

/** What every upstream failure tells: whose it is, and in which operation. */
export interface UpstreamFault {
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

  constructor(message: string, { provider, operation, cause }: UpstreamFault) {
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

  constructor(fault: UpstreamFault) {
    super(`${fault.provider} could not be reached.`, fault)
  }
}

/** The answer did not come within the deadline of one upstream request, its retries included. */
export class UpstreamTimeoutError extends UpstreamError {
  override readonly name = 'UpstreamTimeoutError'
  readonly code = 'UPSTREAM_TIMEOUT'
  readonly timeoutMs: number

  constructor(fault: UpstreamFault & { timeoutMs: number }) {
    super(`${fault.provider} did not answer within ${fault.timeoutMs} ms.`, fault)
    this.timeoutMs = fault.timeoutMs
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

  constructor(fault: UpstreamFault & { status: number }) {
    super(`${fault.provider} refused the gateway's credentials.`, fault)
    this.status = fault.status
  }
}

/** 429. `retryAfterMs` is what the provider asked for, where it did. */
export class UpstreamRateLimitError extends UpstreamError {
  override readonly name = 'UpstreamRateLimitError'
  readonly code = 'UPSTREAM_RATE_LIMITED'
  readonly retryAfterMs: number | null

  constructor(fault: UpstreamFault & { retryAfterMs: number | null }) {
    super(`${fault.provider} limits the gateway's requests for now.`, fault)
    this.retryAfterMs = fault.retryAfterMs
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

  constructor(fault: UpstreamFault & { status: number }) {
    super(`${fault.provider} answered with status ${fault.status}.`, fault)
    this.status = fault.status
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

  constructor(fault: UpstreamFault & { expected: string; rowId?: string | null; field?: string | null }) {
    const row = fault.rowId == null ? '' : ` in row ${fault.rowId}`
    const at = fault.field == null ? '' : ` at ${fault.field}`
    super(`${fault.provider} sent an answer that the gateway does not understand${row}${at}: ${fault.expected}.`, fault)
    this.rowId = fault.rowId ?? null
    this.field = fault.field ?? null
  }

  override details() {
    return {
      ...super.details(),
      ...(this.rowId === null ? {} : { rowId: this.rowId }),
      ...(this.field === null ? {} : { field: this.field }),
    }
  }
}
