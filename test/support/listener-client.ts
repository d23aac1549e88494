import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Gateway } from '../../src/gateway.ts'
import { createListener } from '../../src/server/listener.ts'

/** Limits that a test would reach which sends thousands of requests from one address. */
export const WITHOUT_RATE_LIMITS = { RATE_LIMIT_PER_MINUTE: '0', RATE_LIMIT_COST_PER_MINUTE: '0' }

/** Sends requests to a gateway over HTTP, through the listener that production uses. */
export class ListenerClient {
  readonly #server: Server
  readonly #listening: Promise<unknown>

  constructor(gateway: Gateway) {
    this.#server = createListener(gateway).listen(0, '127.0.0.1')
    this.#listening = once(this.#server, 'listening')
  }

  /** Sends a POST to `/graphql`. */
  async post(body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>>): Promise<Response> {
    await this.#listening
    const { port } = this.#server.address() as AddressInfo
    return fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body })
  }

  /** Closes the listener with its connections; the gateway stays open. */
  async close(): Promise<void> {
    await this.#listening
    await new Promise((resolve) => {
      this.#server.close(resolve)
      this.#server.closeAllConnections()
    })
  }
}
