import { setTimeout as sleep } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import {
  CircuitOpenError,
  QueueFullError,
  UpstreamError,
  UpstreamNetworkError,
  UpstreamTimeoutError,
} from '../errors.ts'
import { attempt, type FailedAttempt } from './attempt.ts'
import { type Breaker, type BreakerChange, type CallOutcome, createBreaker, type Permit } from './breaker.ts'
import { networkCodeOf } from './cause.ts'
import type { ClientEvent } from './events.ts'
import type { InFlightRequest } from './in-flight.ts'
import type { OutgoingRequest } from './outgoing-request.ts'
import { createRetryBudget, type RetryBudget } from './retry-budget.ts'
import type { Release, Semaphore } from './semaphore.ts'
import { type CircuitStatistics, ClientCounters, type ClientStatistics, outcomeOf } from './statistics.ts'
import { isNotFound, statusOf } from './status.ts'
import { attemptEnd, traceFailure, withHeaders } from './tracing.ts'
import type { Circuit, ClientOptions, UpstreamAnswer } from './types.ts'

/** Protects the provider from the calls that count for it. */
interface CircuitState {
  readonly budget: RetryBudget
  readonly breaker: Breaker
  /** Counts how often the breaker has opened. */
  opened: number
}

/** One call while its attempts run. */
interface CallState {
  readonly request: OutgoingRequest
  readonly inFlight: InFlightRequest<UpstreamAnswer>
  readonly circuit: CircuitState
  /** On the clock of `performance.now()`, as `sentAt`. */
  readonly deadline: number
  permit: Permit | null
  attempts: number
  endedAttempts: number
  /** The time at which the attempt in flight was sent; infinity between attempts. */
  sentAt: number
  /** The outcome so far. */
  outcome: CallOutcome
  /** The code of the network for which the latest attempt failed; null when it has none. */
  cause: string | null
}

/** The part of {@link ClientOptions} that the loop uses. */
export type RetryLoopOptions = Pick<ClientOptions, 'timeoutMs' | 'retry' | 'breaker' | 'onEvent'>

/**
 * Sends requests, each with a deadline over all its attempts and bounded retries with full jitter. Retries come out of one
 * budget for each circuit, and a circuit breaker stops the calls of a circuit that keeps failing.
 */
export class RetryLoop {
  readonly #timeoutMs: number
  readonly #retries: number
  readonly #baseDelayMs: number
  readonly #onEvent: (event: ClientEvent) => void
  readonly #dispatcher: Dispatcher
  readonly #semaphore: Semaphore
  readonly #circuits: Readonly<Record<Circuit, CircuitState>>
  readonly #calls = new Set<CallState>()
  readonly counters = new ClientCounters()
  #isClosed = false

  constructor(
    { timeoutMs, retry = {}, breaker, onEvent = () => {} }: RetryLoopOptions,
    dispatcher: Dispatcher,
    semaphore: Semaphore,
  ) {
    // The reserve covers the default number of connections: all of them may break at once, when the upstream restarts.
    const { retries = 2, baseDelayMs = 100, reserve = 32, callsPerRetry = 5 } = retry
    this.#timeoutMs = timeoutMs
    this.#retries = retries
    this.#baseDelayMs = baseDelayMs
    this.#onEvent = onEvent
    this.#dispatcher = dispatcher
    this.#semaphore = semaphore
    const createCircuit = (circuit: Circuit): CircuitState => {
      const onChange = (change: BreakerChange) => {
        if (change.state === 'open') state.opened++
        onEvent({ kind: 'breaker-changed', circuit, change })
      }
      const budget = createRetryBudget(reserve, callsPerRetry)
      const state = { budget, breaker: createBreaker(breaker, onChange), opened: 0 }
      return state
    }
    this.#circuits = { collection: createCircuit('collection'), resource: createCircuit('resource') }
  }

  /**
   * Runs attempts until one brings an answer, or a failure that is not retried.
   * @throws {UpstreamError} of the class that fits the last failure; the reason with which the request was cancelled
   */
  send(request: OutgoingRequest, inFlight: InFlightRequest<UpstreamAnswer>): Promise<UpstreamAnswer> {
    const answer = this.#run(request, inFlight)
    return inFlight.trace === null ? answer : traceFailure(answer, inFlight)
  }

  async #run(request: OutgoingRequest, inFlight: InFlightRequest<UpstreamAnswer>): Promise<UpstreamAnswer> {
    const call = this.#beginCall(request, inFlight)
    const { cancellation, trace } = inFlight
    const timer = setTimeout(() => cancellation.cancel(this.#timeoutError(request)), this.#timeoutMs)
    try {
      for (;;) {
        const queuedAt = trace === null ? 0 : performance.now()
        const release = this.#semaphore.tryAcquire(inFlight.callers) ?? (await this.#waitForSlot(inFlight, request))
        this.#beginAttempt(call, release)
        const headers = trace === null ? null : trace.beginAttempt(call.sentAt - queuedAt)
        const result = await attempt(this.#dispatcher, withHeaders(request, headers), cancellation, release)
        this.#measureAttempt(call)
        trace?.endAttempt(attemptEnd(result, request))
        if ('answer' in result) {
          call.outcome = 'success'
          this.counters.addSuccess(result.answer.rows)
          return result.answer
        }
        cancellation.throwIfCancelled()
        await sleep(this.#endAttempt(call, result), undefined, { signal: cancellation.signal })
      }
    } catch (error) {
      throw this.#failCall(call, error)
    } finally {
      clearTimeout(timer)
      this.#calls.delete(call)
      call.permit?.end(call.outcome)
    }
  }

  /** Returns what the loop has done so far, and its state. */
  statistics(): ClientStatistics {
    const { inUse: inFlight, waiting } = this.#semaphore
    const { collection, resource } = this.#circuits
    return this.counters.read({
      inFlight,
      waiting,
      circuits: { collection: circuitStatistics(collection), resource: circuitStatistics(resource) },
    })
  }

  /** Fails all calls in flight, and every further one. */
  close(): void {
    this.#isClosed = true
    for (const { request, inFlight } of this.#calls) inFlight.cancellation.cancel(closedError(request))
  }

  #beginCall(request: OutgoingRequest, inFlight: InFlightRequest<UpstreamAnswer>): CallState {
    const circuit = this.#circuits[request.circuit]
    if (this.#isClosed) throw closedError(request)
    if (circuit.breaker.pausedForMs() > 0) {
      this.counters.requests.circuit_open++
      throw circuitOpenError(request, circuit)
    }
    const call: CallState = {
      request,
      inFlight,
      circuit,
      deadline: performance.now() + this.#timeoutMs,
      permit: null,
      attempts: 0,
      endedAttempts: 0,
      sentAt: Number.POSITIVE_INFINITY,
      outcome: 'ignored',
      cause: null,
    }
    this.#calls.add(call)
    circuit.budget.earn()
    return call
  }

  /** Waits for a connection to be free. */
  #waitForSlot(inFlight: InFlightRequest<UpstreamAnswer>, { errorContext }: OutgoingRequest): Promise<Release> {
    const acquisition = this.#semaphore.acquire(inFlight.callers, inFlight.cancellation)
    if (acquisition !== null) return inFlight.waitFor(acquisition)
    this.#onEvent({ kind: 'call-rejected', operation: errorContext.operation, requestIds: inFlight.requestIds })
    throw new QueueFullError(errorContext)
  }

  /**
   * Checks, right before an attempt is sent, that it may be, and counts it.
   * @throws {UpstreamError} when it may not; the slot is released then
   */
  #beginAttempt(call: CallState, release: Release): void {
    const { request, inFlight, circuit } = call
    try {
      inFlight.cancellation.throwIfCancelled()
      if (!call.permit?.isCurrent()) call.permit = circuit.breaker.tryAcquire()
      if (call.permit === null) throw circuitOpenError(request, circuit)
      inFlight.beginAttempt()
    } catch (error) {
      release()
      throw error
    }
    call.attempts++
    this.counters.attempts++
    if (call.attempts > 1) this.counters.retries++
    call.sentAt = performance.now()
  }

  /** Counts the duration of an attempt that has ended. */
  #measureAttempt(call: CallState): void {
    call.endedAttempts++
    this.counters.attemptDurations.add(performance.now() - call.sentAt)
  }

  /**
   * Counts a failed attempt, and takes a retry out of the budget.
   * @returns the backoff before the next attempt, in milliseconds
   * @throws {UpstreamError} the failure, when it is not retried
   */
  #endAttempt(call: CallState, { error, isRetryable, isFault, retryAfterMs }: FailedAttempt): number {
    call.inFlight.endAttempt()
    call.sentAt = Number.POSITIVE_INFINITY
    call.outcome = isFault ? 'failure' : 'success'
    call.cause = networkCodeOf(error.cause)
    const pauseMs = retryAfterMs ?? Math.random() * this.#baseDelayMs * 2 ** (call.attempts - 1)
    if (!isRetryable || !this.#shouldRetry(call, pauseMs)) throw error
    this.#onEvent({ kind: 'attempt-failed', ...failureFields(error, call), pauseMs: Math.round(pauseMs) })
    return pauseMs
  }

  /** Returns true when a retry may be sent before the deadline, and takes it out of the budget. */
  #shouldRetry({ attempts, permit, deadline, circuit }: CallState, pauseMs: number): boolean {
    const isAllowed = attempts <= this.#retries && permit?.isProbe === false && permit.isCurrent()
    return isAllowed && performance.now() + pauseMs < deadline && circuit.budget.spend()
  }

  /** Decides the outcome of a failed call, and reports the failure. Returns the error that its callers receive. */
  #failCall(call: CallState, error: unknown): unknown {
    const { request, sentAt, attempts } = call
    const { isCancelled, reason: cancelReason } = call.inFlight.cancellation
    const reason = isCancelled ? cancelReason : error
    // The attempt that was cancelled.
    if (call.endedAttempts < attempts) this.#measureAttempt(call)
    this.counters.requests[isNotFound(reason, request) ? 'not_found' : outcomeOf(reason, isCancelled)]++
    if (reason instanceof UpstreamTimeoutError) {
      // An attempt sent shortly before the deadline says nothing about the provider: the time went to what came before.
      if (performance.now() - sentAt >= this.#timeoutMs / 2) call.outcome = 'failure'
    } else if (isCancelled) call.outcome = 'ignored'
    if (reason instanceof UpstreamError && this.#shouldReport(reason, request)) {
      this.#onEvent({ kind: 'call-failed', ...failureFields(reason, call) })
    }
    return reason
  }

  /** Returns false for statuses that mean "not found", and for calls that were not sent: breaker and queue report those. */
  #shouldReport(error: UpstreamError, request: OutgoingRequest): boolean {
    if (this.#isClosed || error instanceof CircuitOpenError || error instanceof QueueFullError) return false
    return !isNotFound(error, request)
  }

  #timeoutError({ errorContext }: OutgoingRequest): UpstreamTimeoutError {
    return new UpstreamTimeoutError({ ...errorContext, timeoutMs: this.#timeoutMs })
  }
}

const closedError = ({ errorContext }: OutgoingRequest) =>
  new UpstreamNetworkError({ ...errorContext, cause: new Error('the client is closed') })

const circuitStatistics = ({ breaker, opened }: CircuitState): CircuitStatistics => ({ state: breaker.state(), opened })

const circuitOpenError = ({ errorContext }: OutgoingRequest, { breaker }: CircuitState) =>
  new CircuitOpenError({ ...errorContext, retryAfterMs: breaker.pausedForMs() })

const failureFields = (error: UpstreamError, { attempts, cause, inFlight: { requestIds } }: CallState) => ({
  operation: error.operation,
  code: error.code,
  status: statusOf(error),
  cause,
  attempt: attempts,
  requestIds,
})
