import { request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Random } from '../../src/sandbox/random.ts'
import { createListener } from '../../src/server/listener.ts'
import type { TestGateway } from '../support/gateway.ts'
import { check, FUZZ_TIMEOUT_MS, fuzz } from './support/fuzz.ts'
import { type Answer, checkResult, checkSound, poolOf, secretsOf, startFuzzed } from './support/gateway.ts'
import { mutateJson, mutateText } from './support/mutations.ts'
import { anyOperation } from './support/operations.ts'
import { anyJson, anyText, type Pool } from './support/values.ts'

let at: TestGateway
let pool: Pool
let server: Server

beforeAll(async () => {
  at = await startFuzzed({ MAX_BODY_BYTES: '20000' })
  pool = await poolOf(at)
  server = createListener(at.gateway)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await at.close()
})

/** A request as it is sent. */
interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
}

/** Returns the answer to a request over a socket; null when the server closes the socket without one. */
function exchange({ method, path, headers, body }: Sent): Promise<Answer | null> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk) => {
        text += chunk
      })
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, type: incoming.headers['content-type'] ?? '', text }),
      )
      incoming.on('error', reject)
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(null)
      else reject(error)
    })
    outgoing.end(body ?? undefined)
  })
}

const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=utf-16le',
  'application/graphql',
  'application/graphql-response+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'multipart/form-data',
  'text/plain',
  'text/plain;charset=UTF-8',
  'application/octet-stream',
  'application/json, text/plain',
  '/',
  ';',
]
const ACCEPTS = [
  '*/*',
  'application/json',
  'application/graphql-response+json',
  'application/graphql-response+json;q=0, */*',
  'text/event-stream',
  'multipart/mixed',
  'text/html',
  'image/png',
  ';;;,,',
]
const METHODS = ['POST', 'POST', 'POST', 'POST', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'PROPFIND']
const PATHS = [
  '/graphql',
  '/graphql',
  '/graphql',
  '/graphql/',
  '/graphql?query=%7B__typename%7D',
  '/',
  '/health',
  '/ready',
  '/%',
  '//',
  '/..%2f',
  '/graphql/../x',
]

const bytes = (random: Random, length: number) => Buffer.from(Array.from({ length }, () => random.integer(0, 255)))

/** A header's value as Node lets it be sent. */
const headerText = (text: string) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?').slice(0, 4000)

/** A body of any kind: bytes, text, and what began as an operation. */
function anyBody(random: Random): Buffer {
  const kind = random.integer(0, 7)
  if (kind === 0) return bytes(random, random.pick([0, 1, 2, 50, 1000, 19_999, 20_000, 20_001, 30_000]))
  if (kind === 1) return Buffer.from(JSON.stringify(anyJson(random, 3)))
  const operation = anyOperation({ schema: at.gateway.schema, pool, random, oddity: 0.02 })
  const text = JSON.stringify(operation)
  switch (kind) {
    case 2:
      return Buffer.from(JSON.stringify(mutateJson(operation, random)) ?? '')
    case 3:
      return Buffer.from(mutateText(text, random))
    case 4:
      return Buffer.from(`query=${encodeURIComponent(operation.query)}&variables=${mutateText('{}', random)}`)
    case 5:
      return Buffer.from(
        `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${text}\r\n--x\r\ncontent-disposition: form-data; name="map"\r\n\r\n{"0":["variables.file"]}\r\n--x--`,
      )
    case 6: {
      const broken = Buffer.from(text)
      for (let flips = random.integer(1, 4); flips > 0; flips--) {
        const index = random.integer(0, broken.length - 1)
        broken[index] = broken[index]! ^ (1 << random.integer(0, 7))
      }
      return broken
    }
    default:
      return Buffer.from(
        random.pick([
          `[${text},${text}]`,
          `[${text}]`,
          `${text}${text}`,
          `\ufeff${text}`,
          '['.repeat(9000),
          `{"a":`.repeat(3000),
        ]),
      )
  }
}

function anyRequest(random: Random): Sent {
  const method = random.pick(METHODS)
  const headers: Record<string, string> = { 'content-type': random.pick(TYPES) }
  if (random.chance(0.5)) headers.accept = random.pick(ACCEPTS)
  if (random.chance(0.1)) delete headers['content-type']
  if (random.chance(0.1)) headers['content-encoding'] = random.pick(['gzip', 'identity', 'br', 'x', ''])
  if (random.chance(0.2)) {
    const name = random.pick([
      'authorization',
      'x-api-key',
      'cookie',
      'origin',
      'x-graphql-cost',
      'apollo-require-preflight',
      'x-forwarded-for',
      'accept-encoding',
      'if-none-match',
      'accept-language',
      'last-event-id',
    ])
    headers[name] = headerText(anyText(random))
  }
  const hasBody = !['GET', 'HEAD'].includes(method) || random.chance(0.1)
  const body = hasBody ? anyBody(random) : null
  // Node itself frames the bodies of some methods not at all.
  if (body)
    Object.assign(headers, random.chance(0.5) ? { 'content-length': body.length } : { 'transfer-encoding': 'chunked' })
  const path = random.chance(0.2)
    ? `/graphql?${encodeURI(headerText(anyText(random)).toWellFormed())}`
    : random.pick(PATHS)
  if (!hasBody && random.chance(0.7)) {
    const { query, variables } = anyOperation({ schema: at.gateway.schema, pool, random, oddity: 0.05 })
    const search = new URLSearchParams({
      query: query.toWellFormed(),
      variables: mutateText(JSON.stringify(variables), random).toWellFormed(),
    })
    return { method, path: `/graphql?${search}`.slice(0, 12_000), headers, body: null }
  }
  return { method, path: path.replace(/[^\x21-\x7e]/g, ''), headers, body }
}

/** Returns true for an exchange without a GraphQL result, because of its path, its method or its status. */
const isBare = ({ method, path }: Sent, { status }: Answer) =>
  !path.startsWith('/graphql') ||
  ['HEAD', 'OPTIONS'].includes(method) ||
  [204, 404, 405, 406, 415, 431].includes(status)

describe('requests of any kind', () => {
  it(
    'are answered, with a result where they are GraphQL',
    () =>
      fuzz(0.25, async (random, report) => {
        const sent = anyRequest(random)
        report(`${sent.method} ${sent.path}\n${JSON.stringify(sent.headers)}\n${sent.body?.toString('latin1') ?? ''}`)
        const answer = await exchange(sent)
        check(answer !== null, () => 'no answer')
        checkSound(answer, secretsOf(at))
        if (isBare(sent, answer)) return
        if (/^application\/(graphql-response\+)?json/.test(answer.type)) checkResult(answer)
        else
          check(
            /^text\/html|^text\/event-stream|^multipart\/mixed/.test(answer.type),
            () => `${answer.status} ${answer.type}: ${answer.text}`,
          )
      }),
    FUZZ_TIMEOUT_MS,
  )
})
