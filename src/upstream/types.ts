import type { RequestContext } from '../operation.ts'
import type { AnswerLimits } from './answer-limits.ts'
import type { BreakerOptions } from './breaker.ts'
import type { NetworkSettings } from './dispatcher.ts'
import type { ClientEvent } from './events.ts'
import type { ClientStatistics } from './statistics.ts'

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
  /** Proxies and client certificates; direct connections without certificates by default. */
  readonly network?: NetworkSettings
  readonly retry?: RetryOptions
  readonly breaker?: BreakerOptions
  /** Receives failures and changes of the circuit breakers; must not throw. */
  readonly onEvent?: (event: ClientEvent) => void
}

export interface RetryOptions {
  /** The most retries of one call. */
  readonly retries?: number
  /** The upper bound of the first backoff; it doubles with every further one. */
  readonly baseDelayMs?: number
  /** The most retries that the retry budget holds for all calls together. */
  readonly reserve?: number
  /** The number of calls that add one retry to the budget. */
  readonly callsPerRetry?: number
}

/**
 * `resource`: the path or the filter holds an id or a text of a caller's choice, so that one caller alone can make such
 * calls fail. They must not open the breaker for the calls that all callers send alike, `collection`.
 */
export type Circuit = 'collection' | 'resource'

export interface UpstreamCall extends RequestContext {
  /** The operation's documented name, for errors. */
  readonly operation: string
  /** Below the base URL, its segments percent-encoded. */
  readonly path: string
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses that mean "not found" here. They are not reported as failures. */
  readonly notFoundStatuses?: readonly number[]
  /** Limits of the answer; `WHOLE_LIST` by default. */
  readonly limits?: AnswerLimits
  /** The circuit breaker and retry budget that the call counts for; `collection` by default. */
  readonly circuit?: Circuit
  /** True when a kept answer was looked for in vain. */
  readonly isCacheMiss?: boolean
}

/** An answer with a status of 2xx and a JSON body, its numbers exact (see `parseJson`). */
export interface UpstreamAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** May be shared with other callers: read it, do not change it. */
  readonly json: unknown
  /** Rows of a list: the length of the array, or of the longest array among the members; 0 for a read by id. */
  readonly rows: number
  /** Length of the body's text. */
  readonly size: number
}

export interface UpstreamClient {
  /**
   * Reads with GET. Calls for the same URL with the same headers share the request in flight; it is cancelled when all
   * its callers have left. The rows of the answer are counted by the meter of each caller.
   * @throws {LimitExceededError} when the caller's operation may not send the request, or may read no more rows
   * @throws {UpstreamError} of the class that fits the failure; the signal's reason when the caller's signal aborts
   */
  get(call: UpstreamCall): Promise<UpstreamAnswer>
  /** Sends form fields with POST. As {@link get}, but never shared; only for calls that may be repeated. */
  postForm(call: UpstreamCall & { readonly form: Readonly<Record<string, string>> }): Promise<UpstreamAnswer>
  /** Returns what the client has done so far, and its state. */
  statistics(): ClientStatistics
  /** Closes all connections; calls in flight fail. */
  close(): Promise<void>
}
