import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createGateway, type Gateway } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'
import { createVobizSandbox, type VobizSandbox } from '../../src/providers/vobiz/sandbox/index.ts'
import { createListener } from '../../src/server/listener.ts'
import { hasFault } from '../../src/server/operation-trace.ts'
import { type CountedOperation, CountedTracing } from '../support/counted-tracing.ts'
import { listen, openSocket, shut } from './support/sockets.ts'

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const NEWEST = 'query Newest { transactions(first: 3) { nodes { id } } }'
const SUBSCRIPTION = `subscription Compare {
  vobizReconciliation(period: { from: "2026-01-01", to: "2026-01-02" }) { customersDone }
}`

let vobiz: VobizSandbox
let gateway: Gateway
let server: Server
let tracing: CountedTracing
let lines: string[]

beforeAll(async () => {
  vobiz = await createVobizSandbox()
  tracing = new CountedTracing()
  gateway = createGateway({
    environment: { ...vobiz.environment, MAX_COMPLEXITY: '500', UPSTREAM_TIMEOUT_MS: '2000' },
    createTracing: () => tracing,
    log: createLog('info', (line) => lines.push(line)),
  })
  server = await listen(createListener(gateway))
})
beforeEach(() => {
  lines = []
  tracing.operations.length = 0
  vobiz.server.clearFaults()
})
afterAll(async () => {
  await shut(server)
  await gateway.close()
  await vobiz.close()
})

const fields = ['a', 'b', 'c', 'd', 'e', 'f']
  .map((name) => `${name}: transactions(first: 100) { nodes { id } }`)
  .join(' ')

/** The plain POST takes the lane, one with another content type than JSON alone takes Yoga. */
const WAYS = [
  ['a plain POST', 'application/json'],
  ['any other request', 'application/graphql-response+json, text/event-stream;q=0.5'],
] as const

async function ask(query: string, accept: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const { port } = server.address() as { port: number }
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: JSON.stringify({ query }),
  })
  return response.text()
}

/** Returns the only operation, when it has ended once. */
async function only(): Promise<CountedOperation> {
  await expect.poll(() => tracing.operations.map(({ ends }) => ends.length)).toEqual([1])
  return tracing.operations[0]!
}

describe.each(WAYS)('the trace of %s', (_, accept) => {
  it('begins with the context of the caller, follows its requests, and ends with what is logged', async () => {
    await ask(NEWEST, accept, { traceparent: PARENT, 'x-request-id': 'of-a-test' })
    const { traceparent, ends, requests } = await only()
    expect(traceparent).toBe(PARENT)
    expect(requests).toBe(1)
    expect(ends).toEqual([
      {
        caller: 'anonymous',
        requestId: 'of-a-test',
        kind: 'query',
        name: 'Newest',
        documentHash: expect.stringMatching(/^[\da-f]{16}$/),
        outcome: 'ok',
        codes: [],
        isFault: false,
        costs: [expect.objectContaining({ provider: 'VOBIZ', requests: 1, rows: expect.any(Number) })],
        events: undefined,
      },
    ])
  })

  it.each([
    ['cannot be parsed', '{ "', 'GRAPHQL_PARSE_FAILED'],
    ['does not fit the schema', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['is too complex', `{ ${fields} }`, 'LIMIT_EXCEEDED'],
  ])('ends once for a document that %s, without a fault', async (_, query, code) => {
    await ask(query, accept)
    const { ends, requests } = await only()
    expect(ends[0]).toMatchObject({ outcome: 'failed', codes: [code], isFault: false })
    expect(requests).toBe(0)
  })

  it('has a fault when the provider fails', async () => {
    vobiz.server.fault({ kind: 'reply', reply: { status: 400 } })
    await ask(NEWEST, accept)
    const { ends } = await only()
    expect(ends[0]).toMatchObject({ outcome: 'failed', codes: ['UPSTREAM_ERROR'], isFault: true })
  })

  it('ends when the caller disconnects', async () => {
    vobiz.server.fault({ kind: 'hang' })
    const before = vobiz.server.requests.length
    const body = JSON.stringify({ query: NEWEST })
    const socket = openSocket(server).on('error', () => {})
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: ${accept}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    await expect.poll(() => vobiz.server.requests.length).toBeGreaterThan(before)
    socket.destroy()
    const { ends } = await only()
    expect(ends[0]).toMatchObject({ name: 'Newest', outcome: 'aborted' })
  })

  it('is absent for requests that are no operations', async () => {
    const other = await ask(NEWEST, accept, { origin: 'https://elsewhere.example', 'content-type': 'text/plain' })
    expect(other).toContain('CSRF_PREVENTED')
    await ask(NEWEST, accept, { 'content-encoding': 'gzip' })
    expect(tracing.operations).toEqual([])
  })
})

describe('the trace of a subscription', () => {
  it('ends once, after the last event', async () => {
    const text = await ask(SUBSCRIPTION, 'text/event-stream')
    const { ends, requests } = await only()
    expect(ends[0]).toMatchObject({ kind: 'subscription', name: 'Compare', outcome: 'ok' })
    expect(ends[0]!.events).toBe(text.match(/^event: next$/gm)!.length)
    expect(requests).toBe(ends[0]!.costs[0]!.requests)
  })
})

describe('every trace that is started', () => {
  const json = { 'content-type': 'application/json' }
  const post = (body: unknown, headers: Readonly<Record<string, string>> = json) => ({
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const REQUESTS: readonly (readonly [string, string, RequestInit])[] = [
    ['an empty body', '', post('')],
    ['no JSON', '', post('{')],
    ['no object', '', post([1])],
    ['a batch', '', post([{ query: NEWEST }, { query: NEWEST }])],
    ['no query', '', post({})],
    ['a query of another type', '', post({ query: 7 })],
    ['an unknown persisted document', '', post({ documentId: 'unknown' })],
    ['several operations without a name', '', post({ query: 'query A { __typename } query B { __typename }' })],
    ['an unknown name', '', post({ query: NEWEST, operationName: 'Other' })],
    ['a mutation', '', post({ query: 'mutation { nothing }' })],
    ['variables of another type', '', post({ query: NEWEST, variables: 'none' })],
    ['a variable that is missing', '', post({ query: 'query ($id: ID!) { node(id: $id) { id } }' })],
    ['an extension', '', post({ query: NEWEST, extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } })],
    ['a document of fragments', '', post({ query: 'fragment F on Query { __typename }' })],
    ['GET without a query', '', {}],
    ['GET with a query', `?query=${encodeURIComponent(NEWEST)}`, { headers: { 'graphql-require-preflight': '1' } }],
    [
      'GET with a subscription',
      `?query=${encodeURIComponent(SUBSCRIPTION)}`,
      { headers: { accept: 'text/event-stream', 'graphql-require-preflight': '1' } },
    ],
    ['a subscription without a stream', '', post({ query: SUBSCRIPTION })],
    ['another media type', '', post({ query: NEWEST }, { 'content-type': 'application/graphql' })],
    ['a form', '', post('query=%7B__typename%7D', { 'content-type': 'application/x-www-form-urlencoded' })],
  ]

  it.each(REQUESTS)('ends once, and is logged: %s', async (_, target, init) => {
    const { port } = server.address() as { port: number }
    await (await fetch(`http://127.0.0.1:${port}/graphql${target}`, init)).text()
    const logged = lines.filter((line) => JSON.parse(line).message === 'operation').length
    expect(tracing.operations.map(({ ends }) => ends.length)).toEqual(Array(logged).fill(1))
  })
})

describe('operations at the same time', () => {
  it('end each once, as often as they are logged, and share requests', async () => {
    vobiz.server.fault({ kind: 'delay', delayMs: 50 })
    await Promise.all(Array.from({ length: 20 }, (_, index) => ask(NEWEST, WAYS[index % 2]![1])))
    await expect.poll(() => tracing.operations.map(({ ends }) => ends.length)).toEqual(Array(20).fill(1))
    expect(lines.filter((line) => JSON.parse(line).message === 'operation')).toHaveLength(20)
    const total = (count: (operation: CountedOperation) => number) =>
      tracing.operations.reduce((sum, operation) => sum + count(operation), 0)
    expect(total(({ requests }) => requests)).toBe(vobiz.server.requests.length - requestsBefore)
    expect(total(({ requests, shared }) => requests + shared)).toBe(20)
  })

  let requestsBefore: number
  beforeEach(() => {
    requestsBefore = vobiz.server.requests.length
  })
})

describe('hasFault()', () => {
  const documented = [...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(
    ([, code]) => code!,
  )

  it('is true for the codes of the gateway and of providers, and for unknown ones', () => {
    const faults = [...documented, 'UNKNOWN'].filter((code) => hasFault([code]))
    const expected =
      /^(UPSTREAM_\w+|INTERNAL_SERVER_ERROR|OPERATION_TIMEOUT|AUTHENTICATION_UNAVAILABLE|SHUTTING_DOWN|UNKNOWN)$/
    expect(faults).toEqual([...documented, 'UNKNOWN'].filter((code) => expected.test(code)))
    expect(faults.length).toBeGreaterThan(8)
  })

  it('is true as soon as one of several codes is such a code', () => {
    expect(hasFault([])).toBe(false)
    expect(hasFault(['BAD_USER_INPUT', 'UPSTREAM_TIMEOUT'])).toBe(true)
  })
})

describe('the end of a gateway', () => {
  it('closes its tracing', async () => {
    const own = new CountedTracing()
    const other = createGateway({ environment: vobiz.environment, createTracing: () => own })
    expect(own.isClosed).toBe(false)
    await other.close()
    expect(own.isClosed).toBe(true)
  })
})
