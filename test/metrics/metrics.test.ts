import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withMetricsTable } from '../../src/cli/print-metrics.ts'
import { ERROR_CODES } from '../../src/metrics/error-codes.ts'
import { METRICS } from '../../src/metrics/registry.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { ListenerClient } from '../support/listener-client.ts'
import { scrape } from './support/scrape.ts'

const PAGE = '{ transactions(first: 5) { nodes { id } } }'
const SUBSCRIPTION = `subscription {
  vobizReconciliation(period: { from: "2026-01-01", to: "2026-01-02" }) { customersDone }
}`

let at: TestGateway

beforeEach(async () => {
  at = await startGateway()
})
afterEach(() => at.close())

/** Sends an operation over a socket, as a plain POST. */
async function post(query: string): Promise<void> {
  const client = new ListenerClient(at.gateway)
  const response = await client.post(JSON.stringify({ query }), { 'content-type': 'application/json' })
  await response.text()
  await client.close()
}

describe('the page', () => {
  it('contains each metric once, with its type and its help', async () => {
    const { heads } = await scrape(at.gateway)
    expect(heads).toEqual(METRICS.map(({ name, type, help }) => [name, type, help]))
  })

  it('has histograms whose buckets grow up to the number of observations', async () => {
    await at.query(PAGE)
    const { samples, value } = await scrape(at.gateway)
    const counts = samples.filter(({ name }) => name.endsWith('_seconds_count'))
    expect(counts.filter((sample) => sample.value > 0).length).toBeGreaterThan(2)
    for (const { name, labels, value: count } of counts) {
      const histogram = name.replace(/_count$/, '')
      const buckets = samples
        .filter((sample) => sample.name === `${histogram}_bucket`)
        .filter((sample) => Object.entries(labels).every(([label, text]) => sample.labels[label] === text))
      const bounds = buckets.map((sample) => Number(sample.labels.le?.replace('+Inf', 'Infinity')))
      expect(bounds, name).toEqual(bounds.toSorted((a, b) => a - b))
      expect(bounds.at(-1), name).toBe(Number.POSITIVE_INFINITY)
      const inBuckets = buckets.map((sample) => sample.value)
      expect(inBuckets, name).toEqual(inBuckets.toSorted((a, b) => a - b))
      expect(inBuckets.at(-1), name).toBe(count)
      expect(value(`${histogram}_sum`, labels) > 0, name).toBe(count > 0)
    }
  })

  it('counts the requests that arrived at each host of the providers', async () => {
    await at.query(PAGE)
    await at.query('{ vobizCustomers(first: 3) { nodes { id transactions(first: 3) { nodes { id } } } } }')
    await post('{ kobbleWallets(first: 2) { nodes { id } } }')
    const page = await scrape(at.gateway)
    const attempts = (provider: string, service: string) =>
      page.value('gateway_upstream_attempts_total', { provider, service })
    expect({
      VOBIZ: attempts('VOBIZ', 'api'),
      KOBBLE: attempts('KOBBLE', 'api'),
      KOBBLE_TOKEN_URL: attempts('KOBBLE', 'tokens'),
    }).toEqual(at.requests())
    expect(at.requests().VOBIZ).toBeGreaterThan(3)
    expect(page.value('gateway_upstream_requests_total')).toBe(page.value('gateway_upstream_attempts_total'))
    expect(page.value('gateway_upstream_attempt_duration_seconds_count')).toBe(
      page.value('gateway_upstream_attempts_total'),
    )
  })

  it('counts the rows that operations have read', async () => {
    const { extensions } = await at.query(PAGE, {}, { 'x-graphql-cost': '1' })
    const { providers } = extensions.cost as { providers: { provider: string; requests: number; rows: number }[] }
    const page = await scrape(at.gateway)
    const counted = providers.map(({ provider }) => ({
      provider,
      requests: page.value('gateway_upstream_attempts_total', { provider, service: 'api' }),
      rows: page.value('gateway_upstream_rows_total', { provider, service: 'api' }),
    }))
    expect(counted).toEqual(providers)
    expect(providers.map(({ rows }) => rows > 0)).toEqual([true, true])
  })

  it('counts operations of both ways in by kind and outcome, and errors by code', async () => {
    await at.query(PAGE)
    await post(PAGE)
    await at.query('{ nope }')
    await post('{ transactions(first: 2, after: "nope") { nodes { id } } }')
    const page = await scrape(at.gateway)
    const operations = (kind: string, outcome: string) => page.value('gateway_operations_total', { kind, outcome })
    expect(operations('query', 'ok')).toBe(2)
    expect(operations('query', 'failed')).toBe(1)
    expect(operations('unknown', 'failed')).toBe(1)
    expect(page.value('gateway_operations_total')).toBe(4)
    expect(page.value('gateway_operation_duration_seconds_count', { kind: 'query' })).toBe(3)
    expect(page.value('gateway_operation_errors_total', { code: 'GRAPHQL_VALIDATION_FAILED' })).toBe(1)
    expect(page.value('gateway_operation_errors_total', { code: 'INVALID_CURSOR' })).toBe(1)
    expect(page.value('gateway_operation_errors_total')).toBe(2)
    expect(page.value('gateway_operations_running')).toBe(0)
  })

  it('shows running operations, open subscriptions and connections while they last', async () => {
    at.vobiz.server.fault({ kind: 'hang' })
    const client = new ListenerClient(at.gateway)
    const leave = new AbortController()
    const subscription = await at.gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: SUBSCRIPTION }),
      signal: leave.signal,
    })
    expect(subscription.status).toBe(200)
    const query = client
      .post(JSON.stringify({ query: PAGE }), { 'content-type': 'application/json' })
      .then((response) => response.text())
      .catch(() => null)
    await vi.waitFor(async () => {
      const page = await scrape(at.gateway)
      expect(page.value('gateway_operations_running')).toBe(1)
      expect(page.value('gateway_subscriptions_open')).toBe(1)
      expect(page.value('gateway_connections_open')).toBe(1)
      expect(page.value('gateway_upstream_in_flight', { provider: 'VOBIZ' })).toBeGreaterThan(0)
    })
    leave.abort()
    await subscription.text().catch(() => null)
    await client.close()
    await query
    await vi.waitFor(async () => {
      const page = await scrape(at.gateway)
      expect(page.value('gateway_operations_running')).toBe(0)
      expect(page.value('gateway_subscriptions_open')).toBe(0)
      expect(page.value('gateway_connections_open')).toBe(0)
      expect(page.value('gateway_connections_total')).toBe(1)
    })
  })

  it('shows an open circuit, and what it rejects', async () => {
    at.vobiz.server.fault({ kind: 'reply', reply: { status: 503 } })
    for (let i = 0; i < 10; i++) await at.query('{ vobizCustomers(first: 1) { nodes { id } } }')
    const page = await scrape(at.gateway)
    const vobiz = { provider: 'VOBIZ', service: 'api' }
    const states = (state: string) =>
      page.value('gateway_upstream_circuits', { ...vobiz, circuit: 'collection', state })
    expect({ closed: states('closed'), halfOpen: states('half-open'), open: states('open') }).toEqual({
      closed: 0,
      halfOpen: 0,
      open: 1,
    })
    expect(page.value('gateway_upstream_circuit_openings_total', vobiz)).toBe(1)
    expect(page.value('gateway_upstream_circuits', { provider: 'KOBBLE', state: 'open' })).toBe(0)
    expect(page.value('gateway_upstream_retries_total', vobiz)).toBeGreaterThan(0)
    const outcomes = (outcome: string) => page.value('gateway_upstream_requests_total', { ...vobiz, outcome })
    const [failed, rejected] = [outcomes('error_status'), outcomes('circuit_open')]
    await at.query('{ vobizCustomers(first: 1) { nodes { id } } }')
    const after = await scrape(at.gateway)
    expect(after.value('gateway_upstream_requests_total', { ...vobiz, outcome: 'error_status' })).toBe(failed)
    expect(after.value('gateway_upstream_requests_total', { ...vobiz, outcome: 'circuit_open' })).toBe(rejected + 1)
  })

  it('keeps its counts from scrape to scrape', async () => {
    await at.query(PAGE)
    const first = await scrape(at.gateway)
    await at.query(PAGE)
    const second = await scrape(at.gateway)
    for (const name of ['gateway_operations_total', 'gateway_upstream_attempts_total', 'gateway_upstream_rows_total']) {
      expect(first.value(name), name).toBeGreaterThan(0)
      expect(second.value(name), name).toBeGreaterThan(first.value(name))
    }
  })
})

describe('docs/operations.md', () => {
  it('has the table that the metrics yield; "npm run docs" writes it', () => {
    const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
    expect(page).toBe(withMetricsTable(page))
  })

  it('names only metrics that exist', () => {
    const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
    const lines = METRICS.flatMap(({ name, type }) =>
      type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    )
    const named = [...page.matchAll(/\b(?:gateway|nodejs|process)_[a-z_]+\b/g)].map(([text]) => text)
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((text) => !lines.includes(text))).toEqual([])
  })
})

describe('ERROR_CODES', () => {
  it('are the codes of docs/errors.md', () => {
    const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
    const documented = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code)
    expect(documented.toSorted()).toEqual([...ERROR_CODES].sort())
  })
})
