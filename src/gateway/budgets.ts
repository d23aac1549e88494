import { createSharedBudget } from '../redis/budget.ts'
import type { RedisConnection } from '../redis/connection.ts'
import { type CreateSpend, createBudget } from '../server/limits/budget.ts'

/** Returns what creates the budgets of callers: in Redis when there is one, otherwise in the process. */
export function budgetsIn(redis: RedisConnection | null): CreateSpend {
  if (redis === null) return (_name, perMinute) => createBudget(perMinute)
  return (name, perMinute) => createSharedBudget(redis, { name, perMinute, own: createBudget(perMinute) })
}
