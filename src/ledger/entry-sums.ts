import { type GroupedEntry, type Grouping, type GroupSums, groupEntries } from './groups.ts'
import { type Summary, summarize } from './summary.ts'
import type { DirectionOf } from './transaction.ts'

/** The sums over all entries of a list that match. They are read when they are selected, and once. */
export interface ListSums {
  summary(): Promise<Summary>
  /** The same sums in groups, which add up to them. Groups without entries are left out. */
  sumsBy(grouping: Grouping): Promise<readonly GroupSums[]>
}

/** The sums of a list whose provider does not sum: its entries are read once, however many fields select sums. */
export class EntrySums<T extends GroupedEntry> implements ListSums {
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

  async sumsBy(grouping: Grouping): Promise<readonly GroupSums[]> {
    return groupEntries(await this.#readEntries(), grouping, this.#directionOf)
  }

  #readEntries(): Promise<readonly T[]> {
    this.#entries ??= this.#read()
    return this.#entries
  }
}
