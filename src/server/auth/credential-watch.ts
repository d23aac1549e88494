import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { UnauthenticatedError } from '../../errors.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { ANYONE, type Caller } from '../../operation.ts'
import { callerOf } from './authentication.ts'

/** How often the credentials of open subscriptions are checked. */
const CHECK_MS = 1000

/** A stream that can be ended from outside, with a last value. */
export class EndableStream<T> implements AsyncIterableIterator<T> {
  readonly #source: AsyncIterator<T>
  readonly #onEnd: () => void
  #isEnded = false
  /** Answers the step that the reader waits for. */
  #answer: ((result: IteratorResult<T>) => void) | null = null
  /** The last value, until the reader asks for it. */
  #last: { readonly value: T } | null = null

  /** @param onEnd called once, when the stream ends in whatever way */
  constructor(source: AsyncIterable<T>, onEnd: () => void) {
    this.#source = source[Symbol.asyncIterator]()
    this.#onEnd = onEnd
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#last !== null) {
      const { value } = this.#last
      this.#last = null
      return Promise.resolve({ done: false, value })
    }
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#answer = resolve
      this.#source.next().then(
        (result) => {
          if (this.#isEnded) return
          this.#answer = null
          if (result.done) this.#end()
          resolve(result)
        },
        (error: unknown) => {
          if (this.#isEnded) return
          this.#end()
          reject(error)
        },
      )
    })
  }

  async return(): Promise<IteratorResult<T>> {
    this.#end()
    this.#answer?.({ done: true, value: undefined })
    await this.#source.return?.()
    return { done: true, value: undefined }
  }

  /** Ends the stream: the reader gets one more value, then the end. Does nothing to a stream that has ended. */
  endWith(last: T): void {
    if (this.#isEnded) return
    this.#end()
    if (this.#answer === null) this.#last = { value: last }
    else this.#answer({ done: false, value: last })
    // The source may end late or fail at it; nobody waits for that.
    void Promise.resolve(this.#source.return?.()).catch(() => {})
  }

  #end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#onEnd()
  }
}

/** An open subscription with the caller for whom it runs. */
interface Watched {
  readonly caller: Caller
  end(): void
}

/** A check that fails says nothing good of a credential. */
function isCurrent({ caller }: Watched): boolean {
  try {
    return caller.isCurrent()
  } catch {
    return false
  }
}

/**
 * Ends subscriptions whose key or token has expired or was removed since they began, within a second, with a last event
 * that carries an `UNAUTHENTICATED` error.
 */
export function useCredentialWatch(): Plugin<GatewayContext> {
  const open = new Set<Watched>()
  let timer: NodeJS.Timeout | undefined

  function check(): void {
    for (const subscription of open) if (!isCurrent(subscription)) subscription.end()
  }

  function watch(subscription: Watched): void {
    open.add(subscription)
    timer ??= setInterval(check, CHECK_MS).unref()
  }

  function unwatch(subscription: Watched): void {
    open.delete(subscription)
    if (open.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    onSubscribe({ args: { contextValue: context } }) {
      const caller = callerOf(context.request)
      if (caller === ANYONE) return
      return {
        onSubscribeResult({ result, setResult }) {
          if (!isAsyncIterable(result)) return
          const subscription: Watched = {
            caller,
            end() {
              stream.endWith({ errors: [new UnauthenticatedError('ended') as never] })
              context.lifetime.end()
            },
          }
          const stream = new EndableStream(result, () => unwatch(subscription))
          watch(subscription)
          setResult(stream)
        },
      }
    },
  }
}
