import { createServer, type IncomingMessage, request } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { KeyedCertificate } from './certificates.ts'

/** One request that reached the proxy. */
export interface ProxyRequest {
  readonly method: string
  /** `host:port` of CONNECT, otherwise the whole URL. */
  readonly target: string
  readonly authorization: string | null
}

/** A proxy on loopback that knows hosts by names which nobody else can resolve. */
export interface TestProxy {
  readonly port: number
  readonly requests: ProxyRequest[]
  /** Ports on loopback by `host:port` as clients name them; others are refused with 502. */
  readonly hosts: Map<string, number>
  /** What it answers to CONNECT in place of a tunnel: a status, `hang` for nothing, or `reset`. Null while it works. */
  failure: number | 'hang' | 'reset' | null
  close(): Promise<void>
}

const recordOf = ({ method = '', url = '', headers }: IncomingMessage): ProxyRequest => ({
  method,
  target: url,
  authorization: headers['proxy-authorization'] ?? null,
})

/** Starts a proxy; with a certificate it is an `https` one. */
export async function startProxy(certificate?: KeyedCertificate): Promise<TestProxy> {
  const server = certificate ? createTlsServer(certificate) : createServer()
  const sockets = new Set<Socket>()
  const proxy: TestProxy = {
    port: 0,
    requests: [],
    hosts: new Map(),
    failure: null,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })

  server.on('connect', (incoming: IncomingMessage, client: Socket) => {
    proxy.requests.push(recordOf(incoming))
    client.on('error', () => {})
    const port = proxy.hosts.get(incoming.url ?? '')
    const { failure } = proxy
    if (failure === 'hang') return
    if (failure === 'reset') {
      client.destroy()
      return
    }
    if (failure !== null || port === undefined) {
      client.end(`HTTP/1.1 ${failure ?? 502} Refused\r\ncontent-length: 6\r\n\r\nhidden`)
      return
    }
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      client.pipe(upstream).pipe(client)
    })
    sockets.add(upstream)
    upstream.on('error', () => client.destroy())
  })

  server.on('request', (incoming: IncomingMessage, answer) => {
    proxy.requests.push(recordOf(incoming))
    const url = new URL(incoming.url ?? '')
    const port = proxy.hosts.get(`${url.hostname}:${url.port || 80}`)
    const { 'proxy-authorization': _own, ...headers } = incoming.headers
    const forwarded = request({ port, method: incoming.method, path: url.pathname + url.search, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(answer)
    })
    incoming.pipe(forwarded)
  })

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(proxy, { port: (server.address() as AddressInfo).port })
}
