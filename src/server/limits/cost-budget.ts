import type { GraphQLError } from 'graphql'
import { RateLimitedError, RequestLimitError } from '../../errors.ts'
import { isPromise } from '../../execution/promise.ts'
import { type CreateSpend, retryAfter } from './budget.ts'
import { formatCount, operationError } from './document-limits.ts'
import { UNKNOWN_CALLER } from './rate-limit.ts'

/**
 * Charges the complexity of an operation to its caller, before it is executed.
 *
 * @param caller the key of the caller
 * @returns null when it was charged. When too little is left, an error with status 429, and when the operation costs more than
 * the budget of a minute, one with status 400; nothing is charged then
 */
export type ChargeCost = (complexity: number, caller: string) => GraphQLError | null | Promise<GraphQLError | null>

/**
 * Limits the complexity of all operations of one caller within a minute. Without authentication, callers are distinguished by
 * the address of their socket; requests without a socket are not limited.
 *
 * @param perMinute 0 for no limit
 */
export function createChargeCost(perMinute: number, createSpend: CreateSpend): ChargeCost {
  if (perMinute === 0) return () => null
  const spend = createSpend('cost', perMinute)

  function rejectionOf(complexity: number, waitMs: number | null): GraphQLError | null {
    if (waitMs === null) return null
    const message = `The operation costs ${complexity}, and less is left of the ${perMinute} that a caller may spend in a minute. Wait before the next one, or ask for less.`
    return operationError(new RateLimitedError(message, waitMs), 429, retryAfter(waitMs))
  }

  return (complexity, caller) => {
    if (caller === UNKNOWN_CALLER) return null
    if (complexity > perMinute) {
      const message = `The operation costs ${formatCount(complexity)}, and a caller may spend at most ${perMinute} in a minute. Ask for smaller pages, or for less below them.`
      return operationError(new RequestLimitError(message))
    }
    const waitMs = spend(caller, complexity)
    return isPromise(waitMs) ? waitMs.then((known) => rejectionOf(complexity, known)) : rejectionOf(complexity, waitMs)
  }
}
