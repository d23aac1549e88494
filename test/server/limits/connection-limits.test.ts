import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { readConfig } from '../../../src/config.ts'
import { createLog } from '../../../src/log.ts'
import { createListener } from '../../../src/server/listener.ts'
import { Readiness } from '../../../src/server/readiness.ts'
import { RunningOperations } from '../../../src/server/running-operations.ts'
import { listen, openSocket, shut } from '../support/sockets.ts'

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<Response> | Response

const servers: Server[] = []
const sockets: Socket[] = []
let lines: string[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map(shut))
  lines = []
})

/** Starts a listener with small limits. */
async function serve(
  environment: Record<string, string>,
  handle: Handle = () => new Response('done'),
): Promise<Server> {
  const log = createLog('debug', (line) => lines.push(line))
  const config = readConfig(environment)
  const server = await listen(
    createListener({
      config,
      log,
      readiness: new Readiness(),
      running: new RunningOperations(),
      yoga: { handleNodeRequestAndResponse: handle },
    }),
  )
  servers.push(server)
  return server
}

/** Opens a connection that records what it receives. */
function open(server: Server) {
  const socket = openSocket(server)
  sockets.push(socket)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return { socket, closed, text: () => text }
}

const GET = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n'
const isOpen = (closed: Promise<void>, forMs: number) =>
  Promise.race([closed.then(() => false), sleep(forMs).then(() => true)])
const logged = () => lines.map((line) => JSON.parse(line))

describe('MAX_CONNECTIONS', () => {
  it('closes further connections at once, and accepts new ones when others have ended', async () => {
    const server = await serve({ MAX_CONNECTIONS: '2' })
    const [first, second] = [open(server), open(server)]
    for (const { socket } of [first, second]) socket.write(GET)
    await expect.poll(() => first.text() + second.text()).toMatch(/done.*done/s)
    const third = open(server)
    third.socket.write(GET)
    await third.closed
    expect(third.text()).toBe('')
    expect(logged()).toEqual([
      {
        time: expect.any(String),
        level: 'warn',
        message: 'connection refused',
        reason: 'MAX_CONNECTIONS',
        address: '127.0.0.1',
      },
    ])
    first.socket.destroy()
    await expect
      .poll(async () => {
        const fourth = open(server)
        fourth.socket.write(GET)
        await Promise.race([once(fourth.socket, 'data').catch(() => {}), fourth.closed])
        return fourth.text()
      })
      .toContain('done')
  })
})

describe('REQUEST_TIMEOUT_MS', () => {
  it.each([
    ['nothing', ''],
    ['half of the headers', 'GET / HTTP/1.1\r\nhost: loc'],
    ['half of a body', `${POST}{"query`],
  ])('closes a connection that sends %s', async (_, sent) => {
    const received: number[] = []
    const server = await serve({ REQUEST_TIMEOUT_MS: '200' }, async (request) => {
      for await (const chunk of request) received.push(chunk.length)
      return new Response('done')
    })
    const { socket, closed, text } = open(server)
    socket.write(sent)
    await closed
    expect(text()).not.toContain('done')
    if (sent !== '') expect(text()).toMatch(/^HTTP\/1.1 408 /)
  })

  it('closes a connection that sends a body byte by byte', async () => {
    const server = await serve({ REQUEST_TIMEOUT_MS: '300' }, async (request) => {
      for await (const _ of request);
      return new Response('done')
    })
    const { socket, closed, text } = open(server)
    socket.write(POST)
    const drip = setInterval(() => socket.write(' '), 50)
    await closed
    clearInterval(drip)
    expect(text()).not.toContain('done')
  })

  it('does not run while a request is answered', async () => {
    const server = await serve({ REQUEST_TIMEOUT_MS: '100', KEEP_ALIVE_TIMEOUT_MS: '1', READ_TIMEOUT_MS: '100' }, () =>
      sleep(1500).then(() => new Response('done')),
    )
    const { socket, text } = open(server)
    socket.write(GET)
    await expect.poll(text, { timeout: 10_000 }).toContain('done')
  })
})

describe('KEEP_ALIVE_TIMEOUT_MS', () => {
  it('closes a connection without a request', async () => {
    const server = await serve({ KEEP_ALIVE_TIMEOUT_MS: '100' })
    const { socket, closed, text } = open(server)
    socket.write(GET)
    await closed
    expect(text()).toContain('done')
  })
})

describe('READ_TIMEOUT_MS', () => {
  /** More than the operating system buffers for a connection. */
  const LARGE = 'x'.repeat(64 * 1024 * 1024)

  it('closes a connection whose client does not read an answer', async () => {
    let response: ServerResponse | null = null
    const server = await serve({ READ_TIMEOUT_MS: '200' }, (_, given) => {
      response = given
      return new Response(LARGE)
    })
    const { socket } = open(server)
    socket.pause()
    socket.write(GET)
    await expect.poll(() => response?.destroyed, { timeout: 10_000 }).toBe(true)
    expect(logged()).toEqual([
      {
        time: expect.any(String),
        level: 'warn',
        message: 'connection closed',
        reason: 'READ_TIMEOUT_MS',
        address: '127.0.0.1',
      },
    ])
  })

  it('closes a connection whose client stops reading events', async () => {
    let response: ServerResponse | null = null
    const event = new TextEncoder().encode(`data: ${'x'.repeat(100_000)}\n\n`)
    const server = await serve({ READ_TIMEOUT_MS: '200' }, (_, given) => {
      response = given
      const body = new ReadableStream({ pull: (controller) => controller.enqueue(event) })
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    })
    const { socket } = open(server)
    socket.write(GET)
    await once(socket, 'data')
    socket.pause()
    await expect.poll(() => response?.destroyed, { timeout: 10_000 }).toBe(true)
  })

  it('does not close a client that reads slowly, or one that waits for events', async () => {
    const event = new TextEncoder().encode('data: tick\n\n')
    const server = await serve({ READ_TIMEOUT_MS: '100' }, () => {
      let left = 5
      const body = new ReadableStream({
        async pull(controller) {
          await sleep(300)
          controller.enqueue(event)
          if (--left === 0) controller.close()
        },
      })
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    })
    const { socket, closed, text } = open(server)
    socket.write(GET)
    expect(await isOpen(closed, 1000)).toBe(true)
    await expect.poll(() => text().match(/tick/g)?.length, { timeout: 10_000 }).toBe(5)
  })
})
