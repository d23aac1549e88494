import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { OperationTimeoutError } from '../../errors.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import type { OperationLifetime } from '../../operation.ts'

/** The reason with which reads end that nobody waits for; made once, since an error costs a stack trace. */
const ENDED = new DOMException('The operation has ended.', 'AbortError')

/** Follows one signal with a controller of its own, which is cheaper than `AbortSignal.any` and can be ended. */
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
      this.#leave()
      return
    }
    this.#request.addEventListener('abort', this.#leave, { once: true })
    if (timeoutMs === null) return
    this.#timer = setTimeout(() => this.#abort(new OperationTimeoutError(timeoutMs)), timeoutMs)
  }

  end(): void {
    this.#abort(ENDED)
  }

  readonly #leave = () => this.#abort(this.#request.reason)

  #abort(reason: unknown): void {
    clearTimeout(this.#timer)
    this.#request.removeEventListener('abort', this.#leave)
    this.#controller.abort(reason)
  }
}

/**
 * Creates the lifetime of an operation. It ends with the request's signal, too.
 *
 * @param request aborts when the caller leaves
 */
export const createLifetime = (request: AbortSignal): OperationLifetime => new RequestLifetime(request)

/**
 * Bounds the time in which an operation may read. A query's reads are aborted when `timeoutMs` have passed, and the fields
 * that wait for them fail with an {@link OperationTimeoutError}. Whatever an operation still reads when its answer is
 * complete is aborted, since nobody waits for it. A subscription has no deadline here and ends with its last event.
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
    // Comes after every operation, also after one that failed as a whole.
    onExecutionResult({ result, context }) {
      if (!isAsyncIterable(result)) (context as Partial<GatewayContext>).lifetime?.end()
    },
  }
}
