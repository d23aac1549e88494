import type { Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CODE_LABELS } from '../../src/metrics/error-codes.ts'
import { OPERATION_KINDS, OPERATION_OUTCOMES, OperationCounters } from '../../src/metrics/operation-counters.ts'
import { createRandom, type Random } from '../../src/sandbox/random.ts'
import { createListener } from '../../src/server/listener.ts'
import { REQUEST_OUTCOMES } from '../../src/upstream/statistics.ts'
import { DURATION_BOUNDS_MS } from '../../src/values/duration-histogram.ts'
import { listen, sendBytes, shut } from '../server/support/sockets.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { type Scrape, scrape } from './support/scrape.ts'

const CANARY = 'hunter2-canary'
const REQUESTS = 600

/** Every value that each label may have, whatever callers send. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  kind: [...OPERATION_KINDS, 'minor', 'major', 'incremental', 'weakcb'],
  outcome: [...OPERATION_OUTCOMES, ...REQUEST_OUTCOMES],
  code: CODE_LABELS,
  provider: ['VOBIZ', 'KOBBLE'],
  service: ['api', 'tokens'],
  circuit: ['collection', 'resource'],
  state: ['open', 'half-open', 'closed'],
  statistic: ['mean', 'p50', 'p99', 'max'],
  version: ['0.1.0'],
  node: [process.versions.node],
  le: [...DURATION_BOUNDS_MS.map((bound) => String(bound / 1000)), '+Inf'],
}

/** The statuses that the server has. */
const STATUS = /^(?:40[0-9]|41[0-9]|42[0-9]|431|500|503)$/

let at: TestGateway
let server: Server

beforeAll(async () => {
  at = await startGateway()
  server = await listen(createListener(at.gateway))
})
afterAll(async () => {
  await shut(server)
  await at.close()
})

/** Text of a caller's choice, some of which would break out of a label. */
const hostileText = (random: Random) =>
  random.pick([
    CANARY,
    `${CANARY}"} 1`,
    `${CANARY}\\`,
    `__proto__`,
    'constructor',
    'OTHER',
    `code_${random.integer(0, 1_000_000_000)}`,
  ])

const operationOf = (random: Random): string => {
  const text = JSON.stringify(hostileText(random))
  const name = `${random.pick(['Hunter', '__proto__', 'constructor', 'toString'])}${random.integer(0, 1_000_000)}`
  return random.pick([
    `query ${name} { __typename }`,
    `query ${name} { ${name}: transactions(first: 1) { nodes { id } } }`,
    `mutation ${name} { ${name} }`,
    `subscription ${name} { __typename }`,
    `query ${name} { node(id: ${text}) { id } }`,
    `query ${name} { transactions(first: 1, after: ${text}) { nodes { id } } }`,
    `query ${name} { vobizCustomer(id: ${text}) { id } }`,
    `{ ${name}`,
    text,
  ])
}

const rarely = <T>(random: Random, make: () => T): T | undefined => (random.chance(0.1) ? make() : undefined)

/** A request with a path, a method, headers and a body of the caller's choice. */
function hostileRequest(random: Random): string {
  const body = JSON.stringify({
    query: operationOf(random),
    operationName: rarely(random, () => hostileText(random)),
    documentId: rarely(random, () => hostileText(random)),
    extensions: rarely(random, () => ({ code: hostileText(random) })),
  })
  const path =
    rarely(random, () => random.pick(['/metrics', '/ready', `/${CANARY}${random.integer(0, 1_000_000)}`])) ?? '/graphql'
  const method = rarely(random, () => random.pick(['GET', 'PUT', 'OPTIONS', 'HEAD'])) ?? 'POST'
  const host = rarely(random, () => `${CANARY}${random.integer(0, 1_000_000)}.example`) ?? 'localhost'
  const type = rarely(random, () => CANARY) ?? 'application/json'
  const header = (name: string) => `${name}: ${hostileText(random)}`
  return [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}`,
    `content-type: ${type}`,
    `content-length: ${Buffer.byteLength(body)}`,
    ...['x-request-id', 'authorization', 'x-api-key', 'origin', 'user-agent', 'accept', 'traceparent']
      .filter(() => random.chance(0.1))
      .map(header),
    'connection: close',
    '',
    body,
  ].join('\r\n')
}

const seriesOf = ({ samples }: Scrape) => samples.map(({ name, labels }) => JSON.stringify([name, labels]))

describe('labels', () => {
  it('have only values of the gateway, whatever callers send', async () => {
    const random = createRandom(1)
    for (let index = 0; index < REQUESTS; index++) {
      await sendBytes(server, hostileRequest(random))
    }
    const page = await scrape(at.gateway)
    for (const { name, labels } of page.samples) {
      for (const [label, value] of Object.entries(labels)) {
        if (label === 'status') expect(value, name).toMatch(STATUS)
        else expect(ALLOWED[label], `${name} ${label}`).toContain(value)
      }
    }
    expect(page.value('gateway_operations_total')).toBeGreaterThan(REQUESTS / 10)
    expect(page.value('gateway_http_errors_total')).toBeGreaterThan(REQUESTS / 10)
    const series = seriesOf(page)
    expect(new Set(series).size).toBe(series.length)
    // Only the pairs of status and code grow with what happens.
    const pairs = series.filter((one) => one.includes('gateway_http_errors_total'))
    expect(pairs.length).toBeLessThan(20)
  })

  it('are few, even when errors had codes that nobody knows', () => {
    const counters = new OperationCounters()
    const before = counters.errors.size
    const codes = new Set([`${CANARY}1`, `${CANARY}2`, '__proto__', 'BAD_USER_INPUT'])
    counters.add('mutation', { outcome: 'failed', codes, durationMs: 1 })
    expect(counters.errors.size).toBe(before)
    expect(counters.errors.get('OTHER')).toBe(3)
    expect(counters.errors.get('BAD_USER_INPUT')).toBe(1)
    expect(counters.byKind.unknown.outcomes.failed).toBe(1)
  })
})
