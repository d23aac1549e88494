import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

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

/** How a sandbox starts. */
export interface SandboxOptions {
  /** `year`: made-up entries of one year. `empty`: none. A sandbox that makes up no year is always empty. */
  readonly data?: 'year' | 'empty'
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

/**
 * Starts an upstream on a free port of 127.0.0.1. `handle` answers each request below `basePath`; requests outside it
 * get 404 and are recorded with their whole path. A `handle` that throws is answered with 500 and its message.
 */
export async function startUpstream(options: {
  basePath?: string
  handle: (request: UpstreamRequest) => UpstreamReply
}): Promise<UpstreamServer> {
  const { basePath = '', handle } = options
  const requests: UpstreamRequest[] = []
  const aborted: UpstreamRequest[] = []
  let faults: { fault: Fault; left: number }[] = []
  let closing = false

  function takeFault(request: UpstreamRequest): Fault | null {
    const hit = faults.find(({ fault }) => fault.on?.(request) ?? true)
    if (!hit) return null
    hit.left -= 1
    if (hit.left <= 0) faults = faults.filter((other) => other !== hit)
    return hit.fault
  }

  function answer(request: UpstreamRequest, inside: boolean): { reply: UpstreamReply; fault: Fault | null } {
    try {
      upstream.beforeAnswer?.(request)
      const fault = takeFault(request)
      if (fault?.kind === 'reply') return { reply: fault.reply, fault }
      const reply = inside ? handle(request) : { status: 404, json: { error: 'Not Found' } }
      return { reply: fault?.kind === 'alter' ? fault.alter(reply) : reply, fault }
    } catch (error) {
      return { reply: { status: 500, text: `The sandbox failed: ${String(error)}` }, fault: null }
    }
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { request, inside } = parseRequest(incoming, basePath)
    for await (const chunk of incoming.setEncoding('utf8')) request.body += chunk
    if (requests.length >= KEPT_REQUESTS) requests.splice(0, KEPT_REQUESTS / 2)
    requests.push(request)

    const { reply, fault } = answer(request, inside)
    let cut = false
    let timer: NodeJS.Timeout | undefined
    response.on('close', () => {
      clearTimeout(timer)
      if (!response.writableFinished && !cut && !closing) aborted.push(request)
    })
    switch (fault?.kind) {
      case 'reset':
        cut = true
        incoming.socket.destroy()
        break
      case 'hang':
        break
      case 'delay':
        timer = setTimeout(() => send(response, reply), fault.delayMs)
        break
      case 'truncate': {
        cut = true
        const body = writeHead(response, reply)
        response.write(body.subarray(0, body.length / 2), () => incoming.socket.destroy())
        break
      }
      default:
        send(response, reply)
    }
  }

  const server = createServer((incoming, response) => {
    // Only reading the body can fail here: the client hung up while it was sending.
    serve(incoming, response).catch(() => response.destroy())
  })
  // An upstream that drops idle connections at its own will would make tests fail at random.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })

  const upstream: UpstreamServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}`,
    requests,
    aborted,
    beforeAnswer: null,
    fault(fault) {
      faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY })
    },
    clearFaults() {
      faults = []
    },
    close() {
      closing = true
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
  return upstream
}

function parseRequest(incoming: IncomingMessage, basePath: string): { request: UpstreamRequest; inside: boolean } {
  // Not parsed with URL, which would resolve dot segments and so hide the real request target.
  const target = incoming.url ?? '/'
  const mark = target.includes('?') ? target.indexOf('?') : target.length
  const path = decodePath(target.slice(0, mark))
  const inside = path === basePath || path.startsWith(`${basePath}/`)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value)
  return {
    request: {
      method: incoming.method ?? 'GET',
      path: inside ? path.slice(basePath.length) || '/' : path,
      query: new URLSearchParams(target.slice(mark + 1)),
      headers,
      body: '',
    },
    inside,
  }
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function writeHead(response: ServerResponse, reply: UpstreamReply): Buffer {
  const body = Buffer.from(reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json)))
  const type = reply.text === undefined ? 'application/json' : 'text/plain; charset=utf-8'
  response.writeHead(reply.status, {
    ...(body.length > 0 && { 'content-type': type }),
    'content-length': body.length,
    ...lowerCaseNames(reply.headers),
  })
  return body
}

function lowerCaseNames(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function send(response: ServerResponse, reply: UpstreamReply): void {
  response.end(writeHead(response, reply))
}
