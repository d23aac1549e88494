/** The part of a provider's answer that is kept. */
export interface CacheableAnswer {
  readonly json: unknown
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly rows: number
  /** Length of the answer's text. */
  readonly size: number
}

/** What one answer shows of its list. */
export interface Evidence {
  /** See `listStateText`. */
  readonly state: string
  /**
   * True when every row could be read and the answer has as many rows as its total demands. Other answers may be read again,
   * and are not kept.
   */
  readonly isSound: boolean
  /** True when all its rows are in final states, and within the period. */
  readonly isFinal: boolean
  /** True when its rows are the whole list. */
  readonly isWhole: boolean
}

/** How the answers of one call are kept. */
export interface CachePolicy {
  /** The parameters of the query that select a part of the list, or its order. All other ones identify the list. */
  readonly paging: readonly string[]
  /** The headers that are needed to read the answer. */
  readonly headers: readonly string[]
  /** The end of the period to which the list is confined, in epoch milliseconds; null for a list without an end. */
  readonly periodEnd: number | null
  /** Returns null for an answer that does not show the state of its list. May throw for one that cannot be read. */
  inspect(answer: CacheableAnswer): Evidence | null
}

/** A single object is a list of one answer, and is replaced by every later one. */
const OBJECT: Evidence = { state: 'object', isSound: true, isFinal: false, isWhole: true }

/**
 * Returns the policy for a single object, which may change at any time.
 *
 * @param check throws for an answer that cannot be read
 */
export const objectPolicy = (check: (answer: CacheableAnswer) => unknown): CachePolicy => ({
  paging: [],
  headers: [],
  periodEnd: null,
  inspect(answer) {
    const value = check(answer)
    return value instanceof Error ? null : OBJECT
  },
})

export interface CacheSettings {
  /** Time after the end of a period at which the period counts as closed. */
  readonly closedMarginMs: number
  /** Time for which final entries of closed periods are kept. */
  readonly closedTtlMs: number
  /** Time for which all other answers are kept; 0 when they are not. */
  readonly openTtlMs: number
}
