import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { OperationTimeoutError } from '../../errors.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import type { OperationLifetime } from '../../operation.ts'

/** The abort reason of reads whose operation has ended. Created once, because each error records a stack trace. */
const ENDED = new DOMException('The operation has ended.', 'AbortError')

/** Follows the signal of a request with its own controller, which is cheaper than `AbortSignal.any` and can be aborted separately. */
class RequestLifetime implements OperationLifetime {
  readonly #controller = new AbortController()
  readonly #request: AbortSignal
  #timer: NodeJS.Timeout | undefined

  constructor(request: AbortSignal) {
    this.#request = request
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  start(timeoutMs: number | null): void {
    if (this.#request.aborted) {
      this.#onRequestAbort()
      return
    }
    this.#request.addEventListener('abort', this.#onRequestAbort, { once: true })
    if (timeoutMs === null) return
    this.#timer = setTimeout(() => this.#abort(new OperationTimeoutError(timeoutMs)), timeoutMs)
  }

  end(): void {
    this.#abort(ENDED)
  }

  readonly #onRequestAbort = () => this.#abort(this.#request.reason)

  #abort(reason: unknown): void {
    clearTimeout(this.#timer)
    this.#request.removeEventListener('abort', this.#onRequestAbort)
    this.#controller.abort(reason)
  }
}

/**
 * Creates the lifetime of an operation. It also ends when the request's signal aborts.
 *
 * @param request aborts when the caller disconnects
 */
export const createLifetime = (request: AbortSignal): OperationLifetime => new RequestLifetime(request)

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
