import { isAhead, type ScanDirection } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'

/** The next row of one input of a merge. */
export interface Head {
  /** The input's index. */
  readonly input: number
  /** The instant of the row; null where no row says when it was made. */
  instant: Instant | null
  /** True where no row is known to follow, so that the input comes last. */
  isEnd: boolean
}

/** The next row of each input of a merge, in the order of the merge: a binary heap. */
export class Heads {
  readonly #direction: ScanDirection
  readonly #heap: Head[]

  constructor(direction: ScanDirection, heads: readonly Head[] = []) {
    this.#direction = direction
    this.#heap = [...heads]
  }

  /** The head that is next; undefined where there is none. */
  first(): Head | undefined {
    return this.#heap[0]
  }

  copy(): Heads {
    return new Heads(this.#direction, this.#heap)
  }

  /** All heads, in no particular order. */
  all(): readonly Head[] {
    return this.#heap
  }

  push(head: Head): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(head)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#precedes(head, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = head
  }

  /** Removes the heads of some inputs. */
  removeAll(isRemoved: (head: Head) => boolean): void {
    const kept = this.#heap.filter((head) => !isRemoved(head))
    this.#heap.length = 0
    for (const head of kept) this.push(head)
  }

  removeFirst(): void {
    const last = this.#heap.pop()
    if (last && this.#heap.length > 0) this.replaceFirst(last)
  }

  /** Puts a head in place of the first one, which may be the same with another instant. */
  replaceFirst(head: Head): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#precedes(heap[child + 1]!, heap[child]!)) child += 1
      if (!this.#precedes(heap[child]!, head)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = head
  }

  #precedes(a: Head, b: Head): boolean {
    if (a.isEnd !== b.isEnd) return b.isEnd
    if (a.instant === b.instant) return this.#direction === 'older' ? a.input < b.input : a.input > b.input
    return a.instant === null || (b.instant !== null && isAhead(this.#direction, b.instant, a.instant))
  }
}
