import type { Limiter } from '../operation.ts'

/**
 * Creates a limiter of the tasks of one operation that run at a time; the others wait. A waiting task is not removed when
 * its operation is aborted: the running tasks end at once, and each task that follows must check the signal first.
 */
export function createLimiter(limit: number): Limiter {
  let running = 0
  const waiting: (() => void)[] = []
  /** Index of the task that has waited longest; the tasks before it have been started. */
  let head = 0

  function startNext(): void {
    const start = waiting[head]
    if (start === undefined) {
      running--
      return
    }
    head++
    // Started tasks are dropped in batches, because shift() of a long array moves all the others.
    if (head * 2 > waiting.length) {
      waiting.splice(0, head)
      head = 0
    }
    start()
  }

  return {
    async run(task) {
      if (running < limit) running++
      else {
        await new Promise<void>((start) => {
          waiting.push(start)
        })
      }
      try {
        return await task()
      } finally {
        startNext()
      }
    },
  }
}
