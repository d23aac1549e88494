/**
 * Runs a task for each item, at most `limit` at a time, in the order of the items. After the first failure no further task
 * starts.
 *
 * @throws the first failure
 */
export async function forEachConcurrently<I>(
  items: readonly I[],
  limit: number,
  task: (item: I) => Promise<void>,
): Promise<void> {
  let next = 0
  const work = async () => {
    while (next < items.length) {
      const item = items[next++]!
      try {
        await task(item)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
}

/** Counts finished tasks for one reader. */
export class TaskProgress {
  #done = 0
  #hasFailed = false
  #wake: (() => void) | null = null

  /** Counts one more finished task. */
  advance(): void {
    this.#done += 1
    this.#wake?.()
  }

  /** Ends `counts`. */
  fail(): void {
    this.#hasFailed = true
    this.#wake?.()
  }

  /**
   * Yields the number of finished tasks at once, and again when it has grown. Several that finish before the reader comes
   * back are yielded as one number. Ends when `total` are finished or one has failed.
   */
  async *counts(total: number): AsyncGenerator<number> {
    let reported = -1
    while (!this.#hasFailed && reported < total) {
      if (reported < this.#done) {
        reported = this.#done
        yield reported
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }
}
