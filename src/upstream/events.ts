import { type Log, throttled } from '../log.ts'
import type { BreakerChange } from './breaker.ts'

/** A request to the provider, and who waits for it. */
interface EventRequest {
  /** The operation's documented name. */
  readonly operation: string
  /** The ids of the callers' requests that wait for it, each once; empty for a request of the gateway's own. */
  readonly requestIds: readonly string[]
}

/** A failure: the error's code, and the HTTP status if there was one. */
interface Failure extends EventRequest {
  readonly code: string
  readonly status: number | null
  /** The code of the network, such as `ECONNREFUSED`, for which the latest attempt failed; null when it has none. */
  readonly cause: string | null
  /** Number of the attempt within its call, from 1. */
  readonly attempt: number
}

/** An event of a client: a failure, or a change of a circuit breaker. It holds nothing of an answer's body or of a URL. */
export type ClientEvent =
  | ({ /** An attempt that is retried. */ readonly kind: 'attempt-failed'; readonly pauseMs: number } & Failure)
  | ({ /** A call, reported once for all that share it. */ readonly kind: 'call-failed' } & Failure)
  | ({ /** A call that found the queue full. */ readonly kind: 'call-rejected' } & EventRequest)
  | { readonly kind: 'breaker-changed'; readonly circuit: string; readonly change: BreakerChange }

/** Maximum number of callers' requests that a line names. A request that is shared may have many. */
const MAX_REQUEST_IDS = 5

/** Returns the fields that name the callers' requests: one in a field of its own, up to four others in a list. */
const idFields = ([requestId, ...others]: readonly string[]) => ({
  ...(requestId !== undefined && { requestId }),
  ...(others.length > 0 && { sharedWith: others.slice(0, MAX_REQUEST_IDS - 1) }),
})

const failureFields = ({ operation, code, status, cause, attempt, requestIds }: Failure) => ({
  operation,
  code,
  status,
  ...(cause !== null && { cause }),
  attempt,
  ...idFields(requestIds),
})

/**
 * Returns a function that logs a client's events, with the given fields in each line. Failed and rejected calls make at
 * most ten lines in ten seconds; `unlogged` in the next line counts those left out.
 */
export function logClientEvents(
  log: Log,
  fields: Readonly<Record<string, string>>,
  now: () => number = () => performance.now(),
): (event: ClientEvent) => void {
  const limited = throttled(log.warn, now)
  const warn = (message: string, more: Readonly<Record<string, unknown>>) => limited(message, { ...fields, ...more })

  return (event) => {
    switch (event.kind) {
      case 'attempt-failed': {
        const { pauseMs } = event
        return log.debug('upstream request failed, retrying', { ...fields, ...failureFields(event), pauseMs })
      }
      case 'call-failed':
        return warn('upstream request failed', failureFields(event))
      case 'call-rejected':
        return warn('upstream queue is full', { operation: event.operation, ...idFields(event.requestIds) })
      case 'breaker-changed':
        return logChange(event.change, event.circuit)
    }
  }

  function logChange(change: BreakerChange, circuit: string): void {
    if (change.state === 'open') log.warn('circuit breaker opened', { ...fields, circuit, pauseMs: change.pauseMs })
    else
      log.info(change.state === 'closed' ? 'circuit breaker closed' : 'circuit breaker half-open', {
        ...fields,
        circuit,
      })
  }
}
