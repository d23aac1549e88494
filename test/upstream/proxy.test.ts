import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { UpstreamNetworkError } from '../../src/errors.ts'
import { startUpstream, type UpstreamServer } from '../../src/sandbox/server.ts'
import { causeOf } from '../../src/upstream/cause.ts'
import { createClient } from '../../src/upstream/client.ts'
import type { ClientCertificate } from '../../src/upstream/dispatcher.ts'
import { readProxyRules } from '../../src/upstream/proxy-rules.ts'
import type { UpstreamClient } from '../../src/upstream/types.ts'
import { type Authority, createAuthority, type KeyedCertificate } from '../support/certificates.ts'
import { startProxy, type TestProxy } from '../support/http-proxy.ts'
import { startTlsFront, type TlsFront } from '../support/tls-front.ts'

/** Only the proxy can resolve it. */
const HOST = 'api.bank.invalid'
const PASSWORD = 'hunter2-secret'

const defaultCertificates = getCACertificates('default')
let authority: Authority
let certificate: KeyedCertificate
let upstream: UpstreamServer
let front: TlsFront
let proxy: TestProxy
let client: UpstreamClient | null = null

beforeAll(async () => {
  authority = await createAuthority()
  certificate = await authority.issue(HOST, 'localhost')
})
beforeEach(async () => {
  setDefaultCACertificates([...defaultCertificates, authority.cert])
  upstream = await startUpstream({ basePath: '/base', handle: () => ({ status: 200, json: { ok: true } }) })
  front = await startTlsFront(upstream.url, certificate)
  proxy = await startProxy()
  proxy.hosts.set(`${HOST}:443`, front.port)
})
afterEach(async () => {
  await client?.close()
  client = null
  await Promise.all([proxy.close(), front.close(), upstream.close()])
})
afterAll(() => setDefaultCACertificates(defaultCertificates))

interface ReadOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly baseUrl?: string
  readonly certificate?: ClientCertificate | null
  readonly connectTimeoutMs?: number
  /** Equal requests share one in flight. */
  readonly page?: number
}

/** Reads once from the upstream, without retries. */
function read({
  environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
  baseUrl = `https://${HOST}/base`,
  certificate: shown = null,
  connectTimeoutMs = 4000,
  page = 1,
}: ReadOptions = {}) {
  client ??= createClient({
    provider: 'BANK',
    baseUrl,
    timeoutMs: 10_000,
    connectTimeoutMs,
    retry: { retries: 0 },
    network: { findProxy: readProxyRules(environment), findCertificate: () => shown },
  })
  return client.get({ operation: 'listThings', path: '/things', query: { page } })
}

/** Returns the error of a read. */
const failureOf = (options?: ReadOptions) =>
  read(options).then(
    () => expect.fail('should have failed'),
    (error: unknown) => error as UpstreamNetworkError,
  )

/** Returns the cause of a failed read, as it is logged. */
async function causeOfFailure(options?: ReadOptions): Promise<string> {
  const error = await failureOf(options)
  expect(error).toBeInstanceOf(UpstreamNetworkError)
  return causeOf(error)
}

describe('a client with HTTPS_PROXY', () => {
  it('reaches the upstream through a tunnel', async () => {
    expect((await read()).json).toEqual({ ok: true })
    expect(proxy.requests).toEqual([{ method: 'CONNECT', target: `${HOST}:443`, authorization: null }])
    expect(upstream.requests.map(({ path, headers }) => [path, headers.host])).toEqual([['/things', HOST]])
  })

  it('uses tunnels again', async () => {
    for (let page = 0; page < 6; page++) await read()
    expect(upstream.requests).toHaveLength(6)
    // A request that follows at once finds the first connection not yet free.
    expect(proxy.requests.length).toBeLessThanOrEqual(2)
  })

  it('names the port of the upstream', async () => {
    proxy.hosts.set(`${HOST}:8443`, front.port)
    await read({ baseUrl: `https://${HOST}:8443/base` })
    expect(proxy.requests.map(({ target }) => target)).toEqual([`${HOST}:8443`])
  })

  it('sends the credentials of the proxy to the proxy alone', async () => {
    const environment = { HTTPS_PROXY: `http://gateway:${PASSWORD}@127.0.0.1:${proxy.port}` }
    await read({ environment })
    expect(proxy.requests[0]?.authorization).toBe(`Basic ${btoa(`gateway:${PASSWORD}`)}`)
    expect(Object.keys(upstream.requests[0]!.headers)).not.toContain('proxy-authorization')
  })

  it('reaches an https proxy', async () => {
    await proxy.close()
    proxy = await startProxy(certificate)
    proxy.hosts.set(`${HOST}:443`, front.port)
    expect((await read({ environment: { HTTPS_PROXY: `https://localhost:${proxy.port}` } })).status).toBe(200)
    expect(proxy.requests).toHaveLength(1)
  })

  it('opens one tunnel for each connection', async () => {
    upstream.fault({ kind: 'delay', delayMs: 50, times: 3 })
    await Promise.all([1, 2, 3].map((page) => read({ page })))
    expect(proxy.requests).toHaveLength(3)
  })

  it('bypasses it for hosts of NO_PROXY', async () => {
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: 'bank.invalid' }
    // Without the proxy nobody resolves the name.
    expect(await causeOfFailure({ environment })).toMatch(/^(?:ENOTFOUND|EAI_AGAIN)$/)
    expect(proxy.requests).toEqual([])
  })

  it('bypasses it for loopback hosts', async () => {
    expect((await read({ baseUrl: `https://localhost:${front.port}/base` })).status).toBe(200)
    expect(proxy.requests).toEqual([])
  })
})

describe('a client with HTTP_PROXY', () => {
  it('asks the proxy for the whole URL, with the host of the upstream and the credentials of the proxy', async () => {
    proxy.hosts.set(`${HOST}:8080`, Number(new URL(upstream.url).port))
    const environment = { HTTP_PROXY: `http://gateway:${PASSWORD}@127.0.0.1:${proxy.port}` }
    expect((await read({ environment, baseUrl: `http://${HOST}:8080/base` })).json).toEqual({ ok: true })
    expect(proxy.requests).toEqual([
      {
        method: 'GET',
        target: `http://${HOST}:8080/base/things?page=1`,
        authorization: `Basic ${btoa(`gateway:${PASSWORD}`)}`,
      },
    ])
    expect(upstream.requests[0]!.headers.host).toBe(`${HOST}:8080`)
  })
})

describe('a proxy that fails is reported with a code', () => {
  it.each([407, 403, 502])('of status %s when it refuses', async (status) => {
    proxy.failure = status
    expect(await causeOfFailure()).toBe(`PROXY_STATUS_${status}`)
    expect(upstream.requests).toEqual([])
  })

  it('when it cannot be reached', async () => {
    expect(await causeOfFailure({ environment: { HTTPS_PROXY: 'http://127.0.0.1:1' } })).toBe('PROXY_ECONNREFUSED')
  })

  it('when its name does not resolve', async () => {
    const cause = await causeOfFailure({ environment: { HTTPS_PROXY: 'http://proxy.invalid:3128' } })
    expect(cause).toMatch(/^PROXY_(?:ENOTFOUND|EAI_AGAIN)$/)
  })

  it('when it closes the connection', async () => {
    proxy.failure = 'reset'
    expect(await causeOfFailure()).toBe('PROXY_ECONNRESET')
  })

  it('when it does not answer', async () => {
    proxy.failure = 'hang'
    expect(await causeOfFailure({ connectTimeoutMs: 100 })).toBe('PROXY_TIMEOUT')
  })

  it('when it is an https one whose certificate nobody trusts', async () => {
    setDefaultCACertificates(defaultCertificates)
    await proxy.close()
    proxy = await startProxy(certificate)
    const environment = { HTTPS_PROXY: `https://localhost:${proxy.port}` }
    expect(await causeOfFailure({ environment })).toBe('PROXY_UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  })

  it('and neither its address nor its credentials are in the error', async () => {
    proxy.failure = 407
    const environment = { HTTPS_PROXY: `http://gateway:${PASSWORD}@127.0.0.1:${proxy.port}` }
    const shown = inspect(await failureOf({ environment }), { depth: 10, showHidden: true })
    expect(shown).toContain('PROXY_STATUS_407')
    expect(shown).not.toMatch(new RegExp(`${PASSWORD}|${btoa(`gateway:${PASSWORD}`)}|127\\.0\\.0\\.1|${proxy.port}`))
  })

  it('and a later request succeeds when it works again', async () => {
    proxy.failure = 502
    expect(await causeOfFailure()).toBe('PROXY_STATUS_502')
    proxy.failure = null
    expect((await read()).status).toBe(200)
  })
})

describe('the certificate of an upstream behind a proxy', () => {
  it('is verified by the gateway: an unknown authority is reported with its own code', async () => {
    setDefaultCACertificates(defaultCertificates)
    // The upstream sends its whole chain, which ends with the unknown root.
    expect(await causeOfFailure()).toBe('SELF_SIGNED_CERT_IN_CHAIN')
    expect(upstream.requests).toEqual([])
  })

  it('must be for the name of the upstream', async () => {
    proxy.hosts.set('other.invalid:443', front.port)
    expect(await causeOfFailure({ baseUrl: 'https://other.invalid/base' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  })
})

describe('a client certificate', () => {
  let own: KeyedCertificate
  beforeAll(async () => {
    own = await authority.issue('gateway')
  })

  /** Replaces the upstream's TLS by one that requires a certificate of the authority. */
  async function requireCertificate(): Promise<void> {
    await front.close()
    front = await startTlsFront(upstream.url, {
      ...certificate,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    })
    proxy.hosts.set(`${HOST}:443`, front.port)
  }

  it('is shown to the upstream directly', async () => {
    await requireCertificate()
    const options = { environment: {}, baseUrl: `https://localhost:${front.port}/base`, certificate: own }
    expect((await read(options)).status).toBe(200)
    expect(front.clients).toEqual(['gateway'])
  })

  it('is shown to the upstream through a proxy, and not to an https proxy', async () => {
    await requireCertificate()
    const outer = await startTlsFront(`http://127.0.0.1:${proxy.port}`, {
      ...certificate,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: false,
    })
    try {
      const environment = { HTTPS_PROXY: `https://localhost:${outer.port}` }
      expect((await read({ environment, certificate: own })).status).toBe(200)
      expect([outer.clients, front.clients]).toEqual([[null], ['gateway']])
    } finally {
      await outer.close()
    }
  })

  it('is required: without it the request fails', async () => {
    await requireCertificate()
    // With TLS 1.3 the server refuses after the handshake: by an alert, or by closing the connection.
    expect(await causeOfFailure()).toMatch(/^(?:ERR_SSL_\w*CERTIFICATE_REQUIRED|UND_ERR_SOCKET|ECONNRESET)$/)
    expect(upstream.requests).toEqual([])
  })
})
