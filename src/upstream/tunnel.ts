import { type ClientRequest, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { buildConnector } from 'undici'
import { networkCodeOf } from './cause.ts'
import type { HttpProxy } from './proxy-rules.ts'

export interface TunnelOptions {
  /** The longest that the tunnel may take, and the longest that the handshake with the upstream may take after it. */
  readonly timeoutMs: number
  /** The most bytes of headers in the proxy's answer. */
  readonly maxHeaderSize: number
  /** Options of TLS with the upstream, such as a client certificate. The proxy does not get them. */
  readonly tls: { readonly cert?: string; readonly key?: string }
}

/**
 * The proxy made no connection. The code can be logged: `PROXY_` and the code of the network, or `PROXY_STATUS_` and the status with
 * which the proxy refused.
 */
class TunnelError extends Error {
  override readonly name = 'TunnelError'
  readonly code: string

  constructor(reason: string) {
    super('The proxy made no connection.')
    this.code = `PROXY_${reason}`
  }
}

function requestTunnel(proxy: HttpProxy, authority: string, maxHeaderSize: number): ClientRequest {
  const request = proxy.protocol === 'https:' ? requestHttps : requestHttp
  return request({
    host: proxy.hostname,
    port: proxy.port,
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...(proxy.authorization !== null && { 'proxy-authorization': proxy.authorization }) },
    // The connection becomes the tunnel, so no other request can use it.
    agent: false,
    maxHeaderSize,
  })
}

/** Opens a tunnel to an upstream. Rejects with a {@link TunnelError} when the proxy cannot be reached, or refuses. */
function openTunnel(proxy: HttpProxy, authority: string, { timeoutMs, maxHeaderSize }: TunnelOptions): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const request = requestTunnel(proxy, authority, maxHeaderSize)
  const timer = setTimeout(() => request.destroy(new TunnelError('TIMEOUT')), timeoutMs)
  request.once('connect', ({ statusCode = 0 }, socket, head) => {
    clearTimeout(timer)
    if (statusCode >= 200 && statusCode <= 299) {
      if (head.length > 0) socket.unshift(head)
      resolve(socket as Socket)
      return
    }
    socket.on('error', () => {}).destroy()
    reject(new TunnelError(`STATUS_${statusCode}`))
  })
  request.on('error', (error) => {
    clearTimeout(timer)
    reject(error instanceof TunnelError ? error : new TunnelError(networkCodeOf(error) ?? 'FAILED'))
  })
  request.end()
  return promise
}

/** Returns host and port as CONNECT names them. */
function authorityOf({ hostname, port }: buildConnector.Options): string {
  const host = hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname
  return `${host}:${port || 443}`
}

/**
 * Creates a connector for undici that reaches an `https` upstream through a proxy. Each connection is a tunnel (CONNECT) with TLS between
 * the gateway and the upstream inside, so that the proxy sees a host name and nothing of the traffic.
 */
export function createTunnelConnector(proxy: HttpProxy, options: TunnelOptions): buildConnector.connector {
  const connectTls = buildConnector({ ...options.tls, allowH2: false, timeout: options.timeoutMs })
  return (target, callback) => {
    openTunnel(proxy, authorityOf(target), options).then(
      (httpSocket) => connectTls({ ...target, httpSocket }, callback),
      (error: Error) => callback(error, null),
    )
  }
}
