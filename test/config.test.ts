import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Config, type Environment, readConfig } from '../src/config.ts'
import { ConfigError } from '../src/errors.ts'
import { createGateway, type Gateway, PROVIDERS } from '../src/gateway.ts'
import { examplesOf } from '../src/graphql/graphiql.ts'
import type { Sandbox } from '../src/sandbox/server.ts'

const VOBIZ = { VOBIZ_AUTH_ID: 'PA_1', VOBIZ_AUTH_TOKEN: 'hunter2' }
const KOBBLE = {
  KOBBLE_BASE_URL: 'http://127.0.0.1:1',
  KOBBLE_TOKEN_URL: 'http://127.0.0.1:1/token',
  KOBBLE_CLIENT_ID: 'client-1',
  KOBBLE_CLIENT_SECRET: 'hunter3',
}

/** Returns the issues of an environment; none when it is valid. */
function faultsOf(read: () => unknown): readonly string[] {
  try {
    read()
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.issues
    throw error
  }
}

describe('readConfig()', () => {
  it.each([
    ['31 characters', 'x'.repeat(31), 'expected at least 32 characters'],
    ['1025 characters', 'x'.repeat(1025), 'expected at most 1024 characters'],
  ])('rejects a CURSOR_SECRET of %s without showing it', (_, CURSOR_SECRET, expected) => {
    expect(faultsOf(() => readConfig({ CURSOR_SECRET }))).toEqual([`CURSOR_SECRET: ${expected}`])
  })

  it('accepts a CURSOR_SECRET of 32 characters', () => {
    expect(readConfig({ CURSOR_SECRET: 'x'.repeat(32) }).cursorSecret).toBe('x'.repeat(32))
  })

  it('has the documented defaults when nothing is set', () => {
    expect(readConfig({})).toEqual({
      host: '127.0.0.1',
      port: 4000,
      logLevel: 'info',
      lifeCycle: { workers: 1, readyTimeoutMs: 30_000, shutdownDelayMs: 0, shutdownTimeoutMs: 8_000 },
      upstreamTimeoutMs: 10_000,
      clientCertificate: null,
      scanLimit: 10_000,
      maxUpstreamRequests: 2_000,
      maxUpstreamRows: 100_000,
      cursorSecret: null,
      auth: { mode: 'none' },
      corsOrigins: [],
      allowedHosts: [],
      sandboxFailures: new Map(),
      persistedDocuments: null,
      metrics: { host: '127.0.0.1', port: null },
      traceUpstream: false,
      cache: null,
      redis: null,
      limits: expect.anything(),
      graphiql: true,
      connections: {
        maxConnections: 2_000,
        requestTimeoutMs: 30_000,
        keepAliveTimeoutMs: 5_000,
        readTimeoutMs: 30_000,
      },
    })
  })

  it('rejects a cache in Redis without Redis', () => {
    expect(faultsOf(() => readConfig({ CACHE: 'redis' }))).toEqual(['REDIS_URL: must be set when CACHE is redis'])
    expect(readConfig({ CACHE: 'redis', REDIS_URL: 'redis://127.0.0.1' }).cache?.store).toBe('redis')
    expect(readConfig({ CACHE: 'memory' }).cache?.store).toBe('memory')
  })

  it('reads the settings of Redis, with defaults for all but its URL', () => {
    const REDIS_URL = 'rediss://gateway:hunter2@redis.example:6380/3'
    expect(readConfig({ REDIS_URL }).redis).toEqual({ url: REDIS_URL, prefix: 'tgw:', timeoutMs: 50 })
    const environment = { REDIS_URL: 'redis://127.0.0.1', REDIS_PREFIX: 'test:', REDIS_TIMEOUT_MS: '20' }
    expect(readConfig(environment).redis).toEqual({ url: 'redis://127.0.0.1', prefix: 'test:', timeoutMs: 20 })
    expect(readConfig({ REDIS_PREFIX: 'test:' }).redis).toBeNull()
  })

  it.each([
    'https://user:hunter2@redis.example',
    'redis.example:6379',
    'redis://user:hunter2@redis.example/zero',
    'redis://user:hunter2@redis.example/0?tls=on',
    'redis://',
  ])('rejects %s as the URL of Redis without showing it', (REDIS_URL) => {
    expect(faultsOf(() => readConfig({ REDIS_URL }))).toEqual([
      'REDIS_URL: expected a URL such as rediss://user:password@redis.example.com:6379/0',
    ])
  })

  it.each<[Environment, Config['metrics']]>([
    [{ METRICS_PORT: '9464' }, { host: '127.0.0.1', port: 9464 }],
    [
      { METRICS_PORT: '0', METRICS_HOST: '10.0.0.1' },
      { host: '10.0.0.1', port: 0 },
    ],
    [{ METRICS: 'off', METRICS_PORT: '9464' }, null],
  ])('reads the metrics of %o', (environment, metrics) => {
    expect(readConfig(environment).metrics).toEqual(metrics)
  })

  it.each(['-1', '65536', '9464a', '1.5'])('rejects %s as METRICS_PORT', (METRICS_PORT) => {
    expect(faultsOf(() => readConfig({ METRICS_PORT }))).toEqual([
      'METRICS_PORT: expected a whole number from 0 to 65535',
    ])
  })

  it('reads values without surrounding whitespace', () => {
    const environment = { HOST: '::1', PORT: ' 0 ', LOG_LEVEL: 'silent', UPSTREAM_TIMEOUT_MS: '250', SCAN_LIMIT: '1' }
    expect(readConfig(environment)).toEqual({
      host: '::1',
      port: 0,
      logLevel: 'silent',
      lifeCycle: { workers: 1, readyTimeoutMs: 30_000, shutdownDelayMs: 0, shutdownTimeoutMs: 8_000 },
      upstreamTimeoutMs: 250,
      clientCertificate: null,
      scanLimit: 1,
      maxUpstreamRequests: 2_000,
      maxUpstreamRows: 100_000,
      cursorSecret: null,
      auth: { mode: 'none' },
      corsOrigins: [],
      allowedHosts: [],
      sandboxFailures: new Map(),
      persistedDocuments: null,
      metrics: { host: '127.0.0.1', port: null },
      traceUpstream: false,
      cache: null,
      redis: null,
      limits: expect.anything(),
      graphiql: true,
      connections: {
        maxConnections: 2_000,
        requestTimeoutMs: 30_000,
        keepAliveTimeoutMs: 5_000,
        readTimeoutMs: 30_000,
      },
    })
  })

  it.each(['HOST', 'PORT', 'LOG_LEVEL', 'AUTH_MODE', 'UPSTREAM_TIMEOUT_MS', 'SCAN_LIMIT'])(
    'treats an empty %s as unset',
    (name) => {
      expect(readConfig({ [name]: '' })).toEqual(readConfig({}))
      expect(readConfig({ [name]: '  ' })).toEqual(readConfig({}))
    },
  )

  it.each([
    ['PORT', ['-1', '65536', '80.5', '0x50', '1e3', 'http'], 'expected a whole number from 0 to 65535'],
    ['LOG_LEVEL', ['INFO', 'verbose'], 'expected one of debug, info, warn, error, silent'],
    ['AUTH_MODE', ['basic', 'NONE'], 'expected one of none, api-key, jwt'],
    ['UPSTREAM_TIMEOUT_MS', ['0', '600001', '1s'], 'expected a whole number from 1 to 600000'],
    ['SCAN_LIMIT', ['0', '100000001', 'all', '9'.repeat(400)], 'expected a whole number from 1 to 100000000'],
  ])('rejects a %s out of %j', (name, values, expected) => {
    for (const value of values) {
      const faults = faultsOf(() => readConfig({ [name]: value }))
      expect(faults).toHaveLength(1)
      expect(faults[0]).toContain(`${name}: ${expected}`)
    }
  })

  it.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost'])('needs no AUTH_MODE on %s', (HOST) => {
    expect(readConfig({ HOST }).host).toBe(HOST)
  })

  it.each(['0.0.0.0', '::', '192.168.1.7', 'gateway.example', '127.0.0.1.example', '128.0.0.1'])(
    'needs an AUTH_MODE on %s',
    (HOST) => {
      expect(faultsOf(() => readConfig({ HOST }))).toEqual([
        expect.stringMatching(/^AUTH_MODE: must be set when HOST /),
      ])
      expect(readConfig({ HOST, AUTH_MODE: 'none' }).host).toBe(HOST)
    },
  )
})

describe('readConfig() of AUTH_MODE', () => {
  const JWT = {
    AUTH_MODE: 'jwt',
    JWT_JWKS_URL: 'https://issuer.example/keys?set=1',
    JWT_ISSUER: 'https://issuer.example/',
    JWT_AUDIENCE: 'gateway',
  }
  const { JWT_JWKS_URL, ...JWT_FROM } = JWT
  const settings = {
    mode: 'jwt',
    keys: { url: JWT_JWKS_URL },
    issuer: 'https://issuer.example/',
    audience: 'gateway',
    clockSkewS: 30,
    maxLifetimeS: 86_400,
    grantsClaim: 'grants',
  }

  it.each([
    ['none', { AUTH_MODE: 'none' }, { mode: 'none' }],
    [
      'none, with what is for another mode',
      { ...JWT, AUTH_MODE: 'none', API_KEYS_FILE: 'keys.json' },
      { mode: 'none' },
    ],
    ['keys', { AUTH_MODE: 'api-key', API_KEYS_FILE: ' keys.json ' }, { mode: 'api-key', keysFile: 'keys.json' }],
    ['tokens', JWT, settings],
    [
      'tokens of one key',
      { ...JWT_FROM, JWT_PUBLIC_KEY_FILE: 'issuer.pem' },
      { ...settings, keys: { file: 'issuer.pem' } },
    ],
    [
      'tokens with a skew and a claim',
      { ...JWT, JWT_CLOCK_SKEW_S: '0', JWT_GRANTS_CLAIM: 'scope' },
      { ...settings, clockSkewS: 0, grantsClaim: 'scope' },
    ],
    ['tokens without a claim', { ...JWT, JWT_GRANTS_CLAIM: '*' }, { ...settings, grantsClaim: null }],
  ])('accepts %s', (_, environment, auth) => {
    expect(readConfig(environment).auth).toEqual(auth)
    expect(readConfig({ ...environment, HOST: '0.0.0.0' }).auth).toEqual(auth)
  })

  const EITHER = 'JWT_JWKS_URL: expected a value for this or for JWT_PUBLIC_KEY_FILE, and not for both'
  const ISSUER = 'JWT_ISSUER: expected the issuer of the tokens (claim iss)'
  const AUDIENCE = 'JWT_AUDIENCE: expected the audience of the tokens, which names this gateway (claim aud)'
  it.each([
    ['keys without a file', { AUTH_MODE: 'api-key' }, ['API_KEYS_FILE: expected the path of a file with keys']],
    ['tokens without anything', { AUTH_MODE: 'jwt' }, [EITHER, ISSUER, AUDIENCE]],
    ['tokens without a key', JWT_FROM, [EITHER]],
    ['tokens with keys from two places', { ...JWT, JWT_PUBLIC_KEY_FILE: 'issuer.pem' }, [EITHER]],
    ['tokens from anybody', { ...JWT, JWT_ISSUER: '' }, [ISSUER]],
    ['tokens for anybody', { ...JWT, JWT_AUDIENCE: '' }, [AUDIENCE]],
    [
      'clocks that are far apart',
      { ...JWT, JWT_CLOCK_SKEW_S: '601' },
      ['JWT_CLOCK_SKEW_S: expected a whole number from 0 to 600'],
    ],
  ])('rejects %s', (_, environment, faults) => {
    expect(faultsOf(() => readConfig(environment))).toEqual(faults)
  })

  it.each(['http://127.0.0.1:8080/keys', 'http://localhost/keys', 'http://[::1]:1/', 'https://issuer.example'])(
    'accepts keys from %s',
    (url) => {
      expect(readConfig({ ...JWT, JWT_JWKS_URL: url }).auth).toEqual({ ...settings, keys: { url } })
    },
  )

  it.each([
    'http://issuer.example/keys',
    'http://127.0.0.1.example/keys',
    'ftp://127.0.0.1/keys',
    'file:///keys',
    'https://user:hunter2@issuer.example/keys',
    'https://issuer.example/keys#hunter2',
    'issuer.example/keys',
    'keys.json',
  ])('rejects keys from %s', (url) => {
    expect(faultsOf(() => readConfig({ ...JWT, JWT_JWKS_URL: url }))).toEqual([
      'JWT_JWKS_URL: expected an https URL (http only on this machine) without credentials and fragment',
    ])
  })

  it.each(['API_KEYS_FILE', ...Object.keys(JWT).slice(1), 'JWT_PUBLIC_KEY_FILE', 'JWT_GRANTS_CLAIM'])(
    'rejects %s without AUTH_MODE, because it would have no effect',
    (name) => {
      expect(faultsOf(() => readConfig({ [name]: 'https://issuer.example' }))).toEqual([
        `AUTH_MODE: must be set when ${name} is set, which has no effect without it`,
      ])
    },
  )
})

describe('readConfig() of the limits on requests', () => {
  const DEFAULTS = {
    maxBodyBytes: 1_048_576,
    maxTokens: 2_000,
    maxDepth: 15,
    maxAliases: 100,
    maxDirectives: 50,
    maxRootFields: 50,
    maxComplexity: 60_000,
    maxVariableValues: 10_000,
    maxVariableCharacters: 262_144,
    introspection: true,
    ratePerMinute: 6_000,
    costPerMinute: 3_000_000,
    maxOperations: 100,
    maxSubscriptions: 20,
    operationTimeoutMs: 120_000,
  }

  it('has the documented defaults when nothing is set', () => {
    expect(readConfig({}).limits).toEqual(DEFAULTS)
  })

  const NUMBERS = [
    ['MAX_BODY_BYTES', 'maxBodyBytes', 1, 100_000_000],
    ['MAX_TOKENS', 'maxTokens', 1, 100_000],
    ['MAX_DEPTH', 'maxDepth', 1, 1_000],
    ['MAX_ALIASES', 'maxAliases', 0, 100_000],
    ['MAX_DIRECTIVES', 'maxDirectives', 0, 100_000],
    ['MAX_ROOT_FIELDS', 'maxRootFields', 1, 100_000],
    ['MAX_COMPLEXITY', 'maxComplexity', 1, 100_000_000],
    ['MAX_VARIABLE_VALUES', 'maxVariableValues', 1, 1_000_000],
    ['MAX_VARIABLE_CHARACTERS', 'maxVariableCharacters', 1, 100_000_000],
    ['RATE_LIMIT_PER_MINUTE', 'ratePerMinute', 0, 10_000_000],
    ['RATE_LIMIT_COST_PER_MINUTE', 'costPerMinute', 0, 999_999_999],
    ['MAX_OPERATIONS', 'maxOperations', 1, 1_000_000],
    ['MAX_SUBSCRIPTIONS', 'maxSubscriptions', 0, 1_000_000],
    ['OPERATION_TIMEOUT_MS', 'operationTimeoutMs', 1_000, 3_600_000],
  ] as const

  it.each(NUMBERS)('accepts %s for %s from %i to %i, and nothing else', (name, setting, from, to) => {
    for (const value of [from, to]) {
      expect(readConfig({ [name]: String(value) }).limits).toEqual({ ...DEFAULTS, [setting]: value })
    }
    for (const value of [from - 1, to + 1, 'many', '1k', '1.5']) {
      expect(faultsOf(() => readConfig({ [name]: String(value) }))).toEqual([
        `${name}: expected a whole number from ${from} to ${to}`,
      ])
    }
  })

  it.each([
    ['on', true],
    ['off', false],
  ])('accepts INTROSPECTION=%s', (INTROSPECTION, introspection) => {
    expect(readConfig({ INTROSPECTION }).limits).toEqual({ ...DEFAULTS, introspection })
  })

  it.each(['true', 'false', 'OFF', '0'])('rejects INTROSPECTION=%s', (INTROSPECTION) => {
    expect(faultsOf(() => readConfig({ INTROSPECTION }))).toEqual(['INTROSPECTION: expected on or off'])
  })
})

describe('readConfig() of CORS_ORIGINS', () => {
  it.each([
    ['*', '*'],
    ['https://app.example', ['https://app.example']],
    [
      ' https://app.example , http://localhost:3000,http://[::1]:8080',
      ['https://app.example', 'http://localhost:3000', 'http://[::1]:8080'],
    ],
  ])('accepts %j', (CORS_ORIGINS, origins) => {
    expect(readConfig({ CORS_ORIGINS }).corsOrigins).toEqual(origins)
  })

  it.each([
    'app.example',
    'https://app.example/',
    'https://app.example/path',
    'https://*.app.example',
    'https://App.example',
    'https://app.example:443',
    'https://user:hunter2@app.example',
    'https://app.example,*',
    'https://app.example,,https://other.example',
    'https://app.example https://other.example',
    'ftp://app.example',
    'null',
    '**',
  ])('rejects %j', (CORS_ORIGINS) => {
    expect(faultsOf(() => readConfig({ CORS_ORIGINS }))).toEqual([
      'CORS_ORIGINS: expected origins such as https://app.example.com, without a path and with commas between them, or * alone',
    ])
  })
})

describe('readConfig() of PERSISTED_DOCUMENTS', () => {
  it.each([
    ['nothing', {}, null],
    ['a path', { PERSISTED_DOCUMENTS: ' list.json ' }, { path: 'list.json', only: false }],
    [
      'a path alone',
      { PERSISTED_DOCUMENTS: 'list.json', PERSISTED_DOCUMENTS_ONLY: 'false' },
      { path: 'list.json', only: false },
    ],
    [
      'a path and no other documents',
      { PERSISTED_DOCUMENTS: 'list.json', PERSISTED_DOCUMENTS_ONLY: 'true' },
      { path: 'list.json', only: true },
    ],
  ])('accepts %s', (_, environment, settings) => {
    expect(readConfig(environment).persistedDocuments).toEqual(settings)
  })

  it('rejects PERSISTED_DOCUMENTS_ONLY without documents', () => {
    expect(faultsOf(() => readConfig({ PERSISTED_DOCUMENTS_ONLY: 'true' }))).toEqual([
      'PERSISTED_DOCUMENTS: must be set when PERSISTED_DOCUMENTS_ONLY is true; otherwise every operation is rejected',
    ])
  })

  it.each(['yes', '1', 'TRUE', 'on'])('rejects %j for true', (PERSISTED_DOCUMENTS_ONLY) => {
    expect(faultsOf(() => readConfig({ PERSISTED_DOCUMENTS: 'list.json', PERSISTED_DOCUMENTS_ONLY }))).toEqual([
      'PERSISTED_DOCUMENTS_ONLY: expected true or false',
    ])
  })
})

describe('createGateway()', () => {
  let gateway: Gateway | null = null
  afterEach(async () => {
    await gateway?.close()
    gateway = null
  })

  const configured = (environment: Environment) => {
    gateway = createGateway({ environment })
    return gateway.configured
  }

  it.each([
    ['nothing', {}, []],
    ['variables that are empty', { VOBIZ_AUTH_ID: '', VOBIZ_AUTH_TOKEN: ' ', KOBBLE_CLIENT_ID: '' }, []],
    ['a currency alone', { VOBIZ_CURRENCY: 'EUR' }, []],
    ['Vobiz', VOBIZ, ['VOBIZ']],
    ['Kobble', KOBBLE, ['KOBBLE']],
    ['both', { ...VOBIZ, ...KOBBLE }, ['KOBBLE', 'VOBIZ']],
  ])('with %s set enables the providers that are complete', (_, environment, names) => {
    expect(configured(environment)).toEqual(names)
  })

  const halves = [VOBIZ, KOBBLE].flatMap((whole) =>
    Object.keys(whole).map((missing) => [missing, { ...whole, [missing]: undefined }] as const),
  )
  it.each(halves)('rejects a provider without its %s', (missing, environment) => {
    expect(faultsOf(() => createGateway({ environment }))).toEqual([
      expect.stringMatching(new RegExp(`^${missing} is not set, but (VOBIZ|KOBBLE)_\\w+ is: expected `)),
    ])
  })

  it.each(Object.keys(KOBBLE).concat('KOBBLE_SCOPE', 'VOBIZ_BASE_URL', ...Object.keys(VOBIZ)))(
    'rejects %s alone',
    (name) => {
      expect(faultsOf(() => createGateway({ environment: { [name]: 'http://127.0.0.1:1' } }))).not.toEqual([])
    },
  )

  it('reports all issues at once: one line each, with the variable and the expectation, without the value', () => {
    const environment = {
      HOST: '0.0.0.0',
      PORT: 'hunter5',
      LOG_LEVEL: 'hunter6',
      VOBIZ_BASE_URL: 'https://user:hunter7@vobiz.example',
      VOBIZ_AUTH_TOKEN: 'hunter 8',
      VOBIZ_CURRENCY: 'hunter9',
      KOBBLE_TOKEN_URL: 'ftp://hunter10.example',
      KOBBLE_CLIENT_SECRET: 'hunter11',
    }
    const faults = faultsOf(() => createGateway({ environment }))
    expect(
      faults
        .map((fault) => /^([A-Z_]+)(?: is not set, but [A-Z_]+ is)?: (expected|must) .*[^.\n]$/.exec(fault)?.[1])
        .sort(),
    ).toEqual([
      'AUTH_MODE',
      'KOBBLE_BASE_URL',
      'KOBBLE_CLIENT_ID',
      'KOBBLE_TOKEN_URL',
      'LOG_LEVEL',
      'PORT',
      'VOBIZ_AUTH_ID',
      'VOBIZ_AUTH_TOKEN',
      'VOBIZ_BASE_URL',
      'VOBIZ_CURRENCY',
    ])
    expect(faults.join()).not.toContain('hunter')
  })

  it('answers PROVIDER_NOT_CONFIGURED for a disabled provider, and lists the entries of the others', async () => {
    gateway = createGateway({ environment: KOBBLE })
    const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ vobizTransactions { totalCount } }' }),
    })
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'PROVIDER_NOT_CONFIGURED', provider: 'VOBIZ' } }],
    })
  })
})

describe('the process', () => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  let folder: string
  let sandboxes: readonly Sandbox[]
  const running = new Set<ReturnType<typeof spawn>>()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-'))
    sandboxes = await Promise.all(PROVIDERS.map((provider) => provider.startSandbox()))
  })
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL')
  })
  afterAll(async () => {
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
    await rm(folder, { recursive: true, force: true })
  })

  /** Starts the gateway in an environment that holds nothing else. */
  function start(environment: Record<string, string>) {
    const child = spawn(process.execPath, [main], { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    const said = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said.err += text
    })
    const ended = once(child, 'close').then(([code]) => {
      running.delete(child)
      return code as number | null
    })
    /** The address from its start-up line. */
    const address = () =>
      expect
        .poll(() => /http:\S+\/graphql/.exec(said.out)?.[0] ?? said.err, { timeout: 20_000, interval: 20 })
        .toMatch(/^http:/)
        .then(() => /http:\S+\/graphql/.exec(said.out)![0])
    return { child, said, ended, address }
  }

  async function ask(address: string, query: string) {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    return response.json()
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'starts on its sandbox, answers, and ends on %s with code 0',
    async (signal) => {
      const gateway = start({ PORT: '0' })
      const address = await gateway.address()
      expect(gateway.said.out).toMatch(/^GraphQL and GraphiQL: http:\/\/127\.0\.0\.1:\d+\/graphql$/m)
      expect(gateway.said.out).toContain('all data is made up')
      for (const { name, variables } of PROVIDERS)
        expect(gateway.said.out).toContain(`${name}: ${Object.keys(variables).join(', ')}`)

      const answer = await ask(
        address,
        '{ transactions(first: 1) { nodes { id } sources { provider error { code } } } }',
      )
      expect(answer).toEqual({
        data: {
          transactions: {
            nodes: [{ id: expect.any(String) }],
            sources: PROVIDERS.map(({ name }) => ({ provider: name, error: null })),
          },
        },
      })
      const asked = { 'x-graphql-sandbox': '1', 'content-type': 'application/json' }
      const marked = await Promise.all([
        fetch(address, { method: 'POST', headers: asked, body: JSON.stringify({ query: '{ __typename }' }) }),
        fetch(`${address}?query={__typename}`, { headers: asked }),
      ])
      for (const response of marked) {
        expect(await response.json()).toEqual({ data: { __typename: 'Query' }, extensions: { sandbox: true } })
      }
      const page = await (await fetch(address, { headers: { accept: 'text/html' } })).text()
      expect(page).toContain('<title>Transactions gateway (sandbox, made-up data)</title>')
      for (const path of ['/health', '/ready']) expect((await fetch(new URL(path, address))).status).toBe(200)

      gateway.child.kill(signal)
      expect(await gateway.ended).toBe(0)
      const logged = gateway.said.err.trimEnd().split('\n')
      const operation = expect.objectContaining({ level: 'info', message: 'operation', outcome: 'ok' })
      const life = [
        expect.objectContaining({ level: 'info', message: 'stopping', signal }),
        expect.objectContaining({ level: 'info', message: 'stopped', isClean: true }),
      ]
      expect(logged.map((line) => JSON.parse(line))).toEqual([operation, operation, operation, ...life])
    },
  )

  it('makes a sandbox fail from the start on with SANDBOX_FAIL, and work again by its control', async () => {
    const { name } = PROVIDERS[0]!
    const gateway = start({ PORT: '0', LOG_LEVEL: 'silent', SANDBOX_FAIL: name })
    const address = await gateway.address()
    const { query } = examplesOf(PROVIDERS).find((example) => example.query.includes('query OneDown'))!
    const readSources = async () => {
      const { data, errors } = (await ask(address, query)) as {
        data: { transactions: { nodes: unknown[]; sources: { provider: string; error: { code: string } | null }[] } }
        errors?: unknown
      }
      expect([data.transactions.nodes.length, errors]).toEqual([10, undefined])
      return data.transactions.sources.map(({ provider, error }) => [provider, error?.code ?? null])
    }
    const sources = (code: string | null) =>
      PROVIDERS.map(({ name: provider }) => [provider, provider === name ? code : null])
    expect(await readSources()).toEqual(sources('UPSTREAM_ERROR'))

    const [, fail, recover] = /^ {2}curl -X PUT -d 503 (\S+)\n {2}curl -X PUT -d ok (\S+)$/m.exec(gateway.said.out)!
    expect([fail, new URL(recover!).pathname]).toEqual([recover, `/${name}`])
    await fetch(recover!, { method: 'PUT', body: 'ok' })
    await expect.poll(readSources, { timeout: 20_000 }).toEqual(sources(null))
    await fetch(fail!, { method: 'PUT', body: '400' })
    await expect.poll(readSources).toEqual(sources('UPSTREAM_ERROR'))

    for (const [variable, value] of Object.entries(sandboxes[0]!.environment)) {
      if (!variable.endsWith('_URL')) expect(gateway.said.out).toContain(`${variable}=${value}`)
    }
    gateway.child.kill('SIGTERM')
    expect(await gateway.ended).toBe(0)
  })

  it.each([
    [
      'an unknown provider',
      { SANDBOX_FAIL: 'BANK' },
      /^ {2}SANDBOX_FAIL: expected (\w+), \1:503, \1:timeout, \1:slow, with /,
    ],
    ['an unknown failure', { SANDBOX_FAIL: `${PROVIDERS[0]!.name}:broken` }, /^ {2}SANDBOX_FAIL: expected /],
    ['a status of success', { SANDBOX_FAIL: `${PROVIDERS[0]!.name}:200` }, /^ {2}SANDBOX_FAIL: expected /],
    [
      'a configured provider',
      { SANDBOX_FAIL: PROVIDERS[0]!.name, ...VOBIZ },
      /^ {2}SANDBOX_FAIL: must be unset when a provider is configured/,
    ],
  ])('does not start with a SANDBOX_FAIL for %s', async (_, environment, message) => {
    const gateway = start({ PORT: '0', ...environment })
    expect(await gateway.ended).toBe(1)
    expect(gateway.said.out).toBe('')
    expect(gateway.said.err.split('\n')[1]).toMatch(message)
  })

  it('starts no sandbox when a provider is configured', async () => {
    const [sandbox] = sandboxes
    const gateway = start({ PORT: '0', ...sandbox!.environment })
    const address = await gateway.address()
    const { name } = PROVIDERS[0]!
    const hosts = Object.values(sandbox!.environment).flatMap((value) => URL.parse(value ?? '')?.host ?? [])
    const others = PROVIDERS.slice(1).map((provider) => `${provider.name} (none of its variables is set)`)
    const lines = gateway.said.out.trimEnd().split('\n')
    expect(lines).toEqual([
      expect.stringMatching(/^GraphQL and GraphiQL: http:/),
      `Providers: ${name} (${hosts.join(', ')})`,
      'Callers: everybody who can connect from this machine, because AUTH_MODE is none.',
      expect.stringMatching(/^Processes: one, with the id \d+\.$/),
      `Off: ${[...others, 'authentication (AUTH_MODE)', 'traces (OTEL_EXPORTER_OTLP_ENDPOINT)', 'cache (CACHE)', 'Redis (REDIS_URL)'].join(', ')}.`,
    ])
    expect(gateway.said.out).not.toContain('made up')
    const answer = await ask(
      address,
      '{ transactions(first: 1) { nodes { provider } sources { provider error { code } } } }',
    )
    expect(answer).toEqual({
      data: {
        transactions: {
          nodes: [{ provider: name }],
          sources: PROVIDERS.map((provider) => ({
            provider: provider.name,
            error: provider.name === name ? null : { code: 'PROVIDER_NOT_CONFIGURED' },
          })),
        },
      },
    })
    gateway.child.kill('SIGTERM')
    expect(await gateway.ended).toBe(0)
  })

  it('starts with credentials that a provider rejects, and warns of them', async () => {
    const [sandbox] = sandboxes
    const secret = Object.keys(sandbox!.environment).find((name) => /_(TOKEN|SECRET)$/.test(name))!
    const gateway = start({ PORT: '0', ...sandbox!.environment, [secret]: 'hunter2' })
    await gateway.address()
    await expect.poll(() => gateway.said.err).toContain('provider check failed')
    const lines = gateway.said.err.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'provider check failed', cause: '401' }),
    )
    gateway.child.kill('SIGTERM')
    expect(await gateway.ended).toBe(0)
    expect(gateway.said.out + gateway.said.err).not.toContain('hunter2')
  })

  it('reads .env when it exists; variables that are already set take precedence', async () => {
    await writeFile(join(folder, '.env'), 'PORT=hunter2\nLOG_LEVEL=loud\n')
    try {
      const gateway = start({ PORT: '0' })
      expect(await gateway.ended).toBe(1)
      expect(gateway.said.err).toContain('LOG_LEVEL: ')
      expect(gateway.said.err).not.toContain('PORT: ')
    } finally {
      await rm(join(folder, '.env'))
    }
  })

  it('does not start with an invalid configuration, and prints one line for each issue', async () => {
    const gateway = start({ PORT: 'hunter2', HOST: '0.0.0.0', VOBIZ_AUTH_TOKEN: 'hunter3' })
    expect(await gateway.ended).toBe(1)
    expect(gateway.said.out).toBe('')
    expect(gateway.said.err.trimEnd().split('\n')).toEqual([
      'The configuration is invalid:',
      '  PORT: expected a whole number from 0 to 65535',
      expect.stringMatching(/^ {2}AUTH_MODE: must be set when HOST is reachable from other machines; /),
      "  VOBIZ_AUTH_ID is not set, but VOBIZ_AUTH_TOKEN is: expected the partner's auth id",
    ])
  })

  it('does not start its sandbox when a variable of a provider is misspelt', async () => {
    const gateway = start({ PORT: '0', VOBIZ_AUTHID: 'hunter2', MAX_DEPHT: '9' })
    expect(await gateway.ended).toBe(1)
    expect(gateway.said).toEqual({
      out: '',
      err: [
        'The configuration is invalid:',
        '  VOBIZ_AUTHID: unknown variable, the nearest known one is VOBIZ_AUTH_ID; IGNORED_VARIABLES allows names of other software',
        '  MAX_DEPHT: unknown variable, the nearest known one is MAX_DEPTH; IGNORED_VARIABLES allows names of other software',
        '',
      ].join('\n'),
    })
  })

  it('reports that its port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    try {
      const gateway = start({ PORT: String(port) })
      expect(await gateway.ended).toBe(1)
      expect(gateway.said.err).toBe(
        `Cannot listen on 127.0.0.1:${port}: the port is in use; set PORT to another one.\n`,
      )
    } finally {
      taken.close()
    }
  })
})

describe('check-node-version', () => {
  const preflight = fileURLToPath(new URL('../src/cli/check-node-version.cjs', import.meta.url))

  /** Runs the check in a Node that reports another version. */
  async function runAs(version: string) {
    const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })
      Object.defineProperty(process, 'version', { value: 'v${version}' })
      require(${JSON.stringify(preflight)})`
    const child = spawn(process.execPath, ['-e', pretend], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        said += text
      })
    }
    const [code] = await once(child, 'close')
    return { code, said }
  }

  it.each(['24.0.0', '24.21.0', '26.1.0'])('accepts Node %s without output', async (version) => {
    expect(await runAs(version)).toEqual({ code: 0, said: '' })
  })

  it.each(['4.9.1', '20.20.2', '23.11.0'])('stops Node %s with one sentence', async (version) => {
    const { code, said } = await runAs(version)
    expect(code).toBe(1)
    expect(said).toMatch(
      new RegExp(`^transactions-gateway needs Node 24 or newer and found v${version}; [^\\n]*\\.\\n$`),
    )
  })
})
