/** Returns true for a promise, and for any other object with a method `then`. */
export const isPromise = (value: unknown): value is Promise<unknown> =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
  typeof (value as { readonly then?: unknown }).then === 'function'

/** Returns what a function makes of a value: at once, or as a promise when the value is one. */
export const mapAwaited = <T, Result>(value: T | Promise<T>, map: (value: T) => Result): Result | Promise<Result> =>
  isPromise(value) ? (value as Promise<T>).then(map) : map(value)
