import { hash } from 'node:crypto'
import type { RateLimiterRedis } from 'rate-limiter-flexible'
import type { RedisConnection } from './connection.ts'

const WINDOW_S = 60

/**
 * Spends points and returns those spent, and the milliseconds that are left of the window; when the sum would exceed the limit, spends
 * nothing. The library's own script spends in any case, so that rejected operations would use up what cheaper ones may spend.
 */
const SPEND = `
local spent = tonumber(redis.call('get', KEYS[1]) or '0') + tonumber(ARGV[1])
if spent <= tonumber(ARGV[3]) then
  spent = redis.call('incrby', KEYS[1], ARGV[1])
  if redis.call('pttl', KEYS[1]) < 0 then redis.call('expire', KEYS[1], ARGV[2]) end
end
return { spent, redis.call('pttl', KEYS[1]) }
`

/** Spends points of a caller; returns null, or the milliseconds to wait. A promise when Redis is asked. */
type Spend<Result> = (caller: string, points: number) => Result

export interface SharedBudgetOptions {
  /** Distinguishes budgets in the keys of Redis. */
  readonly name: string
  readonly perMinute: number
  /** The budget of this process, which counts while Redis does not answer. */
  readonly own: Spend<number | null>
}

/** Spends points in Redis. */
class RedisBudget {
  readonly #connection: RedisConnection
  readonly #options: SharedBudgetOptions
  #limiter: RateLimiterRedis | null = null

  constructor(connection: RedisConnection, options: SharedBudgetOptions) {
    this.#connection = connection
    this.#options = options
    void this.#load()
  }

  spend(caller: string, points: number): number | null | Promise<number | null> {
    const limiter = this.#limiter
    if (limiter === null || !this.#connection.isReady()) return this.#options.own(caller, points)
    return this.#consume(limiter, caller, points)
  }

  async #consume(limiter: RateLimiterRedis, caller: string, points: number): Promise<number | null> {
    try {
      // A key shows neither the name nor the address of a caller.
      await limiter.consume(hash('sha256', caller, 'base64url'), points)
      return null
    } catch (rejection) {
      if (rejection instanceof Error) return this.#options.own(caller, points)
      const { msBeforeNext } = rejection as { readonly msBeforeNext: number }
      return Math.max(1, Math.ceil(msBeforeNext))
    }
  }

  /** Loaded only when Redis is used, for a faster start. */
  async #load(): Promise<void> {
    const { RateLimiterRedis } = await import('rate-limiter-flexible')
    const { name, perMinute } = this.#options
    this.#limiter = new RateLimiterRedis({
      storeClient: { eval: (script: string, options: EvalOptions) => this.#evaluate(script, options) },
      useRedisPackage: true,
      customIncrTtlLuaScript: SPEND,
      keyPrefix: this.#connection.key(`budget:${name}`),
      points: perMinute,
      duration: WINDOW_S,
    })
  }

  async #evaluate(script: string, options: EvalOptions): Promise<unknown> {
    const answer = await this.#connection.send((commands) => commands.eval(script, options))
    if (answer === null) throw new Error('Redis did not answer.')
    return answer.reply
  }
}

interface EvalOptions {
  readonly keys: string[]
  readonly arguments: string[]
}

/**
 * Creates a budget of points per minute for each caller, which all processes with the same Redis share. The window of a caller begins
 * with its first request. Without Redis, each process counts for itself.
 */
export function createSharedBudget(
  connection: RedisConnection,
  options: SharedBudgetOptions,
): Spend<number | null | Promise<number | null>> {
  const budget = new RedisBudget(connection, options)
  return (caller, points) => budget.spend(caller, points)
}
