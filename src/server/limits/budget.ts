/** Maximum number of callers whose spending is kept. */
const MAX_CALLERS = 10_000
const WINDOW_MS = 60_000

/** The points that a caller has spent in a window that began with its first request. */
interface Spending {
  points: number
  readonly endsAt: number
}

export interface BudgetOptions {
  /** With more callers, the least recently active one is evicted (LRU) and starts with a new budget. */
  readonly maxCallers?: number
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number
}

/**
 * Charges points to a caller. Returns null when they were charged. When too little is left, returns the milliseconds until
 * the next window, and charges nothing. The result is a promise when other processes share the budget.
 */
export type Spend = (caller: string, points: number) => number | null | Promise<number | null>

/** Creates a budget of points per minute for each caller, by its name in the store that other processes share. */
export type CreateSpend = (name: string, perMinute: number) => Spend

/** Creates a budget of points per minute for each caller. It is not shared with other processes. */
export function createBudget(
  perMinute: number,
  { maxCallers = MAX_CALLERS, now = () => performance.now() }: BudgetOptions = {},
): (caller: string, points: number) => number | null {
  // A Map keeps the order of insertion, so the least recently active caller is first.
  const spendings = new Map<string, Spending>()

  return (caller, points) => {
    const at = now()
    const known = spendings.get(caller)
    const spending = known !== undefined && at < known.endsAt ? known : { points: 0, endsAt: at + WINDOW_MS }
    spendings.delete(caller)
    spendings.set(caller, spending)
    if (spendings.size > maxCallers) {
      const [oldest] = spendings.keys()
      spendings.delete(oldest!)
    }
    if (spending.points + points > perMinute) return Math.ceil(spending.endsAt - at)
    spending.points += points
    return null
  }
}

/** Returns the header that says when the next request may be accepted. */
export const retryAfter = (waitMs: number) => ({ 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) })
