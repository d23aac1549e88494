/** Behaviour of the upstream for which the documentation leaves room. */
export interface KobbleSandboxTraits {
  /** Larger limits are reduced to this one, which `X-Limit` reports. */
  maxLimit: number
  /** The optional paging headers that are sent. */
  headers: { total: boolean; offset: boolean; limit: boolean }
  /** True when `X-Total-Count` counts all transactions instead of those that pass the filter. */
  totalIgnoresFilters: boolean
  /** Applies to tokens that are issued from now on. */
  tokenLifeSeconds: number
}
