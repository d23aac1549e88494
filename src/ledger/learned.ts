/** How long what an answer taught is believed before it is tried anew. */
const BELIEVED_MS = 10 * 60_000

/**
 * Values that answers may change for a while: ten minutes after the last change they are again what they were at first, so
 * that one answer that was wrong does no harm for as long as the process runs.
 *
 * @param now the clock, in epoch milliseconds
 */
export function createLearned<T extends object>(first: T, now: () => number = () => Date.now()): T {
  let values = { ...first }
  let believedUntil = Number.POSITIVE_INFINITY
  return new Proxy(values, {
    get(_, name) {
      if (now() >= believedUntil) {
        values = { ...first }
        believedUntil = Number.POSITIVE_INFINITY
      }
      return Reflect.get(values, name)
    },
    set(_, name, value) {
      believedUntil = now() + BELIEVED_MS
      return Reflect.set(values, name, value)
    },
  })
}
