import { readFileSync } from 'node:fs'
import type { Gateway } from '../../../src/gateway.ts'
import { environmentOf, startGateway, type TestGateway } from '../../support/gateway.ts'
import { argumentsOf, withKits } from '../../support/kits.ts'
import { ListenerClient, WITHOUT_RATE_LIMITS } from '../../support/listener-client.ts'
import { ROOT_LISTS } from '../../support/root-lists.ts'
import { check } from './fuzz.ts'
import type { Pool } from './values.ts'

/** The key that authenticates the cursors of the gateway, so that tests can forge some. */
export const CURSOR_SECRET = 'known to the tests that forge cursors'
/** Small limits, so that one large operation does not take the time of a hundred others. */
const ENVIRONMENT = {
  CURSOR_SECRET,
  SCAN_LIMIT: '150',
  MAX_UPSTREAM_REQUESTS: '40',
  MAX_UPSTREAM_ROWS: '2000',
  UPSTREAM_TIMEOUT_MS: '2000',
  ...WITHOUT_RATE_LIMITS,
}

const ENTRIES = 40

/** Starts a gateway over small ledgers in which many entries share an instant. */
export async function startFuzzed(environment: Readonly<Record<string, string>> = {}): Promise<TestGateway> {
  const at = await startGateway({ data: 'empty', environment: { ...ENVIRONMENT, ...environment } })
  const timestamps = Array.from({ length: ENTRIES }, (_, index) =>
    new Date(Date.UTC(2026, 0, 1 + Math.floor(index / 3))).toISOString(),
  )
  for (const { sandbox, kit } of withKits(at.sandboxes)) kit.fill(sandbox, timestamps)
  const client = new ListenerClient(at.gateway)
  clients.set(at.gateway, client)
  return {
    ...at,
    async close() {
      await client.close()
      await at.close()
    },
  }
}

/** The clients of the gateways that were started. */
const clients = new WeakMap<Gateway, ListenerClient>()

/** Returns ids and cursors of the gateway, by the name of the argument that takes them. */
export async function poolOf(at: TestGateway): Promise<Pool> {
  const list = 'edges { cursor node { id } } pageInfo { endCursor }'
  const lists = ROOT_LISTS.map(({ field }) => `${field}(first: 10) { ${list} }`)
  const data = await at.ask<Record<string, { edges: { cursor: string; node: { id: string } }[] }>>(
    `{ ${lists.join(' ')} oldest: transactions(last: 10, order: OLDEST_FIRST) { ${list} } }`,
  )
  const edges = Object.values(data).flatMap((connection) => connection.edges)
  const ids = edges.map(({ node }) => node.id)
  const cursors = edges.map(({ cursor }) => cursor)
  const values = argumentsOf(at.sandboxes)
  const byArgument = Map.groupBy(values.keys(), (name) => name.slice(name.indexOf('.') + 1))
  const keys = withKits(at.sandboxes).flatMap(({ sandbox, kit }) =>
    kit
      .objectsOf(sandbox, null)
      .flatMap((object) => ['id', ...Object.keys(object.keys)].map((field) => [object.typename, field])),
  )
  return new Map([
    ...[...byArgument].map(([name, names]) => [name, names.flatMap((each) => values.get(each)!)] as const),
    ...values,
    ['id', ids],
    ['ids', ids],
    ['after', cursors],
    ['before', cursors],
    // Representations as a router sends them: a type, and the field that identifies its object.
    ['_Any', [...keys, ['Transaction', 'id'], ['__proto__', 'id'], ['Query', 'id']].map((key) => key.join('.'))],
  ])
}

/** Returns the secrets that no answer may contain. */
export function secretsOf({ sandboxes }: TestGateway): readonly string[] {
  const environment = Object.entries(environmentOf(sandboxes))
  return [
    ...environment.flatMap(([name, value]) => (/_(TOKEN|SECRET|KEY)$/.test(name) ? [value] : [])),
    ...environment.flatMap(([name, value]) => (name.endsWith('_URL') ? [new URL(value).host] : [])),
    ...withKits(sandboxes).flatMap(({ sandbox, kit }) => kit.secretsOf(sandbox)),
    // A token that fuzzing has shortened may occur by chance.
  ].filter((secret) => secret.length >= 8)
}

const ERRORS_PAGE = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
/** The codes that docs/errors.md lists. */
const CODES = new Set([...ERRORS_PAGE.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]!))

/** An answer as it came. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** A GraphQL result. */
export interface Result {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly {
    readonly message: string
    readonly path?: readonly (string | number)[]
    readonly extensions: { readonly code: string }
  }[]
}

/** Sends something to a gateway that {@link startFuzzed} has started, over HTTP. */
export async function send(
  { gateway }: TestGateway,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): Promise<Answer> {
  const response = await clients.get(gateway)!.post(body, headers)
  return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() }
}

/** Matches paths and stack frames of the gateway. */
const INSIDES = /node_modules|node:internal|\.ts:\d+|\/src\/|\bat .{1,80}:\d+:\d+\)/

/** Checks that an answer is one that callers may get, whatever they sent, and that nothing of the inside is in it. */
export function checkSound({ status, type, text }: Answer, secrets: readonly string[]): void {
  check(status < 500, () => `status ${status}: ${text}`)
  const secret = secrets.find((known) => text.includes(known))
  check(secret === undefined, () => `the secret ${secret} in ${text}`)
  // GraphiQL's page shows what GraphiQL is made of.
  check(type.startsWith('text/html') || !INSIDES.test(text), () => `insides in ${text}`)
}

/**
 * Checks that an answer is a GraphQL result: each error has a code that docs/errors.md lists, and null at its path.
 *
 * @param isEvent true for one of a subscription's, which may have failed before there was anything to be null
 */
export function checkResult(answer: Answer, isEvent = false): Result {
  check(/^application\/(graphql-response\+)?json\b/.test(answer.type), () => `the type ${answer.type}: ${answer.text}`)
  const result = JSON.parse(answer.text) as Result
  const { data, errors } = result
  const members = Object.keys(result)
  check(
    members.every((name) => ['data', 'errors', 'extensions'].includes(name)) && (errors !== undefined || !!data),
    () => `no result: ${answer.text}`,
  )
  check(errors === undefined || errors.length > 0, () => `an empty list of errors: ${answer.text}`)
  for (const { message, path, extensions } of errors ?? []) {
    check(typeof message === 'string' && message !== '', () => `no message: ${answer.text}`)
    const code = extensions?.code
    check(CODES.has(code) && code !== 'INTERNAL_SERVER_ERROR', () => `the code ${code}: ${answer.text}`)
    check(
      (path === undefined) === (data === undefined) || isEvent,
      () => `a path without data, or none: ${answer.text}`,
    )
    check(!path || !/^GRAPHQL_/.test(code), () => `${code} at a field: ${answer.text}`)
    check(!path || data === undefined || isNullAt(data, path), () => `no null at ${path?.join('.')}: ${answer.text}`)
  }
  return result
}

/**
 * Checks that an answer is a stream of results with an end.
 * @returns the number of results
 */
export function checkStream({ type, text }: Answer): number {
  check(type.startsWith('text/event-stream'), () => `the type ${type}: ${text}`)
  const events = text.split('\n\n').filter((event) => event.trim() !== '' && !event.startsWith(':'))
  const results = events.filter((event) => event.startsWith('event: next'))
  check(events.at(-1)?.startsWith('event: complete') === true, () => `no end: ${text}`)
  for (const event of results) {
    checkResult(
      { status: 200, type: 'application/json', text: event.slice(event.indexOf('data: ') + 'data: '.length) },
      true,
    )
  }
  return results.length
}

/** Returns true when the data is null at a path or above it. */
function isNullAt(data: unknown, path: readonly (string | number)[]): boolean {
  let at = data
  for (const step of path) {
    if (at === null) return true
    at = (at as Record<string | number, unknown>)[step]
  }
  return at === null
}
