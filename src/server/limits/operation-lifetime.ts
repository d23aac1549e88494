import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { OperationTimeoutError, type ShuttingDownError } from '../../errors.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { type OperationLifetime, OperationSignal } from '../../operation.ts'
import type { RunningOperation, RunningOperations } from '../running-operations.ts'

/** The abort reason of reads whose operation has ended. Created once, because each error records a stack trace. */
const ENDED = new DOMException('The operation has ended.', 'AbortError')

/** The abort reason of reads whose caller has disconnected. */
export const DISCONNECTED = new DOMException('The caller has disconnected.', 'AbortError')

/** The lifetime of an operation whose way in reports when the caller disconnects. */
export class ConnectionLifetime implements OperationLifetime, RunningOperation {
  readonly signal = new OperationSignal()
  readonly #running: RunningOperations
  #timer: NodeJS.Timeout | undefined

  constructor(running: RunningOperations) {
    this.#running = running
  }

  start(timeoutMs: number | null): void {
    if (timeoutMs === null || this.signal.aborted) return
    this.#timer = setTimeout(() => this.abort(new OperationTimeoutError(timeoutMs)), timeoutMs)
    this.#running.add(this)
  }

  cut(error: ShuttingDownError): void {
    this.abort(error)
  }

  end(): void {
    this.abort(ENDED)
  }

  /** Aborts the reads, because the caller no longer waits for the answer. */
  disconnect(): void {
    this.abort(DISCONNECTED)
  }

  protected abort(reason: unknown): void {
    clearTimeout(this.#timer)
    this.#running.delete(this)
    this.signal.abort(reason)
  }
}

/** Follows the signal of a request with its own signal, which is cheaper than `AbortSignal.any` and can be aborted separately. */
class RequestLifetime extends ConnectionLifetime {
  readonly #request: AbortSignal

  constructor(request: AbortSignal, running: RunningOperations) {
    super(running)
    this.#request = request
  }

  override start(timeoutMs: number | null): void {
    if (this.#request.aborted) this.#onRequestAbort()
    else this.#request.addEventListener('abort', this.#onRequestAbort, { once: true })
    super.start(timeoutMs)
  }

  readonly #onRequestAbort = () => this.abort(this.#request.reason)

  protected override abort(reason: unknown): void {
    this.#request.removeEventListener('abort', this.#onRequestAbort)
    super.abort(reason)
  }
}

/**
 * Creates the lifetime of an operation. It also ends when the request's signal aborts.
 *
 * @param request aborts when the caller disconnects
 */
export const createLifetime = (request: AbortSignal, running: RunningOperations): OperationLifetime =>
  new RequestLifetime(request, running)

/**
 * Applies a deadline to the reads of an operation. After `timeoutMs` the reads of a query are aborted, and the fields that wait
 * for them fail with an {@link OperationTimeoutError}. Reads that are still running when the answer is complete are aborted,
 * too. A subscription has no deadline here and ends with its last event.
 */
export function useOperationLifetime(timeoutMs: number): Plugin<GatewayContext> {
  return {
    onExecute({ args }) {
      args.contextValue.lifetime.start(timeoutMs)
    },
    onSubscribe({ args }) {
      const { lifetime } = args.contextValue
      lifetime.start(null)
      return {
        onSubscribeResult: ({ result }) => (isAsyncIterable(result) ? { onEnd: () => lifetime.end() } : undefined),
      }
    },
    // Called after every operation, also after one that failed as a whole.
    onExecutionResult({ result, context }) {
      if (!isAsyncIterable(result)) (context as Partial<GatewayContext>).lifetime?.end()
    },
  }
}
