/** A number of things that may go on at the same time, and a queue in front of them. */
export interface Slots {
  /**
   * Takes a slot, in the order of asking; who waits and aborts leaves the queue at once.
   * @returns what frees the slot again; null when the queue is full
   * @throws the signal's reason when it aborts first
   */
  take(signal: AbortSignal): Promise<() => void> | null
}

/** So many slots, with so many places in the queue. */
export function createSlots(slots: number, places: number): Slots {
  let free = slots
  // A set keeps the order of asking, and lets go of one in the middle without a search.
  const queue = new Set<() => void>()

  function freeOnce(): () => void {
    let isFreed = false
    return () => {
      if (isFreed) return
      isFreed = true
      const [next] = queue
      // The slot is handed over: nobody who comes just now gets in between.
      if (next) next()
      else free++
    }
  }

  return {
    take(signal) {
      if (signal.aborted) return Promise.reject(signal.reason)
      if (free > 0) {
        free--
        return Promise.resolve(freeOnce())
      }
      if (queue.size >= places) return null
      return new Promise((resolve, reject) => {
        const leave = () => {
          queue.delete(enter)
          reject(signal.reason)
        }
        const enter = () => {
          queue.delete(enter)
          signal.removeEventListener('abort', leave)
          resolve(freeOnce())
        }
        signal.addEventListener('abort', leave, { once: true })
        queue.add(enter)
      })
    },
  }
}
