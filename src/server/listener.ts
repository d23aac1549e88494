import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { sendNodeResponse } from '@whatwg-node/server'
import type { Config, ConnectionLimits } from '../config.ts'
import { BadRequestError, HostNotAllowedError, ShuttingDownError } from '../errors.ts'
import { idOfUnexpected, MASKED, traceOf } from '../graphql/error-masking.ts'
import { type Log, throttled } from '../log.ts'
import { createHostPolicy } from './browser/host-policy.ts'
import { closeWhileDraining } from './closing-response.ts'
import { errorBody, errorContentType, type ShownError } from './error-response.ts'
import type { Lane } from './lane/lane.ts'
import type { Incoming } from './lane/plain-post.ts'
import { closeStalledConnections } from './limits/stalled-connections.ts'
import { countRefusals, type ServerObserver } from './observer.ts'
import type { Readiness } from './readiness.ts'
import { createRefusalLog } from './refusal-log.ts'
import { readRequestHead } from './request-head.ts'
import { REQUEST_ID_HEADER, readRequestId } from './request-id.ts'
import { SECURITY_HEADERS } from './response-headers.ts'
import type { RunningOperations } from './running-operations.ts'

/** The handler of requests, with its settings. A gateway is one. */
export interface ListenerOptions {
  readonly config: Config
  readonly log: Log
  readonly readiness: Readiness
  readonly running: RunningOperations
  readonly yoga: {
    handleNodeRequestAndResponse(
      request: IncomingMessage,
      response: ServerResponse,
      context: object,
    ): Promise<Response> | Response
  }
  /** Answers plain POSTs. Without it, or with null, the handler answers every request. */
  readonly lane?: Pick<Lane, 'answer'> | null
  /** Counts connections and rejections. */
  readonly observer?: ServerObserver | null
}

/** Paths for health checks of load balancers, which often send an IP address as the host. Their answers hold no data. */
const PROBE = /^\/(?:health|ready)(?:\?|$)/

/** Time in which the headers of a request must arrive. */
const MAX_HEADERS_MS = 10_000
/** Maximum interval between two checks for slow requests. */
const MAX_CHECK_INTERVAL_MS = 1_000

/** An error response that replaces the response of the handler. */
interface ListenerError extends ShownError {
  readonly status: number
}

function sendError({ request, response, requestId }: Incoming, error: ListenerError): void {
  const body = errorBody(error)
  response.writeHead(error.status, {
    ...SECURITY_HEADERS,
    [REQUEST_ID_HEADER]: requestId,
    'cache-control': 'no-store',
    'content-type': errorContentType(request.headers.accept ?? null),
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

/**
 * Creates a server that closes connections which are too slow to send a request, to send the next one, or to read an answer.
 * None of these timeouts runs while a request is being processed.
 */
function createLimitedServer(
  { maxConnections, requestTimeoutMs, keepAliveTimeoutMs, readTimeoutMs }: ConnectionLimits,
  log: Log,
): Server {
  const server = createServer({
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(MAX_HEADERS_MS, requestTimeoutMs),
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(MAX_CHECK_INTERVAL_MS, Math.ceil(requestTimeoutMs / 2)),
  })
  server.maxConnections = maxConnections
  const warn = throttled(log.warn)
  server.on('drop', (dropped) =>
    warn('connection refused', { reason: 'MAX_CONNECTIONS', address: dropped?.remoteAddress }),
  )
  closeStalledConnections(server, readTimeoutMs, ({ remoteAddress }) =>
    warn('connection closed', { reason: 'READ_TIMEOUT_MS', address: remoteAddress }),
  )
  return server
}

/**
 * Creates the HTTP server of a gateway; it does not listen yet. It first rejects requests without exactly one `Host` that is
 * served, and requests that carry a credential twice. A failure of the handler is answered with status 500 and the id under
 * which it is logged.
 */
export function createListener(options: ListenerOptions): Server {
  const { config, log, readiness, running, yoga, lane = null, observer = null } = options
  const isServed = createHostPolicy(config)
  const logRefusal = countRefusals(createRefusalLog(log), observer)

  /** @throws {BadRequestError}, {HostNotAllowedError} and {ShuttingDownError} when the request is rejected */
  function checkHead(request: IncomingMessage): void {
    const { authority, host, target } = readRequestHead(request.rawHeaders, request.url ?? '')
    if (!isServed(host) && !PROBE.test(target)) throw new HostNotAllowedError()
    if (running.isCut && !PROBE.test(target)) throw new ShuttingDownError()
    // The handler builds the URL of the request from these two.
    request.headers.host = authority
    request.url = target
  }

  /** Returns the error response for an error; an unexpected one is logged and masked. */
  function translateError(error: unknown, requestId: string): ListenerError {
    if (error instanceof BadRequestError) return { status: 400, message: error.message, code: error.code, details: {} }
    if (error instanceof HostNotAllowedError) {
      return { status: 421, message: error.message, code: error.code, details: {} }
    }
    if (error instanceof ShuttingDownError) {
      return { status: 503, message: error.message, code: error.code, details: {} }
    }
    const id = idOfUnexpected(error, (unexpected, id) =>
      log.error('unexpected error', { id, requestId, ...traceOf(unexpected) }),
    )
    return { status: 500, message: MASKED.message, code: MASKED.code, details: { id } }
  }

  async function answer(incoming: Incoming): Promise<void> {
    const { request, response, requestId } = incoming
    try {
      checkHead(request)
      const answered = await (lane?.answer(incoming) ??
        yoga.handleNodeRequestAndResponse(request, response, { req: request, res: response, requestId }))
      closeWhileDraining(response, readiness)
      if (answered !== null) await sendNodeResponse(answered, response, request, true)
    } catch (error) {
      // The client has disconnected, which is not a failure and needs no answer.
      if (response.destroyed || response.closed) return
      const shown = translateError(error, requestId)
      logRefusal(shown.status, { code: shown.code }, { requestId, address: request.socket.remoteAddress })
      // A response whose headers were sent cannot be replaced. Closing the connection marks it as incomplete.
      if (response.headersSent) response.destroy()
      else {
        closeWhileDraining(response, readiness)
        sendError(incoming, shown)
      }
    }
  }

  const server = createLimitedServer(config.connections, log)
  observer?.onServer(server)
  return server.on(
    'request',
    (request, response) =>
      void answer({ request, response, requestId: readRequestId(request.headers[REQUEST_ID_HEADER]) }),
  )
}
