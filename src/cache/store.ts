/** A provider's answer as it is kept. It holds no secrets, and whoever gets it reads it only. */
export interface KeptAnswer {
  /** As `parseJson` returns it: numbers that a double does not reproduce are raw literals, which `JSON.stringify` writes exactly. */
  readonly json: unknown
  /** The headers that are needed to read the answer, by names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Rows of a list; 0 for a read by id. */
  readonly rows: number
  /** Length of the answer's JSON text. */
  readonly size: number
  /** What can no longer change: the whole list, which the answer shows; the rows of the answer; or nothing. */
  readonly finality: 'list' | 'rows' | 'none'
  /** Start of the request that brought it, in epoch milliseconds. */
  readonly requestedAt: number
  /** When it stops being used, in epoch milliseconds. */
  readonly expiresAt: number
}

/** The kept answers of a list all show it in one state. They are its generation. */
export interface Generation {
  /** Never used twice, so that a generation differs from the one that it has replaced. */
  readonly id: string
  /** The state that the answers show; null after answers of an unknown order showed different ones. */
  readonly state: string | null
}

export interface Lookup {
  /** The list's present generation; null when nothing is known of the list. */
  readonly generation: Generation | null
  /** The kept answer to the request, of that generation; null when there is none. */
  readonly answer: KeptAnswer | null
}

/** What a new answer of a provider shows. */
export interface Observation {
  /** Identifies the list, or the single object, with its provider and credentials. Of any length. */
  readonly list: string
  /** Identifies the part of the list that was requested. */
  readonly request: string
  /** The id of the generation that a lookup returned before the request was sent; null when it returned none. */
  readonly before: string | null
  /** The state of the list that the answer shows. */
  readonly state: string
  /** Null for an answer that shows the state and cannot be kept. */
  readonly answer: KeptAnswer | null
}

/** Counts of a store, as they are now. A store that does not know them leaves them out. */
export interface StoreStatistics {
  readonly entries?: number
  readonly bytes?: number
}

/**
 * Keeps answers by list. Every method may lose what it is given, and never fails: a store that cannot be reached keeps
 * nothing.
 */
export interface AnswerStore {
  get(list: string, request: string): Promise<Lookup>
  /**
   * Adds an observation, in one step:
   *
   * - When the list's generation has the same state, the answer is added to it.
   * - When the generation is the one from before the request, or when there is none now and was none then, the answer begins
   *   a new generation: the old one's answers are dropped. It begins one without answers when there is an old one to replace
   *   and the answer cannot be kept.
   * - Otherwise requests overlapped, and which of the two states is newer is not known. A generation without state and answers
   *   replaces the present one. Nothing is kept where there is none.
   */
  put(observation: Observation): Promise<void>
  /** Replaces the list's generation, if it has one, with one without state and answers. */
  drop(list: string): Promise<void>
  statistics(): StoreStatistics
  close(): Promise<void>
}
