import {
  CircuitOpenError,
  QueueFullError,
  UpstreamAuthError,
  UpstreamNetworkError,
  UpstreamRateLimitError,
  UpstreamResponseError,
  UpstreamStatusError,
  UpstreamTimeoutError,
} from '../errors.ts'
import { DurationHistogram } from '../values/duration-histogram.ts'
import type { BreakerState } from './breaker.ts'
import type { Circuit } from './types.ts'

/**
 * The ways in which a request ends. `not_found` is a status that means it, `cancelled` a request that no operation waits for any
 * more, and `other` a request that could not be sent.
 */
export const REQUEST_OUTCOMES = [
  'success',
  'not_found',
  'unavailable',
  'timeout',
  'auth',
  'rate_limited',
  'error_status',
  'invalid_response',
  'circuit_open',
  'queue_full',
  'cancelled',
  'other',
] as const

export type RequestOutcome = (typeof REQUEST_OUTCOMES)[number]

/** The state of a circuit breaker, and how often it has opened. */
export interface CircuitStatistics {
  readonly state: BreakerState
  readonly opened: number
}

/** What a client has done since it was created, and what it does at the moment. */
export interface ClientStatistics {
  /** Ended requests, each with all its attempts. A request that several operations share counts once. */
  readonly requests: Readonly<Record<RequestOutcome, number>>
  /** Calls that joined a request in flight instead of sending their own. */
  readonly shared: number
  /** HTTP requests sent, retries included. */
  readonly attempts: number
  readonly retries: number
  /** Durations of the attempts that have ended, from sending to the parsed answer. */
  readonly attemptDurations: DurationHistogram
  /** Rows of all answers. A row that several operations share counts once. */
  readonly rows: number
  /** Connections in use. */
  readonly inFlight: number
  /** Requests that wait for a connection. */
  readonly waiting: number
  readonly circuits: Readonly<Record<Circuit, CircuitStatistics>>
}

/** Counts what a client does. Each count is a plain number, because it is written on every request and read rarely. */
export class ClientCounters {
  readonly requests = Object.fromEntries(REQUEST_OUTCOMES.map((outcome) => [outcome, 0])) as Record<
    RequestOutcome,
    number
  >
  readonly attemptDurations = new DurationHistogram()
  shared = 0
  attempts = 0
  retries = 0
  rows = 0

  addSuccess(rows: number): void {
    this.requests.success++
    this.rows += rows
  }

  /** Returns the counts together with the state of the client. */
  read(state: Pick<ClientStatistics, 'inFlight' | 'waiting' | 'circuits'>): ClientStatistics {
    const { requests, attemptDurations, shared, attempts, retries, rows } = this
    return { requests: { ...requests }, attemptDurations, shared, attempts, retries, rows, ...state }
  }
}

/** Classes of failures with their outcomes. */
const OUTCOMES = [
  [CircuitOpenError, 'circuit_open'],
  [QueueFullError, 'queue_full'],
  [UpstreamNetworkError, 'unavailable'],
  [UpstreamTimeoutError, 'timeout'],
  [UpstreamAuthError, 'auth'],
  [UpstreamRateLimitError, 'rate_limited'],
  [UpstreamStatusError, 'error_status'],
  [UpstreamResponseError, 'invalid_response'],
] as const

/** Returns the outcome of a request that failed with an error. */
export function outcomeOf(error: unknown, isCancelled: boolean): RequestOutcome {
  const [, outcome] = OUTCOMES.find(([errorClass]) => error instanceof errorClass) ?? []
  return outcome ?? (isCancelled ? 'cancelled' : 'other')
}
