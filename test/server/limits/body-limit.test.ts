import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createGateway, type Gateway } from '../../../src/gateway.ts'
import { createLog } from '../../../src/log.ts'
import { createListener } from '../../../src/server/listener.ts'

const LIMIT = 200_000
const ENDPOINT = 'http://gateway.test/graphql'
const HEAD = 'POST /graphql HTTP/1.1\r\nhost: gateway.localhost\r\ncontent-type: application/json\r\n'
const ANSWER = { data: { __typename: 'Query' } }
const TOO_LARGE = {
  errors: [{ message: `The body has more than the ${LIMIT} bytes allowed.`, extensions: { code: 'LIMIT_EXCEEDED' } }],
}
/** A kilobyte, as a chunk of a chunked body. */
const KILOBYTE = `400\r\n${' '.repeat(1024)}\r\n`

/** Returns a request body that is padded to a number of bytes. */
const bodyOf = (bytes: number) => JSON.stringify({ query: '{ __typename }' }).padEnd(bytes)
const withLength = (body: string | Buffer, headers = '') =>
  `${HEAD}${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const chunked = (body: string) => `${HEAD}transfer-encoding: chunked\r\n\r\n${inChunks(body)}0\r\n\r\n`
const inChunks = (body: string) =>
  (body.match(/.{1,700}/gs) ?? []).map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')

let gateway: Gateway
let server: Server
let hasty: Server
let logged: string
const sockets = new Set<Socket>()

beforeAll(async () => {
  logged = ''
  // The line of an operation that succeeds is not one about a body.
  const log = createLog('debug', (line) => {
    if (JSON.parse(line).message !== 'operation') logged += line
  })
  gateway = createGateway({ environment: { MAX_BODY_BYTES: String(LIMIT), LOG_LEVEL: 'warn' }, log })
  server = createListener(gateway).listen(0, '127.0.0.1')
  // Short keep-alive timeout, because the default waits for seconds.
  hasty = createListener(gateway).listen(0, '127.0.0.1')
  Object.assign(hasty, { keepAliveTimeout: 300, keepAliveTimeoutBuffer: 1 })
  await Promise.all([once(server, 'listening'), once(hasty, 'listening')])
})
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
})
afterAll(async () => {
  server.close()
  hasty.close()
  await gateway.close()
})

/** A connection to the gateway, with the answers that arrived. */
function open(to = server) {
  const socket = connect((to.address() as AddressInfo).port, '127.0.0.1').setNoDelay()
  sockets.add(socket)
  let text = ''
  let isClosed = false
  socket.on('data', (bytes) => {
    text += bytes
  })
  // Some cases expect a closed connection.
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
  const answers = () =>
    [...text.matchAll(/HTTP\/1\.1 (\d+) .*?\r\n\r\n(\{.*?\})?(?=HTTP|$)/gs)].map(([, status, body]) => ({
      status: Number(status),
      body: body === undefined ? null : JSON.parse(body),
    }))
  return {
    socket,
    answers,
    text: () => text,
    isClosed: () => isClosed,
    /** Resolves to the answers once their number is reached. */
    async heard(count: number) {
      await expect.poll(() => answers().length, { timeout: 10_000, interval: 5 }).toBe(count)
      return answers()
    },
  }
}

describe('a request body over HTTP', () => {
  it.each([
    ['announced', withLength],
    ['chunked', chunked],
  ])('with the maximum size is read, %s', async (_, send) => {
    const connection = open()
    connection.socket.write(send(bodyOf(LIMIT)))
    expect(await connection.heard(1)).toEqual([{ status: 200, body: ANSWER }])
  })

  it.each([
    ['announced, by one', withLength, LIMIT + 1],
    ['announced, by as many again', withLength, 2 * LIMIT],
    ['chunked, by one', chunked, LIMIT + 1],
    ['chunked, by as many again', chunked, 2 * LIMIT],
  ])('above the maximum is rejected with status 413, and the next request is answered: %s', async (_, send, bytes) => {
    const connection = open()
    connection.socket.write(send(bodyOf(bytes)) + withLength(bodyOf(100)))
    expect(await connection.heard(2)).toEqual([
      { status: 413, body: TOO_LARGE },
      { status: 200, body: ANSWER },
    ])
  })

  it('is rejected before it arrives when content-length exceeds the limit', async () => {
    const connection = open()
    connection.socket.write(`${HEAD}content-length: ${LIMIT + 1}\r\n\r\n`)
    expect(await connection.heard(1)).toEqual([{ status: 413, body: TOO_LARGE }])
  })

  it('is rejected before it ends without content-length', async () => {
    const connection = open()
    connection.socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`)
    for (let sent = 0; sent <= LIMIT; sent += 1024) connection.socket.write(KILOBYTE)
    expect(await connection.heard(1)).toEqual([{ status: 413, body: TOO_LARGE }])
  })

  it.each([
    ['announced', `${HEAD}content-length: 999999999999\r\n\r\n`, ' '.repeat(1024), 413],
    ['chunked', `${HEAD}transfer-encoding: chunked\r\n\r\n`, KILOBYTE, 413],
    [
      'for another page',
      'POST /nowhere HTTP/1.1\r\nhost: gateway.localhost\r\ntransfer-encoding: chunked\r\n\r\n',
      KILOBYTE,
      404,
    ],
  ])('that never ends is cut off after the error response, %s', async (_, head, piece, status) => {
    const connection = open(hasty)
    connection.socket.write(head)
    // Far more than the operating system buffers for a connection that is not read.
    const endless = 200 * LIMIT
    const pieces = piece.repeat(1_000)
    const send = () => {
      while (!connection.isClosed() && connection.socket.bytesWritten < endless) {
        if (!connection.socket.write(pieces)) return
      }
    }
    connection.socket.on('drain', send)
    send()
    await expect.poll(connection.isClosed).toBe(true)
    expect(connection.socket.bytesWritten).toBeLessThan(endless)
    expect(connection.answers().map((answer) => answer.status)).toEqual([status])
  })

  it.each([
    ['above the maximum', HEAD, 413],
    ['compressed', `${HEAD}content-encoding: gzip\r\n`, 415],
    ['from a form', HEAD.replace('application/json', 'text/plain'), 403],
  ])(
    'too long to be drained is rejected at once, and the connection is closed after a part: %s',
    async (_, head, status) => {
      const connection = open()
      connection.socket.write(`${head}content-length: ${4 * LIMIT}\r\n\r\n`)
      expect((await connection.heard(1))[0]!.status).toBe(status)
      expect(connection.text()).toMatch(/\r\nconnection: close\r\n/i)
      // A caller who is still sending would lose the answer if the connection were closed with it.
      connection.socket.write(' '.repeat(LIMIT))
      await sleep(50)
      expect(connection.isClosed()).toBe(false)
      connection.socket.write(' '.repeat(3 * LIMIT))
      await expect.poll(connection.isClosed).toBe(true)
    },
  )

  it('too long to be drained does not fail the next request of a client that reuses connections', async () => {
    const { port } = server.address() as AddressInfo
    const post = async (bytes: number) => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body: bodyOf(bytes) })
      return { status: response.status, body: await response.json() }
    }
    for (let round = 0; round < 3; round++) {
      expect(await post(16 * LIMIT)).toEqual({ status: 413, body: TOO_LARGE })
      expect(await post(100)).toEqual({ status: 200, body: ANSWER })
    }
  })

  it('that ends early is ignored and not logged', async () => {
    const before = logged
    for (const start of [
      `${HEAD}content-length: 100\r\n\r\n{"query"`,
      `${HEAD}transfer-encoding: chunked\r\n\r\n8\r\n{"query"`,
    ]) {
      const connection = open()
      connection.socket.write(start)
      await once(connection.socket, 'connect')
      await expect.poll(() => connection.socket.bytesWritten).toBe(start.length)
      connection.socket.destroy()
    }
    const next = open()
    next.socket.write(withLength(bodyOf(100)))
    expect(await next.heard(1)).toEqual([{ status: 200, body: ANSWER }])
    expect(logged).toBe(before)
  })

  it('is rejected with status 415 when it is compressed (decompression bomb)', async () => {
    const connection = open()
    const packed = gzipSync(bodyOf(100 * LIMIT))
    connection.socket.write(`${HEAD}content-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`)
    connection.socket.write(packed)
    connection.socket.write(withLength(bodyOf(100)))
    expect(await connection.heard(2)).toEqual([
      {
        status: 415,
        body: {
          errors: [
            {
              message: 'Compressed request bodies are not accepted. Send the body without "content-encoding".',
              extensions: { code: 'UNSUPPORTED_ENCODING' },
            },
          ],
        },
      },
      { status: 200, body: ANSWER },
    ])
  })
})

describe('an address over HTTP', () => {
  const get = (query: string) => `GET /graphql?query=${query} HTTP/1.1\r\nhost: gateway.localhost\r\n\r\n`

  it('of a usual length is read', async () => {
    const connection = open()
    connection.socket.write(get(`{__typename}${'%20'.repeat(4_000)}`))
    expect(await connection.heard(1)).toEqual([{ status: 200, body: ANSWER }])
  })

  it('above the limit of Node is rejected with status 431', async () => {
    const connection = open()
    connection.socket.write(get(`{__typename}${'%20'.repeat(6_000)}`))
    expect(await connection.heard(1)).toEqual([{ status: 431, body: null }])
  })
})

describe('a request body without a socket', () => {
  const send = (body: BodyInit, headers: Record<string, string> = {}) =>
    gateway.yoga.fetch(ENDPOINT, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      duplex: 'half',
    } as RequestInit)

  it.each([
    ['text', (bytes: number) => bodyOf(bytes)],
    ['bytes', (bytes: number) => Buffer.from(bodyOf(bytes))],
    ['a stream', (bytes: number) => new Blob([bodyOf(bytes)]).stream()],
  ])('is counted as well: %s', async (_, make) => {
    const [read, refused] = [await send(make(LIMIT)), await send(make(LIMIT + 1))]
    expect([read.status, await read.json()]).toEqual([200, ANSWER])
    expect([refused.status, await refused.json()]).toEqual([413, TOO_LARGE])
  })

  it('counts as bytes, not as characters', async () => {
    const body = JSON.stringify({ query: `# ${'€'.repeat(LIMIT / 2)}\n{ __typename }` })
    expect(body.length).toBeLessThan(LIMIT)
    expect((await send(body)).status).toBe(413)
  })

  it('counts received bytes, whatever content-length says', async () => {
    expect((await send(new Blob([bodyOf(LIMIT + 1)]).stream(), { 'content-length': '10' })).status).toBe(413)
  })

  it('is read from a stream only up to the limit', async () => {
    let isWanted = true
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(Buffer.alloc(1_000, ' ')),
      cancel: () => {
        isWanted = false
      },
    })
    expect((await send(endless)).status).toBe(413)
    await expect.poll(() => isWanted).toBe(false)
  })

  it.each(['application/json', 'application/graphql-response+json'])(
    'is rejected with the same status as %s',
    async (type) => {
      for (const response of [
        await send(bodyOf(LIMIT + 1), { accept: type }),
        await send(new Blob([bodyOf(LIMIT + 1)]).stream(), { accept: type }),
      ]) {
        expect([response.status, response.headers.get('content-type')]).toEqual([413, `${type}; charset=utf-8`])
        expect(await response.json()).toEqual(TOO_LARGE)
      }
    },
  )

  it.each(['gzip', 'br', 'deflate', 'zstd', 'identity, gzip', 'GZIP'])(
    'is rejected when it is compressed: %s',
    async (coding) => {
      const response = await send(bodyOf(100), { 'content-encoding': coding })
      expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, 'identity'])
    },
  )

  it('may have the content-encoding identity', async () => {
    expect((await send(bodyOf(100), { 'content-encoding': 'identity' })).status).toBe(200)
  })
})
