import { CircuitOpenError, GatewayError, QueueFullError, UpstreamError } from '../errors.ts'
import { statusOf } from './status.ts'

/** Codes of Node, OpenSSL and undici, such as `ECONNREFUSED`. Anything else may be text of an answer. */
const SAFE_CODE = /^[A-Z][A-Z0-9_]{2,63}$/

/** Returns the code of an error of the network; null when it has none that can be logged. */
export function networkCodeOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && SAFE_CODE.test(code) ? code : null
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
