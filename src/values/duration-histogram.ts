/** Upper bounds of the buckets, in milliseconds; longer durations are in a last bucket without a bound. */
export const DURATION_BOUNDS_MS: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000,
]

/** Counts durations in fixed buckets. It holds plain numbers, because it is written on every request and read rarely. */
export class DurationHistogram {
  readonly #counts = new Float64Array(DURATION_BOUNDS_MS.length + 1)
  #sumMs = 0

  add(durationMs: number): void {
    let bucket = 0
    while (bucket < DURATION_BOUNDS_MS.length && durationMs > DURATION_BOUNDS_MS[bucket]!) bucket++
    this.#counts[bucket]! += 1
    this.#sumMs += durationMs
  }

  /** The number of durations in each bucket alone, one for each bound and one for longer durations. */
  get counts(): readonly number[] {
    return [...this.#counts]
  }

  /** The sum of all durations, in milliseconds. */
  get sumMs(): number {
    return this.#sumMs
  }
}
