import { Pool } from 'undici'

/** A request that a load generator repeats. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: string | null
}

const HEADERS = { accept: 'application/json', 'content-type': 'application/json' }

/** Connections to one server. */
export class LoadClient {
  readonly #pool: Pool

  constructor(origin: string, connections: number) {
    this.#pool = new Pool(origin, { connections })
  }

  /**
   * Sends a request and returns the body of its answer.
   * @throws for any other status than 200
   */
  async send({ method, path, body }: LoadRequest): Promise<Buffer> {
    const answer = await this.#pool.request({ method, path, body, headers: HEADERS })
    const bytes = Buffer.from(await answer.body.arrayBuffer())
    if (answer.statusCode === 200) return bytes
    throw new Error(`${method} ${path}: status ${answer.statusCode}: ${bytes.toString().slice(0, 1000)}`)
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}
