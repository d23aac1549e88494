import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSchema, createYoga } from 'graphql-yoga'
import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Environment } from '../../../src/config.ts'
import { ConfigError } from '../../../src/errors.ts'
import { createGateway, type Gateway, PROVIDERS } from '../../../src/gateway.ts'
import { createLog } from '../../../src/log.ts'
import type { Provider } from '../../../src/providers/provider.ts'
import { createApiKey, hashApiKey } from '../../../src/server/auth/api-keys.ts'
import { callerOf, useAuthentication } from '../../../src/server/auth/authentication.ts'
import { createListener } from '../../../src/server/listener.ts'
import { NO_REQUESTS, startGateway } from '../../support/gateway.ts'

const ADDRESS = 'http://gateway.test/graphql'
const KEY = createApiKey()
const EXPIRED_KEY = createApiKey()
const UNKNOWN_KEY = createApiKey()
const PAIR = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let folder: string
let withKeys: Environment
let withTokens: Environment
let token: string
let expiredToken: string
/** All log lines of the gateways, from the lowest level. */
const lines: string[] = []
const open = new Set<{ close(): Promise<unknown> }>()

/** Returns a token that is valid for an hour, or one that expired an hour ago. */
const sign = (claims: object = {}, hours = 1) =>
  new SignJWT({ grants: { VOBIZ: { accounts: ['MA_1'] } }, ...claims })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('issuer')
    .setAudience('gateway')
    .setSubject('token-caller')
    .setExpirationTime(Math.floor(Date.now() / 1000) + hours * 3600)
    .sign(PAIR.privateKey)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-callers-'))
  const [keysFile, publicKeyFile] = [join(folder, 'keys.json'), join(folder, 'issuer.pem')]
  const entry = (name: string, key: string, more: object = {}) => ({
    name,
    sha256: hashApiKey(key).toString('hex'),
    ...more,
  })
  const keys = [
    entry('key-caller', KEY, { grants: { VOBIZ: { accounts: ['MA_1'] } } }),
    entry('former-caller', EXPIRED_KEY, { expiresAt: '2020-01-01' }),
  ]
  await writeFile(keysFile, JSON.stringify({ keys }))
  await writeFile(publicKeyFile, PAIR.publicKey.export({ type: 'spki', format: 'pem' }))
  withKeys = { AUTH_MODE: 'api-key', API_KEYS_FILE: keysFile }
  withTokens = {
    AUTH_MODE: 'jwt',
    JWT_PUBLIC_KEY_FILE: publicKeyFile,
    JWT_ISSUER: 'issuer',
    JWT_AUDIENCE: 'gateway',
  }
  token = await sign()
  expiredToken = await sign({}, -1)
})
afterEach(async () => {
  for (const opened of open) await opened.close()
  open.clear()
  lines.length = 0
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function start(environment: Environment, providers: readonly Provider[] = PROVIDERS): Gateway {
  const log = createLog('debug', (line) => lines.push(line))
  const gateway = createGateway({ environment, providers, log })
  open.add(gateway)
  return gateway
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

async function send(gateway: Gateway, headers: Record<string, string>, init: RequestInit = {}, address = ADDRESS) {
  const response = await gateway.yoga.fetch(address, {
    method: 'POST',
    body: JSON.stringify({ query: '{ __typename }' }),
    ...init,
    headers: { 'content-type': 'application/json', ...headers },
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const GET: RequestInit = { method: 'GET', body: null }
const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` })
const refusalOf = ({ status, text }: Answer) => ({ status, ...JSON.parse(text).errors[0] })

const MISSING = {
  status: 401,
  message: 'The request has no credentials. Send them as "authorization: Bearer …".',
  extensions: { code: 'UNAUTHENTICATED' },
}
const INVALID = { ...MISSING, message: 'The credentials are not valid.' }
const EXPIRED = { ...MISSING, message: 'The credentials have expired.' }

describe('AUTH_MODE=none', () => {
  it('accepts every request, with any credentials', async () => {
    const gateway = start({})
    for (const headers of [{}, bearer('nothing'), { 'x-api-key': 'nothing' }]) {
      expect((await send(gateway, headers)).text).toBe('{"data":{"__typename":"Query"}}')
    }
  })

  const VOBIZ = { VOBIZ_AUTH_ID: 'PA_1', VOBIZ_AUTH_TOKEN: 'hunter2' }
  it('warns at the start when other machines can reach the gateway', () => {
    start({ ...VOBIZ, HOST: '0.0.0.0', AUTH_MODE: 'none' })
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: expect.any(String),
        level: 'warn',
        message: 'AUTH_MODE is none: everybody who can connect to this address is accepted',
        host: '0.0.0.0',
      },
    ])
  })

  it.each([
    ['only this machine can', () => ({ ...VOBIZ, AUTH_MODE: 'none' })],
    ['nobody is let in without a key', () => ({ ...VOBIZ, HOST: '0.0.0.0', ...withKeys })],
  ])('does not warn when %s', (_, environment) => {
    start(environment())
    expect(lines).toEqual([])
  })
})

describe.each([
  ['api-key', () => withKeys, () => KEY, () => EXPIRED_KEY, UNKNOWN_KEY],
  ['jwt', () => withTokens, () => token, () => expiredToken, 'a.b.c'],
])('AUTH_MODE=%s', (_, environment, good, expired, bad) => {
  it('accepts valid credentials', async () => {
    const { status, text } = await send(start(environment()), bearer(good()))
    expect({ status, text }).toEqual({ status: 200, text: '{"data":{"__typename":"Query"}}' })
  })

  it.each(['bearer', 'BEARER', 'Bearer  '])('accepts the scheme written as "%s"', async (scheme) => {
    expect((await send(start(environment()), { authorization: `${scheme} ${good()}` })).status).toBe(200)
  })

  it('answers with a challenge when there are no credentials, or only those of another scheme', async () => {
    const gateway = start(environment())
    for (const headers of [{}, { authorization: 'Basic dXNlcjpodW50ZXIy' }, { cookie: `key=${good()}` }]) {
      const answer = await send(gateway, headers)
      expect(refusalOf(answer)).toEqual(MISSING)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="transactions-gateway"')
    }
  })

  it.each([
    ['something made up', () => bearer(bad), INVALID],
    ['something that has expired', () => bearer(expired()), EXPIRED],
    ['a scheme without anything', () => ({ authorization: 'Bearer' }), INVALID],
    ['two in one', () => bearer(`${good()} ${good()}`), INVALID],
    ['two in a list', () => bearer(`${good()}, Bearer ${good()}`), INVALID],
    ['something with quotes', () => bearer(`"${good()}"`), INVALID],
    ['something with a letter more', () => bearer(`${good()}x`), INVALID],
    ['something with a letter less', () => bearer(good().slice(0, -2)), INVALID],
    ['something of a megabyte', () => bearer('x'.repeat(2 ** 20)), INVALID],
  ])('rejects %s', async (_what, headers, refused) => {
    const answer = await send(start(environment()), headers())
    expect(refusalOf(answer)).toEqual(refused)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="transactions-gateway", error="invalid_token"')
  })

  it('answers before it reads the request', async () => {
    const gateway = start(environment())
    for (const init of [
      { body: '{' },
      { body: '{"query":"{ nothing }"}' },
      { body: 'x'.repeat(2 ** 20) },
      { method: 'PUT' },
      GET,
    ]) {
      expect(refusalOf(await send(gateway, bearer(bad), init))).toEqual(INVALID)
    }
  })

  it('reads no credentials from the URL', async () => {
    const address = `${ADDRESS}?access_token=${good()}&x-api-key=${good()}`
    expect(refusalOf(await send(start(environment()), {}, {}, address))).toEqual(MISSING)
  })

  it.each([
    '/',
    '/metrics',
    '/schema.graphql',
    '/possible-types.json',
    '/graphql/',
    '/graphql/x',
    '/nothing',
    '/healthy',
  ])('protects %s as well', async (path) => {
    const address = new URL(path, ADDRESS).href
    for (const init of [GET, {}]) expect((await send(start(environment()), {}, init, address)).status).toBe(401)
  })

  it.each(['/health', '/ready'])('leaves %s open', async (path) => {
    expect((await send(start(environment()), {}, GET, new URL(path, ADDRESS).href)).status).toBe(200)
  })

  it('needs no credentials for the GraphiQL page, but for the operations of the page', async () => {
    const gateway = start(environment())
    const html = { accept: 'text/html' }
    const query = `${ADDRESS}?query=${encodeURIComponent('{ __typename }')}`
    for (const address of [ADDRESS, query]) {
      const page = await send(gateway, html, GET, address)
      expect({ status: page.status, isData: page.text.includes('"data"') && page.text.length < 1000 }).toEqual({
        status: 200,
        isData: false,
      })
      expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    }
    expect((await send(gateway, html)).status).toBe(401)
    expect((await send(gateway, { accept: 'application/json' }, GET, query)).status).toBe(401)
  })

  it('sends no upstream request for a rejected caller', async () => {
    const at = await startGateway({ environment: environment() })
    open.add(at)
    const { errors, requests } = await at.query('{ transactions { totalCount } }')
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED'])
    expect(requests).toEqual(NO_REQUESTS)
  })

  it('passes the grants of the caller to the session of a provider', async () => {
    const grants: unknown[] = []
    const spying: Provider = {
      ...PROVIDERS[0]!,
      name: 'VOBIZ',
      connect: () => ({
        openSession({ grant }) {
          grants.push(grant)
          throw new Error('enough')
        },
        secretMaterial: 'a test',
        check: async () => {},
        close: async () => {},
      }),
    }
    const gateway = start(environment(), [spying])
    await send(gateway, bearer(good()), { body: JSON.stringify({ query: '{ transactions { totalCount } }' }) })
    expect(grants[0]).toEqual({ accounts: ['MA_1'] })
  })

  it('never shows credentials in answers or in the log', async () => {
    const gateway = start(environment())
    const sent = [good(), expired(), bad, 'hunter2']
    const answers = await Promise.all(sent.map((credential) => send(gateway, bearer(credential))))
    const shown = answers.map(({ text, headers }) => text + JSON.stringify([...headers])).join() + lines.join()
    for (const credential of sent) expect(shown).not.toContain(credential)
    const refused = lines.map((line) => JSON.parse(line)).filter(({ status }) => status === 401)
    expect(refused).toHaveLength(3)
  })
})

describe('an API key', () => {
  it('may be sent as x-api-key', async () => {
    const gateway = start(withKeys)
    expect((await send(gateway, { 'x-api-key': KEY })).status).toBe(200)
    expect((await send(gateway, { 'x-api-key': KEY, authorization: 'Basic dXNlcjpodW50ZXIy' })).status).toBe(200)
    expect(refusalOf(await send(gateway, { 'x-api-key': UNKNOWN_KEY }))).toEqual(INVALID)
    expect(refusalOf(await send(gateway, { 'x-api-key': '' }))).toEqual(INVALID)
  })

  it('may be sent in both headers, but not two different ones', async () => {
    const gateway = start(withKeys)
    expect((await send(gateway, { 'x-api-key': KEY, ...bearer(KEY) })).status).toBe(200)
    expect(refusalOf(await send(gateway, { 'x-api-key': UNKNOWN_KEY, ...bearer(KEY) }))).toEqual(INVALID)
    expect(refusalOf(await send(gateway, { 'x-api-key': KEY, ...bearer(UNKNOWN_KEY) }))).toEqual(INVALID)
    expect(refusalOf(await send(gateway, { 'x-api-key': KEY, authorization: 'Bearer' }))).toEqual(INVALID)
  })

  it('is never empty, even when the file has the hash of the empty text', async () => {
    const file = join(folder, 'empty-key.json')
    await writeFile(file, JSON.stringify({ keys: [{ name: 'nobody', sha256: hashApiKey('').toString('hex') }] }))
    const gateway = start({ ...withKeys, API_KEYS_FILE: file })
    for (const headers of [{ 'x-api-key': '' }, { authorization: 'Bearer' }, { authorization: 'Bearer ' }]) {
      expect(refusalOf(await send(gateway, headers))).toEqual(INVALID)
    }
  })

  it('is not accepted when AUTH_MODE is jwt', async () => {
    expect(refusalOf(await send(start(withTokens), { 'x-api-key': token }))).toEqual(MISSING)
  })
})

describe('a token', () => {
  it('longer than 16 KiB is rejected even when it is valid', async () => {
    const gateway = start(withTokens)
    const long = await sign({ more: 'x'.repeat(11_000) })
    const tooLong = await sign({ more: 'x'.repeat(12_500) })
    expect([long.length < 16_384, tooLong.length > 16_384]).toEqual([true, true])
    expect((await send(gateway, bearer(long))).status).toBe(200)
    expect(refusalOf(await send(gateway, bearer(tooLong)))).toEqual(INVALID)
  })

  it('that cannot be checked now is answered with 503', async () => {
    const { JWT_PUBLIC_KEY_FILE: _, ...others } = withTokens
    const answer = await send(start({ ...others, JWT_JWKS_URL: 'http://127.0.0.1:1/keys' }), bearer(token))
    expect(refusalOf(answer)).toEqual({
      status: 503,
      message: 'The gateway cannot check credentials at the moment.',
      extensions: { code: 'AUTHENTICATION_UNAVAILABLE' },
    })
    expect(answer.headers.has('www-authenticate')).toBe(false)
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'error', reason: 'ECONNREFUSED' }),
    ])
  })
})

describe('an error response', () => {
  const JSON_TYPE = 'application/json; charset=utf-8'
  const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8'
  const accepted = [
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['application/json', JSON_TYPE],
    ['application/graphql-response+json', GRAPHQL_TYPE],
    ['APPLICATION/GraphQL-Response+JSON ;charset=utf-8', GRAPHQL_TYPE],
    ['application/graphql-response+json, application/json;q=0.9', GRAPHQL_TYPE],
    ['application/json, application/graphql-response+json', JSON_TYPE],
    ['text/html, */*;q=0.1', JSON_TYPE],
    ['multipart/mixed, application/graphql-response+json, application/json', GRAPHQL_TYPE],
  ] as const

  it.each(accepted)('to a client that accepts %s is %s, as any other result', async (accept, type) => {
    const [refused, answered] = await Promise.all(
      [bearer(UNKNOWN_KEY), bearer(KEY)].map((headers) => send(start(withKeys), { ...headers, accept })),
    )
    expect(refused!.headers.get('content-type')).toBe(type)
    expect(answered!.headers.get('content-type')).toBe(type)
    expect(refusalOf(refused!)).toEqual(INVALID)
  })

  it('is JSON for a client that accepts events', async () => {
    const { headers } = await send(start(withKeys), { accept: 'text/event-stream' })
    expect(headers.get('content-type')).toBe(JSON_TYPE)
  })

  it('has the headers that every answer has', async () => {
    const { headers } = await send(start(withKeys), {})
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('over a socket', () => {
  /** Sends raw headers, which may repeat. */
  async function sendRaw(headers: readonly string[], body: string) {
    const gateway = start(withKeys)
    const server = createListener(gateway).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    open.add({
      close: async () => {
        server.closeAllConnections()
        server.close()
      },
    })
    const { port } = server.address() as AddressInfo
    const sent = httpRequest({ host: '127.0.0.1', port, path: '/graphql', method: 'POST', headers: [...headers] })
    const answer = new Promise<IncomingMessage>((resolve, reject) =>
      sent.once('response', resolve).once('error', reject),
    )
    sent.end(body)
    const response = await answer
    response.resume()
    return response.statusCode
  }

  const JSON_BODY = '{"query":"{ __typename }"}'
  const common = ['host', 'gateway.test', 'content-type', 'application/json']

  it.each([
    ['a good key', ['authorization', `Bearer ${KEY}`], JSON_BODY, 200],
    ['no key and a long body', [], 'x'.repeat(5_000_000), 401],
    ['a key that is far too long', ['authorization', `Bearer ${'x'.repeat(20_000)}`], JSON_BODY, 431],
    ['a key with blanks around it', ['x-api-key', ` ${KEY}\t`], JSON_BODY, 200],
    ['two keys', ['x-api-key', KEY, 'x-api-key', UNKNOWN_KEY], JSON_BODY, 400],
    ['the same key twice', ['x-api-key', KEY, 'x-api-key', KEY], JSON_BODY, 400],
  ])('answers %s correctly', async (_, headers, body, status) => {
    expect(await sendRaw([...common, 'content-length', String(body.length), ...headers], body)).toBe(status)
  })
})

describe('createGateway()', () => {
  it('reports issues of the key file together with all other issues', async () => {
    const file = join(folder, 'bad.json')
    await writeFile(file, JSON.stringify({ keys: [{ name: 'one', sha256: 'hunter2', grants: { NOWHERE: 'all' } }] }))
    const environment = { ...withKeys, API_KEYS_FILE: file, VOBIZ_AUTH_ID: 'PA_1' }
    const faults = (() => {
      try {
        start(environment)
        return []
      } catch (error) {
        return error instanceof ConfigError ? error.issues : [String(error)]
      }
    })()
    expect(faults.map((fault) => fault.replace(/: expected .* at /, ' … '))).toEqual([
      'API_KEYS_FILE … keys[0].sha256',
      'API_KEYS_FILE … keys[0].grants',
      expect.stringMatching(/^VOBIZ_AUTH_TOKEN is not set, /),
    ])
  })
})

describe('useAuthentication()', () => {
  it('rejects the request, and hides the error, when authentication fails unexpectedly', async () => {
    const log = createLog('debug', (line) => lines.push(line))
    const failing = () => {
      throw new TypeError('hunter2')
    }
    const yoga = createYoga({
      schema: createSchema({ typeDefs: 'type Query { a: Int }' }),
      plugins: [useAuthentication(failing, log)],
      logging: false,
    })
    const response = await yoga.fetch(`${ADDRESS}?query={a}`)
    const text = await response.text()
    expect(refusalOf({ status: response.status, headers: response.headers, text })).toMatchObject({
      status: 503,
      extensions: { code: 'AUTHENTICATION_UNAVAILABLE' },
    })
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: expect.any(String),
        level: 'error',
        message: 'unexpected error',
        requestId: expect.stringMatching(/^[\da-f-]{36}$/),
        name: 'TypeError',
        at: expect.stringMatching(/^at /),
      },
    ])
    expect(text).not.toContain('hunter2')
  })
})

describe('callerOf()', () => {
  it('throws for a request that has not been authenticated', () => {
    expect(() => callerOf(new Request(ADDRESS))).toThrow('The request has not been authenticated.')
  })
})
