/** Time in which the primary process must answer. */
const TIMEOUT_MS = 5_000

/** The requests of a worker for the metrics of all workers, which the primary process answers. */
export class PageRequests {
  readonly #send: (request: number) => void
  readonly #timeoutMs: number
  readonly #waiting = new Map<number, (page: string | null) => void>()
  #count = 0

  /** @param send sends a request with this number to the primary process */
  constructor(send: (request: number) => void, timeoutMs = TIMEOUT_MS) {
    this.#send = send
    this.#timeoutMs = timeoutMs
  }

  /** Returns the page; rejects when the primary process does not answer in time, or cannot read the metrics. */
  async request(): Promise<string> {
    const request = ++this.#count
    const { promise, resolve, reject } = Promise.withResolvers<string | null>()
    const timer = setTimeout(() => reject(new Error('the primary process did not answer')), this.#timeoutMs)
    this.#waiting.set(request, resolve)
    this.#send(request)
    try {
      const page = await promise
      if (page === null) throw new Error('the primary process could not read the metrics')
      return page
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(request)
    }
  }

  /** Takes the answer to a request; null when there is none. */
  receive(request: number, page: string | null): void {
    this.#waiting.get(request)?.(page)
  }
}
