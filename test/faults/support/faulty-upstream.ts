import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** One request on its way to an upstream. */
export interface PassedRequest {
  readonly method: string
  /** Below the upstream's base path. */
  readonly path: string
  readonly query: URLSearchParams
  /** The number of requests that were answered before this one arrived. */
  readonly answered: number
}

/** An answer of an upstream, sent or to be sent. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Does something else with an answer than sending it. */
export type Spoil = (response: ServerResponse, reply: Reply) => void

/** Requests that go wrong, and how. */
export interface Rule {
  readonly hits: (request: PassedRequest) => boolean
  readonly spoil: Spoil
}

/** A proxy in front of an upstream that passes everything on, except for the requests that its rules make fail. */
export interface FaultyUpstream {
  /** Its base URL, in place of the upstream's. */
  readonly url: string
  /** The requests that arrived, in order. */
  readonly requests: readonly PassedRequest[]
  /** Called with each request before it is passed on. */
  beforeAnswer: ((request: PassedRequest) => void) | null
  /** A request goes wrong by the oldest rule that hits it. */
  add(rule: Rule): void
  /** Answers so many more requests, and then nobody listens any more. */
  refuseAfter(requests: number): void
  /** Waits until nobody waits for an answer any more. */
  idle(): Promise<void>
  /** From now on all goes well again. */
  mend(): Promise<void>
  close(): Promise<void>
}

/** Ports that no system gives to those who ask for any, so that one that is let go of is free for whoever wants it back. */
const PORTS = { first: 15_000, count: 14_000 }
const portsTaken = { from: Math.floor(Math.random() * PORTS.count), count: 0 }

/** The ports in turn, so that one that is let go of for a while is not given to another upstream of this process. */
const nextPort = () => PORTS.first + ((portsTaken.from + portsTaken.count++) % PORTS.count)

/** Starts a proxy in front of the upstream with this base URL. */
export async function startFaultyUpstream(target: string): Promise<FaultyUpstream> {
  const base = new URL(target)
  const basePath = base.pathname.replace(/\/+$/, '')
  const agent = new Agent({ keepAlive: true })
  const requests: PassedRequest[] = []
  let rules: readonly Rule[] = []
  let left = Number.POSITIVE_INFINITY
  let answered = 0
  let open = 0
  let isListening = false

  async function pass(incoming: IncomingMessage, body: Buffer): Promise<Reply> {
    const outgoing = send({
      agent,
      host: base.hostname,
      port: base.port,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    })
    outgoing.end(body)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    const headers = Object.entries(answer.headers).filter(([name]) => !/^(connection|date|keep-alive)$/.test(name))
    return {
      status: answer.statusCode ?? 0,
      headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
      body: (await bytesOf(answer)).toString(),
    }
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(incoming)
    const { pathname, searchParams } = new URL(incoming.url ?? '/', base)
    const request = {
      method: incoming.method ?? '',
      path: decodeURIComponent(pathname.slice(basePath.length)),
      query: searchParams,
      answered,
    }
    requests.push(request)
    upstream.beforeAnswer?.(request)
    const reply = await pass(incoming, body)
    answered += 1
    left -= 1
    if (left <= 0) stop()
    if (left < Number.POSITIVE_INFINITY) response.setHeader('connection', 'close')
    const rule = rules.find(({ hits }) => hits(request))
    if (rule) rule.spoil(response, reply)
    else sendReply(response, reply)
  }

  const server = createServer((incoming, response) => {
    open += 1
    response.on('close', () => {
      open -= 1
    })
    // Only a client that hangs up, or an upstream that was closed, can fail here.
    serve(incoming, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 0

  function stop(): void {
    if (!isListening) return
    isListening = false
    server.close()
    server.closeIdleConnections()
  }

  async function listen(port: number): Promise<void> {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    isListening = true
  }

  async function unlessInUse(error: NodeJS.ErrnoException): Promise<void> {
    if (error.code !== 'EADDRINUSE') throw error
    await sleep(50)
  }

  for (let port = nextPort(); !isListening; port = nextPort()) {
    await listen(port).catch(unlessInUse)
  }
  const { port } = server.address() as AddressInfo

  const upstream: FaultyUpstream = {
    url: `http://127.0.0.1:${port}${basePath}`,
    requests,
    beforeAnswer: null,
    add(rule) {
      rules = [...rules, rule]
    },
    refuseAfter(count) {
      left = count
      if (count === 0) stop()
    },
    async idle() {
      do await sleep(2)
      while (open > 0)
    },
    async mend() {
      rules = []
      left = Number.POSITIVE_INFINITY
      if (isListening) return
      server.closeAllConnections()
      // An upstream of another process may have got the port meanwhile, for as long as its own test takes.
      while (!isListening) await listen(port).catch(unlessInUse)
    },
    async close() {
      stop()
      server.closeAllConnections()
      agent.destroy()
    },
  }
  return upstream
}

/** Sends an answer as it is. */
export function sendReply(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
