import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Drain } from '../../src/process/drain.ts'
import { createListener } from '../../src/server/listener.ts'
import { listen, openSocket, parseAnswer } from '../server/support/sockets.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const READ = '{ transactions(first: 1) { nodes { id } } }'
const RECONCILE =
  'subscription { vobizReconciliation(period: { from: "2026-08-01", to: "2026-08-31" }) { customersDone } }'

let at: TestGateway
let server: Server
let drain: Drain
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.closeAllConnections()
  await at.close()
})

/** Starts a gateway that listens, and whose end takes at most a second by default. */
async function start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  at = await startGateway({ environment: { SHUTDOWN_TIMEOUT_S: '1', ...environment } })
  server = createListener(at.gateway)
  drain = new Drain({ ...at.gateway, server, settings: at.gateway.config.lifeCycle })
  await listen(server)
}

const url = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`

/** Sends an operation, by default so that the lane answers it. */
async function post(query: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(url('/graphql'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  })
  return { status: response.status, connection: response.headers.get('connection'), text: await response.text() }
}

/** Opens a connection that records what it receives. */
function open() {
  const socket = openSocket(server)
  sockets.push(socket)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return { socket, closed, answer: () => parseAnswer(text) }
}

/** Resolves when a provider has received a request. */
const requested = () => expect.poll(() => at.vobiz.server.requests.length).toBeGreaterThan(0)

/** The ways in: a plain POST takes the lane, one with an unusual spelling of its type does not. */
const WAYS = [
  ['the lane', {}],
  ['Yoga', { 'content-type': 'application/json; charset=UTF-8' }],
] as const

describe('Drain', () => {
  it.each(WAYS)('waits for the answer of a running query, the last one of its connection: %s', async (_, headers) => {
    await start({ SHUTDOWN_TIMEOUT_S: '60' })
    const address = url('/health')
    at.vobiz.server.fault({ kind: 'delay', delayMs: 200 })
    const answer = post(READ, headers)
    await requested()
    const ended = drain.end()
    expect(await answer).toMatchObject({
      status: 200,
      connection: 'close',
      text: expect.stringContaining('"nodes":[{'),
    })
    expect(await ended).toBe(true)
    await expect(fetch(address)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  })

  it.each(WAYS)('cuts a query that takes too long, whose fields fail with SHUTTING_DOWN: %s', async (_, headers) => {
    await start()
    at.vobiz.server.fault({ kind: 'hang' })
    const answer = post(READ, headers)
    await requested()
    const ended = drain.end()
    const { status, connection, text } = await answer
    expect({ status, connection }).toEqual({ status: 200, connection: 'close' })
    expect(JSON.parse(text)).toEqual({
      data: null,
      errors: [
        {
          message: expect.any(String),
          locations: expect.any(Array),
          path: ['transactions', 'nodes'],
          extensions: { code: 'SHUTTING_DOWN' },
        },
      ],
    })
    expect(await ended).toBe(true)
    await expect.poll(() => at.vobiz.server.aborted).toHaveLength(at.vobiz.server.requests.length)
  })

  it('ends a subscription with a last event', async () => {
    await start()
    at.vobiz.server.fault({ kind: 'hang' })
    const answer = post(RECONCILE, { accept: 'text/event-stream' })
    await requested()
    const ended = drain.end()
    const { status, text } = await answer
    expect(status).toBe(200)
    const [, last] = /^event: next\ndata: (.*)\n\nevent: complete\ndata:\n\n$/m.exec(text) ?? []
    expect(JSON.parse(last ?? 'null')).toEqual({
      errors: [{ message: expect.stringContaining('about to end'), extensions: { code: 'SHUTTING_DOWN' } }],
    })
    expect(await ended).toBe(true)
    await expect.poll(() => at.vobiz.server.aborted).toHaveLength(at.vobiz.server.requests.length)
  })

  it('closes connections that are idle, or have sent nothing', async () => {
    await start({ KEEP_ALIVE_TIMEOUT_MS: '60000', SHUTDOWN_TIMEOUT_S: '60' })
    const [idle, silent] = [open(), open()]
    idle.socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await expect.poll(() => idle.answer()?.status).toBe(200)
    expect(await drain.end()).toBe(true)
    await Promise.all([idle.closed, silent.closed])
  })

  it('answers requests that arrive after the cut with status 503', async () => {
    await start()
    const late = open()
    late.socket.write('POST /graphql HTTP/1.1\r\nhost: localhost\r\n')
    at.vobiz.server.fault({ kind: 'hang' })
    const cut = post(READ)
    await requested()
    const ended = drain.end()
    await cut
    late.socket.write('content-type: application/json\r\ncontent-length: 0\r\n\r\n')
    await late.closed
    expect(late.answer()).toMatchObject({ status: 503, headers: { connection: 'close' } })
    expect(JSON.parse(late.answer()!.body).errors[0].extensions).toEqual({ code: 'SHUTTING_DOWN' })
    expect(await ended).toBe(true)
  })

  it('closes by force the connection of a request that does not arrive', async () => {
    await start()
    const slow = open()
    slow.socket.write('POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n')
    await expect.poll(() => server.listening && slow.socket.bytesWritten).toBeGreaterThan(0)
    // Received before the port is closed.
    await expect.poll(async () => (await fetch(url('/health'))).status).toBe(200)
    expect(await drain.end()).toBe(false)
    await slow.closed
    expect(slow.answer()).toBeNull()
  })

  it('is unready and answers new connections until SHUTDOWN_DELAY_S is over', async () => {
    await start({ SHUTDOWN_DELAY_S: '1' })
    const ended = drain.end()
    expect((await fetch(url('/ready'))).status).toBe(503)
    expect((await fetch(url('/health'))).status).toBe(200)
    expect(await post('{ __typename }')).toMatchObject({ status: 200, connection: 'close' })
    expect(await ended).toBe(true)
  })
})
