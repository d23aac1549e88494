import { LimitExceededError } from './errors.ts'

/** What one GraphQL operation costs at the providers. */
export interface Meter {
  /**
   * Refuses, before the first of them is sent, requests of which it is known how many there will be.
   * @throws {LimitExceededError} when that is more than the operation may still send
   */
  plan(requests: number): void
  /**
   * Counts a request, right before it is sent.
   * @throws {LimitExceededError} when the operation may send no more
   */
  request(provider: string): void
  /**
   * Counts rows that an answer brought.
   * @throws {LimitExceededError} when the operation may read no more
   */
  rows(provider: string, count: number): void
}

/** For whom a request to a provider is sent. */
export interface Asker {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
  readonly meter?: Meter | undefined
}

/** A list's answer, its rows counted. */
export function counted<Page extends { readonly rows: readonly unknown[] }>(
  page: Page,
  provider: string,
  asker?: Asker,
) {
  asker?.meter?.rows(provider, page.rows.length)
  return page
}

/** What a caller may read of one provider. */
export interface Grant {
  /** The provider's own accounts, and nothing beside them; null for everything. */
  readonly accounts: readonly string[] | null
}

/** Who asks. */
export interface Caller {
  /** Tells callers apart in the log and in limits; never a secret. */
  readonly name: string
  /** By the provider's enum value; a provider that is not in it holds nothing for this caller. Null for everything. */
  readonly grants: ReadonlyMap<string, Grant> | null
}

/** One GraphQL operation, as far as a provider's session has to know it. */
export interface Operation extends Asker {
  readonly grant: Grant
}

/** The caller where nobody has to say who they are. */
export const ANYONE: Caller = { name: 'anonymous', grants: null }

/** What a session may read when nothing is kept from it. */
const EVERYTHING: Grant = { accounts: null }
/** What a session may read of a provider that is not for the caller. */
const NOTHING: Grant = { accounts: [] }

/** What a caller may read of a provider, by its enum value. */
export const grantOf = ({ grants }: Caller, provider: string): Grant =>
  grants === null ? EVERYTHING : (grants.get(provider) ?? NOTHING)

/** What an operation may cost, over all providers. */
export interface CostLimits {
  readonly maxRequests: number
  readonly maxRows: number
}

/** What an operation cost at one provider so far. */
export interface ProviderCost {
  readonly provider: string
  readonly requests: number
  readonly rows: number
}

/** A meter that ends the operation at its limits. */
export function createMeter({ maxRequests, maxRows }: CostLimits): Meter & { costs(): readonly ProviderCost[] } {
  const costs = new Map<string, { requests: number; rows: number }>()
  let requests = 0
  let rows = 0
  function costOf(provider: string) {
    const cost = costs.get(provider) ?? { requests: 0, rows: 0 }
    costs.set(provider, cost)
    return cost
  }
  function plan(more: number) {
    if (requests + more > maxRequests) {
      throw new LimitExceededError(
        `This operation would send more than the ${maxRequests} requests to providers that one may. Ask for less, or in several operations.`,
      )
    }
  }
  return {
    plan,
    request(provider) {
      plan(1)
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
    costs: () =>
      [...costs].map(([provider, cost]) => ({ provider, ...cost })).sort((a, b) => (a.provider < b.provider ? -1 : 1)),
  }
}
