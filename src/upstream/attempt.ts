import type { Dispatcher } from 'undici'
import { type UpstreamError, UpstreamNetworkError, UpstreamResponseError } from '../errors.ts'
import { takeTurn } from '../event-loop.ts'
import { type LimitedJson, parseLimited } from './answer-limits.ts'
import type { Cancellation } from './cancellation.ts'
import { networkCodeOf } from './cause.ts'
import { type ExchangeRules, exchange, type ReceivedResponse, type ResponseHead } from './exchange.ts'
import type { OutgoingRequest } from './outgoing-request.ts'
import { errorResponse, isRetryableStatus, parseRetryAfter } from './status.ts'
import type { UpstreamAnswer } from './types.ts'

export const MAX_HEADER_BYTES = 16 * 1024

/** An attempt that brought no answer. */
export interface FailedAttempt {
  readonly error: UpstreamError
  readonly isRetryable: boolean
  /** True when the failure counts for the circuit breaker. */
  readonly isFault: boolean
  /** The pause before a retry that the provider requests. */
  readonly retryAfterMs: number | null
}

export type AttemptResult = { readonly answer: UpstreamAnswer } | FailedAttempt

/**
 * Sends a request once, reads its answer, and classifies the result.
 *
 * @param release called once when the connection is free again
 * @throws {Error} for a request that cannot be sent; the reason when the request is cancelled
 */
export async function attempt(
  dispatcher: Dispatcher,
  request: OutgoingRequest,
  cancellation: Cancellation,
  release: () => void,
): Promise<AttemptResult> {
  const received = await exchange(dispatcher, request, RULES, cancellation, release)
  if ('error' in received) return received
  const turn = takeTurn(received.text.length / 1000)
  if (turn !== null) await turn
  return parseAnswer(request, received)
}

/** Checks status and headers, before the body is read. Returns null when they are as expected. */
function checkHead(request: OutgoingRequest, { status, headers }: ResponseHead): FailedAttempt | null {
  if (status < 200 || status > 299) {
    const retryAfterMs = parseRetryAfter(headers['retry-after'])
    const error = errorResponse(request.errorContext, status, retryAfterMs)
    return { error, isRetryable: isRetryableStatus(status), isFault: status >= 500, retryAfterMs }
  }
  if (Number(headers['content-length']) > request.limits.maxBytes) return tooLarge(request)
  const coding = headers['content-encoding'] ?? 'identity'
  return coding === 'identity' ? null : invalidResponse(request, 'expected no content coding', true)
}

/**
 * Classifies the error of a request or of its answer.
 * @throws {Error} when undici rejects the request itself: nothing was sent, so the provider is not at fault
 */
function networkError(request: OutgoingRequest, error: unknown): FailedAttempt {
  switch (codeOf(error)) {
    case 'UND_ERR_INVALID_ARG':
      throw sanitizeError(error)
    case 'UND_ERR_HEADERS_OVERFLOW':
      return invalidResponse(request, `expected at most ${MAX_HEADER_BYTES} bytes of headers`, false)
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return tooLarge(request)
    default:
      return networkFailure(request, error)
  }
}

/** Parses a body. Its content type is ignored, since JSON with a wrong label is still an answer. */
function parseAnswer(request: OutgoingRequest, { status, headers, text }: ReceivedResponse): AttemptResult {
  let parsed: LimitedJson
  try {
    parsed = parseLimited(text, request.limits)
  } catch {
    // The parser's error quotes the body, so it is not kept as the cause.
    return invalidResponse(request, 'expected JSON', true)
  }
  if ('expected' in parsed) return invalidResponse(request, parsed.expected, false)
  return {
    answer: { status, headers: singleHeaders(headers), json: parsed.json, rows: parsed.rows, size: text.length },
  }
}

const networkFailure = ({ errorContext }: OutgoingRequest, error: unknown): FailedAttempt => ({
  error: new UpstreamNetworkError({
    ...errorContext,
    cause: Object.assign(sanitizeError(error), { code: networkCodeOf(error) }),
  }),
  isRetryable: true,
  isFault: true,
  retryAfterMs: null,
})

const invalidResponse = ({ errorContext }: OutgoingRequest, expected: string, isFault: boolean): FailedAttempt => ({
  error: new UpstreamResponseError({ ...errorContext, expected }),
  isRetryable: false,
  isFault,
  retryAfterMs: null,
})

const tooLarge = (request: OutgoingRequest) =>
  invalidResponse(request, `expected at most ${request.limits.maxBytes} bytes`, false)

/** Returns headers with one value each. Most answers repeat none, and are not copied. */
function singleHeaders(headers: ResponseHead['headers']): Readonly<Record<string, string>> {
  const names = Object.keys(headers)
  if (names.every((name) => typeof headers[name] === 'string')) return headers as Readonly<Record<string, string>>
  const single: Record<string, string> = {}
  for (const name of names) {
    const value = headers[name]
    if (value !== undefined) single[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return single
}

const RULES: ExchangeRules<FailedAttempt> = { checkHead, tooLarge, networkError }

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : null)

/** Returns an error for the log with name, code and message in its text only: undici's errors can hold bytes of the answer. */
function sanitizeError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('unknown failure')
  return new Error([error.name, codeOf(error), error.message].filter(Boolean).join(' '))
}
