import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../src/errors.ts'
import { createGateway, type Gateway, PROVIDERS } from '../src/gateway.ts'
import { LOG_FIELDS } from '../src/log/fields.ts'
import { createLog } from '../src/log.ts'
import type { Provider } from '../src/providers/provider.ts'
import type { Fault, UpstreamReply, UpstreamServer } from '../src/sandbox/server.ts'
import { createApiKey, hashApiKey } from '../src/server/auth/api-keys.ts'
import { createListener } from '../src/server/listener.ts'
import { startFuzzed } from './fuzz/support/gateway.ts'
import { GENEROUS, type RootDocument, rootDocuments } from './fuzz/support/root-documents.ts'
import { environmentOf, type TestGateway } from './support/gateway.ts'
import { KITS, withKits } from './support/kits.ts'

/**
 * Marks every text of a provider that callers must not see. It is short, because messages often quote only the beginning
 * of a text.
 */
const MARKER = 'wp7_Zq-4'
/** Longer than anything that the gateway remembers of a failure. */
const FORGOTTEN_MS = 10 * 60_000

/** Operations under way at the same time. */
const AT_A_TIME = 4

const folder = mkdtempSync(join(tmpdir(), 'leaks-'))
const keysFile = join(folder, 'keys.json')
const key = createApiKey()

let at: TestGateway
let gateway: Gateway
let server: Server
/** All servers of the sandboxes, and those of them that are APIs. */
let servers: readonly UpstreamServer[]
let apis: readonly UpstreamServer[]
let documents: readonly RootDocument[]
let secrets: readonly string[]
/** Everything that came out of the gateway, by where it did. */
const seen = { log: '', output: '', answers: '' }
/** The time by which the clocks of this process have been advanced. */
let skewMs = 0

/** A fault of every request, without an end. */
type Failure = Fault & { readonly on?: never; readonly times?: never }

/** Returns the forms of a secret that no answer and no log may contain, encoded ones included. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  // In base64, what a text becomes depends on where in three bytes it begins; its edges depend on its neighbours.
  const shifted = [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const inner = whole.slice([0, 2, 3][shift], ((shift + bytes.length) % 3 === 0 ? 0 : -1) || undefined)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  return [
    secret,
    ...shifted,
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(secret),
    percent,
    percent.toUpperCase(),
  ]
}

/** Returns the secrets that a text contains, in any form. */
const found = (text: string) => secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form)))

beforeAll(async () => {
  const now = Date.now.bind(Date)
  const elapsed = performance.now.bind(performance)
  vi.spyOn(Date, 'now').mockImplementation(() => now() + skewMs)
  vi.spyOn(performance, 'now').mockImplementation(() => elapsed() + skewMs)
  at = await startFuzzed({ ...GENEROUS, MAX_UPSTREAM_REQUESTS: '1000' })
  for (const { sandbox, kit } of withKits(at.sandboxes)) kit.plantSecrets(sandbox, MARKER)
  documents = (await rootDocuments(at, 2)).flatMap((document) => {
    const partial = { ...document, query: document.query.replace('first: 5', 'first: 5, onProviderFailure: PARTIAL') }
    return document.field === 'transactions' ? [document, partial] : [document]
  })
  servers = [...at.sandboxes.values()].flatMap((sandbox) => sandbox.servers)
  apis = [...at.sandboxes.values()].map((sandbox) => sandbox.servers[0])
  const hash = hashApiKey(key).toString('hex')
  writeFileSync(keysFile, JSON.stringify({ keys: [{ name: 'tests', sha256: hash }] }))
  const environment = environmentOf(at.sandboxes)
  const valuesOf = (kind: RegExp) =>
    Object.keys(environment).flatMap((name) => (kind.test(name) ? environment[name]! : []))
  const addresses = valuesOf(/_URL$/)
  const credentials = valuesOf(/_(TOKEN|SECRET|KEY)$/)
  // Each provider has at least one credential and one address per server.
  expect([credentials.length, addresses.length]).toEqual([at.sandboxes.size, servers.length])
  secrets = [MARKER, ...credentials, key, hash, ...addresses, ...addresses.map((address) => new URL(address).host)]
  gateway = createGateway({
    environment: {
      ...environment,
      ...GENEROUS,
      AUTH_MODE: 'api-key',
      API_KEYS_FILE: keysFile,
      LOG_LEVEL: 'debug',
      UPSTREAM_TIMEOUT_MS: '100',
    },
    log: createLog('debug', (line) => {
      seen.log += line
    }),
  })
  server = createListener(gateway)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
})

beforeEach(() => {
  Object.assign(seen, { log: '', output: '', answers: '' })
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      seen.output += chunk
      return true
    })
  }
  for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, name).mockImplementation((...parts) => {
      seen.output += `${parts.map(String).join(' ')}\n`
    })
  }
})

afterEach(() => {
  for (const spied of [process.stdout.write, process.stderr.write, ...Object.values(console)]) {
    if (vi.isMockFunction(spied)) spied.mockRestore()
  }
  for (const upstream of servers) upstream.clearFaults()
  skewMs += FORGOTTEN_MS
})

afterAll(async () => {
  vi.restoreAllMocks()
  server?.closeAllConnections()
  server?.close()
  await gateway?.close()
  await at?.close()
  rmSync(folder, { recursive: true })
})

/** Sends a request over a socket, and keeps all of its answer. */
async function exchange(path: string, init: RequestInit): Promise<{ status: number; text: string }> {
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init })
  const text = await response.text()
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`)
  // GraphiQL's page is nine million characters of code.
  seen.answers += `${[response.status, response.statusText, ...headers].join('\n')}\n${text.slice(0, 1_000_000)}\n`
  return { status: response.status, text }
}

const ask = (query: string, headers: Readonly<Record<string, string>> = { authorization: `Bearer ${key}` }) =>
  exchange('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  })

/** The secrets that are not in the environment, such as the tokens that the gateway was given. */
const issuedSecrets = (): string[] =>
  withKits(at.sandboxes)
    .flatMap(({ sandbox, kit }) => kit.secretsOf(sandbox))
    .filter((secret) => secret.length > 8)

/** Fails when any output of the gateway contains a secret, or when a log line has a field that is not listed. */
function expectNoLeak(): void {
  const lines = seen.log.split('\n').filter((line) => line !== '')
  const fields = new Set(lines.flatMap((line) => Object.keys(JSON.parse(line))))
  for (const name of ['time', 'level', 'message', ...LOG_FIELDS]) fields.delete(name)
  expect([...fields]).toEqual([])
  const issued = issuedSecrets().flatMap(formsOf)
  for (const [where, text] of Object.entries(seen)) {
    expect(found(text), where).toEqual([])
    expect(
      issued.filter((form) => text.includes(form)),
      where,
    ).toEqual([])
  }
}

const HEADERS = {
  'x-marker': MARKER,
  'set-cookie': `session=${MARKER}`,
  'www-authenticate': `Bearer realm="${MARKER}"`,
  'x-request-id': MARKER,
  server: MARKER,
}

/** A refusal, or what is no answer, full of what the provider says of itself. */
const saying = (status: number, reply: Partial<UpstreamReply> = {}): Failure => ({
  kind: 'reply',
  reply: {
    status,
    json: { error: MARKER, detail: [{ msg: MARKER, input: MARKER }], trace: `Error: ${MARKER}\n    at ${MARKER}` },
    ...reply,
    headers: { ...HEADERS, ...reply.headers },
  },
})

/** Every member of an answer with one of these names, at any depth, becomes the marker. */
function marked(value: unknown, names: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((member) => marked(member, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, names.includes(name) ? MARKER : marked(member, names)]),
  )
}

/** Answers in which these members make no sense. */
const garbled = (...names: string[]): Failure => ({
  kind: 'alter',
  alter: (reply) => ({
    ...reply,
    json: marked(JSON.parse(JSON.stringify(reply.json ?? null)), names),
    headers: { ...reply.headers, ...HEADERS },
  }),
})

/** Answers with secrets among what is right. */
const withSecrets: Failure = {
  kind: 'alter',
  alter: (reply) => {
    const page = JSON.parse(JSON.stringify(reply.json ?? null))
    for (const row of page?.transactions ?? []) {
      Object.assign(row, {
        auth_token: MARKER,
        'X-Api-Key': MARKER,
        meta: { deep: [{ partnerSecret: MARKER, Password: MARKER }] },
      })
    }
    return { ...reply, json: page, headers: { ...reply.headers, ...HEADERS } }
  },
}

const FAULTS: readonly (readonly [string, Failure])[] = [
  ['nothing', { kind: 'delay', delayMs: 0 }],
  ['secrets in its rows', withSecrets],
  ['a reset', { kind: 'reset' }],
  ['no answer in time', { kind: 'hang' }],
  ['half a body', { kind: 'truncate' }],
  ['a page for people', saying(200, { text: `<html>${MARKER}</html>`, headers: { 'content-type': 'text/html' } })],
  ['JSON of another kind', saying(200)],
  ['a text in JSON', saying(200, { json: MARKER })],
  ['a text', saying(200, { text: MARKER })],
  ['JSON that ends early', saying(200, { text: `{"transactions":[{"id":"${MARKER}",` })],
  ['JSON that is too deep', saying(200, { text: `${'['.repeat(500)}"${MARKER}"${']'.repeat(500)}` })],
  ['a packed body', saying(200, { text: MARKER, headers: { 'content-encoding': 'gzip' } })],
  ['a redirect', saying(302, { headers: { location: `http://127.0.0.1:9/${MARKER}` } })],
  ...[204, 400, 401, 403, 404, 405, 409, 418, 422, 429, 500, 501, 502, 503].map(
    (status) => [`status ${status}`, saying(status)] as const,
  ),
  ['times that are none', garbled('created_at', 'updated_at')],
  ['amounts that are none', garbled('amount', 'cash_credits', 'total_amount', 'reserved_amount')],
  ['totals that are none', garbled('total', 'total_debit', 'total_credit', 'net_amount')],
  ['lists that are none', garbled('transactions', 'accounts')],
  ['a token that is none', garbled('expires_in', 'token_type')],
]

/** The line of the start that says what the process connects to. */
const HOSTS_LINE = /^Providers: (?:\w+ \(127\.0\.0\.1:\d+(?:, 127\.0\.0\.1:\d+)*\)(?:, |$))+/m

describe('the secrets of the gateway and of its providers', () => {
  it.each(FAULTS)('are in no answer and no log when the providers send %s', async (_, fault) => {
    for (const upstream of [apis, servers.filter((one) => !apis.includes(one))]) {
      for (const one of upstream) one.fault(fault)
      // A few at a time: more failures would open the circuit breakers.
      for (let index = 0; index < documents.length; index += AT_A_TIME) {
        const answers = await Promise.all(documents.slice(index, index + AT_A_TIME).map(({ query }) => ask(query)))
        expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
        skewMs += FORGOTTEN_MS
      }
      for (const one of upstream) one.clearFaults()
    }
    expect(seen.answers.length).toBeGreaterThan(1000)
    expectNoLeak()
  })

  it.each([
    ['Bearer', { authorization: `Bearer ${key}x` }],
    ['x-api-key', { 'x-api-key': `${key}x` }],
    ['two that differ', { authorization: `Bearer ${key}`, 'x-api-key': `x${key}` }],
    ['another scheme', { authorization: `Basic ${Buffer.from(`user:${key}`).toString('base64')}` }],
  ])('are in no answer and no log when a caller is refused: %s', async (_, headers) => {
    expect((await ask('{ __typename }', headers)).status).toBe(401)
    expectNoLeak()
  })

  it.each(['/', '/health', '/ready', '/metrics', '/graphql', '/schema.graphql', '/possible-types.json', '/nothing'])(
    'are not at %s',
    async (path) => {
      for (const accept of ['text/html', 'application/json', '*/*']) await exchange(path, { headers: { accept } })
      await exchange(path, { headers: { accept: '*/*', authorization: `Bearer ${key}` } })
      expectNoLeak()
    },
  )

  it('are in nothing that the process writes', async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('../src/main.ts', import.meta.url))], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        ...environmentOf(at.sandboxes),
        ...GENEROUS,
        PORT: '0',
        LOG_LEVEL: 'debug',
        AUTH_MODE: 'api-key',
        API_KEYS_FILE: keysFile,
        UPSTREAM_TIMEOUT_MS: '100',
      },
    })
    try {
      let written = ''
      const address = await new Promise<string>((resolve, reject) => {
        const onData = (chunk: Buffer) => {
          written += chunk
          const [, url] = /(http:\S+\/graphql)/.exec(written) ?? []
          if (url) resolve(url)
        }
        child.stdout.on('data', onData)
        child.stderr.on('data', onData)
        child.once('exit', (code) => reject(new Error(`exit ${code}: ${written}`)))
      })
      for (const [, fault] of FAULTS) {
        for (const upstream of servers) upstream.fault(fault)
        const { query } = documents[0]!
        const response = await fetch(address, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-api-key': key },
          body: JSON.stringify({ query }),
        })
        seen.answers += await response.text()
        for (const upstream of servers) upstream.clearFaults()
      }
      expect(written).toContain('upstream request failed')
      // Its own address is no secret, and one line of the start names the hosts of the providers, without anything else of their URLs.
      expect(written).toMatch(HOSTS_LINE)
      seen.output += written.replace(HOSTS_LINE, '')
      expectNoLeak()
    } finally {
      child.kill('SIGKILL')
    }
  })
})

describe('an environment that cannot be used', () => {
  const secret = 'hunter2-Marker'
  const UPSTREAM_URLS = PROVIDERS.flatMap(({ variables }) => Object.keys(variables)).filter((name) =>
    /_URL$/.test(name),
  )
  const URLS = [...UPSTREAM_URLS, 'JWT_JWKS_URL']

  const UNUSABLE: readonly (readonly [name: string, value: string])[] = [
    ...URLS.flatMap((name) => [
      [name, `https://user:${secret}@ledger.example`] as const,
      [name, `ftp://${secret}`] as const,
    ]),
    ...UPSTREAM_URLS.map((name) => [name, `https://ledger.example/?token=${secret}`] as const),
    ...[...KITS.values()].flatMap((kit) => Object.entries(kit.unusableVariables(secret))),
    ['API_KEYS_FILE', `/nowhere/${secret}`],
    ['JWT_PUBLIC_KEY_FILE', `/nowhere/${secret}`],
    ['AUTH_MODE', secret],
    ['LOG_LEVEL', secret],
    ['PORT', secret],
    ['UPSTREAM_TIMEOUT_MS', secret],
  ]

  it.each(UNUSABLE)('is reported without the value of %s: %s', (name, value) => {
    const others = environmentOf(at.sandboxes)
    const mode = { API_KEYS_FILE: 'api-key', JWT_PUBLIC_KEY_FILE: 'jwt', JWT_JWKS_URL: 'jwt' }[name]
    const jwt = mode === 'jwt' ? { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' } : {}
    let error: unknown
    try {
      createGateway({ environment: { ...others, ...(mode && { AUTH_MODE: mode }), ...jwt, [name]: value } })
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).issues.join()).toContain(name)
    expect((error as ConfigError).issues.join()).not.toContain(secret)
    for (const text of Object.values(seen)) expect(text).not.toContain(secret)
  })
})

describe('an error that nobody expected', () => {
  const UNEXPECTED: readonly (readonly [string, unknown])[] = [
    ['an Error', new Error(`cannot read ${MARKER}`)],
    ['one that looks like a trace', new TypeError(`Unexpected token at ${MARKER}\n    at ${MARKER} (/secret:1:1)`)],
    ['one without a message', new RangeError('')],
    ['one whose trace is gone', Object.assign(new Error(MARKER), { stack: undefined })],
    ['one whose message was changed', Object.assign(new Error(`first ${MARKER}`), { message: 'second' })],
    ['one with a cause', new Error('outer', { cause: new Error(MARKER) })],
    ['a text', MARKER],
    ['an object', { password: MARKER }],
    ['nothing', undefined],
  ]

  /** Returns the first registered provider, whose part of the one list fails with the error. */
  function failing(error: unknown): Provider {
    const provider = PROVIDERS[0]!
    return {
      ...provider,
      connect: () => ({
        openSession: () => ({
          transactions: () => ({ provider: provider.name, open: () => Promise.reject(error) }),
        }),
        secretMaterial: 'a test',
        check: async () => {},
        close: async () => {},
      }),
    }
  }

  async function answerOf(error: unknown, query: string) {
    const broken = createGateway({
      environment: {},
      providers: [failing(error)],
      log: createLog('debug', (line) => {
        seen.log += line
      }),
    })
    const response = await broken.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    const text = await response.text()
    seen.answers += text
    await broken.close()
    const lines = seen.log.split('\n').filter((line) => line !== '')
    // The line of the operation itself is not looked at here.
    const failures = lines.map((line) => JSON.parse(line)).filter(({ message }) => message !== 'operation')
    return { result: JSON.parse(text), lines: failures }
  }

  it.each(UNEXPECTED)('is masked, and found in the log by its id: %s', async (_, error) => {
    const { result, lines } = await answerOf(error, '{ transactions { nodes { id } } }')
    expect(result).toEqual({
      data: null,
      errors: [
        expect.objectContaining({
          message: 'Something went wrong in the gateway.',
          extensions: { code: 'INTERNAL_SERVER_ERROR', id: expect.stringMatching(/^[\da-f-]{36}$/) },
        }),
      ],
    })
    expect(lines).toEqual([
      expect.objectContaining({ level: 'error', message: 'unexpected error', id: result.errors[0].extensions.id }),
    ])
    expectNoLeak()
  })

  it('is one line of the log, also when it takes several fields', async () => {
    const query = '{ a: transactions { nodes { id } totalCount } b: transactions(first: 1) { totalCount } }'
    const { result, lines } = await answerOf(new Error('once'), query)
    expect(lines).toHaveLength(1)
    for (const { extensions } of result.errors) expect(extensions.id).toBe(lines[0].id)
  })

  it('is found by its id as well where the list goes on without the provider', async () => {
    const query = '{ transactions(onProviderFailure: PARTIAL) { sources { error { code message } } } }'
    const { result, lines } = await answerOf(new Error(MARKER), query)
    expect(result).toEqual({
      data: {
        transactions: {
          sources: [
            {
              error: {
                code: 'INTERNAL_SERVER_ERROR',
                message: `Something went wrong in the gateway. Its id is ${lines[0].id}.`,
              },
            },
          ],
        },
      },
    })
    expectNoLeak()
  })
})

describe('looking for a leak', () => {
  it.each([
    ['plain', (text: string) => text],
    ['in base64', (text: string) => Buffer.from(text).toString('base64')],
    ['in base64url', (text: string) => Buffer.from(text).toString('base64url')],
    ['behind a byte, in base64', (text: string) => Buffer.from(`a${text}bc`).toString('base64')],
    ['behind two bytes, in base64url', (text: string) => Buffer.from(`aa${text}b`).toString('base64url')],
    ['in an address', (text: string) => encodeURIComponent(text)],
    ['in JSON', (text: string) => JSON.stringify({ text })],
  ])('finds it %s', (_, encode) => {
    expect(found(`before ${encode(MARKER)} after`)).toEqual([MARKER])
  })
})
