import { CircuitOpenError, GatewayError, QueueFullError, UpstreamError } from '../errors.ts'
import { statusOf } from './status.ts'

/** Codes of Node, OpenSSL and undici, such as `ECONNREFUSED`. Anything else may be text of an answer. */
const SAFE_CODE = /^[A-Z][A-Z0-9_]{2,63}$/

/** Maximum number of errors that are searched for a code, the first one included. */
const MAX_DEPTH = 5

/** Returns the error that another one was made of: its cause, or the first of several addresses that failed. */
function innerOf(error: Error): unknown {
  return error.cause ?? (error instanceof AggregateError ? error.errors[0] : null)
}

/** Returns the code of an error of the network, or of the error inside of it; null when it has none that can be logged. */
export function networkCodeOf(error: unknown): string | null {
  let inner = error
  for (let depth = 0; depth < MAX_DEPTH && inner instanceof Error; depth++) {
    const code = 'code' in inner ? inner.code : null
    if (typeof code === 'string' && SAFE_CODE.test(code)) return code
    inner = innerOf(inner)
  }
  return null
}

/**
 * Returns what made an upstream request fail, as a code that can be logged: the status of the answer, such as `401`, or the code
 * of the network, such as `ENOTFOUND`; otherwise the code of the error itself.
 */
export function causeOf(error: UpstreamError): string {
  return String(statusOf(error) ?? networkCodeOf(error.cause) ?? error.code)
}

/** The code of a request that ended because nobody waited for it any more. */
export const CANCELLED = 'CANCELLED'

/** Returns what made any request fail for an operation, as a code that can be recorded. */
export function failureOf(error: unknown): string {
  if (error instanceof CircuitOpenError) return 'CIRCUIT_OPEN'
  if (error instanceof QueueFullError) return 'QUEUE_FULL'
  if (error instanceof UpstreamError) return causeOf(error)
  if (error instanceof GatewayError) return error.code
  return error instanceof Error && error.name === 'AbortError' ? CANCELLED : 'UNKNOWN'
}
