import type { GraphQLSchema } from 'graphql'
import type { Random } from '../../../src/sandbox/random.ts'
import { mutateJson, mutateText } from './mutations.ts'
import { anyOperation } from './operations.ts'
import { anyJson, anyText, type Pool } from './values.ts'

/** A request as it is sent. */
export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
}

/** What random requests are made of. */
export interface RequestOptions {
  readonly schema: GraphQLSchema
  readonly pool: Pool
  readonly random: Random
}

const JSON_TYPES = ['application/json', 'application/json; charset=utf-8', 'application/json;charset=utf-8']
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
  'application/graphql-response+json, application/json;q=0.9',
  'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
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
function anyBody({ schema, pool, random }: RequestOptions): Buffer {
  const kind = random.integer(0, 7)
  if (kind === 0) return bytes(random, random.pick([0, 1, 2, 50, 1000, 19_999, 20_000, 20_001, 30_000]))
  if (kind === 1) return Buffer.from(JSON.stringify(anyJson(random, 3)))
  const operation = anyOperation({ schema, pool, random, oddity: 0.02 })
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

/** A request of any kind. */
export function anyRequest({ schema, pool, random }: RequestOptions): Sent {
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
  const body = hasBody ? anyBody({ schema, pool, random }) : null
  // Node itself frames the bodies of some methods not at all.
  if (body)
    Object.assign(headers, random.chance(0.5) ? { 'content-length': body.length } : { 'transfer-encoding': 'chunked' })
  const path = random.chance(0.2)
    ? `/graphql?${encodeURI(headerText(anyText(random)).toWellFormed())}`
    : random.pick(PATHS)
  if (!hasBody && random.chance(0.7)) {
    const { query, variables } = anyOperation({ schema, pool, random, oddity: 0.05 })
    const search = new URLSearchParams({
      query: query.toWellFormed(),
      variables: mutateText(JSON.stringify(variables), random).toWellFormed(),
    })
    return { method, path: `/graphql?${search}`.slice(0, 12_000), headers, body: null }
  }
  return { method, path: path.replace(/[^\x21-\x7e]/g, ''), headers, body }
}

/** A POST as most clients send it, whose body may be anything. */
export function anyPost(options: RequestOptions): Sent {
  const { schema, pool, random } = options
  const operation = anyOperation({ schema, pool, random, oddity: random.pick([0, 0.01, 0.05]) })
  const body = random.chance(0.2) ? anyBody(options) : Buffer.from(JSON.stringify(operation))
  const headers: Record<string, string> = {
    'content-type': random.pick(JSON_TYPES),
    'content-length': `${body.length}`,
  }
  if (random.chance(0.5)) headers.accept = random.pick(ACCEPTS)
  if (random.chance(0.2)) headers['x-graphql-cost'] = '1'
  return { method: 'POST', path: '/graphql', headers, body }
}
