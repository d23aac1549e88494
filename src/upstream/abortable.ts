import type { ReadSignal } from '../operation.ts'

/** Waits for a promise, or rejects with the signal's reason when the signal aborts first. */
export function abortable<T>(promise: Promise<T>, signal: ReadSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  // An aborted signal fires no event; callers check for it before they start any work.
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const rejectAborted = () => reject(signal.reason)
    signal.addEventListener('abort', rejectAborted)
    const removeListener = () => signal.removeEventListener('abort', rejectAborted)
    promise.finally(removeListener).then(resolve, reject)
  })
}
