import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { UnauthenticatedError } from '../../errors.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { ANYONE, type Caller } from '../../operation.ts'
import { callerOf } from './authentication.ts'

/** Interval at which the credentials of open subscriptions are checked. */
const CHECK_MS = 1000

/** A stream that can be ended from outside with a last value. */
export class EndableStream<T> implements AsyncIterableIterator<T> {
  readonly #source: AsyncIterator<T>
  readonly #onEnd: () => void
  #isEnded = false
  /** Resolves the step that the reader waits for. */
  #resolveNext: ((result: IteratorResult<T>) => void) | null = null
  /** The last value, until it is read. */
  #last: { readonly value: T } | null = null

  /** @param onEnd called once, when the stream ends for any reason */
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
      this.#resolveNext = resolve
      this.#source.next().then(
        (result) => {
          if (this.#isEnded) return
          this.#resolveNext = null
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
    this.#resolveNext?.({ done: true, value: undefined })
    await this.#source.return?.()
    return { done: true, value: undefined }
  }

  /** Ends the stream: the reader gets one more value, then the end. Does nothing to a stream that has ended. */
  endWith(last: T): void {
    if (this.#isEnded) return
    this.#end()
    if (this.#resolveNext === null) this.#last = { value: last }
    else this.#resolveNext({ done: false, value: last })
    // The source may end late or fail to end; no reader is affected.
    void Promise.resolve(this.#source.return?.()).catch(() => {})
  }

  #end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#onEnd()
  }
}

/** An open subscription with its caller. */
interface WatchedSubscription {
  readonly caller: Caller
  end(): void
}

/** Returns true when the credential is still valid; a check that throws counts as invalid. */
function isCurrent({ caller }: WatchedSubscription): boolean {
  try {
    return caller.isCurrent()
  } catch {
    return false
  }
}

/**
 * Ends subscriptions within a second after their key or token expires or is removed. The last event carries an
 * `UNAUTHENTICATED` error.
 */
export function useCredentialWatch(): Plugin<GatewayContext> {
  const open = new Set<WatchedSubscription>()
  let timer: NodeJS.Timeout | undefined

  function check(): void {
    for (const subscription of open) if (!isCurrent(subscription)) subscription.end()
  }

  function watch(subscription: WatchedSubscription): void {
    open.add(subscription)
    timer ??= setInterval(check, CHECK_MS).unref()
  }

  function unwatch(subscription: WatchedSubscription): void {
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
          const subscription: WatchedSubscription = {
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
