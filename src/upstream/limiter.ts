import type { Limiter } from '../operation.ts'

/**
 * Limits how many tasks of one operation run at a time; the others wait here. A task that waits is not removed when its
 * operation is aborted: the tasks that run then end at once, and each that follows has to check the signal first.
 */
export function createLimiter(limit: number): Limiter {
  let running = 0
  const waiting: (() => void)[] = []
  /** Index of the task that has waited longest; those before it have been started. */
  let head = 0

  function startNext(): void {
    const start = waiting[head]
    if (start === undefined) {
      running--
      return
    }
    head++
    // What has been started is dropped from time to time: shift() of a long array moves all the others.
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
