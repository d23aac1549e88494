import type { Meter, RequestContext } from '../operation.ts'
import { abortable } from './abortable.ts'
import type { Acquisition, Release } from './semaphore.ts'

/** One call that waits for an upstream request. */
interface Subscriber {
  readonly caller: string
  readonly meter: Meter | undefined
  fail(error: unknown): void
}

/** The queue that calls without a caller's name share. */
const UNNAMED = ''

/**
 * An upstream request in flight with the calls that wait for it, its subscribers. It is sent for its first subscriber and
 * cancelled when the last one leaves.
 */
export class InFlightRequest<T> {
  readonly #provider: string
  readonly #send: (request: InFlightRequest<T>) => Promise<T>
  readonly #controller = new AbortController()
  readonly #subscribers = new Set<Subscriber>()
  /** The number of calls of each caller. */
  readonly #calls = new Map<string, number>()
  /** The meters that have counted the attempt in flight; null between attempts. */
  #charged: Set<Meter> | null = null
  #acquisition: Acquisition | null = null
  #answer: Promise<T> | null = null

  /** @param send sends the request; called once, when the first call has joined */
  constructor(provider: string, send: (request: InFlightRequest<T>) => Promise<T>) {
    this.#provider = provider
    this.#send = send
  }

  /** Aborts when the request is cancelled. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The callers of the waiting calls. */
  get callers(): Iterable<string> {
    return this.#calls.keys()
  }

  cancel(reason: unknown): void {
    this.#controller.abort(reason)
  }

  /**
   * Waits for the answer together with the other calls; a call leaves when its signal aborts. A call that joins an attempt
   * in flight counts it as its own, so that the cost of an operation reveals nothing about the operations of others.
   * @throws {LimitExceededError} when the call's meter may not count another request
   */
  join({ caller = UNNAMED, meter, signal }: RequestContext): Promise<T> {
    if (this.#charged !== null) this.#charge(meter)
    return new Promise((resolve, reject) => {
      const subscriber: Subscriber = { caller, meter, fail: reject }
      this.#enter(subscriber)
      this.#answer ??= this.#send(this)
      abortable(this.#answer, signal, () => this.#leave(subscriber)).then(resolve, reject)
    })
  }

  /** Calls a function once no call can join any more, because the request has ended or is cancelled. */
  onEnd(callback: () => void): void {
    this.signal.addEventListener('abort', callback, { once: true })
    this.#answer?.then(callback, callback)
  }

  /** Waits for a slot at the turn of any caller, including those that join while it waits. */
  async waitFor(acquisition: Acquisition): Promise<Release> {
    this.#acquisition = acquisition
    try {
      return await acquisition.slot
    } finally {
      this.#acquisition = null
    }
  }

  /**
   * Counts an attempt, right before it is sent, once for each operation that waits for it. A call
   * whose meter throws fails with that error and leaves.
   * @throws {LimitExceededError} when no call remains
   */
  beginAttempt(): void {
    this.#charged = new Set()
    let meterError: unknown
    for (const subscriber of this.#subscribers) {
      try {
        this.#charge(subscriber.meter)
      } catch (error) {
        meterError = error
        this.#subscribers.delete(subscriber)
        this.#countCall(subscriber.caller, -1)
        subscriber.fail(error)
      }
    }
    if (this.#subscribers.size > 0) return
    // No call may join any more: the error belongs to the operations that have left.
    this.cancel(meterError)
    throw meterError
  }

  endAttempt(): void {
    this.#charged = null
  }

  #charge(meter: Meter | undefined): void {
    if (meter === undefined || this.#charged?.has(meter)) return
    meter.request(this.#provider)
    this.#charged?.add(meter)
  }

  #enter(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber)
    if (this.#countCall(subscriber.caller, 1) === 1) this.#acquisition?.enlist(subscriber.caller)
  }

  #leave(subscriber: Subscriber): void {
    if (!this.#subscribers.delete(subscriber)) return
    if (this.#countCall(subscriber.caller, -1) === 0) this.#acquisition?.withdraw(subscriber.caller)
    if (this.#subscribers.size === 0) this.#controller.abort()
  }

  /** Changes the number of a caller's calls, and returns the new one. */
  #countCall(caller: string, change: number): number {
    const calls = (this.#calls.get(caller) ?? 0) + change
    if (calls === 0) this.#calls.delete(caller)
    else this.#calls.set(caller, calls)
    return calls
  }
}
