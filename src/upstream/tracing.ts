import { GatewayError } from '../errors.ts'
import type { AttemptEnd, TracedRequest } from '../operation.ts'
import type { AttemptResult } from './attempt.ts'
import { CANCELLED, failureOf } from './cause.ts'
import type { InFlightRequest } from './in-flight.ts'
import type { OutgoingRequest } from './outgoing-request.ts'
import { isNotFound, statusOf } from './status.ts'
import type { UpstreamAnswer, UpstreamCall } from './types.ts'

/** Names a request in a trace. */
export const tracedRequest = (
  { errorContext: { provider, operation } }: OutgoingRequest,
  { query, isCacheMiss }: UpstreamCall,
): TracedRequest => ({ provider, operation, parameters: query, isCacheMiss })

/** Returns a request with further headers, which are no part of its sharing key. */
export const withHeaders = (request: OutgoingRequest, headers: OutgoingRequest['headers'] | null): OutgoingRequest =>
  headers === null ? request : { ...request, headers: { ...request.headers, ...headers } }

/** Describes the end of an attempt. A status that means "not found" is no failure. */
export function attemptEnd(result: AttemptResult, request: OutgoingRequest): AttemptEnd {
  if ('answer' in result) return { status: result.answer.status, rows: result.answer.rows, failure: null }
  const { error } = result
  return { status: statusOf(error), rows: 0, failure: isNotFound(error, request) ? null : failureOf(error) }
}

/** Reports the failure of a request to its trace. Returns the same answer, or fails with the same error. */
export async function traceFailure<T>(
  answer: Promise<T>,
  { trace, cancellation }: Pick<InFlightRequest<T>, 'trace' | 'cancellation'>,
): Promise<T> {
  try {
    return await answer
  } catch (error) {
    const hasLeft = cancellation.isCancelled && !(error instanceof GatewayError)
    trace?.fail(hasLeft ? CANCELLED : failureOf(error))
    throw error
  }
}

/** Waits for the request of another call, and reports that to the trace of this one. */
export function joinTraced(
  existing: InFlightRequest<UpstreamAnswer>,
  request: OutgoingRequest,
  call: UpstreamCall,
): Promise<UpstreamAnswer> {
  const answer = existing.join(call)
  const trace = call.trace?.share(tracedRequest(request, call), existing.trace)
  if (trace) {
    answer.then(
      ({ rows }) => trace.end(rows, null),
      (error: unknown) => trace.end(0, failureOf(error)),
    )
  }
  return answer
}
