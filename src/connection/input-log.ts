import type { StreamRow } from '../ledger/ledger.ts'

/** The position of an input: behind the last row that was taken from it, or else in front of the next one. */
export interface InputPosition<T> {
  readonly last: StreamRow<T> | null
  readonly next: StreamRow<T> | null
}

/** The rows that were taken from one input. */
export class InputLog<T> {
  readonly #rows: StreamRow<T>[] = []
  readonly #steps: number[] = []

  add(row: StreamRow<T>, step: number): void {
    this.#rows.push(row)
    this.#steps.push(step)
  }

  forEach(onRow: (row: StreamRow<T>, step: number) => void): void {
    for (const [index, row] of this.#rows.entries()) onRow(row, this.#steps[index]!)
  }

  /** The number of rows that were taken with the first steps of the merge, up to one. */
  #takenBy(step: number): number {
    let taken = 0
    for (let end = this.#steps.length; taken < end; ) {
      const middle = (taken + end) >> 1
      if (this.#steps[middle]! <= step) taken = middle + 1
      else end = middle
    }
    return taken
  }

  /** The position of the input at a step of the merge. */
  positionAt(step: number, head: StreamRow<T> | null): InputPosition<T> {
    const taken = this.#takenBy(step)
    return { last: this.#rows[taken - 1] ?? null, next: this.#rows[taken] ?? head }
  }

  /** The number of steps up to the last row that was taken by a step of the merge; 0 where none was. */
  lastStep(step: number): number {
    const taken = this.#takenBy(step)
    return taken === 0 ? 0 : this.#steps[taken - 1]! + 1
  }

  /** The last row that was taken at a step of the merge, and the rows that follow it. */
  stateAt(step: number, buffer: readonly StreamRow<T>[]) {
    const taken = this.#takenBy(step)
    return { last: this.#rows[taken - 1] ?? null, following: [...this.#rows.slice(taken), ...buffer] }
  }
}
