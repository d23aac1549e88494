import { RateLimitedError, RequestLimitError } from '../../errors.ts'
import { callerOf } from '../auth/authentication.ts'
import { refusedOperation, shownNumber } from './document-limits.ts'
import { callerKey, UNKNOWN_CALLER } from './rate-limit.ts'

/** The most callers whose spending is kept at a time. */
const MAX_CALLERS = 10_000
const WINDOW_MS = 60_000

/** What a caller has spent in a minute that began with its first operation. */
interface Spending {
  points: number
  readonly endsAt: number
}

export interface CostBudgetOptions {
  /** When there are more, the one that has been quiet for longest is forgotten, and begins anew. */
  readonly maxCallers?: number
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number
}

/**
 * Charges an operation to its caller. Returns null, or, when too little is left, in how many milliseconds there will be
 * more; the operation is then not charged.
 */
export type Spend = (caller: string, points: number) => number | null

/** Creates budgets of so many points a minute, one for each caller. They are this process's own. */
export function createCostBudget(
  perMinute: number,
  { maxCallers = MAX_CALLERS, now = () => performance.now() }: CostBudgetOptions = {},
): Spend {
  // A Map keeps the order of insertion: the caller that has been quiet for longest comes first.
  const spendings = new Map<string, Spending>()

  return (caller, points) => {
    const at = now()
    const known = spendings.get(caller)
    const spending = known !== undefined && at < known.endsAt ? known : { points: 0, endsAt: at + WINDOW_MS }
    spendings.delete(caller)
    spendings.set(caller, spending)
    if (spendings.size > maxCallers) {
      const [quiet] = spendings.keys()
      spendings.delete(quiet!)
    }
    if (spending.points + points > perMinute) return Math.ceil(spending.endsAt - at)
    spending.points += points
    return null
  }
}

/** Charges the complexity of an operation to its caller, before it is executed. */
export type ChargeCost = (complexity: number, context: object) => void

/**
 * Limits the complexity that one caller may ask for within a minute. Without authentication, callers are distinguished by
 * the address of their socket; what comes without a socket is not limited.
 *
 * @param perMinute 0 for no limit
 * @returns a function that throws a `GraphQLError` with status 429 when too little is left, and with status 400 when the
 * operation costs more than there is in a minute
 */
export function createChargeCost(perMinute: number): ChargeCost {
  if (perMinute === 0) return () => {}
  const spend = createCostBudget(perMinute)
  return (complexity, context) => {
    const caller = callerKey(callerOf((context as { readonly request: Request }).request), context)
    if (caller === UNKNOWN_CALLER) return
    if (complexity > perMinute) {
      const message = `The operation costs ${shownNumber(complexity)}, and a caller may spend at most ${perMinute} in a minute. Ask for smaller pages, or for less below them.`
      throw refusedOperation(new RequestLimitError(message))
    }
    const waitMs = spend(caller, complexity)
    if (waitMs === null) return
    const message = `The operation costs ${complexity}, and less is left of the ${perMinute} that a caller may spend in a minute. Wait before the next one, or ask for less.`
    const headers = { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) }
    throw refusedOperation(new RateLimitedError(message, waitMs), 429, headers)
  }
}
