import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseRequest, respond } from './http.ts'

/** One request that reached a sandbox upstream. */
export interface UpstreamRequest {
  method: string
  /** Below the upstream's base path, decoded, e.g. `/accounts/MA_1/transactions`. */
  path: string
  query: URLSearchParams
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
}

/**
 * The answer of an upstream. `json` is serialised with JSON.stringify; numbers that must keep their digits are made by
 * `exactNumber()`. `text` is sent as it is. With neither, the body is empty.
 */
export interface UpstreamReply {
  status: number
  headers?: Record<string, string>
  json?: unknown
  text?: string
}

/** A failure on demand. A request is hit by the oldest fault that matches it, and by that one only. */
export type Fault = {
  /** Selects the requests that it hits; all by default. */
  on?: (request: UpstreamRequest) => boolean
  /** Number of requests that it hits; unlimited by default. */
  times?: number
} & (
  | { /** Answers this instead. */ kind: 'reply'; reply: UpstreamReply }
  | { /** Destroys the socket before any answer. */ kind: 'reset' }
  | { /** Never answers. */ kind: 'hang' }
  | { /** Answers late what it would have answered at once. */ kind: 'delay'; delayMs: number }
  | { /** Announces the whole body, sends half of it and destroys the socket. */ kind: 'truncate' }
  | { /** Sends the real reply, changed. */ kind: 'alter'; alter: (reply: UpstreamReply) => UpstreamReply }
)

/** A local HTTP upstream with a record of its requests and with faults on demand. */
export interface UpstreamServer {
  /** Base URL with the base path, no trailing slash. */
  readonly url: string
  /** Every request that arrived, in order, also those that a fault hit; of very many, the latest. */
  readonly requests: UpstreamRequest[]
  /** Called before each request is answered, or hit by a fault; a test lets the ledger grow here. */
  beforeAnswer: ((request: UpstreamRequest) => void) | null
  /** Requests whose client hung up before the answer was sent. */
  readonly aborted: UpstreamRequest[]
  fault(fault: Fault): void
  clearFaults(): void
  /** Stops listening and destroys the sockets that are open. */
  close(): Promise<void>
}

/** Options for the start of a sandbox. */
export interface SandboxOptions {
  /** `year`: made-up entries of one year. `empty`: none. A sandbox that makes up no year is always empty. */
  readonly data?: 'year' | 'empty'
  /** Epoch milliseconds up to which `year` goes on with the days behind it; without it, it ends with the year. */
  readonly until?: number
}

/** A provider's made-up upstream. The gateway starts it when no provider is configured; tests run over it. */
export interface Sandbox {
  /** The environment variables that point the gateway at it. */
  readonly environment: Record<string, string>
  /** The provider's API first, then other hosts, such as one that issues tokens. */
  readonly servers: readonly [api: UpstreamServer, ...others: UpstreamServer[]]
  /** Adds one plausible entry that happened just now (`now` is epoch milliseconds). */
  grow(now: number): void
  /** Returns the ids of all entries, newest first. */
  entryIds(): readonly string[]
  /** Adds one plausible entry with a timestamp (RFC 3339). Returns its id. */
  addEntry(createdAt: string): string
  /** Throws when there is no entry with that id. */
  remove(id: string): void
  close(): Promise<void>
}

/** The most requests that are kept, so that a process may run for months. */
const KEPT_REQUESTS = 100_000

/**
 * A JSON number with exactly the digits of `literal`, for `UpstreamReply.json`. Throws when it is not a JSON literal.
 */
export function exactNumber(literal: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(literal)
}

/** The faults of an upstream, oldest first. */
class FaultQueue {
  #faults: { readonly fault: Fault; left: number }[] = []

  add(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY })
  }

  clear(): void {
    this.#faults = []
  }

  /** Returns the fault that hits a request, and counts the hit; null for none. */
  take(request: UpstreamRequest): Fault | null {
    const hit = this.#faults.find(({ fault }) => fault.on?.(request) ?? true)
    if (!hit) return null
    hit.left -= 1
    if (hit.left <= 0) this.#faults = this.#faults.filter((other) => other !== hit)
    return hit.fault
  }
}

/** An answer, with the fault that hit the request. */
interface FaultyReply {
  readonly reply: UpstreamReply
  readonly fault: Fault | null
}

class LocalUpstream implements UpstreamServer {
  readonly url: string
  readonly requests: UpstreamRequest[] = []
  readonly aborted: UpstreamRequest[] = []
  beforeAnswer: UpstreamServer['beforeAnswer'] = null
  readonly #server: Server
  readonly #basePath: string
  readonly #handle: (request: UpstreamRequest) => UpstreamReply
  readonly #faults = new FaultQueue()
  #isClosing = false

  /** @param server listens already */
  constructor(server: Server, basePath: string, handle: (request: UpstreamRequest) => UpstreamReply) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}`
    this.#server = server
    this.#basePath = basePath
    this.#handle = handle
    server.on('request', (incoming, response) => {
      // Only reading the body can fail here: the client hung up while it was sending.
      this.#serve(incoming, response).catch(() => response.destroy())
    })
  }

  fault(fault: Fault): void {
    this.#faults.add(fault)
  }

  clearFaults(): void {
    this.#faults.clear()
  }

  close(): Promise<void> {
    this.#isClosing = true
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { request, inside } = parseRequest(incoming, this.#basePath)
    for await (const chunk of incoming.setEncoding('utf8')) request.body += chunk
    if (this.requests.length >= KEPT_REQUESTS) this.requests.splice(0, KEPT_REQUESTS / 2)
    this.requests.push(request)

    const { reply, fault } = this.#answer(request, inside)
    const isCut = fault?.kind === 'reset' || fault?.kind === 'truncate'
    response.on('close', () => {
      if (!response.writableFinished && !isCut && !this.#isClosing) this.aborted.push(request)
    })
    respond(response, reply, fault)
  }

  #answer(request: UpstreamRequest, inside: boolean): FaultyReply {
    try {
      this.beforeAnswer?.(request)
      const fault = this.#faults.take(request)
      if (fault?.kind === 'reply') return { reply: fault.reply, fault }
      const reply = inside ? this.#handle(request) : { status: 404, json: { error: 'Not Found' } }
      return { reply: fault?.kind === 'alter' ? fault.alter(reply) : reply, fault }
    } catch (error) {
      return { reply: { status: 500, text: `The sandbox failed: ${String(error)}` }, fault: null }
    }
  }
}

/**
 * Starts an upstream on a free port of 127.0.0.1. `handle` answers each request below `basePath`; requests outside it
 * get 404 and are recorded with their whole path. A `handle` that throws is answered with 500 and its message.
 */
export async function startUpstream(options: {
  basePath?: string
  handle: (request: UpstreamRequest) => UpstreamReply
}): Promise<UpstreamServer> {
  const server = createServer()
  // An upstream that drops idle connections at its own will would make tests fail at random.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return new LocalUpstream(server, options.basePath ?? '', options.handle)
}
