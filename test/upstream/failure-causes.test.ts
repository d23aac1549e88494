import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { createClient } from '../../src/upstream/client.ts'
import { logClientEvents } from '../../src/upstream/events.ts'
import type { ClientOptions } from '../../src/upstream/types.ts'
import { type Authority, createAuthority, createSelfSigned, type KeyedCertificate } from '../support/certificates.ts'

let authority: Authority
let trusted: readonly string[]
let lines: Record<string, unknown>[] = []
const servers: Server[] = []

beforeAll(async () => {
  authority = await createAuthority()
  trusted = getCACertificates('default')
})
beforeEach(() => {
  lines = []
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})
afterAll(() => setDefaultCACertificates(trusted))

/** Starts a server on loopback, and returns its port. */
async function listen(server: Server): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Starts a TLS server with a certificate. A client that rejects it ends the handshake, which is no failure of the server. */
const listenTls = (certificate: KeyedCertificate) =>
  listen(createTlsServer(certificate, (socket) => void socket.end()).on('tlsClientError', () => {}))

/** Returns a port on which nothing listens any more. */
async function findClosedPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  return port
}

/** Sends a request that fails, and returns the fields of its log lines. */
async function logFailure(baseUrl: string, options: Partial<ClientOptions> = {}) {
  const log = createLog('debug', (line) => lines.push(JSON.parse(line)))
  const onEvent = logClientEvents(log, { provider: 'TEST' })
  const client = createClient({
    provider: 'TEST',
    baseUrl,
    timeoutMs: 20_000,
    retry: { retries: 0 },
    onEvent,
    ...options,
  })
  try {
    await expect(client.get({ operation: 'listThings', path: '/things', requestId: 'r1' })).rejects.toThrow('TEST')
  } finally {
    await client.close()
  }
  return lines
}

const failed = (cause: unknown, more: object = {}) => ({
  time: expect.any(String),
  level: 'warn',
  message: 'upstream request failed',
  provider: 'TEST',
  operation: 'listThings',
  code: 'UPSTREAM_UNAVAILABLE',
  status: null,
  cause,
  attempt: 1,
  requestId: 'r1',
  ...more,
})

describe('the line of a request that got no answer says why', () => {
  it('the certificate is self-signed', async () => {
    const port = await listenTls(await createSelfSigned('localhost'))
    expect(await logFailure(`https://localhost:${port}`)).toEqual([failed('DEPTH_ZERO_SELF_SIGNED_CERT')])
  })

  it('the authority of the certificate is not trusted', async () => {
    const port = await listenTls(await authority.issue('localhost'))
    expect(await logFailure(`https://localhost:${port}`)).toEqual([failed('UNABLE_TO_VERIFY_LEAF_SIGNATURE')])
  })

  it('the certificate is for another host', async () => {
    setDefaultCACertificates([...trusted, authority.cert])
    const port = await listenTls(await authority.issue('other.example'))
    expect(await logFailure(`https://localhost:${port}`)).toEqual([failed('ERR_TLS_CERT_ALTNAME_INVALID')])
    expect(JSON.stringify(lines)).not.toContain('other.example')
  })

  it('the server does not speak TLS', async () => {
    const port = await listen(createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    const [line] = await logFailure(`https://localhost:${port}`)
    expect(line).toEqual(failed(expect.stringMatching(/^(ERR_SSL_\w+|EPROTO)$/)))
  })

  it.each(['127.0.0.1', 'localhost'])('the connection is refused: %s', async (host) => {
    const port = await findClosedPort()
    expect(await logFailure(`http://${host}:${port}`)).toEqual([failed('ECONNREFUSED')])
  })

  it('the host has no address', async () => {
    // The second code is that of a machine without DNS.
    const code = expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/)
    expect(await logFailure('http://ledger.invalid')).toEqual([failed(code)])
    expect(JSON.stringify(lines)).not.toContain('ledger')
  })

  it('the connection is not made in time', async () => {
    // Accepts the connection, and never answers the handshake.
    const port = await listen(createServer((socket) => socket.on('error', () => {})))
    const options = { connectTimeoutMs: 100 }
    expect(await logFailure(`https://localhost:${port}`, options)).toEqual([failed('UND_ERR_CONNECT_TIMEOUT')])
  })

  it('the connection is closed before an answer', async () => {
    const port = await listen(createServer((socket) => socket.end()))
    expect(await logFailure(`http://127.0.0.1:${port}`)).toEqual([failed('UND_ERR_SOCKET')])
  })

  it('also when the deadline ends it while it is sent again', async () => {
    let connections = 0
    const port = await listen(
      createServer((socket) => {
        socket.on('error', () => {})
        connections += 1
        // The second attempt gets no answer.
        if (connections === 1) socket.end()
      }),
    )
    const options = { timeoutMs: 1_000, retry: { retries: 1, baseDelayMs: 1 } }
    expect(await logFailure(`http://127.0.0.1:${port}`, options)).toEqual([
      expect.objectContaining({ level: 'debug', cause: 'UND_ERR_SOCKET', attempt: 1, requestId: 'r1' }),
      failed('UND_ERR_SOCKET', { code: 'UPSTREAM_TIMEOUT', attempt: 2 }),
    ])
  })
})
