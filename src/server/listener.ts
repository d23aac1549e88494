import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { sendNodeResponse } from '@whatwg-node/server'
import type { Config, ConnectionLimits } from '../config.ts'
import { BadRequestError, HostNotAllowedError } from '../errors.ts'
import { idOfUnexpected, MASKED, traceOf } from '../graphql/error-masking.ts'
import { type Log, throttled } from '../log.ts'
import { createHostPolicy } from './browser/host-policy.ts'
import { errorBody, errorContentType } from './error-response.ts'
import { closeStalledConnections } from './limits/stalled-connections.ts'
import { createRefusalLog } from './refusal-log.ts'
import { readRequestHead } from './request-head.ts'
import { SECURITY_HEADERS } from './response-headers.ts'

/** What answers requests, and with which settings. A gateway is one. */
export interface ListenerOptions {
  readonly config: Config
  readonly log: Log
  readonly yoga: {
    handleNodeRequestAndResponse(
      request: IncomingMessage,
      response: ServerResponse,
      context: object,
    ): Promise<Response> | Response
  }
}

/** Addresses for load balancers, which often send an address of the machine as the host. They show nothing. */
const PROBE = /^\/(?:health|ready)(?:\?|$)/

/** The longest that the headers of a request may take. */
const MAX_HEADERS_MS = 10_000
/** The longest pause between two checks for requests that take too long to arrive. */
const MAX_CHECK_INTERVAL_MS = 1_000

/** What a request is answered with in place of what the handler would answer. */
interface Refused {
  readonly status: number
  readonly message: string
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>
}

function sendRefusal(request: IncomingMessage, response: ServerResponse, refused: Refused): void {
  const body = errorBody(refused)
  response.writeHead(refused.status, {
    ...SECURITY_HEADERS,
    'cache-control': 'no-store',
    'content-type': errorContentType(request.headers.accept ?? null),
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

/**
 * Creates a server that closes connections which take too long to send a request, to send the next one, or to read an answer.
 * None of these times runs while a request is being answered, however long that takes.
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
 * Creates the HTTP server of a gateway; it does not listen yet. Requests that are not addressed to exactly one host that
 * is served, or carry a credential twice, are refused before anything else is done with them. A failure of the handler is answered
 * with status 500 and an id under which it is logged.
 */
export function createListener({ config, log, yoga }: ListenerOptions): Server {
  const isServed = createHostPolicy(config)
  const logRefusal = createRefusalLog(log)

  /** @throws {BadRequestError} and {HostNotAllowedError} when the request is refused */
  function admit(request: IncomingMessage): void {
    const { authority, host, target } = readRequestHead(request.rawHeaders, request.url ?? '')
    if (!isServed(host) && !PROBE.test(target)) throw new HostNotAllowedError()
    // The handler builds its URL of these two.
    request.headers.host = authority
    request.url = target
  }

  /** How a request is answered that failed with an error. */
  function refusedBy(error: unknown): Refused {
    if (error instanceof BadRequestError) return { status: 400, message: error.message, code: error.code, details: {} }
    if (error instanceof HostNotAllowedError) {
      return { status: 421, message: error.message, code: error.code, details: {} }
    }
    const id = idOfUnexpected(error, (unexpected, id) => log.error('unexpected error', { id, ...traceOf(unexpected) }))
    return { status: 500, message: MASKED.message, code: MASKED.code, details: { id } }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      admit(request)
      const answered = await yoga.handleNodeRequestAndResponse(request, response, { req: request, res: response })
      await sendNodeResponse(answered, response, request, true)
    } catch (error) {
      // A client that has left is no failure, and gets no answer.
      if (response.destroyed || response.closed) return
      const refused = refusedBy(error)
      if (error instanceof HostNotAllowedError) logRefusal(421, { code: error.code }, request.socket.remoteAddress)
      // An answer that has begun cannot be replaced; closing the connection is all that shows that it is not whole.
      if (response.headersSent) response.destroy()
      else sendRefusal(request, response, refused)
    }
  }

  return createLimitedServer(config.connections, log).on(
    'request',
    (request, response) => void answer(request, response),
  )
}
