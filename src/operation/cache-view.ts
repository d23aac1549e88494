/** Total and fingerprint of a list; equal ones show that it is unchanged. The total alone is no proof. */
export interface ListState {
  readonly total: number | null
  readonly fingerprint: string | null
}

/** The kept answers that will do for a read of a list: any, none, or those that show the list in one state. */
export type KeptAnswers = 'any' | 'none' | ListState

/**
 * The part of a kept answer that may be used: its rows, which cannot change any more, or also its sums, to which entries
 * contribute that the answer does not show.
 */
export type KeptPart = 'rows' | 'all'

/** Returns a state as text; null for one that does not identify the list's content at all. */
export function listStateText({ total, fingerprint }: ListState): string | null {
  if (total === null) return null
  return fingerprint === null ? String(total) : `${total} ${fingerprint}`
}

/** Returns true when equal texts of states prove that the list is unchanged; see {@link listStateText}. */
export const provesUnchanged = (state: string): boolean => state.includes(' ')

/** A list as one operation has seen it. */
export interface SeenList {
  /** The state that the latest answer showed; null when it showed none. */
  readonly state: string | null
  /** True after an answer that came from the provider during the operation. */
  readonly isFresh: boolean
}

/**
 * What one operation has seen of lists that may be kept, and how long its answers are kept. An operation that has seen one
 * state of a list uses no kept answer that shows another one.
 */
export class CacheView {
  /** Returns true when a period that ended then, in epoch milliseconds, is closed. */
  readonly isClosed: (periodEnd: number) => boolean
  readonly #lists = new Map<string, SeenList>()
  #expiresAt: number | null = null
  #isKept = true

  constructor(isClosed: (periodEnd: number) => boolean) {
    this.isClosed = isClosed
  }

  seen(list: string): SeenList | null {
    return this.#lists.get(list) ?? null
  }

  /** Adds the state that an answer showed; null when it showed none. */
  see(list: string, state: string | null, isFresh: boolean): void {
    this.#lists.set(list, { state, isFresh: isFresh || this.#lists.get(list)?.isFresh === true })
  }

  /** Adds an answer that the operation has used, with the end of the time for which it is kept; null for one that is not. */
  use(expiresAt: number | null): void {
    if (expiresAt === null) this.#isKept = false
    else if (this.#expiresAt === null || expiresAt < this.#expiresAt) this.#expiresAt = expiresAt
  }

  /**
   * Returns the time for which all answers that the operation has used are kept, in whole seconds from `now`; 0 when one of
   * them is not kept, and when it has used none.
   */
  maxAgeSeconds(now: number): number {
    if (!this.#isKept || this.#expiresAt === null) return 0
    return Math.max(0, Math.floor((this.#expiresAt - now) / 1000))
  }
}
