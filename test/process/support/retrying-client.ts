import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_MS = 20
/** A request that is not answered in this time has failed. */
const PATIENCE_MS = 60_000

/** Numbers of attempts that were repeated, by the reason. */
export interface Retries {
  /** The port was closed. */
  refused: number
  /** The connection was closed before any byte of an answer. */
  closed: number
}

interface Answer {
  readonly status: number
  readonly text: string
}

/** A connection that ended before an answer. */
class NoAnswerError extends Error {
  readonly reason: keyof Retries

  constructor(reason: keyof Retries, cause: Error) {
    super(cause.message, { cause })
    this.reason = reason
  }
}

/**
 * A client as one in production should be: it keeps connections open, and repeats a request when its connection is refused, or is
 * closed before any byte of the answer. Whatever else happens to a request is a failure.
 */
export class RetryingClient {
  readonly retries: Retries = { refused: 0, closed: 0 }
  readonly failures: string[] = []
  answers = 0
  readonly #agent = new Agent({ keepAlive: true })
  readonly #url: string
  readonly #body: string
  readonly #isExpected: (text: string) => boolean
  #isRunning = true
  readonly #loops: Promise<void>[]

  /** Sends an operation again and again, on so many connections. */
  constructor(origin: string, query: string, isExpected: (text: string) => boolean, connections = 8) {
    this.#url = `${origin}/graphql`
    this.#body = JSON.stringify({ query })
    this.#isExpected = isExpected
    this.#loops = Array.from({ length: connections }, () => this.#loop())
  }

  async stop(): Promise<void> {
    this.#isRunning = false
    await Promise.all(this.#loops)
    this.#agent.destroy()
  }

  async #loop(): Promise<void> {
    while (this.#isRunning) {
      try {
        const { status, text } = await this.#send()
        if (status === 200 && this.#isExpected(text)) this.answers += 1
        else this.failures.push(`status ${status}: ${text}`)
      } catch (error) {
        this.failures.push(String(error))
      }
    }
  }

  async #send(): Promise<Answer> {
    const until = performance.now() + PATIENCE_MS
    for (;;) {
      try {
        return await this.#attempt()
      } catch (error) {
        if (!(error instanceof NoAnswerError) || performance.now() > until) throw error
        this.retries[error.reason] += 1
        await sleep(RETRY_MS)
      }
    }
  }

  #attempt(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(this.#body) }
      const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode!, text }))
        response.on('error', reject)
        response.on('close', () => reject(new Error('The answer is not complete.')))
      })
      sent.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') reject(new NoAnswerError('refused', error))
        else if (error.code === 'ECONNRESET' || error.code === 'EPIPE') reject(new NoAnswerError('closed', error))
        else reject(error)
      })
      sent.end(this.#body)
    })
  }
}
