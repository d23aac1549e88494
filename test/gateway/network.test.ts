import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { ConfigError } from '../../src/errors.ts'
import { createGateway, type Gateway, PROVIDERS } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'
import { type Sandbox, startUpstream, type UpstreamReply, type UpstreamServer } from '../../src/sandbox/server.ts'
import { type Authority, createAuthority, type KeyedCertificate } from '../support/certificates.ts'
import { startProxy, type TestProxy } from '../support/http-proxy.ts'
import { startTlsFront, type TlsFront } from '../support/tls-front.ts'

const NAMES = PROVIDERS.map(({ name }) => name)
const defaultCertificates = getCACertificates('default')

let folder: string
let authority: Authority
let own: KeyedCertificate
let warnings: string[]
let gateway: Gateway | null = null

const log = createLog('warn', (line) => warnings.push(JSON.parse(line).message))

/** Writes a file, and returns its path. */
function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function create(environment: Environment): Gateway {
  gateway = createGateway({ environment: { LOG_LEVEL: 'silent', READY_TIMEOUT_S: '0', ...environment }, log })
  return gateway
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-network-'))
  authority = await createAuthority()
  own = await authority.issue('gateway')
})
beforeEach(() => {
  warnings = []
})
afterEach(async () => {
  await gateway?.close()
  gateway = null
})
afterAll(() => {
  setDefaultCACertificates(defaultCertificates)
  rmSync(folder, { recursive: true, force: true })
})

describe('a gateway in a network with a proxy', () => {
  let proxy: TestProxy
  let sandboxes: readonly Sandbox[]
  /** In front of every host of the providers, by its name. */
  let fronts: Map<string, TlsFront>
  /** The variables of all providers, with hosts that only the proxy can resolve. */
  let environment: Record<string, string>

  beforeEach(async () => {
    setDefaultCACertificates([...defaultCertificates, authority.cert])
    proxy = await startProxy()
    sandboxes = await Promise.all(PROVIDERS.map((provider) => provider.startSandbox({ data: 'empty' })))
    fronts = new Map()
    environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }
    for (const [name, value] of sandboxes.flatMap((sandbox) => Object.entries(sandbox.environment))) {
      environment[name] = name.endsWith('_URL') ? await moveBehindProxy(name, value) : value
    }
  })
  afterEach(async () => {
    await gateway?.close()
    await Promise.all([proxy, ...fronts.values(), ...sandboxes].map((server) => server.close()))
  })

  /** Puts TLS in front of a host that asks for a certificate, and returns the URL under which the proxy knows it. */
  async function moveBehindProxy(variable: string, url: string): Promise<string> {
    const host = `${variable.toLowerCase().replaceAll('_', '-')}.invalid`
    const front = await startTlsFront(url, {
      ...(await authority.issue(host)),
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: false,
    })
    fronts.set(host, front)
    proxy.hosts.set(`${host}:443`, front.port)
    return `https://${host}${new URL(url).pathname}`
  }

  const hosts = () => [...fronts.keys()].map((host) => `${host}:443`)
  const targets = () => [...new Set(proxy.requests.map(({ target }) => target))]
  /** The hosts that were shown a certificate. */
  const shown = () => [...fronts].flatMap(([host, { clients }]) => (clients.includes('gateway') ? [host] : []))

  const certificate = () => ({
    UPSTREAM_CLIENT_CERT_FILE: file('cert.pem', own.cert),
    UPSTREAM_CLIENT_KEY_FILE: file('key.pem', own.key),
  })

  it('reaches every host of every provider through it, those of tokens too', async () => {
    await create(environment).reachProviders()
    expect(warnings).toEqual([])
    expect(targets().sort()).toEqual(hosts().sort())
    expect(sandboxes.flatMap(({ servers }) => servers.map(({ requests }) => requests.length))).not.toContain(0)
    expect(shown()).toEqual([])
  })

  it('does not reach hosts of NO_PROXY through it', async () => {
    const [excluded] = hosts()
    await create({ ...environment, NO_PROXY: excluded }).reachProviders()
    expect(warnings).toContain('provider check failed')
    expect(targets()).not.toContain(excluded)
  })

  it('reaches sandboxes on loopback without it', async () => {
    const direct = Object.assign({}, ...sandboxes.map((sandbox) => sandbox.environment))
    const { HTTPS_PROXY } = environment
    await create({ ...direct, HTTPS_PROXY, HTTP_PROXY: HTTPS_PROXY }).reachProviders()
    expect(warnings).toEqual([])
    expect(proxy.requests).toEqual([])
  })

  it('shows its certificate to every host of every provider', async () => {
    await create({ ...environment, ...certificate() }).reachProviders()
    expect(warnings).toEqual([])
    expect(shown()).toEqual([...fronts.keys()])
  })

  it('shows its certificate to the hosts of the named providers only', async () => {
    const [name = ''] = NAMES
    await create({ ...environment, ...certificate(), UPSTREAM_CLIENT_CERT_PROVIDERS: name }).reachProviders()
    expect(warnings).toEqual([])
    expect(shown()).toEqual([...fronts.keys()].filter((host) => host.startsWith(`${name.toLowerCase()}-`)))
    expect(shown()).not.toEqual([])
  })

  describe('with callers who have tokens', () => {
    let issuer: UpstreamServer
    let keys: UpstreamReply

    beforeEach(async () => {
      issuer = await startUpstream({ basePath: '', handle: () => keys })
    })
    afterEach(() => issuer.close())

    it('fetches the keys of their issuer through it, and shows it no certificate', async () => {
      const pair = await generateKeyPair('ES256')
      keys = { status: 200, json: { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'ES256' }] } }
      const JWT_JWKS_URL = `${await moveBehindProxy('ISSUER', issuer.url)}keys`
      const jwt = { AUTH_MODE: 'jwt', JWT_JWKS_URL, JWT_ISSUER: 'https://issuer.test', JWT_AUDIENCE: 'gateway' }
      const { yoga } = create({ ...environment, ...certificate(), ...jwt })
      const token = await new SignJWT({ grants: 'all', sub: 'me' })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setIssuer(jwt.JWT_ISSUER)
        .setAudience(jwt.JWT_AUDIENCE)
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(pair.privateKey)
      const answer = await yoga.fetch('http://localhost/graphql', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ __typename }' }),
      })
      expect(await answer.json()).toEqual({ data: { __typename: 'Query' } })
      expect(issuer.requests.map(({ path }) => path)).toEqual(['/keys'])
      expect(targets()).toEqual(['issuer.invalid:443'])
      expect(shown()).toEqual([])
    })
  })
})

describe('the configuration of the network', () => {
  /** Returns the issues with which a gateway does not start. */
  function issuesOf(environment: Environment): readonly string[] {
    try {
      create(environment)
    } catch (error) {
      if (error instanceof ConfigError) return error.issues
      throw error
    }
    return []
  }

  it('names the variable of a proxy, and does not quote it', () => {
    const issues = issuesOf({ HTTPS_PROXY: 'socks5://user:hunter2@proxy.example' })
    expect(issues).toEqual([expect.stringMatching(/^HTTPS_PROXY: expected an http or https URL/)])
    expect(String(issues)).not.toMatch(/hunter2|proxy\.example:1080/)
  })

  it.each([
    ['UPSTREAM_CLIENT_CERT_FILE', 'UPSTREAM_CLIENT_KEY_FILE'],
    ['UPSTREAM_CLIENT_KEY_FILE', 'UPSTREAM_CLIENT_CERT_FILE'],
    ['UPSTREAM_CLIENT_CERT_PROVIDERS', 'UPSTREAM_CLIENT_CERT_FILE'],
  ])('requires with %s the variable %s', (name, other) => {
    expect(issuesOf({ [name]: 'x' })).toEqual([`${other}: must be set when ${name} is`])
  })

  it('accepts a certificate with its key', () => {
    const environment = {
      UPSTREAM_CLIENT_CERT_FILE: file('cert.pem', own.cert),
      UPSTREAM_CLIENT_KEY_FILE: file('key.pem', own.key),
      UPSTREAM_CLIENT_CERT_PROVIDERS: NAMES.join(', '),
    }
    expect(issuesOf(environment)).toEqual([])
    expect(issuesOf({ ...environment, UPSTREAM_CLIENT_CERT_PROVIDERS: 'nobody' })).toEqual([
      `UPSTREAM_CLIENT_CERT_PROVIDERS: expected names of providers with commas between them; names are ${NAMES.join(', ')}`,
    ])
  })

  it('names the variable of a file that cannot be used, and does not quote it', async () => {
    const cert = file('cert.pem', own.cert)
    const key = file('key.pem', own.key)
    const other = file('other.pem', (await authority.issue('other')).key)
    const empty = file('empty.pem', '')
    const issuesWith = (certFile: string, keyFile: string) =>
      issuesOf({ UPSTREAM_CLIENT_CERT_FILE: certFile, UPSTREAM_CLIENT_KEY_FILE: keyFile })
    const noCertificate = ['UPSTREAM_CLIENT_CERT_FILE: expected a PEM file with a certificate']
    const noKey = ['UPSTREAM_CLIENT_KEY_FILE: expected a PEM file with a private key without a passphrase']
    expect(issuesWith('/missing/cert', key)).toEqual(['UPSTREAM_CLIENT_CERT_FILE: the file cannot be read (ENOENT)'])
    expect(issuesWith(cert, folder)).toEqual(['UPSTREAM_CLIENT_KEY_FILE: the file cannot be read (EISDIR)'])
    expect([issuesWith(key, key), issuesWith(empty, key)]).toEqual([noCertificate, noCertificate])
    expect([issuesWith(cert, cert), issuesWith(cert, empty)]).toEqual([noKey, noKey])
    expect(issuesWith(cert, other)).toEqual([
      'UPSTREAM_CLIENT_KEY_FILE: expected the private key of UPSTREAM_CLIENT_CERT_FILE',
    ])
  })
})
