import { type Dispatcher, Pool } from 'undici'
import type { FindProxy, HttpProxy } from './proxy-rules.ts'
import { createTunnelConnector } from './tunnel.ts'

/** A certificate by which an upstream recognises the gateway (mutual TLS), with its key; both PEM. */
export interface ClientCertificate {
  readonly cert: string
  readonly key: string
}

/** How upstreams are reached. */
export interface NetworkSettings {
  readonly findProxy: FindProxy
  /** Returns the certificate for the `https` hosts of a provider; null for none. */
  findCertificate(provider: string): ClientCertificate | null
}

/** Reaches every host directly, and without a client certificate. */
export const DIRECT_NETWORK: NetworkSettings = { findProxy: () => null, findCertificate: () => null }

export interface DispatcherOptions {
  /** Null for a direct connection. */
  readonly proxy: HttpProxy | null
  readonly certificate: ClientCertificate | null
  /** The most requests at a time, each on a connection of its own. */
  readonly connections: number
  /** The longest that one attempt waits for a connection to be made. */
  readonly connectTimeoutMs: number
  /** The most bytes of headers, and of a body. */
  readonly maxHeaderSize: number
  readonly maxResponseSize: number
}

/** Creates the keep-alive connections to the host of a URL, directly or through a proxy. */
export function createDispatcher(target: URL, options: DispatcherOptions): Dispatcher {
  const { proxy, certificate, connectTimeoutMs: timeout } = options
  if (proxy === null) return createPool(target.origin, options, { timeout, ...certificate })
  if (target.protocol === 'http:') return forwardThrough(proxy, target, options)
  const tls = { ...certificate }
  const tunnel = { timeoutMs: timeout, maxHeaderSize: options.maxHeaderSize, tls }
  return createPool(target.origin, options, createTunnelConnector(proxy, tunnel))
}

function createPool(
  origin: string,
  { connections, maxHeaderSize, maxResponseSize }: DispatcherOptions,
  connect: NonNullable<Pool.Options['connect']>,
): Pool {
  return new Pool(origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: 10_000,
    connect,
    maxHeaderSize,
    maxResponseSize,
    // undici's own timers are coarse; the deadline of the call covers the same failures.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

/** Sends requests to an `http` upstream by asking the proxy for the whole URL: many proxies allow tunnels to port 443 only. */
function forwardThrough(proxy: HttpProxy, target: URL, options: DispatcherOptions): Dispatcher {
  const host = proxy.hostname.includes(':') ? `[${proxy.hostname}]` : proxy.hostname
  const pool = createPool(`${proxy.protocol}//${host}:${proxy.port}`, options, { timeout: options.connectTimeoutMs })
  const added = {
    host: target.host,
    ...(proxy.authorization !== null && { 'proxy-authorization': proxy.authorization }),
  }
  return pool.compose((dispatch) => (request, handler) => {
    const headers = { ...(request.headers as Record<string, string>), ...added }
    return dispatch({ ...request, path: target.origin + request.path, headers }, handler)
  })
}
