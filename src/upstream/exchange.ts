import type { Dispatcher } from 'undici'
import type { Cancellation } from './cancellation.ts'
import type { OutgoingRequest } from './outgoing-request.ts'

/** The most bytes of a rejected answer that are drained, so that its connection can be used again. */
const MAX_DRAIN_BYTES = 64 * 1024
const MAX_DRAIN_MS = 1000

const decoder = new TextDecoder()

/** Status and headers of an answer. */
export interface ResponseHead {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** An answer as it was received. */
export interface ReceivedResponse extends ResponseHead {
  readonly text: string
}

/** Decides about an exchange that brings no answer. `Failure` is the result of the exchange then. */
export interface ExchangeRules<Failure> {
  /** Checks status and headers before the body is read. Returns null when they are as expected. */
  checkHead(request: OutgoingRequest, head: ResponseHead): Failure | null
  /** Classifies a body that is larger than its limit. */
  tooLarge(request: OutgoingRequest): Failure
  /**
   * Classifies an error of the connection.
   * @throws {Error} for a request that cannot be sent
   */
  networkError(request: OutgoingRequest, error: unknown): Failure
}

/**
 * Sends a request once, and receives its answer within its limits.
 *
 * @param release called once when the connection is free again, which may be later than the result
 * @returns the answer, or what the rules say of the failure; rejects with the reason when the request is cancelled
 */
export function exchange<Failure>(
  dispatcher: Dispatcher,
  request: OutgoingRequest,
  rules: ExchangeRules<Failure>,
  cancellation: Cancellation,
  release: () => void,
): Promise<ReceivedResponse | Failure> {
  return new Promise((resolve, reject) => {
    const handler = new ExchangeHandler(request, rules, cancellation, { resolve, reject, release })
    dispatcher.dispatch(request, handler)
  })
}

interface ExchangeCallbacks<Failure> {
  readonly resolve: (result: ReceivedResponse | Failure) => void
  readonly reject: (error: unknown) => void
  readonly release: () => void
}

/** Receives one answer from undici, without a stream in between. */
class ExchangeHandler<Failure> implements Dispatcher.DispatchHandler {
  readonly #request: OutgoingRequest
  readonly #rules: ExchangeRules<Failure>
  readonly #cancellation: Cancellation
  readonly #callbacks: ExchangeCallbacks<Failure>
  /** Null until the request is sent. */
  #controller: Dispatcher.DispatchController | null = null
  #head: ResponseHead | null = null
  #chunks: Buffer[] = []
  #bytes = 0
  #isSettled = false
  #drainTimer: NodeJS.Timeout | undefined

  constructor(
    request: OutgoingRequest,
    rules: ExchangeRules<Failure>,
    cancellation: Cancellation,
    callbacks: ExchangeCallbacks<Failure>,
  ) {
    this.#request = request
    this.#rules = rules
    this.#cancellation = cancellation
    this.#callbacks = callbacks
    cancellation.listen((reason) => this.#cancel(reason))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // undici cannot abort a request whose connection is being made.
    if (this.#isSettled) controller.abort(new Error('cancelled'))
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHead['headers']): void {
    // More follows an informational answer.
    if (status < 200) return
    this.#head = { status, headers }
    const failure = this.#rules.checkHead(this.#request, this.#head)
    if (failure === null) return
    this.#settle()
    this.#callbacks.resolve(failure)
    this.#drain(Number(headers['content-length']))
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.byteLength
    if (this.#isSettled) {
      if (this.#bytes > MAX_DRAIN_BYTES) controller.abort(new Error('too much to drain'))
    } else if (this.#bytes > this.#request.limits.maxBytes) {
      this.#settle()
      this.#callbacks.resolve(this.#rules.tooLarge(this.#request))
      controller.abort(new Error('too large'))
    } else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#end()
    if (this.#isSettled) return
    this.#settle()
    const { status, headers } = this.#head!
    this.#callbacks.resolve({ status, headers, text: this.#text() })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end()
    if (this.#isSettled) return
    this.#settle()
    try {
      this.#callbacks.resolve(this.#rules.networkError(this.#request, error))
    } catch (unsendable) {
      this.#callbacks.reject(unsendable)
    }
  }

  #cancel(reason: unknown): void {
    this.#settle()
    this.#callbacks.reject(reason)
    this.#controller?.abort(new Error('cancelled'))
  }

  #settle(): void {
    this.#isSettled = true
    this.#cancellation.listen(null)
  }

  /** Reads and discards the rest of a body, within limits, so that its connection can be used again. */
  #drain(contentLength: number): void {
    const controller = this.#controller!
    if (contentLength > MAX_DRAIN_BYTES) controller.abort(new Error('too much to drain'))
    else this.#drainTimer = setTimeout(() => controller.abort(new Error('too slow to drain')), MAX_DRAIN_MS).unref()
  }

  #text(): string {
    const [first] = this.#chunks
    const body = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#bytes)
    return decoder.decode(body)
  }

  /** The connection is free, or closed. */
  #end(): void {
    clearTimeout(this.#drainTimer)
    this.#callbacks.release()
  }
}
