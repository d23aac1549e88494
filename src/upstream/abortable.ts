/** Waits for a promise, or rejects with the signal's reason when the signal aborts first, and calls `onAbort` then. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined, onAbort = () => {}): Promise<T> {
  if (signal === undefined) return promise
  // An aborted signal fires no event; callers check for it before they start any work.
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const rejectAborted = () => {
      reject(signal.reason)
      onAbort()
    }
    signal.addEventListener('abort', rejectAborted, { once: true })
    const removeListener = () => signal.removeEventListener('abort', rejectAborted)
    promise.finally(removeListener).then(resolve, reject)
  })
}
