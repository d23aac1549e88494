import type { Dispatcher } from 'undici'
import { type UpstreamError, UpstreamNetworkError, UpstreamResponseError } from '../errors.ts'
import { takeTurn } from '../event-loop.ts'
import { abortable } from './abortable.ts'
import { type LimitedJson, parseLimited, readLimited } from './answer-limits.ts'
import type { OutgoingRequest } from './outgoing-request.ts'
import { errorResponse, isRetryableStatus, parseRetryAfter } from './status.ts'
import type { UpstreamAnswer } from './types.ts'

export const MAX_HEADER_BYTES = 16 * 1024
/** The most bytes of a rejected answer that are drained, so that its connection can be used again. */
const MAX_DRAIN_BYTES = 64 * 1024
const MAX_DRAIN_MS = 1000

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

type Body = Dispatcher.ResponseData['body']

const ignoreError = () => {}

/**
 * Sends a request once, reads its answer, and classifies the result.
 *
 * @param release called once when the connection is free again
 * @throws {Error} for a request that cannot be sent
 */
export async function attempt(
  dispatcher: Dispatcher,
  request: OutgoingRequest,
  signal: AbortSignal,
  release: () => void,
): Promise<AttemptResult> {
  const { limits, method, path, headers, body } = request
  let response: Dispatcher.ResponseData
  const responded = dispatcher.request({ method, path, headers, body, signal })
  try {
    // undici cannot abort a request whose connection is being made; the attempt ends all the same.
    response = await abortable(responded, signal)
  } catch (error) {
    responded.then(release, release)
    return requestFailure(request, error)
  }
  // The reader of the body receives its errors, too; without a listener an error would end the process.
  response.body.on('error', ignoreError)

  const rejected = checkHead(request, response)
  if (rejected !== null) {
    drain(response.body, release)
    return rejected
  }
  let text: string | null
  try {
    text = await readLimited(response.body, limits.maxBytes)
  } catch (error) {
    return codeOf(error) === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' ? tooLarge(request) : networkFailure(request, error)
  } finally {
    release()
  }
  if (text === null) return tooLarge(request)
  await takeTurn(text.length / 1000)
  return parseAnswer(request, response, text)
}

/**
 * Classifies the error of a request without a response.
 * @throws {Error} when undici rejects the request itself: nothing was sent, so the provider is not at fault
 */
function requestFailure(request: OutgoingRequest, error: unknown): FailedAttempt {
  const code = codeOf(error)
  if (code === 'UND_ERR_INVALID_ARG') throw sanitizeError(error)
  if (code !== 'UND_ERR_HEADERS_OVERFLOW') return networkFailure(request, error)
  return invalidResponse(request, `expected at most ${MAX_HEADER_BYTES} bytes of headers`, false)
}

/** Checks status and headers, before the body is read. Returns null when they are as expected. */
function checkHead(request: OutgoingRequest, response: Dispatcher.ResponseData): FailedAttempt | null {
  const { statusCode: status, headers } = response
  if (status < 200 || status > 299) {
    const retryAfterMs = parseRetryAfter(headers['retry-after'])
    const error = errorResponse(request.errorContext, status, retryAfterMs)
    return { error, isRetryable: isRetryableStatus(status), isFault: status >= 500, retryAfterMs }
  }
  if (Number(headers['content-length']) > request.limits.maxBytes) return tooLarge(request)
  const coding = headers['content-encoding'] ?? 'identity'
  return coding === 'identity' ? null : invalidResponse(request, 'expected no content coding', true)
}

/** Parses a body. Its content type is ignored, since JSON with a wrong label is still an answer. */
function parseAnswer(request: OutgoingRequest, response: Dispatcher.ResponseData, text: string): AttemptResult {
  let parsed: LimitedJson
  try {
    parsed = parseLimited(text, request.limits)
  } catch {
    // The parser's error quotes the body, so it is not kept as the cause.
    return invalidResponse(request, 'expected JSON', true)
  }
  if ('expected' in parsed) return invalidResponse(request, parsed.expected, false)
  const { statusCode: status, headers } = response
  return { answer: { status, headers: singleHeaders(headers), json: parsed.json, rows: parsed.rows } }
}

const networkFailure = ({ errorContext }: OutgoingRequest, error: unknown): FailedAttempt => ({
  error: new UpstreamNetworkError({ ...errorContext, cause: sanitizeError(error) }),
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

/** Reads and discards the rest of a body, within limits, so that its connection can be used again; then releases it. */
function drain(body: Body, release: () => void): void {
  body
    .dump({ limit: MAX_DRAIN_BYTES, signal: AbortSignal.timeout(MAX_DRAIN_MS) })
    .catch(ignoreError)
    .finally(release)
}

function singleHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  )
  return Object.fromEntries(entries)
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : null)

/** Returns an error for the log with name, code and message only: undici's errors can hold bytes of the answer. */
function sanitizeError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('unknown failure')
  return new Error([error.name, codeOf(error), error.message].filter(Boolean).join(' '))
}
