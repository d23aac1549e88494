import { type Summary, type SummedEntry, summarize } from './summary.ts'
import type { DirectionOf } from './transaction.ts'

/** The sums over all entries of a list that match. They are read when they are selected, and once. */
export interface ListSums {
  summary(): Promise<Summary>
}

/** The sums of a list whose provider does not sum: its entries are read once, however many fields select sums. */
export class EntrySums<T extends SummedEntry> implements ListSums {
  readonly #read: () => Promise<readonly T[]>
  readonly #directionOf: DirectionOf<T>
  #entries: Promise<readonly T[]> | null = null
  #summary: Promise<Summary> | null = null

  /**
   * @param read reads all entries that match
   * @param directionOf see `summarize`
   */
  constructor(read: () => Promise<readonly T[]>, directionOf: DirectionOf<T>) {
    this.#read = read
    this.#directionOf = directionOf
  }

  summary(): Promise<Summary> {
    this.#summary ??= this.#readEntries().then((entries) => summarize(entries, this.#directionOf))
    return this.#summary
  }

  #readEntries(): Promise<readonly T[]> {
    this.#entries ??= this.#read()
    return this.#entries
  }
}
