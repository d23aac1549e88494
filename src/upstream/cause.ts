import type { UpstreamError } from '../errors.ts'
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
