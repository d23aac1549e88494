import { describe, expect, it } from 'vitest'
import { MetricsCollector } from '../../src/process/metrics-collector.ts'
import { PageRequests } from '../../src/process/page-requests.ts'
import { parseScrape } from '../metrics/support/scrape.ts'
import { startGateway } from '../support/gateway.ts'

/** The metrics of a worker that has executed one operation. */
async function takeSnapshot() {
  const at = await startGateway({ data: 'empty' })
  try {
    await at.query('{ __typename }')
    return await at.gateway.metrics!.snapshot()
  } finally {
    await at.close()
  }
}

const snapshot = await takeSnapshot()
const operationsOf = (page: string) => parseScrape(page).value('gateway_operations_total')

describe('MetricsCollector', () => {
  it('asks all workers, and adds up their answers', async () => {
    const asked: number[] = []
    const collector = new MetricsCollector({
      workers: () => [1, 2, 3],
      ask(worker) {
        asked.push(worker)
        setImmediate(() => collector.receive(worker, snapshot))
      },
    })
    expect(operationsOf(await collector.render())).toBe(3)
    expect(asked).toEqual([1, 2, 3])
  })

  it('asks each worker once for scrapes at the same time, and again for a later one', async () => {
    let asked = 0
    const collector = new MetricsCollector({
      workers: () => [1],
      ask(worker) {
        asked++
        setImmediate(() => collector.receive(worker, snapshot))
      },
    })
    await Promise.all([collector.render(), collector.render()])
    expect(asked).toBe(1)
    await collector.render()
    expect(asked).toBe(2)
  })

  it('shows the previous values of a worker that does not answer', async () => {
    let isSilent = false
    const collector = new MetricsCollector({
      workers: () => [1, 2],
      timeoutMs: 50,
      ask(worker) {
        if (!isSilent || worker === 1) setImmediate(() => collector.receive(worker, snapshot))
      },
    })
    await collector.render()
    isSilent = true
    expect(operationsOf(await collector.render())).toBe(2)
  })

  it('does not wait for a worker that ends, and keeps what it has counted', async () => {
    let workers = [1, 2]
    let isEnding = false
    const collector = new MetricsCollector({
      workers: () => workers,
      timeoutMs: 600_000,
      ask(worker) {
        setImmediate(() => (isEnding && worker === 2 ? collector.end(worker) : collector.receive(worker, snapshot)))
      },
    })
    await collector.render()
    isEnding = true
    expect(operationsOf(await collector.render())).toBe(2)
    workers = [1]
    expect(operationsOf(await collector.render())).toBe(2)
    // The one that takes its place counts from zero.
    isEnding = false
    workers = [1, 3]
    expect(operationsOf(await collector.render())).toBe(3)
  })
})

describe('MetricsCollector.receive()', () => {
  it('does not count a worker twice whose answer arrives after its end', async () => {
    let workers = [1, 2]
    const collector = new MetricsCollector({
      workers: () => workers,
      ask: (worker) => setImmediate(() => collector.receive(worker, snapshot)),
    })
    await collector.render()
    workers = [1]
    collector.end(2)
    collector.receive(2, snapshot)
    expect(operationsOf(await collector.render())).toBe(2)
  })
})

describe('PageRequests', () => {
  it('gives each request its own answer', async () => {
    const sent: number[] = []
    const requests = new PageRequests((request) => sent.push(request))
    const [one, other] = [requests.request(), requests.request()]
    requests.receive(sent[1]!, 'the second')
    requests.receive(sent[0]!, 'the first')
    expect(await Promise.all([one, other])).toEqual(['the first', 'the second'])
  })

  it('rejects a request whose answer is that the metrics cannot be read', async () => {
    const requests = new PageRequests((request) => requests.receive(request, null))
    await expect(requests.request()).rejects.toThrow('could not read the metrics')
  })

  it('rejects a request that is not answered in time, and ignores a late answer', async () => {
    const sent: number[] = []
    const requests = new PageRequests((request) => sent.push(request), 20)
    await expect(requests.request()).rejects.toThrow('the primary process did not answer')
    requests.receive(sent[0]!, 'late')
  })
})
