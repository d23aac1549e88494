/** What bounds the retries of all calls together, so that they cannot multiply the load of an outage. */
export interface RetryBudget {
  /** Counts a call, which earns its share of a retry. */
  earn(): void
  /** Takes a retry; false when there is none left. */
  spend(): boolean
}

/** A budget that begins full, with `reserve` retries, and earns one more with every `callsPerRetry` calls. */
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
