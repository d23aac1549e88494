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
