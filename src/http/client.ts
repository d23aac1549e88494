import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import {
  UpstreamAuthError,
  type UpstreamError,
  type UpstreamFault,
  UpstreamNetworkError,
  UpstreamRateLimitError,
  UpstreamResponseError,
  UpstreamStatusError,
  UpstreamTimeoutError,
} from '../errors.ts'
import { isDeeperThan, parseJson } from './json.ts'

/** The largest body that is read; what is larger is not an answer to any documented question. */
const MAX_BODY_BYTES = 16 * 1024 * 1024
/** The deepest JSON that is taken on; what walks through it does so by recursion. */
const MAX_DEPTH = 100
/** How much of a refusal's body is read away, so that the connection can be used again. */
const MAX_DRAIN_BYTES = 64 * 1024
const MAX_DRAIN_MS = 1000

const RETRYABLE = new Set([408, 429, 500, 502, 503, 504])

export interface ClientOptions {
  /** The provider's enum value, for errors. */
  readonly provider: string
  /** Absolute http(s) URL; its path comes before every call's path. */
  readonly baseUrl: string
  /** Deadline of one call, its retries included. */
  readonly timeoutMs: number
  /** The most connections at a time; further calls wait in line. */
  readonly connections?: number
  readonly retry?: RetryOptions
}

export interface RetryOptions {
  /** How often a failed attempt is repeated at most. */
  readonly retries?: number
  /** The longest first pause; doubles with every further one. */
  readonly baseDelayMs?: number
}

export interface UpstreamCall {
  /** The operation's documented name, for errors. */
  readonly operation: string
  /** Below the base URL, its segments percent-encoded. */
  readonly path: string
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** An answer with a status of 2xx and a body that is JSON, its numbers exact (see `parseJson`). */
export interface UpstreamAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** May be shared with other callers: read it, do not change it. */
  readonly json: unknown
}

export interface UpstreamClient {
  /**
   * Reads with GET. Calls for the same URL with the same headers that are under way at the same time share one request;
   * it is cancelled when all its callers have gone.
   * @throws {UpstreamError} of the class that fits the failure; the signal's reason when the caller's signal aborts
   */
  get(call: UpstreamCall): Promise<UpstreamAnswer>
  /** Sends form fields with POST, under the rules of `get` but for sharing; only for calls that may be repeated. */
  postForm(call: UpstreamCall & { readonly form: Readonly<Record<string, string>> }): Promise<UpstreamAnswer>
  /** Ends all connections; calls under way fail. */
  close(): Promise<void>
}

/** One request as it goes out. */
interface Outgoing {
  readonly fault: UpstreamFault
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** What one attempt brought. */
type Outcome =
  | { readonly answer: UpstreamAnswer }
  | { readonly error: UpstreamError; readonly retryable: boolean; readonly retryAfterMs: number | null }

/** A GET under way, with the number of those who wait for it. */
interface SharedRead {
  readonly answer: Promise<UpstreamAnswer>
  readonly controller: AbortController
  callers: number
}

/**
 * An HTTP client for one provider: keep-alive connections, one deadline over all attempts, bounded retries with full
 * jitter, exact JSON, and one error class for every way to fail. It never follows a redirect, so that credentials stay
 * with the host they are for.
 */
export function createClient({
  provider,
  baseUrl,
  timeoutMs,
  connections = 32,
  retry = {},
}: ClientOptions): UpstreamClient {
  const { retries = 2, baseDelayMs = 100 } = retry
  const base = new URL(baseUrl)
  const pool = new Pool(base.origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: 10_000,
    maxResponseSize: MAX_BODY_BYTES,
    // undici's own timers are coarse; the deadline of the call covers what they would.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const underWay = new Map<string, SharedRead>()

  function outgoing(method: 'GET' | 'POST', call: UpstreamCall, form?: Readonly<Record<string, string>>): Outgoing {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) query.append(name, String(value))
    }
    const path = call.path === '' ? base.pathname : base.pathname.replace(/\/+$/, '') + call.path
    const formType = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
    return {
      fault: { provider, operation: call.operation },
      method,
      path: query.size === 0 ? path : `${path}?${query}`,
      headers: { accept: 'application/json', 'user-agent': 'transactions-gateway', ...formType, ...call.headers },
      body: form === undefined ? null : new URLSearchParams(form).toString(),
    }
  }

  async function attempt({ fault, method, path, headers, body }: Outgoing, signal: AbortSignal): Promise<Outcome> {
    const failed = (error: UpstreamError, retryable = false, retryAfterMs: number | null = null) => ({
      error,
      retryable,
      retryAfterMs,
    })
    const lost = (error: unknown) => failed(new UpstreamNetworkError({ ...fault, cause: harmless(error) }), true)
    const notUnderstood = (expected: string) => failed(new UpstreamResponseError({ ...fault, expected }))

    let response: Awaited<ReturnType<typeof pool.request>>
    try {
      response = await pool.request({ method, path, headers, body, signal })
    } catch (error) {
      return lost(error)
    }
    const { statusCode: status, body: stream } = response
    // What breaks after this point is told by the stream's reader as well; without a listener it would end the process.
    stream.on('error', () => {})

    if (status < 200 || status > 299) {
      stream.dump({ limit: MAX_DRAIN_BYTES, signal: AbortSignal.timeout(MAX_DRAIN_MS) }).catch(() => {})
      const retryAfterMs = parseRetryAfter(response.headers['retry-after'])
      return failed(refusal(fault, status, retryAfterMs), RETRYABLE.has(status), retryAfterMs)
    }

    let text: string
    try {
      text = await stream.text()
    } catch (error) {
      if (codeOf(error) !== 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return lost(error)
      return notUnderstood(`expected at most ${MAX_BODY_BYTES} bytes`)
    }
    let json: unknown
    try {
      json = parseJson(text)
    } catch {
      // The parser's own error quotes the body, so it is not kept as the cause.
      return notUnderstood('expected JSON')
    }
    if (isDeeperThan(MAX_DEPTH, json)) return notUnderstood(`expected at most ${MAX_DEPTH} levels`)
    return { answer: { status, headers: singleHeaders(response.headers), json } }
  }

  /** Runs attempts until one brings an answer, or a failure that a further attempt cannot mend in time. */
  async function send(request: Outgoing, controller: AbortController): Promise<UpstreamAnswer> {
    const { signal } = controller
    const deadline = performance.now() + timeoutMs
    const timer = setTimeout(() => {
      controller.abort(new UpstreamTimeoutError({ ...request.fault, timeoutMs }))
    }, timeoutMs)
    try {
      for (let repeated = 0; ; repeated++) {
        const outcome = await attempt(request, signal)
        if ('answer' in outcome) return outcome.answer
        signal.throwIfAborted()
        const delayMs = outcome.retryAfterMs ?? Math.random() * baseDelayMs * 2 ** repeated
        const mendable = outcome.retryable && repeated < retries && !pool.destroyed
        if (!mendable || performance.now() + delayMs >= deadline) throw outcome.error
        await sleep(delayMs, undefined, { signal })
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      clearTimeout(timer)
    }
  }

  function share(key: string, request: Outgoing): SharedRead {
    const existing = underWay.get(key)
    if (existing !== undefined) return existing
    const controller = new AbortController()
    const answer = send(request, controller)
    const read: SharedRead = { answer, controller, callers: 0 }
    underWay.set(key, read)
    const forget = () => {
      if (underWay.get(key) === read) underWay.delete(key)
    }
    controller.signal.addEventListener('abort', forget, { once: true })
    answer.then(forget, forget)
    return read
  }

  return {
    async get(call) {
      call.signal?.throwIfAborted()
      const request = outgoing('GET', call)
      // Headers are part of what is asked: an answer never crosses from one set of credentials to another.
      const key = JSON.stringify([call.operation, request.path, Object.entries(request.headers).sort()])
      return join(share(key, request), call.signal)
    },
    async postForm(call) {
      call.signal?.throwIfAborted()
      const controller = new AbortController()
      return join({ answer: send(outgoing('POST', call, call.form), controller), controller, callers: 0 }, call.signal)
    },
    close: () => pool.destroy(),
  }
}

/** Waits for a read together with its other callers; the one whose signal aborts leaves, and the last one cancels. */
function join(read: SharedRead, signal: AbortSignal | undefined): Promise<UpstreamAnswer> {
  read.callers++
  return abortable(read.answer, signal, () => {
    if (--read.callers === 0) read.controller.abort()
  })
}

/** The promise's outcome, or the signal's reason where the signal aborts first; `left` is then called. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined, left = () => {}): Promise<T> {
  if (signal === undefined) return promise
  // An aborted signal fires no more; callers check for that before they start anything.
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const leave = () => {
      reject(signal.reason)
      left()
    }
    signal.addEventListener('abort', leave, { once: true })
    const stay = () => signal.removeEventListener('abort', leave)
    promise.finally(stay).then(resolve, reject)
  })
}

/**
 * A value as one percent-encoded segment of a path.
 * @throws {UpstreamStatusError} with status 404 where no resource can have that name: a segment that is empty or made of
 * dots would name another resource
 */
export function pathSegment(value: string, fault: UpstreamFault): string {
  if (value === '' || value === '.' || value === '..') throw new UpstreamStatusError({ ...fault, status: 404 })
  return encodeURIComponent(value.toWellFormed())
}

/**
 * The answer, or null where the operation itself is refused with one of the statuses that say that the row is not there.
 * A refusal of anything that it needed beforehand stays an error.
 */
export async function orNull<T>(
  answer: Promise<T>,
  { operation }: UpstreamFault,
  ...statuses: readonly number[]
): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    const told = error instanceof UpstreamStatusError || error instanceof UpstreamAuthError
    if (told && error.operation === operation && statuses.includes(error.status)) return null
    throw error
  }
}

function refusal(fault: UpstreamFault, status: number, retryAfterMs: number | null): UpstreamError {
  if (status === 401 || status === 403) return new UpstreamAuthError({ ...fault, status })
  if (status === 429) return new UpstreamRateLimitError({ ...fault, retryAfterMs })
  return new UpstreamStatusError({ ...fault, status })
}

/** Seconds or an HTTP date, as milliseconds from now; null where the header is absent or neither. */
function parseRetryAfter(header: string | string[] | undefined): number | null {
  const text = Array.isArray(header) ? header[0] : header
  if (text === undefined) return null
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const date = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now())
}

function singleHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  )
  return Object.fromEntries(entries)
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : null)

/** undici's errors can hold bytes of the answer; the log gets what they say and nothing that they carry. */
function harmless(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('unknown failure')
  return new Error([error.name, codeOf(error), error.message].filter(Boolean).join(' '))
}
