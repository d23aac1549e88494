import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createGateway, type Gateway, PROVIDERS } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { hashApiKey } from '../../src/server/auth/api-keys.ts'
import { createListener } from '../../src/server/listener.ts'
import { readRequestId } from '../../src/server/request-id.ts'
import { listen, sendBytes, shut, type WireAnswer } from './support/sockets.ts'

const GENERATED = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const KEY = 'tgw_a-key-for-request-ids'

describe('readRequestId()', () => {
  it.each(['a', '1-67a92466-4b6aa15a05ffcd4c510de968', 'Root=1-2/3', 'A_z.~:/+=-', 'x'.repeat(128)])(
    'returns %s',
    (given) => {
      expect(readRequestId(given)).toBe(given)
    },
  )

  it.each([
    undefined,
    null,
    '',
    ' ',
    'a b',
    'a,b',
    'a, a',
    'a"b',
    'a{b}',
    'a\nb',
    'a;b',
    'ü',
    'x'.repeat(129),
    ['a', 'b'],
  ])('returns a new id for %j', (given) => {
    const ids = [readRequestId(given), readRequestId(given)]
    expect(ids[0]).not.toBe(ids[1])
    for (const id of ids) expect(id).toMatch(GENERATED)
  })
})

let folder: string
let gateway: Gateway
let server: Server
let lines: string[] = []

/** The first provider of the registry, whose lists cannot be opened. */
const broken: Provider = {
  ...PROVIDERS[0]!,
  connect: () => ({
    openSession: () => {
      throw new TypeError('unexpected')
    },
    secretMaterial: 'a test',
    check: async () => {},
    close: async () => {},
  }),
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-request-id-'))
  const file = join(folder, 'keys.json')
  const sha256 = hashApiKey(KEY).toString('hex')
  await writeFile(file, JSON.stringify({ keys: [{ name: 'billing', sha256, grants: 'all' }] }))
  gateway = createGateway({
    environment: {
      AUTH_MODE: 'api-key',
      API_KEYS_FILE: file,
      ALLOWED_HOSTS: 'localhost',
      CORS_ORIGINS: 'https://app.example',
    },
    providers: [broken],
    log: createLog('info', (line) => lines.push(line)),
  })
  server = await listen(createListener(gateway))
})
beforeEach(() => {
  lines = []
})
afterAll(async () => {
  await shut(server)
  await gateway.close()
  await rm(folder, { recursive: true, force: true })
})

interface Sent {
  readonly start?: string
  readonly fields?: readonly string[]
  readonly body?: string
}

const LOCAL = 'host: localhost'
const JSON_TYPE = 'content-type: application/json'
const ALLOWED = [LOCAL, JSON_TYPE, `x-api-key: ${KEY}`]
const bodyOf = (query: string) => JSON.stringify({ query })
const TYPENAME = bodyOf('query Named { __typename }')

/** Sends a request with an id. */
function send({ start = 'POST /graphql', fields = ALLOWED, body = TYPENAME }: Sent, id: string | null = 'the-id') {
  const framing = start.startsWith('POST') ? [`content-length: ${body.length}`] : []
  const named = id === null ? [] : [`x-request-id: ${id}`]
  const head = [`${start} HTTP/1.1`, ...fields, ...framing, ...named, 'connection: close', '', '']
  return sendBytes(server, head.join('\r\n') + (framing.length > 0 ? body : ''))
}

/** Requests of each kind, with the status and the message of the log line of each, if there is one. */
const REQUESTS: readonly (readonly [name: string, request: Sent, status: number, message: string | null])[] = [
  ['a plain operation', {}, 200, 'operation'],
  ['an operation that Yoga reads', { start: 'GET /graphql?query=query+Named{__typename}' }, 200, 'operation'],
  ['an operation that Yoga is handed', { body: bodyOf('{ nothing }') }, 200, 'operation'],
  ['a request without credentials', { fields: [LOCAL, JSON_TYPE] }, 401, 'request refused'],
  ['the same through Yoga', { start: 'GET /graphql', fields: [LOCAL] }, 401, 'request refused'],
  ['a host that is not served', { fields: ['host: evil.example'] }, 421, 'request refused'],
  ['a host that is none', { fields: ['host: ['] }, 400, null],
  ['a sign of life', { start: 'GET /health', fields: [LOCAL] }, 200, null],
  ['the page', { start: 'GET /graphql', fields: [LOCAL, 'accept: text/html'] }, 200, null],
  ['a body that is not JSON', { body: '{' }, 400, null],
  [
    'a preflight request',
    {
      start: 'OPTIONS /graphql',
      fields: [LOCAL, 'origin: https://app.example', 'access-control-request-method: POST'],
    },
    204,
    null,
  ],
  ['a page of another site', { fields: [...ALLOWED, 'origin: https://other.example'] }, 200, 'origin refused'],
]

describe('the id of a request', () => {
  it.each(REQUESTS)('is returned, and logged if there is a line: %s', async (_, request, status, message) => {
    const answer = await send(request)
    expect({ status: answer?.status, id: answer?.headers['x-request-id'] }).toEqual({ status, id: 'the-id' })
    const entries = lines.map((line) => JSON.parse(line))
    if (message !== null) expect(entries.map((entry) => entry.message)).toContain(message)
    expect(entries.map(({ requestId }) => requestId)).toEqual(entries.map(() => 'the-id'))
  })

  it.each(REQUESTS)('is generated when there is none: %s', async (_, request, status) => {
    const answers = [await send(request, null), await send(request, 'two ids')]
    const ids = answers.map((answer) => answer?.headers['x-request-id'])
    expect(answers.map((answer) => answer?.status)).toEqual([status, status])
    for (const id of ids) expect(id).toMatch(GENERATED)
    const logged = lines.map((line) => JSON.parse(line).requestId)
    expect(logged.every((id) => ids.includes(id))).toBe(true)
  })

  it.each([
    ['plain', {}, 'transactions { nodes { id } }'],
    ['by way of Yoga', { start: 'GET' }, 'transactions { nodes { id } }'],
    ['as a value', {}, 'transactions(onProviderFailure: PARTIAL) { sources { error { code } } }'],
  ])('is in the line of an unexpected error of its operation: %s', async (_, { start }: Sent, field) => {
    const query = `{ ${field} }`
    const answer = await (start
      ? send({ start: `GET /graphql?query=${encodeURIComponent(query)}` })
      : send({ body: bodyOf(query) }))
    expect(answer?.body).toContain('INTERNAL_SERVER_ERROR')
    const [unexpected, operation, ...rest] = lines.map((line) => JSON.parse(line))
    expect(unexpected).toMatchObject({ message: 'unexpected error', requestId: 'the-id', name: 'TypeError' })
    expect(operation).toMatchObject({ message: 'operation', requestId: 'the-id' })
    expect(rest).toEqual([])
  })

  it('may be read by pages of the origins that are allowed', async () => {
    const answer = await send({ fields: [...ALLOWED, 'origin: https://app.example'] })
    expect(answer?.headers['access-control-expose-headers']?.split(', ')).toContain('x-request-id')
  })

  it('is returned, and logged, when the handler fails', async () => {
    const failing = {
      ...gateway,
      lane: null,
      yoga: {
        handleNodeRequestAndResponse: () => {
          throw new RangeError('unexpected')
        },
      },
    }
    const other = await listen(createListener(failing))
    const head = `GET / HTTP/1.1\r\n${LOCAL}\r\nx-request-id: the-id\r\nconnection: close\r\n\r\n`
    const answer: WireAnswer | null = await sendBytes(other, head)
    await shut(other)
    expect({ status: answer?.status, id: answer?.headers['x-request-id'] }).toEqual({ status: 500, id: 'the-id' })
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ message: 'unexpected error', requestId: 'the-id' }])
  })
})
