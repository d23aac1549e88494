import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { hostOf, isLoopback } from '../upstream/host.ts'
import { METRICS_TYPE } from './metrics.ts'

/** Scrapers are few; more connections are closed at once. */
const MAX_CONNECTIONS = 50
const REQUEST_TIMEOUT_MS = 5_000
/** Longer than the usual interval between two scrapes, so that they share a connection. */
const KEEP_ALIVE_MS = 75_000

export interface MetricsListenerOptions {
  /** Address to listen on. */
  readonly host: string
  /** Returns the page. */
  readonly render: () => Promise<string>
  /** Returns false while the process must get no requests from callers. */
  readonly isReady: () => boolean
  /** Receives an error that makes the page fail. */
  readonly onError: (error: unknown) => void
}

interface Answer {
  readonly status: number
  readonly type?: string
  readonly text: string
}

const plain = (status: number, text: string): Answer => ({ status, text: `${text}\n` })

/**
 * Creates the server for scrapers and health checks; it does not listen yet. It answers `GET /metrics`, `/health` and `/ready`
 * without authentication. On a loopback address it rejects every other `Host`, so that no web page can read the metrics by
 * DNS rebinding.
 */
export function createMetricsListener({ host, render, isReady, onError }: MetricsListenerOptions): Server {
  const isServed = isLoopback(host) ? isLoopbackAuthority : () => true

  async function answer({ method, url = '', headers }: IncomingMessage): Promise<Answer> {
    if (!isServed(headers.host ?? '')) return plain(421, 'Use a loopback address or localhost as the host.')
    const [path] = url.split('?', 1)
    if (path !== '/metrics' && path !== '/health' && path !== '/ready') return plain(404, 'Not found.')
    if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Use GET.')
    if (path === '/health') return plain(200, 'ok')
    if (path === '/ready') return isReady() ? plain(200, 'ready') : plain(503, 'not ready')
    try {
      return { status: 200, type: METRICS_TYPE, text: await render() }
    } catch (error) {
      onError(error)
      return plain(500, 'The metrics cannot be read.')
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type = 'text/plain; charset=utf-8', text } = await answer(request)
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status === 405 && { allow: 'GET, HEAD' }),
    })
    response.end(request.method === 'HEAD' ? undefined : text)
  }

  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 1_000,
  })
  server.maxConnections = MAX_CONNECTIONS
  return server.on('request', (request, response) => void handle(request, response))
}

function isLoopbackAuthority(authority: string): boolean {
  const host = hostOf(authority)
  return host !== null && (isLoopback(host) || host.endsWith('.localhost'))
}
