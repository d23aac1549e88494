/** Time for which a learned limit is used before the initial one is tried again. */
const TTL_MS = 10 * 60_000

/**
 * A limit of the provider's that its answers can change for a while. Ten minutes after the last change it is the initial
 * one again, so that one wrong answer does no harm for as long as the process runs. All lists of a provider share it:
 * only what the provider's own behaviour proves may be learned, never what one request of one caller brought about.
 */
export class AdaptiveLimit<T> {
  readonly #initial: T
  readonly #now: () => number
  #learned: { readonly value: T; readonly expiresAt: number } | null = null

  /** @param now the clock, in epoch milliseconds */
  constructor(initial: T, now: () => number = () => Date.now()) {
    this.#initial = initial
    this.#now = now
  }

  value(): T {
    if (this.#learned !== null && this.#now() >= this.#learned.expiresAt) this.#learned = null
    return this.#learned === null ? this.#initial : this.#learned.value
  }

  learn(value: T): void {
    this.#learned = { value, expiresAt: this.#now() + TTL_MS }
  }
}
