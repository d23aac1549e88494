/** Bounds the retries of all calls together, so that they cannot multiply the load during an outage. */
export interface RetryBudget {
  /** Counts a call, which adds its share of a retry. */
  earn(): void
  /** Takes a retry. Returns false when none is left. */
  spend(): boolean
}

/** Creates a budget of `reserve` retries. It begins full, and every `callsPerRetry` calls add one retry. */
export function createRetryBudget(reserve: number, callsPerRetry: number): RetryBudget {
  // In calls, so that shares of a retry add up exactly.
  const full = reserve * callsPerRetry
  let credit = full
  return {
    earn() {
      credit = Math.min(full, credit + 1)
    },
    spend() {
      if (credit < callsPerRetry) return false
      credit -= callsPerRetry
      return true
    },
  }
}
