import type { Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { createGateway, type Gateway } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'
import { createListener } from '../../src/server/listener.ts'
import { createTracing } from '../../src/tracing/tracing.ts'
import { listen, shut } from '../server/support/sockets.ts'
import { environmentOf, startGateway, type TestGateway } from '../support/gateway.ts'
import { type Collector, type CollectorAnswer, startCollector } from './support/collector.ts'
import type { ReceivedSpan } from './support/otlp-messages.ts'

const INTERNAL = 1
const SERVER = 2
const CLIENT = 3
const ERROR = 2

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN_ID = 'b7ad6b7169203331'
const PARENT = `00-${TRACE_ID}-${SPAN_ID}-01`
const UNSAMPLED_PARENT = `00-${TRACE_ID}-${SPAN_ID}-00`

const NEWEST = 'query Newest { vobizTransactions(first: 3) { nodes { id } } }'

let at: TestGateway
let collector: Collector
let gateway: Gateway
let server: Server
let lines: string[]

beforeEach(async () => {
  at = await startGateway()
  collector = await startCollector()
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url)
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '10')
  lines = []
})
afterEach(async () => {
  if (server?.listening) await shut(server)
  await gateway?.close()
  await collector.close()
  await at.close()
  vi.unstubAllEnvs()
})

async function start(environment: Environment = {}): Promise<void> {
  gateway = createGateway({
    environment: { ...environmentOf(at.sandboxes), ...environment },
    createTracing,
    log: createLog('info', (line) => lines.push(line)),
  })
  server = await listen(createListener(gateway))
}

async function ask(query: string, headers: Readonly<Record<string, string>> = {}) {
  const { port } = server.address() as { port: number }
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': 'of-a-test', ...headers },
    body: JSON.stringify({ query }),
  })
  return response.json() as Promise<{ readonly data: object | null; readonly errors?: readonly object[] }>
}

/** Returns all spans, when as many operations as given have ended. */
async function spansOf(operations: number): Promise<readonly ReceivedSpan[]> {
  const roots = () => collector.spans().filter(({ kind }) => kind === SERVER)
  await expect.poll(() => roots().length, { timeout: 5000 }).toBe(operations)
  // Spans of requests end before that of their operation, and so are exported with it or earlier.
  return collector.spans()
}

const only = (spans: readonly ReceivedSpan[], kind: number): ReceivedSpan => {
  const found = spans.filter((span) => span.kind === kind)
  expect(found).toHaveLength(1)
  return found[0]!
}

/** The lines of the log about the export of traces. */
const exportLines = () =>
  lines.map((line) => JSON.parse(line)).filter(({ message }) => /traces|OpenTelemetry|spans/.test(message))

const OPERATION_ATTRIBUTES = {
  'graphql.operation.type': 'query',
  'graphql.operation.name': 'Newest',
  'gateway.document.hash': expect.stringMatching(/^[\da-f]{16}$/),
  'gateway.caller': 'anonymous',
  'gateway.request.id': 'of-a-test',
  'gateway.outcome': 'ok',
  'gateway.upstream.requests': 1,
  'gateway.upstream.rows': 3,
}

const REQUEST_ATTRIBUTES = {
  'gateway.provider': 'VOBIZ',
  'gateway.operation': 'listTransactions',
  'gateway.page': 1,
  'gateway.per_page': expect.any(Number),
  'gateway.attempt': 1,
  'gateway.queue_wait_ms': expect.any(Number),
  'http.response.status_code': 200,
  'gateway.rows': 3,
}

describe.each(['http/protobuf', 'http/json'])('an operation, exported as %s', (protocol) => {
  beforeEach(async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', protocol)
    await start()
  })

  it('is a span, with a span for its request below it, and exactly the documented attributes', async () => {
    const before = BigInt(Date.now()) * 1_000_000n
    await ask(NEWEST)
    const spans = await spansOf(1)
    expect(spans).toHaveLength(2)
    const operation = only(spans, SERVER)
    const request = only(spans, CLIENT)
    expect(operation).toMatchObject({ name: 'query', parentSpanId: '', status: 0, links: [], events: 0 })
    expect(operation.attributes).toEqual(OPERATION_ATTRIBUTES)
    expect(request).toMatchObject({ name: 'VOBIZ listTransactions', parentSpanId: operation.spanId, status: 0 })
    expect(request.traceId).toBe(operation.traceId)
    expect(request.attributes).toEqual(REQUEST_ATTRIBUTES)
    const times = [before, operation.startNs, request.startNs, request.endNs, operation.endNs]
    // Clocks of the process and of the machine may differ by a millisecond.
    expect(times.every((time, index) => index === 0 || time >= times[index - 1]! - 2_000_000n)).toBe(true)
    expect(collector.headers[0]?.['content-type']).toBe(
      protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
    )
  })

  it('has a range of the other kind of paging', async () => {
    await ask('{ kobbleTransactions(first: 2) { nodes { id } } }')
    const request = (await spansOf(1)).find(({ name }) => name === 'KOBBLE listTransactions')
    expect(request?.attributes).toEqual({
      ...REQUEST_ATTRIBUTES,
      'gateway.provider': 'KOBBLE',
      'gateway.page': undefined,
      'gateway.per_page': undefined,
      'gateway.offset': 0,
      'gateway.limit': expect.any(Number),
      'gateway.rows': expect.any(Number),
    })
  })

  it('names the service, which the variables may change', async () => {
    await ask(NEWEST)
    await spansOf(1)
    expect(collector.exports[0]?.resource).toEqual({
      'service.name': 'transactions-gateway',
      'service.instance.id': expect.stringMatching(/^[\da-f-]{36}$/),
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.name': 'opentelemetry',
      'telemetry.sdk.version': expect.any(String),
    })
  })
})

describe('the variables of the SDK', () => {
  it('name the service and its resource, and add headers', async () => {
    vi.stubEnv('OTEL_SERVICE_NAME', 'ledgers')
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test')
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-tenant=7')
    await start()
    await ask(NEWEST)
    await spansOf(1)
    expect(collector.exports[0]?.resource).toMatchObject({
      'service.name': 'ledgers',
      'deployment.environment.name': 'test',
    })
    expect(collector.headers[0]).toMatchObject({ 'x-tenant': '7' })
  })

  it('choose the sampler', async () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'parentbased_always_off')
    await start()
    await ask(NEWEST)
    await ask(NEWEST, { traceparent: PARENT })
    const spans = await spansOf(1)
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]))
  })

  it('are named in the log, without their values, when they cannot be used', async () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'hunter2')
    await start()
    expect(exportLines()).toEqual([expect.objectContaining({ level: 'warn', variable: 'OTEL_TRACES_SAMPLER' })])
    expect(lines.join()).not.toContain('hunter2')
  })
})

describe('the context of the caller', () => {
  it('is the parent of the operation, with its state', async () => {
    await start()
    await ask(NEWEST, { traceparent: PARENT, tracestate: 'vendor=state' })
    const operation = only(await spansOf(1), SERVER)
    expect(operation).toMatchObject({ traceId: TRACE_ID, parentSpanId: SPAN_ID, traceState: 'vendor=state' })
  })

  it.each([
    '',
    'none',
    `00-${TRACE_ID}-${SPAN_ID}`,
    `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
  ])('is ignored when it is invalid: %j', async (traceparent) => {
    await start()
    expect((await ask(NEWEST, { traceparent })).errors).toBeUndefined()
    const operation = only(await spansOf(1), SERVER)
    expect(operation.parentSpanId).toBe('')
    expect(operation.traceId).not.toBe(TRACE_ID)
  })

  it('decides whether the operation is recorded', async () => {
    await start()
    await ask(NEWEST, { traceparent: UNSAMPLED_PARENT })
    await ask(NEWEST)
    const operation = only(await spansOf(1), SERVER)
    expect(operation.traceId).not.toBe(TRACE_ID)
  })
})

describe('the headers of requests to providers', () => {
  const sentTo = () => at.vobiz.server.requests.map(({ headers }) => headers)

  it('hold no trace context by default', async () => {
    await start()
    await ask(NEWEST, { traceparent: PARENT, tracestate: 'vendor=state', baggage: 'key=value' })
    for (const headers of sentTo()) {
      for (const name of ['traceparent', 'tracestate', 'baggage']) expect(headers).not.toHaveProperty(name)
    }
  })

  it('hold the span of the attempt with TRACE_UPSTREAM, and nothing else of the caller', async () => {
    await start({ TRACE_UPSTREAM: 'on' })
    const before = sentTo().length
    at.vobiz.server.fault({ kind: 'reply', reply: { status: 503 }, times: 1 })
    await ask(NEWEST, { traceparent: PARENT, tracestate: 'vendor=state', baggage: 'key=value' })
    const attempts = (await spansOf(1)).filter(({ kind }) => kind === CLIENT)
    const sent = sentTo().slice(before)
    expect(sent.map(({ traceparent }) => traceparent)).toEqual(
      attempts.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`),
    )
    expect(new Set(sent.map(({ traceparent }) => traceparent)).size).toBe(2)
    for (const headers of sent) for (const name of ['tracestate', 'baggage']) expect(headers).not.toHaveProperty(name)
  })

  it('say with TRACE_UPSTREAM that an operation is not recorded', async () => {
    await start({ TRACE_UPSTREAM: 'on' })
    const before = sentTo().length
    await ask(NEWEST, { traceparent: UNSAMPLED_PARENT })
    const [first] = sentTo().slice(before)
    expect(first?.traceparent).toMatch(new RegExp(`^00-${TRACE_ID}-[\\da-f]{16}-00$`))
    expect(first?.traceparent).not.toContain(SPAN_ID)
  })
})

describe('requests that fail', () => {
  it('have a span for every attempt', async () => {
    await start()
    at.vobiz.server.fault({ kind: 'reply', reply: { status: 503 }, times: 1 })
    at.vobiz.server.fault({ kind: 'reset', times: 1 })
    await ask(NEWEST)
    const spans = await spansOf(1)
    const attempts = spans.filter(({ kind }) => kind === CLIENT)
    const outcomes = attempts.map(({ attributes, status }) => [
      attributes['gateway.attempt'],
      attributes['http.response.status_code'],
      attributes['error.type'],
      status,
    ])
    expect(outcomes).toEqual([
      [1, 503, '503', ERROR],
      [2, undefined, expect.stringMatching(/^(ECONNRESET|UND_ERR_SOCKET)$/), ERROR],
      [3, 200, undefined, 0],
    ])
    expect(only(spans, SERVER)).toMatchObject({ status: 0, attributes: { 'gateway.upstream.requests': 3 } })
  })

  it('make the operation fail, with the codes of its errors', async () => {
    await start()
    at.vobiz.server.fault({ kind: 'reply', reply: { status: 400 } })
    await ask(NEWEST)
    expect(only(await spansOf(1), SERVER)).toMatchObject({
      status: ERROR,
      attributes: { 'gateway.outcome': 'failed', 'gateway.error.codes': ['UPSTREAM_ERROR'] },
    })
  })

  it('are no failure of an operation that the caller got wrong', async () => {
    await start()
    await ask('query Wrong { vobizTransactions(after: "no") { nodes { id } } }')
    expect(only(await spansOf(1), SERVER)).toMatchObject({
      status: 0,
      attributes: { 'gateway.outcome': 'failed', 'gateway.error.codes': ['INVALID_CURSOR'] },
    })
  })

  it('have one span when they were never sent', async () => {
    await start({ MAX_UPSTREAM_REQUESTS: '1' })
    await ask('{ a: vobizTransactions(first: 1) { nodes { id } } b: kobbleTransactions(first: 1) { nodes { id } } }')
    const unsent = only(await spansOf(1), INTERNAL)
    expect(unsent).toMatchObject({ status: ERROR })
    expect(unsent.attributes).toMatchObject({ 'gateway.attempt': 0, 'error.type': 'LIMIT_EXCEEDED' })
  })
})

describe('a request that operations share', () => {
  it('is sent in one trace, and linked in each other one', async () => {
    await start()
    at.vobiz.server.fault({ kind: 'delay', delayMs: 100 })
    const before = at.vobiz.server.requests.length
    await Promise.all([ask(NEWEST), ask(NEWEST), ask(NEWEST)])
    expect(at.vobiz.server.requests.length).toBe(before + 1)
    const spans = await spansOf(3)
    const sent = only(spans, CLIENT)
    const shared = spans.filter(({ kind }) => kind === INTERNAL)
    expect(shared).toHaveLength(2)
    for (const span of shared) {
      expect(span.links).toEqual([{ traceId: sent.traceId, spanId: sent.spanId }])
      expect(span.traceId).not.toBe(sent.traceId)
      const {
        'gateway.attempt': _,
        'gateway.queue_wait_ms': __,
        'http.response.status_code': ___,
        ...attributes
      } = REQUEST_ATTRIBUTES
      expect(span.attributes).toEqual({ ...attributes, 'gateway.shared': true })
    }
    expect(new Set(spans.map(({ parentSpanId }) => parentSpanId)).size).toBe(4)
  })

  it('has one span in an operation that needs it twice', async () => {
    await start()
    at.vobiz.server.fault({ kind: 'delay', delayMs: 50 })
    await ask('{ a: vobizTransactions(first: 3) { nodes { id } } b: vobizTransactions(first: 3) { nodes { id } } }')
    const spans = await spansOf(1)
    expect(spans.filter(({ kind }) => kind !== SERVER)).toHaveLength(
      Number(only(spans, SERVER).attributes['gateway.upstream.requests']),
    )
  })
})

describe('an answer that is kept', () => {
  const CLOSED = '{ vobizTransactions(filter: { from: "2020-01-01", to: "2020-01-31" }) { totalCount } }'

  it('is a miss when it is sent, and a hit when it is used', async () => {
    await start({ CACHE: 'memory' })
    await ask(CLOSED)
    const first = await spansOf(1)
    expect(only(first, CLIENT).attributes).toMatchObject({ 'gateway.cache': 'miss' })
    expect(only(first, SERVER).attributes).toMatchObject({ 'gateway.upstream.cache_hits': 0 })
    collector.forget()
    await ask(CLOSED)
    const second = await spansOf(1)
    const operation = only(second, SERVER)
    const hit = only(second, INTERNAL)
    expect(second).toHaveLength(2)
    expect(operation.attributes).toMatchObject({ 'gateway.upstream.requests': 0, 'gateway.upstream.cache_hits': 1 })
    expect(hit).toMatchObject({ name: 'VOBIZ listTransactions', parentSpanId: operation.spanId, startNs: hit.endNs })
    expect(hit.attributes).toEqual({
      'gateway.provider': 'VOBIZ',
      'gateway.operation': 'listTransactions',
      'gateway.page': 1,
      'gateway.per_page': expect.any(Number),
      'gateway.cache': 'hit',
      'gateway.rows': 0,
    })
  })
})

describe('a collector that fails', () => {
  const answerWith = (answer: CollectorAnswer) => async () => {
    collector.answer = answer
  }

  it.each([
    // The connection of an earlier export may be reset first.
    ['is not there', expect.stringMatching(/^(ECONNREFUSED|ECONNRESET)$/), async () => collector.close()],
    ['refuses spans', '400', answerWith(400)],
    ['is overloaded', 'UNAVAILABLE', answerWith(503)],
    ['does not answer', 'TIMEOUT', answerWith('never')],
  ])('is one line in the log when it %s, and changes no answer', async (_, cause, fail) => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '200')
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'authorization=hunter2')
    await start()
    const { data } = await ask(NEWEST)
    await spansOf(1)
    collector.forget()
    await fail()
    for (let count = 0; count < 20; count++) expect((await ask(NEWEST)).data).toEqual(data)
    await expect.poll(exportLines, { timeout: 5000 }).toHaveLength(1)
    expect(exportLines()[0]).toMatchObject({ level: 'warn', cause, lostSpans: expect.any(Number) })
    expect(lines.join()).not.toContain('hunter2')
    expect(lines.join()).not.toContain(new URL(collector.url).host)
    expect(lines.join()).not.toContain('answer of a collector')
  })

  it('does not delay operations while it does not answer', async () => {
    collector.answer = 'never'
    vi.stubEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '1')
    vi.stubEnv('OTEL_BSP_MAX_QUEUE_SIZE', '2')
    await start()
    for (let count = 0; count < 20; count++) expect((await ask(NEWEST)).errors).toBeUndefined()
    // The first span is being exported all the time, and two more wait.
    expect(collector.bodies).toHaveLength(1)
  })

  it('is reported when it answers again', async () => {
    collector.answer = 400
    await start()
    await ask(NEWEST)
    await expect.poll(exportLines).toHaveLength(1)
    collector.answer = 200
    await ask(NEWEST)
    await expect
      .poll(() => exportLines().map(({ message }) => message))
      .toEqual(['traces could not be exported', 'traces are exported again'])
  })
})

describe('the end of a gateway', () => {
  it('exports the spans that have not been exported', async () => {
    vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '60000')
    await start()
    await ask(NEWEST)
    expect(collector.spans()).toEqual([])
    await gateway.close()
    expect(collector.spans()).toHaveLength(2)
  })

  it('does not wait long for a collector that does not answer', async () => {
    collector.answer = 'never'
    await start()
    await ask(NEWEST)
    await gateway.close()
    expect(exportLines().map(({ message }) => message)).toEqual(['the last traces could not be exported in time'])
  })
})
