/** Names a request to a provider in a trace. */
export interface TracedRequest {
  readonly provider: string
  /** The operation's documented name. */
  readonly operation: string
  /** The parameters of its query. A trace holds the numbers that select a page, and no other. */
  readonly parameters: Readonly<Record<string, string | number | undefined>> | undefined
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
