import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createGateway, type Gateway } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'
import type { Fault } from '../../src/sandbox/server.ts'
import { createTracing } from '../../src/tracing/tracing.ts'
import { startFuzzed } from '../fuzz/support/gateway.ts'
import { GENEROUS, type RootDocument, rootDocuments } from '../fuzz/support/root-documents.ts'
import { environmentOf, type TestGateway } from '../support/gateway.ts'
import { withKits } from '../support/kits.ts'
import { type Collector, startCollector } from './support/collector.ts'
import type { AttributeValue } from './support/otlp-messages.ts'

/** A text of a caller or of a provider that no span may hold. */
const MARKER = 'wp7_Zq-4'
const SERVER = 2

/** What the value of each attribute may look like. Any other attribute, and any other value, is a leak. */
const VALUES: Readonly<Record<string, RegExp>> = {
  'graphql.operation.type': /^(query|subscription)$/,
  'graphql.operation.name': /^Named$/,
  'gateway.document.hash': /^[\da-f]{16}$/,
  'gateway.caller': /^anonymous$/,
  'gateway.request.id': /^of-a-test$/,
  'gateway.outcome': /^(ok|partial|failed)$/,
  'gateway.error.codes': /^[A-Z_]+(,[A-Z_]+)*$/,
  'gateway.upstream.requests': /^\d+$/,
  'gateway.upstream.rows': /^\d+$/,
  'gateway.events': /^\d+$/,
  'gateway.provider': /^[A-Z]+$/,
  'gateway.operation': /^(get|list)[A-Za-z]+$/,
  'gateway.page': /^\d+$/,
  'gateway.per_page': /^\d+$/,
  'gateway.offset': /^\d+$/,
  'gateway.limit': /^\d+$/,
  'gateway.attempt': /^\d+$/,
  'gateway.queue_wait_ms': /^\d+$/,
  'gateway.rows': /^\d+$/,
  'gateway.shared': /^true$/,
  'http.response.status_code': /^\d{3}$/,
  'error.type': /^(\d{3}|[A-Z][A-Z_]+)$/,
}

let at: TestGateway
let collector: Collector
let gateway: Gateway
let documents: readonly RootDocument[]

beforeAll(async () => {
  at = await startFuzzed({ ...GENEROUS, MAX_UPSTREAM_REQUESTS: '1000' })
  for (const { sandbox, kit } of withKits(at.sandboxes)) kit.plantSecrets(sandbox, MARKER)
  documents = await rootDocuments(at, 2)
  collector = await startCollector()
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url)
  // The texts of a body in JSON can be searched.
  vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json')
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '10')
  gateway = createGateway({
    environment: {
      ...environmentOf(at.sandboxes),
      ...GENEROUS,
      MAX_UPSTREAM_REQUESTS: '1000',
      UPSTREAM_TIMEOUT_MS: '500',
      TRACE_UPSTREAM: 'on',
    },
    createTracing,
    log: createLog('silent'),
  })
})
afterAll(async () => {
  await gateway?.close()
  await collector?.close()
  await at?.close()
  vi.unstubAllEnvs()
})

async function ask(query: string): Promise<void> {
  const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${MARKER}`,
      'x-request-id': 'of-a-test',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      baggage: `key=${MARKER}`,
    },
    body: JSON.stringify({ query: query.replace(/^\{/, 'query Named {') }),
  })
  await response.text()
}

/** Returns the attributes that are not in {@link VALUES}, or whose value is not as there. */
const unexpected = (attributes: Readonly<Record<string, AttributeValue>>) =>
  Object.entries(attributes).filter(([name, value]) => VALUES[name]?.test(String(value)) !== true)

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['answer', { kind: 'delay', delayMs: 0 }],
  ['refuse', { kind: 'reply', reply: { status: 400, json: { error: MARKER }, headers: { 'x-request-id': MARKER } } }],
  ['send no JSON', { kind: 'reply', reply: { status: 200, text: MARKER } }],
]

describe('the spans of operations over every root field', () => {
  it.each(FAULTS)('hold only the listed attributes when the providers %s', async (_, fault) => {
    collector.forget()
    for (const { servers } of at.sandboxes.values()) servers[0].fault(fault)
    for (const { query } of documents) await ask(query)
    for (const { servers } of at.sandboxes.values()) servers[0].clearFaults()
    const operations = () => collector.spans().filter(({ kind }) => kind === SERVER)
    await expect.poll(() => operations().length, { timeout: 10_000 }).toBe(documents.length)
    const spans = collector.spans()
    expect(spans.length).toBeGreaterThan(documents.length)
    expect(spans.flatMap(({ attributes }) => unexpected(attributes))).toEqual([])
    expect(
      spans.filter(({ name }) => !/^(query|subscription|operation|[A-Z]+ (get|list)[A-Za-z]+)$/.test(name)),
    ).toEqual([])
    expect(spans.filter(({ events }) => events > 0)).toEqual([])
  })

  it('hold no secret, no id and no text of a caller or a provider', async () => {
    collector.forget()
    for (const { query } of documents) await ask(query)
    await ask(`{ vobizCustomers(search: "${MARKER}") { totalCount } }`)
    await ask(`{ vobizTransactions(after: "${MARKER}") { totalCount } }`)
    await ask(`{ ${MARKER.replace('-', '')} }`)
    await expect
      .poll(() => collector.spans().filter(({ kind }) => kind === SERVER).length, { timeout: 10_000 })
      .toBe(documents.length + 3)
    const text = Buffer.concat([...collector.bodies]).toString()
    const { sandboxes } = at
    const environment = environmentOf(sandboxes)
    const ids = withKits(sandboxes).flatMap(({ sandbox, kit }) => [
      ...kit.objectsOf(sandbox, null).map(({ locator }) => locator),
      ...kit.secretsOf(sandbox),
    ])
    const secrets = [MARKER, MARKER.replace('-', ''), ...ids, ...Object.values(environment)].filter(
      (secret) => secret.length > 4,
    )
    expect(secrets.length).toBeGreaterThan(10)
    const forms = (secret: string) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]
    expect(secrets.filter((secret) => forms(secret).some((form) => text.includes(form)))).toEqual([])
  })
})
