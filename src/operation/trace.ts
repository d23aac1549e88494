/** Names a request to a provider in a trace. */
export interface TracedRequest {
  readonly provider: string
  /** The operation's documented name. */
  readonly operation: string
  /** The parameters of its query. A trace holds the numbers that select a page, and no other. */
  readonly parameters: Readonly<Record<string, string | number | undefined>> | undefined
  /** True when a kept answer was looked for in vain. */
  readonly isCacheMiss?: boolean | undefined
}

/** The end of one attempt of a request. */
export interface AttemptEnd {
  /** The status of the answer; null without one. */
  readonly status: number | null
  readonly rows: number
  /** The code of the failure, such as `503` or `ECONNREFUSED`; null when there is none. */
  readonly failure: string | null
}

/** Follows a request to a provider through its attempts. No method throws. */
export interface RequestTrace {
  /**
   * Begins an attempt, right before it is sent.
   *
   * @param waitedMs the time for which it has waited for a connection
   * @returns the headers to send with it; null for none
   */
  beginAttempt(waitedMs: number): Readonly<Record<string, string>> | null
  endAttempt(end: AttemptEnd): void
  /** Ends the attempt in flight, or records that the request was never sent. After an attempt that has ended it does nothing. */
  fail(failure: string): void
}

/** Follows the wait of an operation for a request that another operation has sent. No method throws. */
export interface SharedRequestTrace {
  /** @param failure the code of the failure; null when there is none */
  end(rows: number, failure: string | null): void
}

/** Follows the requests of one operation to providers. No method throws. */
export interface OperationTrace {
  /** Follows a request that the operation sends; null when nothing is recorded of it. */
  request(request: TracedRequest): RequestTrace | null
  /**
   * Follows a request that the operation shares.
   *
   * @param sent the trace of the request that was sent; null when nothing is recorded of it
   * @returns null when nothing is recorded, or the operation follows that request already
   */
  share(request: TracedRequest, sent: RequestTrace | null): SharedRequestTrace | null
  /** Records an answer out of the cache. */
  cacheHit(request: TracedRequest, rows: number): void
}

/** The trace of an operation until its end. */
export interface StartedTrace extends OperationTrace {
  /** Ends the operation; called once. */
  end(end: TracedEnd): void
}

/** What a trace holds of an operation that has ended. */
export interface TracedEnd {
  readonly caller: string
  readonly requestId: string
  /** `query`, `mutation` or `subscription`; null when no operation could be executed. */
  readonly kind: string | null
  /** The name of the operation, shortened; null without one. */
  readonly name: string | null
  /** Null when the request has no document. */
  readonly documentHash: string | null
  readonly outcome: 'ok' | 'partial' | 'failed' | 'aborted'
  /** The distinct codes of the errors. */
  readonly codes: readonly string[]
  /** True when the gateway or a provider has failed, and not the caller. */
  readonly isFault: boolean
  readonly costs: readonly {
    readonly provider: string
    readonly requests: number
    readonly rows: number
    readonly hits?: number
  }[]
  /** The number of events of a subscription. */
  readonly events: number | undefined
}

/** Starts the traces of operations. */
export interface Tracing {
  /**
   * Starts the trace of an operation, as a part of the caller's trace when the headers name one.
   *
   * @param startedAt on the clock of `performance.now()`
   */
  startOperation(headers: { get(name: string): string | null }, startedAt: number): StartedTrace
  /** Exports what is left, within a few seconds. */
  close(): Promise<void>
}
