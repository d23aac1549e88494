import type { Meter, ReadSignal, RequestContext, RequestTrace } from '../operation.ts'
import { Cancellation } from './cancellation.ts'
import type { Acquisition, Release } from './semaphore.ts'

/** The queue that calls without a caller's name share. */
const UNNAMED = ''

/**
 * An upstream request in flight with the calls that wait for it, its subscribers. It is sent for its first subscriber and
 * cancelled when the last one leaves.
 */
export class InFlightRequest<T> {
  readonly cancellation = new Cancellation()
  /** In the operation that sends it; null while nothing is recorded. */
  readonly trace: RequestTrace | null
  readonly #provider: string
  readonly #send: (request: InFlightRequest<T>) => Promise<T>
  readonly #onEnd: (request: InFlightRequest<T>) => void
  #subscribers: Subscriber<T>[] = []
  /** The meters that have counted the attempt in flight; null between attempts. */
  #charged: Meter[] | null = null
  #acquisition: Acquisition | null = null
  #isSent = false

  /**
   * @param send sends the request; called once, when the first call has joined
   * @param onEnd called once, when the request has ended
   */
  constructor(
    provider: string,
    send: (request: InFlightRequest<T>) => Promise<T>,
    trace: RequestTrace | null = null,
    onEnd: (request: InFlightRequest<T>) => void = () => {},
  ) {
    this.trace = trace
    this.#provider = provider
    this.#send = send
    this.#onEnd = onEnd
  }

  /** The callers of the waiting calls, each once. */
  get callers(): readonly string[] {
    const [first] = this.#subscribers
    if (first !== undefined && this.#subscribers.length === 1) return [first.caller]
    return [...new Set(this.#subscribers.map(({ caller }) => caller))]
  }

  /** The ids of the callers' requests that wait, each once, in the order in which they joined. */
  get requestIds(): readonly string[] {
    return [...new Set(this.#subscribers.map(({ requestId }) => requestId))].filter((id) => id !== undefined)
  }

  /**
   * Waits for the answer together with the other calls; a call leaves when its signal aborts. A call that joins an attempt
   * in flight counts it as its own, so that the cost of an operation reveals nothing about the operations of others. No call
   * may join a cancelled request.
   * @throws {LimitExceededError} when the call's meter may not count another request
   */
  join({ caller = UNNAMED, requestId, meter, signal }: RequestContext): Promise<T> {
    if (this.#charged !== null) this.#charge(meter)
    return new Promise((resolve, reject) => {
      const subscriber = new Subscriber(caller, requestId, meter, resolve, reject)
      this.#enter(subscriber)
      if (signal !== undefined) subscriber.leaveOnAbort(signal, () => this.#leave(subscriber))
      if (this.#isSent) return
      this.#isSent = true
      this.#send(this).then(
        (answer) => {
          for (const waiting of this.#end()) waiting.succeed(answer)
        },
        (error: unknown) => {
          for (const waiting of this.#end()) waiting.fail(error)
        },
      )
    })
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
    this.#charged = []
    let meterError: unknown
    this.#subscribers = this.#subscribers.filter((subscriber) => {
      try {
        this.#charge(subscriber.meter)
        return true
      } catch (error) {
        meterError = error
        subscriber.fail(error)
        return false
      }
    })
    if (this.#subscribers.length > 0) return
    // No call may join any more: the error belongs to the operations that have left.
    this.cancellation.cancel(meterError)
    throw meterError
  }

  endAttempt(): void {
    this.#charged = null
  }

  #charge(meter: Meter | undefined): void {
    if (meter === undefined || this.#charged?.includes(meter)) return
    meter.request(this.#provider)
    this.#charged?.push(meter)
  }

  #enter(subscriber: Subscriber<T>): void {
    const isNewCaller = this.#acquisition !== null && !this.#hasCaller(subscriber.caller)
    this.#subscribers.push(subscriber)
    if (isNewCaller) this.#acquisition?.enlist(subscriber.caller)
  }

  #leave(subscriber: Subscriber<T>): void {
    this.#subscribers = this.#subscribers.filter((other) => other !== subscriber)
    if (this.#acquisition !== null && !this.#hasCaller(subscriber.caller)) this.#acquisition.withdraw(subscriber.caller)
    if (this.#subscribers.length === 0) this.cancellation.cancel(new Error('all calls have left'))
  }

  #hasCaller(caller: string): boolean {
    return this.#subscribers.some((subscriber) => subscriber.caller === caller)
  }

  /** Returns the calls that are still waiting. */
  #end(): readonly Subscriber<T>[] {
    this.#onEnd(this)
    return this.#subscribers
  }
}

/** One call that waits for an upstream request. */
class Subscriber<T> {
  readonly caller: string
  readonly requestId: string | undefined
  readonly meter: Meter | undefined
  #resolve: ((answer: T) => void) | null
  #reject: ((error: unknown) => void) | null
  #signal: ReadSignal | undefined
  #onAbort: () => void = () => {}

  constructor(
    caller: string,
    requestId: string | undefined,
    meter: Meter | undefined,
    resolve: (answer: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.caller = caller
    this.requestId = requestId
    this.meter = meter
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Fails with the signal's reason when the signal aborts, and calls `leave` then. */
  leaveOnAbort(signal: ReadSignal, leave: () => void): void {
    this.#signal = signal
    this.#onAbort = () => {
      this.#reject?.(signal.reason)
      leave()
    }
    signal.addEventListener('abort', this.#onAbort)
  }

  succeed(answer: T): void {
    const resolve = this.#resolve
    this.#settle()
    resolve?.(answer)
  }

  fail(error: unknown): void {
    const reject = this.#reject
    this.#settle()
    reject?.(error)
  }

  /**
   * Removes the listener and drops the promise. An `AbortSignal` keeps a removed listener in memory until the next full
   * collection, and the answer with it.
   */
  #settle(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#signal = undefined
    this.#resolve = null
    this.#reject = null
  }
}
