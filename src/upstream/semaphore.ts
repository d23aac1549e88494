import type { ReadSignal } from '../operation.ts'

/** Releases a slot; further calls do nothing. */
export type Release = () => void

/** A request that waits for a slot, or holds one. */
export interface Acquisition {
  /** Resolves with the function that releases the slot; rejects with the signal's reason when the signal aborts first. */
  readonly slot: Promise<Release>
  /** Adds the request to the queue of a further caller; does nothing once it has a slot. */
  enlist(caller: string): void
  /** Removes the request from a caller's queue; does nothing once it has a slot. */
  withdraw(caller: string): void
}

/** Aborts a request that waits. */
type WaitSignal = Omit<ReadSignal, 'throwIfAborted'>

/** A number of slots, shared fairly by callers. */
export interface Semaphore {
  /** Acquires a slot for a request of these callers if one of them need not wait. Returns null otherwise. */
  tryAcquire(callers: readonly string[]): Release | null
  /**
   * Acquires a slot for a request of one or several callers, and waits when there is none. An aborted request leaves the
   * queue at once.
   * @returns null when no caller of the request has a place left in the queue
   */
  acquire(callers: Iterable<string>, signal: WaitSignal): Acquisition | null
  /** Slots that are held. */
  readonly inUse: number
  /** Requests that wait. */
  readonly waiting: number
}

/** A caller may acquire a further slot while it holds fewer than this many times the slots that are free. */
const SLOTS_PER_FREE_SLOT = 8

/** A request in the queues of its callers. */
interface Waiter {
  readonly queues: Set<CallerQueue>
  start(release: Release): void
}

/** The waiting requests of one caller, in the order of arrival, and the number of slots that the caller holds. */
interface CallerQueue {
  readonly caller: string
  readonly waiters: Set<Waiter>
  inUse: number
}

/**
 * Creates a fair semaphore: one queue for each caller. A free slot goes to the waiting caller that holds the fewest slots;
 * among equals, to the one whose arrival or last turn is longest ago. A request with several callers waits in the queue of
 * each, is served at whichever turn comes first, and its slot counts for that caller.
 *
 * The share of one caller depends on the number of free slots and places (dynamic thresholds, Choudhury and Hahne 1998), so
 * that some are left for callers that arrive later, however many there are. A caller may hold eight times as many slots as
 * are free, and as many places in the queue as are free: 29 of 32 slots and half of the queue when it is alone.
 *
 * @param slots slots that may be held at the same time
 * @param places requests that may wait at the same time
 */
export function createSemaphore(slots: number, places: number): Semaphore {
  return new FairSemaphore(slots, places)
}

class FairSemaphore implements Semaphore {
  readonly #slots: number
  readonly #places: number
  #free: number
  #waiting = 0
  /** Callers that hold a slot or wait for one. */
  readonly #queues = new Map<string, CallerQueue>()
  /** Callers that wait; the first is the one whose arrival or last turn is longest ago. */
  readonly #turns = new Set<CallerQueue>()

  constructor(slots: number, places: number) {
    this.#slots = slots
    this.#free = slots
    this.#places = places
  }

  get inUse(): number {
    return this.#slots - this.#free
  }

  get waiting(): number {
    return this.#waiting
  }

  tryAcquire(callers: readonly string[]): Release | null {
    if (this.#free === 0) return null
    for (const caller of callers) {
      const queue = this.#queues.get(caller)
      // A free slot belongs to a waiting caller, unless all of them hold too many.
      if (queue === undefined) return this.#takeSlot(this.#queueOf(caller))
      if (queue.waiters.size === 0 && this.#mayHoldMore(queue)) return this.#takeSlot(queue)
    }
    return null
  }

  acquire(callers: Iterable<string>, signal: WaitSignal): Acquisition | null {
    if (signal.aborted) return settled(Promise.reject(signal.reason))
    const release = this.tryAcquire([...callers])
    if (release !== null) return settled(Promise.resolve(release))
    const queues = Array.from(callers, (caller) => this.#queueOf(caller))
    if (queues.some((queue) => this.#mayWait(queue))) return this.#wait(queues, signal)
    for (const queue of queues) this.#dropIdle(queue)
    return null
  }

  #queueOf(caller: string): CallerQueue {
    let queue = this.#queues.get(caller)
    if (queue === undefined) {
      queue = { caller, waiters: new Set(), inUse: 0 }
      this.#queues.set(caller, queue)
    }
    return queue
  }

  #dropIdle(queue: CallerQueue): void {
    if (queue.waiters.size > 0) return
    this.#turns.delete(queue)
    if (queue.inUse === 0) this.#queues.delete(queue.caller)
  }

  #mayHoldMore({ inUse }: CallerQueue): boolean {
    return inUse < SLOTS_PER_FREE_SLOT * this.#free
  }

  #mayWait({ waiters }: CallerQueue): boolean {
    return waiters.size < this.#places - this.#waiting
  }

  #enter(queue: CallerQueue, waiter: Waiter): void {
    queue.waiters.add(waiter)
    waiter.queues.add(queue)
    this.#turns.add(queue)
  }

  #leave(waiter: Waiter): void {
    for (const queue of waiter.queues) {
      queue.waiters.delete(waiter)
      this.#dropIdle(queue)
    }
    waiter.queues.clear()
    this.#waiting--
  }

  #takeSlot(queue: CallerQueue): Release {
    this.#free--
    queue.inUse++
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      this.#free++
      queue.inUse--
      this.#dropIdle(queue)
      this.#handOver()
    }
  }

  /** Returns the waiting caller whose turn it is. */
  #nextQueue(): CallerQueue | null {
    let next: CallerQueue | null = null
    for (const queue of this.#turns) {
      if (next === null || queue.inUse < next.inUse) next = queue
      // No caller holds fewer.
      if (next.inUse === 0) break
    }
    return next
  }

  /** Gives free slots to waiting requests, so that no later request overtakes them. */
  #handOver(): void {
    while (this.#free > 0) {
      const queue = this.#nextQueue()
      if (queue === null || !this.#mayHoldMore(queue)) return
      const [waiter] = queue.waiters
      // The slot is counted before the last request leaves its queue, because an idle queue is dropped.
      const release = this.#takeSlot(queue)
      this.#turns.delete(queue)
      this.#leave(waiter!)
      if (queue.waiters.size > 0) this.#turns.add(queue)
      waiter!.start(release)
    }
  }

  #wait(queues: readonly CallerQueue[], signal: WaitSignal): Acquisition {
    const { promise, resolve, reject } = Promise.withResolvers<Release>()
    const abandon = () => {
      this.#leave(waiter)
      reject(signal.reason)
    }
    const waiter: Waiter = {
      queues: new Set(),
      start(release) {
        signal.removeEventListener('abort', abandon)
        resolve(release)
      },
    }
    signal.addEventListener('abort', abandon)
    this.#waiting++
    for (const queue of queues) this.#enter(queue, waiter)
    return {
      slot: promise,
      enlist: (caller) => this.#enlist(waiter, caller),
      withdraw: (caller) => this.#withdraw(waiter, caller),
    }
  }

  #enlist(waiter: Waiter, caller: string): void {
    if (waiter.queues.size === 0) return
    this.#enter(this.#queueOf(caller), waiter)
    // The new caller may hold fewer slots than the others.
    this.#handOver()
  }

  #withdraw(waiter: Waiter, caller: string): void {
    const queue = this.#queues.get(caller)
    // The request leaves its last queue when its signal aborts.
    if (queue === undefined || waiter.queues.size < 2 || !waiter.queues.delete(queue)) return
    queue.waiters.delete(waiter)
    this.#dropIdle(queue)
  }
}

const settled = (slot: Promise<Release>): Acquisition => ({ slot, enlist() {}, withdraw() {} })
