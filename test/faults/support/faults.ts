import type { ServerResponse } from 'node:http'
import { KITS } from '../../support/kits.ts'
import { type Reply, type Spoil, sendReply } from './faulty-upstream.ts'

/** Part of every text that a faulty upstream sends; no answer, header or log line may contain it. */
export const SECRET = 'hunter2-secret'

/** The error extensions of a failure, without the provider and the operation. */
export interface ReportedFault {
  readonly code: string
  readonly [detail: string]: unknown
}

/** One way in which an upstream can fail. */
export interface Fault {
  readonly name: string
  /** Changes the answer. `refuse`: the host does not listen, so that there is none. */
  readonly spoil: Spoil | 'refuse'
  readonly reported: ReportedFault
  /** The deadline ends it, and nothing else. */
  readonly isSlow?: true
  /** A further attempt is made, since it may pass. */
  readonly isRetried?: true
  /** Only rows are at fault; the answer around them is fine. */
  readonly isInRows?: true
  /** A row at fault does not say when it was made either. */
  readonly isUndated?: true
  /** The HTTP status, where it is a refusal. */
  readonly status?: number
  /** One for each kind of outcome, where there is no time for all faults. */
  readonly isTypical?: true
}

/** The deadline of a request to an upstream, where one is run into. */
export const SLOW_TIMEOUT_MS = 1500

const UNAVAILABLE = { code: 'UPSTREAM_UNAVAILABLE' }
const INVALID = { code: 'UPSTREAM_INVALID_RESPONSE' }
const TIMEOUT = { code: 'UPSTREAM_TIMEOUT', timeoutMs: SLOW_TIMEOUT_MS }

/** Answers something else. */
const instead =
  (body: string, headers: Readonly<Record<string, string>> = {}, status = 200): Spoil =>
  (response) =>
    sendReply(response, { status, headers, body })

/** Sends the head of the real answer, and then whatever comes next. */
const behindHead =
  (next: (response: ServerResponse, reply: Reply) => void): Spoil =>
  (response, reply) => {
    response.writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) })
    response.flushHeaders()
    next(response, reply)
  }

const halfOf = ({ body }: Reply) => body.slice(0, Math.ceil(body.length / 2))

/** Sends something again and again, until the client goes. */
function repeat(response: ServerResponse, text: string, everyMs: number): void {
  const timer = setInterval(() => response.write(text), everyMs)
  response.on('close', () => clearInterval(timer))
}

/** Sends as much as the client takes. */
function flood(response: ServerResponse): void {
  const text = ' '.repeat(1 << 18)
  const write = () => {
    while (!response.destroyed && response.write(text));
  }
  response.on('drain', write)
  write()
}

type Row = Readonly<Record<string, unknown>>

const INVALID_FIELDS = Object.assign({}, ...[...KITS.values()].map(({ faults }) => faults.invalidFields(SECRET))) as Row

/** Returns a row in which the fields that its reader needs are invalid. */
function spoiledRow(row: Row): Row {
  return { ...row, ...Object.fromEntries(Object.entries(INVALID_FIELDS).filter(([field]) => field in row)) }
}

/** Spoils the second row of an answer, or its only one. */
function badRow(spoil: (row: Row) => unknown): Spoil {
  const spoilOne = (rows: readonly Row[]) => {
    const at = Math.min(1, rows.length - 1)
    return rows.map((row, index) => (index === at ? spoil(row) : row))
  }
  const spoiled = (json: Row | readonly Row[]) => {
    if (Array.isArray(json)) return spoilOne(json)
    const [name, rows] = Object.entries(json).find(([, value]) => Array.isArray(value)) ?? []
    return name === undefined ? spoil(json as Row) : { ...json, [name]: spoilOne(rows as readonly Row[]) }
  }
  return (response, reply) =>
    sendReply(response, { ...reply, body: JSON.stringify(spoiled(JSON.parse(reply.body) as Row | readonly Row[])) })
}

function refusal(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Pick<Fault, 'spoil' | 'reported' | 'status'> {
  const code =
    status === 401 || status === 403
      ? { code: 'UPSTREAM_AUTH' }
      : status === 429
        ? { code: 'UPSTREAM_RATE_LIMITED' }
        : { code: 'UPSTREAM_ERROR', status }
  const body = JSON.stringify({ error: { code: SECRET, message: `${SECRET} at http://${SECRET}.invalid` } })
  return { spoil: instead(body, { 'content-type': 'application/json', ...headers }, status), reported: code, status }
}

const STATUSES = [400, 401, 403, 404, 405, 408, 409, 422, 429, 500, 501, 502, 503, 504]
const RETRIED = [408, 429, 500, 502, 503, 504]
const TYPICAL = [401, 403, 404, 422, 500]

/** Every way in which an upstream can fail. */
export const FAULTS: readonly Fault[] = [
  { name: 'a refused connection', spoil: 'refuse', reported: UNAVAILABLE },
  {
    name: 'a reset before the headers',
    spoil: (response) => response.socket?.resetAndDestroy(),
    reported: UNAVAILABLE,
    isRetried: true,
    isTypical: true,
  },
  {
    name: 'an end before the headers',
    spoil: (response) => response.socket?.end(),
    reported: UNAVAILABLE,
    isRetried: true,
  },
  {
    name: 'a reset behind the headers',
    spoil: behindHead((response) => response.socket?.resetAndDestroy()),
    reported: UNAVAILABLE,
    isRetried: true,
  },
  {
    name: 'half a body',
    spoil: behindHead((response, reply) => response.write(halfOf(reply), () => response.socket?.end())),
    reported: UNAVAILABLE,
    isRetried: true,
  },
  {
    name: 'half a body of no announced length',
    spoil: (response, reply) => {
      response.useChunkedEncodingByDefault = false
      response.removeHeader('transfer-encoding')
      const { 'content-length': _, ...headers } = reply.headers
      response.writeHead(reply.status, { ...headers, connection: 'close' })
      response.end(halfOf(reply))
    },
    reported: INVALID,
  },
  {
    name: 'malformed JSON',
    spoil: (response, reply) => sendReply(response, { ...reply, body: `${reply.body}, ${SECRET}` }),
    reported: INVALID,
  },
  {
    name: 'HTML with 200',
    spoil: instead(`<html><body>${SECRET}</body></html>`, { 'content-type': 'text/html' }),
    reported: INVALID,
    isTypical: true,
  },
  { name: 'an empty body', spoil: instead(''), reported: INVALID },
  { name: '204', spoil: (response) => response.writeHead(204).end(), reported: INVALID },
  { name: 'a text', spoil: instead(JSON.stringify(SECRET)), reported: INVALID },
  { name: 'null', spoil: instead('null'), reported: INVALID },
  { name: 'an object of another shape', spoil: instead(JSON.stringify({ [SECRET]: SECRET })), reported: INVALID },
  ...STATUSES.map(
    (status): Fault => ({
      name: String(status),
      ...refusal(status),
      ...(RETRIED.includes(status) && { isRetried: true }),
      ...(TYPICAL.includes(status) && { isTypical: true }),
    }),
  ),
  {
    name: '429 with Retry-After',
    spoil: refusal(429, { 'retry-after': '60' }).spoil,
    reported: { code: 'UPSTREAM_RATE_LIMITED', retryAfterMs: 60_000 },
    status: 429,
  },
  { name: 'a redirect', ...refusal(302, { location: `http://${SECRET}.invalid/` }) },
  {
    name: 'a slow drip',
    spoil: (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      repeat(response, ' ', 40)
    },
    reported: TIMEOUT,
    isSlow: true,
  },
  { name: 'no answer', spoil: () => {}, reported: TIMEOUT, isSlow: true },
  { name: 'no body behind the headers', spoil: behindHead(() => {}), reported: TIMEOUT, isSlow: true },
  {
    name: 'a body without end',
    spoil: (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      flood(response)
    },
    reported: INVALID,
  },
  { name: 'JSON that is too deep', spoil: instead(`${'['.repeat(5000)}${']'.repeat(5000)}`), reported: INVALID },
  {
    name: 'a compressed body',
    spoil: (response, reply) =>
      sendReply(response, { ...reply, headers: { ...reply.headers, 'content-encoding': 'gzip' } }),
    reported: INVALID,
  },
  {
    name: 'a bad row among good ones',
    spoil: badRow(spoiledRow),
    reported: INVALID,
    isInRows: true,
    isTypical: true,
  },
  { name: 'null among rows', spoil: badRow(() => null), reported: INVALID, isInRows: true, isUndated: true },
]
