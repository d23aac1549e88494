/** Waits for a promise, or rejects with the signal's reason when the signal aborts first; `left` is then called. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined, left = () => {}): Promise<T> {
  if (signal === undefined) return promise
  // An aborted signal fires no more; callers check for that before they start anything.
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const leave = () => {
      reject(signal.reason)
      left()
    }
    signal.addEventListener('abort', leave, { once: true })
    const stay = () => signal.removeEventListener('abort', leave)
    promise.finally(stay).then(resolve, reject)
  })
}
