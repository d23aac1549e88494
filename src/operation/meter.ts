import { LimitExceededError } from '../errors.ts'

/** Counts the cost of one GraphQL operation at the providers. */
export interface Meter {
  /**
   * Reserves requests that are known to follow, before the first of them is sent.
   * @throws {LimitExceededError} when the operation may not send as many in addition to those sent and reserved
   */
  reserve(requests: number): void
  /**
   * Counts a request, right before it is sent, or when the operation joins the same request of another one. It uses up a
   * reserved request, if there is one.
   * @throws {LimitExceededError} when the operation may send no more requests
   */
  request(provider: string): void
  /**
   * Counts rows of an answer.
   * @throws {LimitExceededError} when the operation may read no more rows
   */
  rows(provider: string, count: number): void
  /** Counts an answer that was kept, in place of a request. It uses up a reserved request, if there is one. */
  hit(provider: string): void
}

/**
 * Creates a function that reserves a request for each list that an operation is about to read, once for each key. A single
 * list needs no reservation: it is counted when it is read.
 *
 * @returns a function of the keys of lists that are opened together; it throws `LimitExceededError` as `Meter.reserve` does
 */
export function createListReservations(meter: Meter | undefined): (keys: readonly string[]) => void {
  const reserved = new Set<string>()
  return (keys) => {
    if (keys.length < 2) return
    const newKeys = keys.filter((key) => !reserved.has(key))
    meter?.reserve(newKeys.length)
    for (const key of newKeys) reserved.add(key)
  }
}

/** Limits of an operation's cost, over all providers. */
interface CostLimits {
  readonly maxRequests: number
  readonly maxRows: number
  /** True when answers are kept, so that costs count them. */
  readonly countsHits?: boolean
}

/** The cost of an operation at one provider so far. */
export interface ProviderCost {
  readonly provider: string
  readonly requests: number
  readonly rows: number
  /** Kept answers that were used in place of requests; left out while none are kept. */
  readonly hits?: number
}

/** Creates a meter that throws when the operation exceeds its limits. */
export function createMeter({
  maxRequests,
  maxRows,
  countsHits = false,
}: CostLimits): Meter & { costs(): readonly ProviderCost[] } {
  const costs = new Map<string, { requests: number; rows: number; hits?: number }>()
  let requests = 0
  let reserved = 0
  let rows = 0
  function costOf(provider: string) {
    const cost = costs.get(provider) ?? { requests: 0, rows: 0, ...(countsHits && { hits: 0 }) }
    costs.set(provider, cost)
    return cost
  }
  return {
    reserve(more) {
      const needed = requests + reserved + more
      if (needed > maxRequests) {
        throw new LimitExceededError(
          `This operation would send at least ${needed} requests to providers, and one may send at most ${maxRequests}. Ask for less, or in several operations.`,
        )
      }
      reserved += more
    },
    request(provider) {
      if (reserved > 0) reserved -= 1
      else if (requests === maxRequests) {
        throw new LimitExceededError(
          `This operation would send more than the ${maxRequests} requests to providers that one may. Ask for less, or in several operations.`,
        )
      }
      requests += 1
      costOf(provider).requests += 1
    },
    rows(provider, count) {
      rows += count
      costOf(provider).rows += count
      if (rows > maxRows) {
        throw new LimitExceededError(
          `This operation would read more than the ${maxRows} rows of providers that one may. Ask for less, or in several operations.`,
        )
      }
    },
    hit(provider) {
      if (reserved > 0) reserved -= 1
      const cost = costOf(provider)
      cost.hits = (cost.hits ?? 0) + 1
    },
    costs: () =>
      [...costs].map(([provider, cost]) => ({ provider, ...cost })).sort((a, b) => (a.provider < b.provider ? -1 : 1)),
  }
}
