/** Releases a slot; further calls do nothing. */
export type Release = () => void

/** A request that waits for a slot, or has one. */
export interface Acquisition {
  /** Resolves with what releases the slot; rejects with the signal's reason when the signal aborts first. */
  readonly slot: Promise<Release>
  /** Lets the request wait in the queue of a further caller, too; does nothing once it has a slot. */
  enlist(caller: string): void
  /** Takes the request out of a caller's queue; does nothing once it has a slot. */
  withdraw(caller: string): void
}

/** A number of slots, shared fairly by callers. */
export interface Semaphore {
  /**
   * Acquires a slot for a request of one or several callers, waiting when there is none. An aborted wait leaves at once.
   * @returns null when none of the callers may wait with one more request
   */
  acquire(callers: Iterable<string>, signal: AbortSignal): Acquisition | null
}

/** A caller may take a further slot while it holds fewer than this many times the slots that are free. */
const SLOTS_PER_FREE_SLOT = 8

/** A request in the queues of its callers. */
interface Waiter {
  readonly queues: Set<CallerQueue>
  start(release: Release): void
}

/** The requests of one caller that wait, in the order of arrival, and how many slots the caller holds. */
interface CallerQueue {
  readonly caller: string
  readonly waiters: Set<Waiter>
  inUse: number
}

/**
 * A fair semaphore: one queue for each caller. A free slot goes to the waiting caller that holds the fewest slots; of those
 * that hold equally many, to the one that has waited longest since it arrived or was last served. A request with several callers waits in the queue of
 * each, is served at whichever turn comes first, and its slot counts for that caller.
 *
 * What one caller may hold depends on what is free (dynamic thresholds, Choudhury and Hahne 1998), so that some of it is
 * left for callers that arrive later, however many there are. A caller may hold eight times as many slots as are free, and
 * as many places in the queue as are free: 29 of 32 slots and half of the queue when it is alone.
 *
 * @param slots slots that may be held at the same time
 * @param places requests that may wait at the same time
 */
export function createSemaphore(slots: number, places: number): Semaphore {
  let free = slots
  let waiting = 0
  /** Callers that hold a slot or wait for one. */
  const queues = new Map<string, CallerQueue>()
  /** Callers that wait, the one first that has waited longest since it arrived or was last served. */
  const turns = new Set<CallerQueue>()

  function queueOf(caller: string): CallerQueue {
    let queue = queues.get(caller)
    if (queue === undefined) {
      queue = { caller, waiters: new Set(), inUse: 0 }
      queues.set(caller, queue)
    }
    return queue
  }

  function forgetIdle(queue: CallerQueue): void {
    if (queue.waiters.size > 0) return
    turns.delete(queue)
    if (queue.inUse === 0) queues.delete(queue.caller)
  }

  const mayUse = ({ inUse }: CallerQueue) => inUse < SLOTS_PER_FREE_SLOT * free
  const mayWait = ({ waiters }: CallerQueue) => waiters.size < places - waiting

  function enter(queue: CallerQueue, waiter: Waiter): void {
    queue.waiters.add(waiter)
    waiter.queues.add(queue)
    turns.add(queue)
  }

  function leave(waiter: Waiter): void {
    for (const queue of waiter.queues) {
      queue.waiters.delete(waiter)
      forgetIdle(queue)
    }
    waiter.queues.clear()
    waiting--
  }

  function take(queue: CallerQueue): Release {
    free--
    queue.inUse++
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      free++
      queue.inUse--
      forgetIdle(queue)
      handOver()
    }
  }

  /** The waiting caller whose turn it is. */
  function nextQueue(): CallerQueue | null {
    let next: CallerQueue | null = null
    for (const queue of turns) {
      if (next === null || queue.inUse < next.inUse) next = queue
      // Nobody holds fewer.
      if (next.inUse === 0) break
    }
    return next
  }

  /** Hands free slots to those that wait, so that nobody who asks later gets in between. */
  function handOver(): void {
    while (free > 0) {
      const queue = nextQueue()
      if (queue === null || !mayUse(queue)) return
      const [waiter] = queue.waiters
      // The slot is counted before the queue is left, which would otherwise be forgotten with its last request.
      const release = take(queue)
      turns.delete(queue)
      leave(waiter!)
      if (queue.waiters.size > 0) turns.add(queue)
      waiter!.start(release)
    }
  }

  function wait(asking: readonly CallerQueue[], signal: AbortSignal): Acquisition {
    const { promise, resolve, reject } = Promise.withResolvers<Release>()
    const abandon = () => {
      leave(waiter)
      reject(signal.reason)
    }
    const waiter: Waiter = {
      queues: new Set(),
      start(release) {
        signal.removeEventListener('abort', abandon)
        resolve(release)
      },
    }
    signal.addEventListener('abort', abandon, { once: true })
    waiting++
    for (const queue of asking) enter(queue, waiter)
    return {
      slot: promise,
      enlist(caller) {
        if (waiter.queues.size === 0) return
        enter(queueOf(caller), waiter)
        // It may hold fewer slots than those who waited so far.
        handOver()
      },
      withdraw(caller) {
        const queue = queues.get(caller)
        // The last queue is left when the signal aborts.
        if (queue === undefined || waiter.queues.size < 2 || !waiter.queues.delete(queue)) return
        queue.waiters.delete(waiter)
        forgetIdle(queue)
      },
    }
  }

  const settled = (slot: Promise<Release>): Acquisition => ({ slot, enlist() {}, withdraw() {} })

  return {
    acquire(callers, signal) {
      if (signal.aborted) return settled(Promise.reject(signal.reason))
      const asking = Array.from(callers, queueOf)
      // One of those that wait has the next free slot, unless all of them hold too many.
      const idle = free > 0 ? asking.find((queue) => queue.waiters.size === 0 && mayUse(queue)) : undefined
      if (idle !== undefined) {
        const release = take(idle)
        for (const queue of asking) forgetIdle(queue)
        return settled(Promise.resolve(release))
      }
      if (asking.some(mayWait)) return wait(asking, signal)
      for (const queue of asking) forgetIdle(queue)
      return null
    },
  }
}
