import type { Server } from 'node:http'
import { expect } from 'vitest'
import type { Environment } from '../../../src/config.ts'
import { createGateway, type Gateway } from '../../../src/gateway.ts'
import { createLog } from '../../../src/log.ts'
import { createListener } from '../../../src/server/listener.ts'
import { listen, openSocket, parseAnswer, shut, type WireAnswer } from './sockets.ts'

/** Who answered a request: the lane, Yoga after the lane had read the body, or Yoga alone. */
export type AnsweredBy = 'lane' | 'lane, then Yoga' | 'Yoga'

/** A gateway that listens, and what it has logged. */
export interface Way {
  readonly gateway: Gateway
  readonly server: Server
  /** Sends bytes and returns the answer; null when the connection closes without one. */
  send(bytes: Buffer): Promise<WireAnswer | null>
  /** The log lines since the last call, without times and durations. */
  takeLines(): unknown[]
}

/** Two gateways over the same providers, of which one answers everything by way of Yoga. */
export interface TwoWays {
  readonly withLane: Way
  readonly withoutLane: Way
  /** The gateway with the lane answered these requests, in order. */
  readonly answeredBy: AnsweredBy[]
  /** Sends bytes to both gateways. Checks that answers and log lines are the same, and returns the answer. */
  sendBoth(bytes: Buffer, label?: string): Promise<WireAnswer | null>
  close(): Promise<void>
}

/** Removes what differs between two requests in a row. */
function withoutTimes(line: string): unknown {
  const { time, durationMs, ...rest } = JSON.parse(line)
  return rest
}

/** Joins the chunks of a body, whose limits are those of writes. */
function dechunk(body: string): string {
  let text = ''
  let at = 0
  for (;;) {
    const end = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.slice(at, end), 16)
    if (end === -1 || !(size > 0)) return text
    text += body.slice(end + 2, end + 2 + size)
    at = end + 2 + size + 2
  }
}

/** Returns an answer without its date, without the time that a caller has to wait, and without the pings of a stream. */
function comparable(answer: WireAnswer | null) {
  if (answer === null) return null
  const { date, 'retry-after': retryAfter, 'content-length': length, ...headers } = answer.headers
  const whole = headers['transfer-encoding'] === 'chunked' ? dechunk(answer.body) : answer.body
  const body = whole.replace(/"retryAfterMs":\d+/, '"retryAfterMs":0').replaceAll(/^:\n\n/gm, '')
  const isComplete = length === undefined || Number(length) === whole.length
  return { status: answer.status, headers, body, isComplete, mayRetry: retryAfter !== undefined }
}

/** Sends bytes, and reads until the answer is complete. A stream of events keeps its connection open. */
async function exchange(server: Server, bytes: Buffer): Promise<WireAnswer | null> {
  const isHead = bytes.subarray(0, 5).toString() === 'HEAD '
  const socket = openSocket(server)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    // Of an answer to HEAD there is only the head.
    const end = isHead ? '\r\n\r\n' : '0\r\n\r\n'
    if (chunk.toString('latin1').endsWith(end)) socket.end()
  })
  // A reset also closes the connection.
  socket.on('error', () => {})
  socket.write(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return parseAnswer(Buffer.concat(chunks).toString('latin1'))
}

async function startWay(environment: Environment, answeredBy: AnsweredBy[] | null): Promise<Way> {
  let lines: string[] = []
  const gateway = createGateway({ environment, log: createLog('info', (line) => lines.push(line)) })
  const lane: Pick<Gateway['lane'], 'answer'> = {
    answer(incoming) {
      const answer = gateway.lane.answer(incoming)
      if (answer === undefined) answeredBy?.push('Yoga')
      return answer?.then((response) => {
        answeredBy?.push(response === null ? 'lane' : 'lane, then Yoga')
        return response
      })
    },
  }
  const server = await listen(createListener({ ...gateway, lane: answeredBy && lane }))
  return {
    gateway,
    server,
    send: (bytes) => exchange(server, bytes),
    takeLines() {
      const taken = lines.map(withoutTimes)
      lines = []
      return taken
    },
  }
}

/** Starts two gateways with the same environment. */
export async function startTwoWays(environment: Environment): Promise<TwoWays> {
  const answeredBy: AnsweredBy[] = []
  const [withLane, withoutLane] = await Promise.all([startWay(environment, answeredBy), startWay(environment, null)])
  return {
    withLane,
    withoutLane,
    answeredBy,
    async sendBoth(bytes, label = '') {
      const [byLane, byYoga] = [await withLane.send(bytes), await withoutLane.send(bytes)]
      expect(comparable(byLane), label).toEqual(comparable(byYoga))
      expect(withLane.takeLines(), label).toEqual(withoutLane.takeLines())
      return byLane
    },
    async close() {
      for (const { server, gateway } of [withLane, withoutLane]) {
        await shut(server)
        await gateway.close()
      }
    },
  }
}

/** The id of each request, so that both ways log the same one. */
const REQUEST_ID = ['x-request-id', 'both-ways'] as const

/** The bytes of a request on a connection that is closed after the answer. */
export function requestBytes(
  { method = 'POST', path = '/graphql' }: { readonly method?: string; readonly path?: string },
  fields: readonly (readonly [name: string, value: string])[],
  body: Buffer | null,
): Buffer {
  const isChunked = fields.some(([name, value]) => name === 'transfer-encoding' && value === 'chunked')
  const identified = fields.some(([name]) => name === REQUEST_ID[0]) ? fields : [...fields, REQUEST_ID]
  const head = [`${method} ${path} HTTP/1.1`, ...identified.map(([name, value]) => `${name}: ${value}`)]
  const framed =
    body === null || !isChunked
      ? [body ?? Buffer.alloc(0)]
      : [Buffer.from(body.length > 0 ? `${body.length.toString(16)}\r\n` : ''), body, Buffer.from('\r\n0\r\n\r\n')]
  if (isChunked && body?.length === 0) framed.splice(0, framed.length, Buffer.from('0\r\n\r\n'))
  return Buffer.concat([Buffer.from(`${[...head, 'connection: close'].join('\r\n')}\r\n\r\n`, 'latin1'), ...framed])
}

export type Fields = readonly (readonly [name: string, value: string])[]

/** The bytes of a POST: JSON, unless a header says something else. */
export function post(params: unknown, fields: Fields = []): Buffer {
  const body = Buffer.isBuffer(params)
    ? params
    : Buffer.from(typeof params === 'string' ? params : JSON.stringify(params))
  const names = new Set(fields.map(([name]) => name))
  const usual: Fields = [
    ['host', 'localhost'],
    ['content-type', 'application/json'],
    ...(names.has('transfer-encoding') ? [] : [['content-length', String(body.length)] as const]),
  ]
  return requestBytes({}, [...usual.filter(([name]) => !names.has(name)), ...fields], body)
}

/** A POST, who answers it, and with which status. */
export interface Case {
  readonly by: AnsweredBy
  readonly status: number
  /** The body, or what is its JSON; `{ __typename }` by default. */
  readonly params?: unknown
  readonly fields?: Fields
}

/** Sends each case both ways. Checks that the answers are the same, who gave the first one, and its status. */
export async function expectAllSame(
  { sendBoth, answeredBy }: TwoWays,
  cases: Readonly<Record<string, Case>>,
): Promise<void> {
  for (const [name, { by, status, params = { query: '{ __typename }' }, fields }] of Object.entries(cases)) {
    answeredBy.length = 0
    const answer = await sendBoth(post(params, fields), name)
    expect({ by: answeredBy, status: answer?.status }, name).toEqual({ by: [by], status })
  }
}

/** The lane answers the request. */
export const LANE = { by: 'lane', status: 200 } as const
/** The lane reads the request, and Yoga answers it. */
export const HANDED = { by: 'lane, then Yoga', status: 200 } as const
/** Yoga reads and answers the request. */
export const YOGA = { by: 'Yoga', status: 200 } as const
