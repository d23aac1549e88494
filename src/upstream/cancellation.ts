import type { ReadSignal } from '../operation.ts'

/**
 * Cancels one upstream request. It costs less than an `AbortController`, and has one listener: a request is in one step at a
 * time. It is a signal itself for the steps that read no more of one than this.
 */
export class Cancellation implements Omit<ReadSignal, 'throwIfAborted'> {
  #isCancelled = false
  #reason: unknown
  #listener: ((reason: unknown) => void) | null = null
  #controller: AbortController | null = null

  get isCancelled(): boolean {
    return this.#isCancelled
  }

  /** Undefined until the request is cancelled. */
  get reason(): unknown {
    return this.#reason
  }

  get aborted(): boolean {
    return this.#isCancelled
  }

  /** As an `AbortSignal`, for the steps that need one. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isCancelled) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  /** Cancels the request; the first reason counts. */
  cancel(reason: unknown): void {
    if (this.#isCancelled) return
    this.#isCancelled = true
    this.#reason = reason
    this.#controller?.abort(reason)
    this.#listener?.(reason)
  }

  /** Sets the function that is called when the request is cancelled; null for none. */
  listen(listener: ((reason: unknown) => void) | null): void {
    this.#listener = listener
  }

  /** As {@link listen}. */
  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = null
  }

  throwIfCancelled(): void {
    if (this.#isCancelled) throw this.#reason
  }
}
