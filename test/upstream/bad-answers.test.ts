import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { GatewayError } from '../../src/errors.ts'
import { createClient } from '../../src/upstream/client.ts'
import type { UpstreamClient } from '../../src/upstream/types.ts'

const SECRET = 'hunter2-secret'
const headers = { 'x-auth-token': SECRET }
const operation = 'listThings'

/** Writes a server's reaction to a socket on which a request has arrived. */
type Behaviour = (socket: Socket, request: string) => void

/** An upstream that may break every rule of HTTP: it writes to its sockets itself. */
interface RawServer {
  readonly url: string
  /** The heads of the requests that arrived. */
  readonly requests: string[]
  readonly sockets: Set<Socket>
  /** The reactions to the next requests, in order; later requests receive their path as JSON. */
  readonly plan: Behaviour[]
  close(): void
}

const answer = (body: string, head = '', status = '200 OK') =>
  `HTTP/1.1 ${status}\r\n${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

async function startRawServer(): Promise<RawServer> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const plan: Behaviour[] = []
  const behave: Behaviour = (socket, request) => {
    const path = /^GET (\S+)/.exec(request)?.[1]
    socket.write(answer(JSON.stringify({ path })))
  }
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    let head = ''
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.setEncoding('latin1').on('data', (chunk) => {
      head += chunk
      if (!head.includes('\r\n\r\n')) return
      const request = head
      head = ''
      requests.push(request)
      const next = plan.shift() ?? behave
      next(socket, request)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    sockets,
    plan,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const sends =
  (...parts: (string | Buffer)[]): Behaviour =>
  (socket) => {
    for (const part of parts) socket.write(part)
  }
/** Sends a text and closes the connection regularly. */
const ends =
  (text: string): Behaviour =>
  (socket) =>
    socket.end(text)
/** Sends a text and resets the connection once it has arrived. */
const resets =
  (text: string): Behaviour =>
  (socket) => {
    if (text === '') socket.resetAndDestroy()
    else socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 20))
  }
/** Sends a beginning, then one part again and again until the connection closes. */
const repeats =
  (beginning: string, part: string, everyMs: number): Behaviour =>
  (socket) => {
    socket.write(beginning)
    const timer = setInterval(() => socket.write(part), everyMs)
    socket.on('close', () => clearInterval(timer))
  }
/** Sends as much as the other side takes. */
const floods =
  (beginning: string, part: string): Behaviour =>
  (socket) => {
    socket.write(beginning)
    const more = () => {
      while (!socket.destroyed && socket.write(part));
    }
    socket.on('drain', more)
    more()
  }

const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
const gzipped = gzipSync(JSON.stringify({ secret: SECRET }))

const unavailable = { code: 'UPSTREAM_UNAVAILABLE' }
const timeout = { code: 'UPSTREAM_TIMEOUT', timeoutMs: 300 }
const invalid = (expected: string) => ({
  code: 'UPSTREAM_INVALID_RESPONSE',
  message: `TEST sent an answer that the gateway does not understand: expected ${expected}.`,
})
const status = (code: number) => ({ code: 'UPSTREAM_ERROR', status: code })

/** The upstream's reaction, the error that the caller receives, and the number of attempts. */
const BAD: readonly [string, Behaviour, object, number][] = [
  // No answer.
  ['a reset instead of an answer', resets(''), unavailable, 3],
  ['an end instead of an answer', ends(''), unavailable, 3],
  ['a reset in the status line', resets('HTTP/1.'), unavailable, 3],
  ['a reset in the headers', resets('HTTP/1.1 200 OK\r\ncontent-ty'), unavailable, 3],
  ['a reset after the headers', resets('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n'), unavailable, 3],
  ['a reset in the body', resets('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"a":'), unavailable, 3],
  ['an end in the body', ends('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"a":'), unavailable, 3],
  ['an end in a chunk', ends(`${CHUNKED}9\r\n{"a":`), unavailable, 3],
  ['an end between chunks', ends(`${CHUNKED}2\r\n{}\r\n`), unavailable, 3],
  // Not HTTP.
  ['a chunk without a size', sends(`${CHUNKED}zz\r\n{}\r\n0\r\n\r\n`), unavailable, 3],
  ['the banner of another protocol', ends('SSH-2.0-OpenSSH_9.9\r\n'), unavailable, 3],
  ['JSON without a head', ends('{"a":1}'), unavailable, 3],
  ['bytes without meaning', sends(Buffer.from([0, 255, 13, 10, 13, 10])), unavailable, 3],
  ['a version that does not exist', sends('HTTP/9.9 200 OK\r\n\r\n'), unavailable, 3],
  ['a status without digits', sends('HTTP/1.1 OK\r\n\r\n'), unavailable, 3],
  ['a header with a zero byte', sends(answer('{}', 'x: a\0b\r\n')), unavailable, 3],
  ['two lengths', sends(answer('{}', 'content-length: 3\r\n')), unavailable, 3],
  ['a length beside chunks', sends(answer('{}', 'transfer-encoding: chunked\r\n')), unavailable, 3],
  ['another protocol, switched to', sends('HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n'), unavailable, 3],
  ['word to go on, though nothing was announced', sends('HTTP/1.1 100 Continue\r\n\r\n', answer('{}')), unavailable, 3],
  // Not in time.
  ['silence', () => {}, timeout, 1],
  ['headers, then silence', sends('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n'), timeout, 1],
  ['a header now and then', repeats('HTTP/1.1 200 OK\r\n', 'x: y\r\n', 10), timeout, 1],
  ['a byte now and then', repeats(CHUNKED, '1\r\n \r\n', 10), timeout, 1],
  ['early hints without end', repeats('', 'HTTP/1.1 103 Early Hints\r\n\r\n', 10), timeout, 1],
  // Not JSON.
  ['an empty body', sends(answer('')), invalid('JSON'), 1],
  ['204', sends('HTTP/1.1 204 No Content\r\n\r\n'), invalid('JSON'), 1],
  ['304', sends('HTTP/1.1 304 Not Modified\r\n\r\n'), status(304), 1],
  ['HTML', sends(answer(`<html>${SECRET}</html>`, 'content-type: text/html\r\n')), invalid('JSON'), 1],
  ['HTML that claims to be JSON', sends(answer('<p>', 'content-type: application/json\r\n')), invalid('JSON'), 1],
  ['half a body of no announced length', ends(`HTTP/1.1 200 OK\r\n\r\n{"a":"${SECRET}`), invalid('JSON'), 1],
  ['two values', sends(answer('{}{}')), invalid('JSON'), 1],
  ['UTF-16', sends(answer('\ufeff{\0}\0')), invalid('JSON'), 1],
  // Compressed, although no request allows it.
  [
    'gzip',
    sends(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${gzipped.length}\r\n\r\n`, gzipped),
    invalid('no content coding'),
    1,
  ],
  ['a coding of codings', sends(answer('{}', 'content-encoding: gzip, br\r\n')), invalid('no content coding'), 1],
  // Too much.
  [
    'a long header',
    sends(answer('{}', `x: ${'y'.repeat(64 * 1024)}\r\n`)),
    invalid('at most 16384 bytes of headers'),
    1,
  ],
  ['many headers', sends(answer('{}', 'x: y\r\n'.repeat(9999))), invalid('at most 16384 bytes of headers'), 1],
  ['headers without end', floods('HTTP/1.1 200 OK\r\n', 'x: y\r\n'), invalid('at most 16384 bytes of headers'), 1],
  ['a body without end', floods(CHUNKED, `10000\r\n${' '.repeat(0x10000)}\r\n`), invalid('at most 16777216 bytes'), 1],
  [
    'a body that is announced too large',
    sends(`HTTP/1.1 200 OK\r\ncontent-length: ${17 * 1024 * 1024}\r\n\r\n`),
    invalid('at most 16777216 bytes'),
    1,
  ],
  // Error responses in odd shapes.
  ['a status of its own', sends(answer('', '', '999 Odd')), status(999), 1],
  [
    'a refusal without end',
    floods('HTTP/1.1 404 No\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nx\r\n'),
    status(404),
    1,
  ],
  ['a refusal that is cut off', ends('HTTP/1.1 404 No\r\ncontent-length: 9\r\n\r\nhalf'), status(404), 1],
]

let server: RawServer
let client: UpstreamClient
const unhandled = vi.fn()

const clientOf = (baseUrl: string, timeoutMs: number) =>
  createClient({ provider: 'TEST', baseUrl, timeoutMs, retry: { baseDelayMs: 1 } })
const get = (path = '/things') => client.get({ operation, path, headers })
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('should have failed'),
    (error: unknown) => error as GatewayError,
  )

beforeAll(() => {
  process.on('unhandledRejection', unhandled)
})
afterAll(() => {
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})
beforeEach(async () => {
  server = await startRawServer()
  client = clientOf(server.url, 10_000)
})
afterEach(async () => {
  await client.close()
  server.close()
})

describe('a bad answer', () => {
  it.each(BAD)(
    'fails with its own error, and leaves the next request unharmed: %s',
    async (_, behaviour, expected, attempts) => {
      if (expected === timeout) {
        await client.close()
        client = clientOf(server.url, timeout.timeoutMs)
      }
      server.plan.push(...Array.from({ length: attempts }, () => behaviour))
      const error = await failure(get())
      expect({ ...error.details(), code: error.code, message: error.message }).toMatchObject(expected)
      expect(error.details()).toMatchObject({ provider: 'TEST', operation })
      expect(server.requests).toHaveLength(attempts)
      expect(JSON.stringify(error) + error.message).not.toContain(SECRET)
      expect((await get('/next')).json).toEqual({ path: '/next' })
    },
  )

  it.each(BAD.filter(([, , , attempts]) => attempts > 1))('is retried: %s', async (_, behaviour) => {
    server.plan.push(behaviour)
    expect((await get()).json).toEqual({ path: '/things' })
    expect(server.requests).toHaveLength(2)
  })

  it('with two answers to one request does not answer the next request', async () => {
    server.plan.push(sends(answer('{"mine":true}') + answer(`{"mine":"${SECRET}"}`)))
    expect((await get()).json).toEqual({ mine: true })
    expect((await get('/next')).json).toEqual({ path: '/next' })
  })

  it('with more bytes than announced ends at the announced length', async () => {
    server.plan.push(sends('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]and more'))
    expect((await get()).json).toEqual([])
    expect((await get('/next')).json).toEqual({ path: '/next' })
  })

  it('without end has its connection closed', async () => {
    server.plan.push(floods(CHUNKED, `10000\r\n${' '.repeat(0x10000)}\r\n`))
    await failure(get())
    await vi.waitFor(() => expect(server.sockets.size).toBe(0))
  })
})

describe('an odd answer', () => {
  const JSON_ANSWERS: readonly [string, Behaviour][] = [
    ['as plain text', sends(answer('{"a":1}', 'content-type: text/plain\r\n'))],
    ['as HTML', sends(answer('{"a":1}', 'content-type: text/html\r\n'))],
    ['with no content type', sends(answer('{"a":1}'))],
    ['in the coding that was allowed', sends(answer('{"a":1}', 'content-encoding: identity\r\n'))],
    ['in chunks with a trailer', sends(`${CHUNKED}3\r\n{"a\r\n4\r\n":1}\r\n0\r\nx-sum: 1\r\n\r\n`)],
    ['of no announced length', ends('HTTP/1.1 200 OK\r\n\r\n{"a":1}')],
    ['in HTTP/1.0', ends('HTTP/1.0 200 OK\r\n\r\n{"a":1}')],
    ['behind early hints', sends('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(20), answer('{"a":1}'))],
    ['behind word that it is worked on', sends('HTTP/1.1 102 Processing\r\n\r\n'.repeat(20), answer('{"a":1}'))],
    ['behind spaces', sends(answer(`${' '.repeat(100_000)}{"a":1}`))],
  ]
  it.each(JSON_ANSWERS)('is accepted when it is JSON: %s', async (_, behaviour) => {
    server.plan.push(behaviour)
    expect((await get()).json).toEqual({ a: 1 })
    expect((await get('/next')).json).toEqual({ path: '/next' })
    expect(server.requests).toHaveLength(2)
  })

  it('with a content coding is never allowed by a request', async () => {
    await get()
    expect(server.requests[0]).toMatch(/^accept-encoding: identity\r$/m)
  })

  it('leaves no cookie for the next request', async () => {
    server.plan.push(sends(answer('{}', 'set-cookie: session=1\r\n')))
    await get()
    await get('/next')
    expect(server.requests[1]).not.toMatch(/cookie/i)
  })
})

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('with %i to another host sends no credential there', async (code) => {
    const elsewhere = await startRawServer()
    server.plan.push(sends(answer('', `location: ${elsewhere.url}/things\r\n`, `${code} Moved`)))
    expect(await failure(get())).toMatchObject(status(code))
    await sleep(50)
    expect(elsewhere.requests).toEqual([])
    expect(server.requests).toHaveLength(1)
    elsewhere.close()
  })

  it('on the same host is not followed', async () => {
    server.plan.push(sends(answer('', 'location: /elsewhere\r\n', '302 Found')))
    expect(await failure(get())).toMatchObject(status(302))
    expect(server.requests).toHaveLength(1)
  })
})

describe('an address that cannot be reached', () => {
  it.each([
    ['a name that does not exist', () => 'http://upstream.invalid'],
    ['a port without a listener', () => 'http://127.0.0.1:1'],
    ['a server that says nothing to a TLS handshake', () => server.url.replace('http:', 'https:')],
  ])('fails with UPSTREAM_UNAVAILABLE: %s', async (_, url) => {
    const unreachable = createClient({ provider: 'TEST', baseUrl: url(), timeoutMs: 10_000, connectTimeoutMs: 100 })
    expect(await failure(unreachable.get({ operation, path: '/', headers }))).toMatchObject(unavailable)
    await unreachable.close()
  })

  it('meets the deadline while the connection is being made', async () => {
    const baseUrl = server.url.replace('http:', 'https:')
    const unreachable = createClient({ provider: 'TEST', baseUrl, timeoutMs: 200, connectTimeoutMs: 60_000 })
    expect(await failure(unreachable.get({ operation, path: '/', headers }))).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
    })
    await unreachable.close()
  })
})
