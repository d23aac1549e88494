import {
  UpstreamAuthError,
  UpstreamError,
  type UpstreamErrorContext,
  UpstreamRateLimitError,
  UpstreamStatusError,
} from '../errors.ts'

const RETRYABLE_STATUSES = new Set([408, 429, 500, 502, 503, 504])

export const isRetryableStatus = (status: number): boolean => RETRYABLE_STATUSES.has(status)

/** Returns the error for an answer with a status outside 2xx. */
export function errorResponse(
  errorContext: UpstreamErrorContext,
  status: number,
  retryAfterMs: number | null,
): UpstreamError {
  if (status === 401 || status === 403) return new UpstreamAuthError({ ...errorContext, status })
  if (status === 429) return new UpstreamRateLimitError({ ...errorContext, retryAfterMs })
  return new UpstreamStatusError({ ...errorContext, status, retryAfterMs })
}

/** Returns the HTTP status that an error was made of; null when there was no answer, or its body was the problem. */
export function statusOf(error: UpstreamError): number | null {
  if (error instanceof UpstreamRateLimitError) return 429
  return error instanceof UpstreamStatusError || error instanceof UpstreamAuthError ? error.status : null
}

/** Returns true for a status that means "not found" for a request. */
export function isNotFound(
  error: unknown,
  { notFoundStatuses }: { readonly notFoundStatuses: readonly number[] },
): boolean {
  const status = error instanceof UpstreamError ? statusOf(error) : null
  return status !== null && notFoundStatuses.includes(status)
}

/**
 * Reads a `Retry-After` header: seconds or an HTTP date.
 * @returns milliseconds from now; null when the header is absent or neither of the two
 */
export function parseRetryAfter(header: string | string[] | undefined): number | null {
  const text = Array.isArray(header) ? header[0] : header
  if (text === undefined) return null
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const date = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now())
}
