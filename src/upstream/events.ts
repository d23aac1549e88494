import { type Log, throttled } from '../log.ts'
import type { BreakerChange } from './breaker.ts'

/** How something failed: the operation's documented name, the error's code, and the HTTP status where there was one. */
interface Failure {
  readonly operation: string
  readonly code: string
  readonly status: number | null
  /** Which attempt of its call it was, from 1. */
  readonly attempt: number
}

/** What goes wrong between a client and its provider. Nothing in it comes from an answer's body or from an address. */
export type ClientEvent =
  | ({ /** An attempt that is repeated. */ readonly kind: 'attempt-failed'; readonly pauseMs: number } & Failure)
  | ({ /** A call, however many wait for it. */ readonly kind: 'call-failed' } & Failure)
  | { /** The queue was full. */ readonly kind: 'call-refused'; readonly operation: string }
  | { readonly kind: 'breaker-changed'; readonly circuit: string; readonly change: BreakerChange }

/**
 * Writes a client's events down, with the given fields in each line. Of failed and refused calls there are at most ten
 * lines in ten seconds; the first one after that says in `unlogged` how many there were beside.
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
        const { kind: _, ...told } = event
        return log.debug('upstream request failed and is repeated', { ...fields, ...told })
      }
      case 'call-failed': {
        const { kind: _, ...told } = event
        return warn('upstream request failed', told)
      }
      case 'call-refused':
        return warn('too many upstream requests are waiting', { operation: event.operation })
      case 'breaker-changed':
        return logChange(event.change, event.circuit)
    }
  }

  function logChange(change: BreakerChange, circuit: string): void {
    if (change.state === 'open') log.warn('upstream keeps failing', { ...fields, circuit, pauseMs: change.pauseMs })
    else
      log.info(change.state === 'closed' ? 'upstream answers again' : 'upstream is tried again', { ...fields, circuit })
  }
}
