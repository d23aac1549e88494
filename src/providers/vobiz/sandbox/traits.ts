/** Behaviour of the upstream for which the documentation leaves room, or contradicts itself. */
export interface VobizSandboxTraits {
  /** `GET /transactions`: offered, answered with a status that refuses it, or with a body that is not its envelope. */
  globalLedger: 'offered' | 403 | 404 | 405 | 501 | 'not-an-array'
  /** Page sizes of the two ledgers; the list of customers always takes up to 100. */
  perPage: {
    /** More than this is refused with 422. Default 100. */
    max?: number
    /** Larger page sizes are reduced to this one instead of being refused. */
    clampTo?: number
    /** `per_page` has no effect: always this many rows. */
    fixed?: number
    /** False leaves the applied `per_page` out of the answer. Default true. */
    echo?: boolean
  }
  /** `zero` is what the documentation calls a summary that failed to compute. */
  summary: 'exact' | 'zero' | 'absent'
  /** The time zone in which `from_date` and `to_date` are cut, east of UTC. */
  dayOffsetMinutes: number
}
