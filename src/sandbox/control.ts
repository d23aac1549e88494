import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Failure, parseFailure, setFailure } from './failures.ts'
import type { Sandbox } from './server.ts'

/** A server on loopback that makes sandboxes fail, and work again, while they run. */
export interface SandboxControl {
  /** Without a trailing slash. */
  readonly url: string
  close(): Promise<void>
}

const WORKS = 'ok'
const USAGE = `PUT /<provider> with ${WORKS}, a status from 400 to 599, timeout or slow; GET / shows the state.\n`

interface Reply {
  readonly status: number
  readonly body: string
}

/** The current failure of each sandbox; null while it works. */
class SandboxFailures {
  readonly #sandboxes: ReadonlyMap<string, Sandbox>
  readonly #failures = new Map<string, Failure | null>()

  constructor(sandboxes: ReadonlyMap<string, Sandbox>, failures: ReadonlyMap<string, Failure>) {
    this.#sandboxes = sandboxes
    for (const name of sandboxes.keys()) this.set(name, failures.get(name) ?? null)
  }

  has(name: string): boolean {
    return this.#sandboxes.has(name)
  }

  set(name: string, failure: Failure | null): void {
    setFailure(this.#sandboxes.get(name)!, failure)
    this.#failures.set(name, failure)
  }

  describe(): string {
    const states = [...this.#failures].map(([name, failure]) => [name, String(failure ?? WORKS)])
    return `${JSON.stringify(Object.fromEntries(states))}\n`
  }
}

async function answer(request: IncomingMessage, failures: SandboxFailures): Promise<Reply> {
  // Other hosts are names that a page of the web has bound to this address (DNS rebinding). Without it, a PUT needs a preflight.
  if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(request.headers.host ?? '')) return { status: 403, body: '' }
  const name = (request.url ?? '').slice(1)
  if (request.method === 'GET' && name === '') return { status: 200, body: failures.describe() }
  if (request.method !== 'PUT' || !failures.has(name)) return { status: 404, body: USAGE }
  const given = (await text(request)).trim()
  const failure = parseFailure(given)
  if (given !== WORKS && failure === null) return { status: 400, body: USAGE }
  failures.set(name, given === WORKS ? null : failure)
  return { status: 200, body: failures.describe() }
}

/**
 * Starts the control of sandboxes on a free port of 127.0.0.1.
 *
 * @param sandboxes by the provider's name
 * @param failures the sandboxes that fail from the start on
 */
export async function startControl(
  sandboxes: ReadonlyMap<string, Sandbox>,
  failures: ReadonlyMap<string, Failure>,
): Promise<SandboxControl> {
  const state = new SandboxFailures(sandboxes, failures)
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await answer(request, state)
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(body)
  }
  const server = createServer((request, response) => {
    // Only reading the body can fail: the client has disconnected.
    respond(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
