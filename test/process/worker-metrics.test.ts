import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseScrape, type Scrape } from '../metrics/support/scrape.ts'
import { type GatewayProcess, isAlive, startProcess } from './support/gateway-process.ts'

const OPERATIONS = 9

let folder: string
const running = new Set<GatewayProcess>()

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-worker-metrics-'))
})
afterEach(() => {
  for (const started of running) if (isAlive(started.pid)) started.kill('SIGKILL')
  running.clear()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Starts a gateway with three workers, and waits until all of them listen. */
async function start(environment: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const started = startProcess(folder, { WORKERS: '3', ...environment })
  running.add(started)
  await expect.poll(() => workersOf(started), { timeout: 60_000 }).toHaveLength(3)
  return started
}

const workersOf = (gateway: GatewayProcess) => gateway.logged('worker started').map(({ pid }) => pid as number)

/** Sends operations, each on a connection of its own, so that every worker gets some. */
async function sendOperations(origin: string): Promise<void> {
  for (let count = 0; count < OPERATIONS; count++) {
    const response = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ query: '{ vobizTransactions(first: 1) { nodes { id } } }' }),
    })
    await response.text()
  }
}

async function scrape(url: string): Promise<Scrape> {
  const response = await fetch(url, { headers: { connection: 'close' } })
  expect(response.status).toBe(200)
  return parseScrape(await response.text())
}

describe('the metrics of workers', () => {
  it('are the same whichever worker answers, and lose nothing when one dies', async () => {
    const gateway = await start()
    const origin = await gateway.origin
    await sendOperations(origin)
    for (let count = 0; count < 4; count++) {
      const page = await scrape(`${origin}/metrics`)
      expect(page.value('gateway_operations_total')).toBe(OPERATIONS)
      expect(page.value('gateway_upstream_circuits', { provider: 'VOBIZ', circuit: 'collection' })).toBe(3)
      expect(page.value('gateway_build_info')).toBe(1)
    }
    const [first] = workersOf(gateway)
    process.kill(first!, 'SIGKILL')
    await expect.poll(() => workersOf(gateway), { timeout: 60_000 }).toHaveLength(4)
    expect((await scrape(`${origin}/metrics`)).value('gateway_operations_total')).toBe(OPERATIONS)
    await sendOperations(origin)
    expect((await scrape(`${origin}/metrics`)).value('gateway_operations_total')).toBe(2 * OPERATIONS)
    gateway.kill('SIGTERM')
    expect(await gateway.ended).toBe(0)
  })

  it('are served on METRICS_PORT', async () => {
    const gateway = await start({ METRICS_PORT: '0' })
    const origin = await gateway.origin
    const [, scrapers] = /Metrics: (http:\/\/\S+)/.exec(gateway.out()) ?? []
    await sendOperations(origin)
    for (let count = 0; count < 3; count++) {
      expect((await scrape(scrapers!)).value('gateway_operations_total')).toBe(OPERATIONS)
    }
    expect((await fetch(`${origin}/metrics`)).status).toBe(404)
    gateway.kill('SIGTERM')
    expect(await gateway.ended).toBe(0)
  })
})
