import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import {
  CircuitOpenError,
  QueueFullError,
  UpstreamAuthError,
  UpstreamError,
  type UpstreamErrorContext,
  UpstreamNetworkError,
  UpstreamRateLimitError,
  UpstreamResponseError,
  UpstreamStatusError,
  UpstreamTimeoutError,
} from '../errors.ts'
import { takeTurn } from '../event-loop.ts'
import type { RequestContext } from '../operation.ts'
import { abortable } from './abortable.ts'
import { type AnswerLimits, type LimitedJson, parseLimited, readLimited, WHOLE_LIST } from './answer-limits.ts'
import { type Admission, type BreakerOptions, type CallEnd, createBreaker } from './breaker.ts'
import type { ClientEvent } from './events.ts'
import { InFlightRequest } from './in-flight.ts'
import { createRetryBudget } from './retry-budget.ts'
import { createSemaphore, type Release } from './semaphore.ts'

const MAX_HEADER_BYTES = 16 * 1024
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
  /** The longest that one attempt waits for a connection to be made. */
  readonly connectTimeoutMs?: number
  /** The most requests at a time, each on a connection of its own. */
  readonly connections?: number
  /** The most requests that wait for one of the connections; one caller may hold half of the places (see `createSemaphore`). */
  readonly queue?: number
  readonly retry?: RetryOptions
  readonly breaker?: BreakerOptions
  /** Is told what goes wrong; must not throw. */
  readonly onEvent?: (event: ClientEvent) => void
}

export interface RetryOptions {
  /** How often a failed attempt is repeated at most. */
  readonly retries?: number
  /** The longest first pause; doubles with every further one. */
  readonly baseDelayMs?: number
  /** How many repetitions all calls together have in reserve. */
  readonly reserve?: number
  /** How many calls earn one repetition more. */
  readonly callsPerRetry?: number
}

export interface UpstreamCall extends RequestContext {
  /** The operation's documented name, for errors. */
  readonly operation: string
  /** Below the base URL, its segments percent-encoded. */
  readonly path: string
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Refusals that say no more than that there is no such thing; `onEvent` is not told of them. */
  readonly notFoundStatuses?: readonly number[]
  /** What the answer may be at most; as large as any when it is left out. */
  readonly limits?: AnswerLimits
  /** Which circuit breaker and retry budget the call counts for; `collection` when it is left out. */
  readonly circuit?: Circuit
}

/**
 * `resource`: the path or the filter holds an id or a text of a caller's choice, so that one caller alone can make such
 * calls fail. They must not open the breaker for the calls that all callers send alike, `collection`.
 */
export type Circuit = 'collection' | 'resource'

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
  readonly fault: UpstreamErrorContext
  readonly notFoundStatuses: readonly number[]
  readonly limits: AnswerLimits
  readonly circuit: Circuit
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** What one attempt brought. */
type Outcome =
  | { readonly answer: UpstreamAnswer }
  | {
      readonly error: UpstreamError
      readonly isRetryable: boolean
      /** Whether it says that the provider is not well. */
      readonly isFault: boolean
      readonly retryAfterMs: number | null
    }

/**
 * An HTTP client for one provider: keep-alive connections, one deadline over all attempts, bounded retries with full
 * jitter, exact JSON, and one error class for every way to fail. It never follows a redirect, so that credentials stay
 * with the host they are for.
 *
 * Callers share the connections fairly (see `createSemaphore`), and one operation has at most as many requests here as its
 * limiter lets through; the deadline of a call starts then.
 *
 * A provider that fails gets less to do, not more: no more than `connections` requests at a time, retries out of one
 * budget (see `createRetryBudget`), and none at all but a probe while it keeps failing (see `createBreaker`). Collections
 * and resources have a budget and a breaker each (see `Circuit`). Its faults are no answer, none in time, 5xx, and what is not JSON; a call counts once, by its last
 * attempt.
 */
export function createClient({
  provider,
  baseUrl,
  timeoutMs,
  connectTimeoutMs = 4000,
  connections = 32,
  queue = 2000,
  retry = {},
  breaker: breakerOptions,
  onEvent = () => {},
}: ClientOptions): UpstreamClient {
  // The reserve is as large as the connections are many: all of them may break at once, when the other side restarts.
  const { retries = 2, baseDelayMs = 100, reserve = 32, callsPerRetry = 5 } = retry
  const base = new URL(baseUrl)
  const pool = new Pool(base.origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: 10_000,
    connect: { timeout: connectTimeoutMs },
    maxHeaderSize: MAX_HEADER_BYTES,
    maxResponseSize: WHOLE_LIST.maxBytes,
    // undici's own timers are coarse; the deadline of the call covers what they would.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const semaphore = createSemaphore(connections, queue)
  const createCircuit = (circuit: Circuit) => ({
    budget: createRetryBudget(reserve, callsPerRetry),
    breaker: createBreaker(breakerOptions, (change) => onEvent({ kind: 'breaker-changed', circuit, change })),
  })
  const circuits = { collection: createCircuit('collection'), resource: createCircuit('resource') }
  const inFlight = new Map<string, InFlightRequest<UpstreamAnswer>>()
  /** What ends the calls that are under way, for `close`. */
  const cancels = new Set<() => void>()
  let isClosed = false

  function outgoing(method: 'GET' | 'POST', call: UpstreamCall, form?: Readonly<Record<string, string>>): Outgoing {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) query.append(name, String(value))
    }
    const path = call.path === '' ? base.pathname : base.pathname.replace(/\/+$/, '') + call.path
    const formType = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
    return {
      fault: { provider, operation: call.operation },
      notFoundStatuses: call.notFoundStatuses ?? [],
      limits: call.limits ?? WHOLE_LIST,
      circuit: call.circuit ?? 'collection',
      method,
      path: query.size === 0 ? path : `${path}?${query}`,
      headers: {
        accept: 'application/json',
        // Said aloud, since without it any coding would be allowed.
        'accept-encoding': 'identity',
        'user-agent': 'transactions-gateway',
        ...formType,
        ...call.headers,
      },
      body: form === undefined ? null : new URLSearchParams(form).toString(),
    }
  }

  /**
   * Sends a request and reads its answer; `release` is called once its connection is free again.
   * @throws {Error} for a request that cannot be sent
   */
  async function attempt(request: Outgoing, signal: AbortSignal, release: () => void): Promise<Outcome> {
    const { fault, limits, method, path, headers, body } = request
    const lost = (error: unknown): Outcome => ({
      error: new UpstreamNetworkError({ ...fault, cause: harmless(error) }),
      isRetryable: true,
      isFault: true,
      retryAfterMs: null,
    })
    const notUnderstood = (expected: string, isFault: boolean): Outcome => ({
      error: new UpstreamResponseError({ ...fault, expected }),
      isRetryable: false,
      isFault,
      retryAfterMs: null,
    })
    const tooLarge = () => notUnderstood(`expected at most ${limits.maxBytes} bytes`, false)

    let response: Awaited<ReturnType<typeof pool.request>>
    const answered = pool.request({ method, path, headers, body, signal })
    try {
      // Whose connection is only being made cannot be aborted in undici; the call ends all the same.
      response = await abortable(answered, signal)
    } catch (error) {
      answered.then(release, release)
      // Nothing was sent: the request is wrong, which is nobody's fault but ours.
      if (codeOf(error) === 'UND_ERR_INVALID_ARG') throw harmless(error)
      if (codeOf(error) !== 'UND_ERR_HEADERS_OVERFLOW') return lost(error)
      return notUnderstood(`expected at most ${MAX_HEADER_BYTES} bytes of headers`, false)
    }
    const { statusCode: status, body: stream } = response
    // What breaks after this point is told by the stream's reader as well; without a listener it would end the process.
    stream.on('error', () => {})
    const readAway = () => {
      stream
        .dump({ limit: MAX_DRAIN_BYTES, signal: AbortSignal.timeout(MAX_DRAIN_MS) })
        .catch(() => {})
        .finally(release)
    }

    if (status < 200 || status > 299) {
      readAway()
      const retryAfterMs = parseRetryAfter(response.headers['retry-after'])
      const error = refusal(fault, status, retryAfterMs)
      return { error, isRetryable: RETRYABLE.has(status), isFault: status >= 500, retryAfterMs }
    }
    if (Number(response.headers['content-length']) > limits.maxBytes) {
      readAway()
      return tooLarge()
    }
    const coding = response.headers['content-encoding'] ?? 'identity'
    if (coding !== 'identity') {
      readAway()
      return notUnderstood('expected no content coding', true)
    }

    // The content type is not looked at: what is JSON says so itself, and mislabelled JSON is still an answer.
    let text: string | null
    try {
      text = await readLimited(stream, limits.maxBytes)
    } catch (error) {
      if (codeOf(error) !== 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return lost(error)
      return tooLarge()
    } finally {
      release()
    }
    if (text === null) return tooLarge()
    await takeTurn(text.length / 1000)
    let parsed: LimitedJson
    try {
      parsed = parseLimited(text, limits)
    } catch {
      // The parser's own error quotes the body, so it is not kept as the cause.
      return notUnderstood('expected JSON', true)
    }
    if ('expected' in parsed) return notUnderstood(parsed.expected, false)
    return { answer: { status, headers: singleHeaders(response.headers), json: parsed.json } }
  }

  /** Waits for a connection to be free. */
  function acquireSlot(
    { operation }: UpstreamErrorContext,
    waiting: InFlightRequest<UpstreamAnswer>,
  ): Promise<Release> {
    const acquisition = semaphore.acquire(waiting.callers, waiting.signal)
    if (acquisition !== null) return waiting.waitFor(acquisition)
    onEvent({ kind: 'call-refused', operation })
    throw new QueueFullError({ provider, operation })
  }

  function paused({ fault, circuit }: Outgoing): CircuitOpenError {
    return new CircuitOpenError({ ...fault, retryAfterMs: circuits[circuit].breaker.pausedForMs() })
  }

  /** Runs attempts until one brings an answer, or a failure that a further attempt cannot mend in time. */
  async function send(request: Outgoing, waiting: InFlightRequest<UpstreamAnswer>): Promise<UpstreamAnswer> {
    const { fault } = request
    const { breaker, budget } = circuits[request.circuit]
    const { signal } = waiting
    const closed = () => new UpstreamNetworkError({ ...fault, cause: new Error('the client is closed') })
    if (isClosed) throw closed()
    if (breaker.pausedForMs() > 0) throw paused(request)
    const cancel = () => waiting.cancel(closed())
    const timer = setTimeout(() => waiting.cancel(new UpstreamTimeoutError({ ...fault, timeoutMs })), timeoutMs)
    const deadline = performance.now() + timeoutMs
    let admission: Admission | null = null
    let attempts = 0
    /** When the attempt under way was sent; infinity between attempts. */
    let sentAt = Number.POSITIVE_INFINITY
    /** How the call ends as far as is known. */
    let end: CallEnd = 'unknown'
    cancels.add(cancel)
    budget.earn()
    try {
      for (;;) {
        const release = await acquireSlot(fault, waiting)
        try {
          signal.throwIfAborted()
          if (!admission?.isCurrent()) admission = breaker.admit()
          if (admission === null) throw paused(request)
          waiting.beginAttempt()
        } catch (error) {
          release()
          throw error
        }
        attempts++
        sentAt = performance.now()
        const outcome = await attempt(request, signal, release)
        if ('answer' in outcome) {
          end = 'fine'
          return outcome.answer
        }
        signal.throwIfAborted()
        waiting.endAttempt()
        sentAt = Number.POSITIVE_INFINITY
        end = outcome.isFault ? 'fault' : 'fine'
        const pauseMs = outcome.retryAfterMs ?? Math.random() * baseDelayMs * 2 ** (attempts - 1)
        const isMendable = outcome.isRetryable && attempts <= retries && !admission.isProbe && admission.isCurrent()
        if (!isMendable || performance.now() + pauseMs >= deadline || !budget.spend()) throw outcome.error
        onEvent({ kind: 'attempt-failed', ...failure(outcome.error, attempts), pauseMs: Math.round(pauseMs) })
        await sleep(pauseMs, undefined, { signal })
      }
    } catch (error) {
      const told: unknown = signal.aborted ? signal.reason : error
      if (told instanceof UpstreamTimeoutError) {
        // One that was sent shortly before the deadline tells nothing: what came before it took the time.
        if (performance.now() - sentAt >= timeoutMs / 2) end = 'fault'
      } else if (signal.aborted) end = 'unknown'
      if (told instanceof UpstreamError && isWorthTelling(told, request)) {
        onEvent({ kind: 'call-failed', ...failure(told, attempts) })
      }
      throw told
    } finally {
      clearTimeout(timer)
      cancels.delete(cancel)
      admission?.end(end)
    }
  }

  const createRequest = (request: Outgoing) =>
    new InFlightRequest<UpstreamAnswer>(provider, (waiting) => send(request, waiting))

  /** Joins the same request of another call, or sends it. */
  function share(key: string, request: Outgoing, call: UpstreamCall): Promise<UpstreamAnswer> {
    const existing = inFlight.get(key)
    if (existing !== undefined) return existing.join(call)
    const created = createRequest(request)
    inFlight.set(key, created)
    const answer = created.join(call)
    created.onEnd(() => {
      if (inFlight.get(key) === created) inFlight.delete(key)
    })
    return answer
  }

  /** What was not even asked is told of elsewhere, and once for all: by the breaker, and by the queue. */
  function isWorthTelling(error: UpstreamError, { notFoundStatuses }: Outgoing): boolean {
    if (isClosed || error instanceof CircuitOpenError || error instanceof QueueFullError) return false
    const status = statusOf(error)
    return status === null || !notFoundStatuses.includes(status)
  }

  /** Runs a call once its operation may have another one here. */
  function limited(call: UpstreamCall, run: () => Promise<UpstreamAnswer>): Promise<UpstreamAnswer> {
    const runUnlessAborted = async () => {
      call.signal?.throwIfAborted()
      return run()
    }
    return call.limiter ? call.limiter.run(runUnlessAborted) : runUnlessAborted()
  }

  return {
    get: (call) =>
      limited(call, () => {
        const request = outgoing('GET', call)
        // Headers are part of what is asked: an answer never crosses from one set of credentials to another.
        const key = JSON.stringify([call.operation, request.path, Object.entries(request.headers).sort()])
        return share(key, request, call)
      }),
    postForm: (call) => limited(call, () => createRequest(outgoing('POST', call, call.form)).join(call)),
    async close() {
      isClosed = true
      for (const cancel of cancels) cancel()
      await pool.destroy()
    },
  }
}

const failure = (error: UpstreamError, attempt: number) => ({
  operation: error.operation,
  code: error.code,
  status: statusOf(error),
  attempt,
})

function refusal(fault: UpstreamErrorContext, status: number, retryAfterMs: number | null): UpstreamError {
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

const statusOf = (error: UpstreamError): number | null => {
  if (error instanceof UpstreamRateLimitError) return 429
  return error instanceof UpstreamStatusError || error instanceof UpstreamAuthError ? error.status : null
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : null)

/** undici's errors can hold bytes of the answer; the log gets what they say and nothing that they carry. */
function harmless(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('unknown failure')
  return new Error([error.name, codeOf(error), error.message].filter(Boolean).join(' '))
}
