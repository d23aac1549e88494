import { ShuttingDownError } from '../errors.ts'

/** An operation that can be ended early with an answer. */
export interface RunningOperation {
  /** Ends the operation; the answer holds the error. */
  cut(error: ShuttingDownError): void
}

/** The operations that read from providers, and the open subscriptions. They can be cut before the process ends. */
export class RunningOperations {
  readonly #running = new Set<RunningOperation>()
  #error: ShuttingDownError | null = null

  /** True once operations are cut. */
  get isCut(): boolean {
    return this.#error !== null
  }

  /** Adds an operation; it is cut at once when the others were cut before. */
  add(operation: RunningOperation): void {
    if (this.#error === null) this.#running.add(operation)
    else operation.cut(this.#error)
  }

  delete(operation: RunningOperation): void {
    this.#running.delete(operation)
  }

  /** Cuts all operations, and each one that is added later. Returns the number of those that were running. */
  cut(): number {
    this.#error ??= new ShuttingDownError()
    const running = [...this.#running]
    this.#running.clear()
    for (const operation of running) operation.cut(this.#error)
    return running.length
  }
}
