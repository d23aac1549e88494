import { RateLimitedError, RequestLimitError } from '../../errors.ts'
import { callerOf } from '../auth/authentication.ts'
import { formatCount, operationError } from './document-limits.ts'
import { callerKey, UNKNOWN_CALLER } from './rate-limit.ts'

/** Maximum number of callers whose spending is kept. */
const MAX_CALLERS = 10_000
const WINDOW_MS = 60_000

/** The points that a caller has spent in a window that began with its first operation. */
interface Spending {
  points: number
  readonly endsAt: number
}

export interface CostBudgetOptions {
  /** With more callers, the least recently active one is evicted (LRU) and starts with a new budget. */
  readonly maxCallers?: number
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number
}

/**
 * Charges an operation to its caller. Returns null when it was charged. When too little is left, returns the milliseconds until
 * the next window, and charges nothing.
 */
export type Spend = (caller: string, points: number) => number | null

/** Creates a budget of points per minute for each caller. Budgets are not shared between processes. */
export function createCostBudget(
  perMinute: number,
  { maxCallers = MAX_CALLERS, now = () => performance.now() }: CostBudgetOptions = {},
): Spend {
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

/** Charges the complexity of an operation to its caller, before it is executed. */
export type ChargeCost = (complexity: number, context: object) => void

/**
 * Limits the complexity of all operations of one caller within a minute. Without authentication, callers are distinguished by
 * the address of their socket; requests without a socket are not limited.
 *
 * @param perMinute 0 for no limit
 * @returns a function that throws a `GraphQLError` with status 429 when too little is left, and with status 400 when the
 * operation costs more than the budget of a minute
 */
export function createChargeCost(perMinute: number): ChargeCost {
  if (perMinute === 0) return () => {}
  const spend = createCostBudget(perMinute)
  return (complexity, context) => {
    const caller = callerKey(callerOf((context as { readonly request: Request }).request), context)
    if (caller === UNKNOWN_CALLER) return
    if (complexity > perMinute) {
      const message = `The operation costs ${formatCount(complexity)}, and a caller may spend at most ${perMinute} in a minute. Ask for smaller pages, or for less below them.`
      throw operationError(new RequestLimitError(message))
    }
    const waitMs = spend(caller, complexity)
    if (waitMs === null) return
    const message = `The operation costs ${complexity}, and less is left of the ${perMinute} that a caller may spend in a minute. Wait before the next one, or ask for less.`
    const headers = { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) }
    throw operationError(new RateLimitedError(message, waitMs), 429, headers)
  }
}
