import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MergedMetrics } from '../../src/metrics/merged-metrics.ts'
import { METRICS, type MetricsSnapshot } from '../../src/metrics/registry.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { parseScrape, type Scrape, scrape } from './support/scrape.ts'

const PAGE = '{ transactions(first: 5) { nodes { id } } }'
const COUNTS = [
  'gateway_operations_total',
  'gateway_operation_errors_total',
  'gateway_operation_duration_seconds_bucket',
  'gateway_operation_duration_seconds_count',
  'gateway_upstream_attempts_total',
  'gateway_upstream_rows_total',
  'gateway_upstream_attempt_duration_seconds_count',
]

let one: TestGateway
let other: TestGateway

beforeAll(async () => {
  ;[one, other] = await Promise.all([startGateway(), startGateway()])
  await one.query(PAGE)
  await other.query(PAGE)
  await other.query('{ nope }')
})
afterAll(async () => {
  await one.close()
  await other.close()
})

/** A snapshot as another process receives it. */
async function snapshotOf({ gateway }: TestGateway): Promise<MetricsSnapshot> {
  return JSON.parse(JSON.stringify(await gateway.metrics!.snapshot()))
}

const render = async (merged: MergedMetrics): Promise<Scrape> => parseScrape(await merged.render())
const countsOf = ({ value }: Scrape) => Object.fromEntries(COUNTS.map((name) => [name, value(name)]))

describe('MergedMetrics', () => {
  it('adds up the counts of all processes, and shows what is the same in all of them once', async () => {
    const merged = new MergedMetrics()
    merged.update(1, await snapshotOf(one))
    merged.update(2, await snapshotOf(other))
    const page = await render(merged)
    const [alone, otherAlone] = [await scrape(one.gateway), await scrape(other.gateway)]
    expect(page.heads).toEqual(METRICS.map(({ name, type, help }) => [name, type, help]))
    for (const name of COUNTS) expect(page.value(name), name).toBe(alone.value(name) + otherAlone.value(name))
    expect(page.value('gateway_operations_total')).toBe(3)
    const circuit = { provider: 'VOBIZ', circuit: 'resource' }
    expect(page.value('gateway_upstream_circuits', { ...circuit, state: 'closed' })).toBe(2)
    expect(page.value('gateway_upstream_circuits', { ...circuit, state: 'open' })).toBe(0)
    expect(page.value('gateway_build_info')).toBe(1)
    expect(page.value('process_start_time_seconds')).toBe(alone.value('process_start_time_seconds'))
  })

  it('counts a process once, by its latest snapshot', async () => {
    const merged = new MergedMetrics()
    merged.update(1, await snapshotOf(one))
    merged.update(1, await snapshotOf(one))
    expect(countsOf(await render(merged))).toEqual(countsOf(await scrape(one.gateway)))
  })

  it('keeps what ended processes have counted, and drops their state', async () => {
    const merged = new MergedMetrics()
    for (const id of [1, 2, 3]) merged.update(id, await snapshotOf(other))
    const before = await render(merged)
    merged.end(1)
    merged.end(2)
    merged.end(4)
    const after = await render(merged)
    expect(countsOf(after)).toEqual(countsOf(before))
    const closed = { provider: 'VOBIZ', circuit: 'resource', state: 'closed' }
    expect(before.value('gateway_upstream_circuits', closed)).toBe(3)
    expect(after.value('gateway_upstream_circuits', closed)).toBe(1)
    // A process that takes the number of an ended one counts from zero.
    merged.update(1, await snapshotOf(one))
    expect((await render(merged)).value('gateway_operations_total')).toBe(2 * 3 + 1)
  })

  it('shows counts when all processes have ended', async () => {
    const merged = new MergedMetrics()
    merged.update(1, await snapshotOf(one))
    merged.end(1)
    expect((await render(merged)).value('gateway_operations_total')).toBe(1)
  })
})
