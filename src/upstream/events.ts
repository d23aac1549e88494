import { type Log, throttled } from '../log.ts'
import type { BreakerChange } from './breaker.ts'

/** A failure: the operation's documented name, the error's code, and the HTTP status if there was one. */
interface Failure {
  readonly operation: string
  readonly code: string
  readonly status: number | null
  /** Number of the attempt within its call, from 1. */
  readonly attempt: number
}

/** An event of a client: a failure, or a change of a circuit breaker. It holds nothing of an answer's body or of a URL. */
export type ClientEvent =
  | ({ /** An attempt that is retried. */ readonly kind: 'attempt-failed'; readonly pauseMs: number } & Failure)
  | ({ /** A call, reported once for all that share it. */ readonly kind: 'call-failed' } & Failure)
  | { /** A call that found the queue full. */ readonly kind: 'call-rejected'; readonly operation: string }
  | { readonly kind: 'breaker-changed'; readonly circuit: string; readonly change: BreakerChange }

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
        const { kind: _, ...failure } = event
        return log.debug('upstream request failed, retrying', { ...fields, ...failure })
      }
      case 'call-failed': {
        const { kind: _, ...failure } = event
        return warn('upstream request failed', failure)
      }
      case 'call-rejected':
        return warn('upstream queue is full', { operation: event.operation })
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
