import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type QueryResult, startGateway, sumApiRequests, type TestGateway } from './support/gateway.ts'
import { walkPages } from './support/pages.ts'

const ROWS = 100_000
const DAY_MS = 86_400_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

type Pages = Record<
  string,
  { edges: { cursor: string; node: { providerId: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
>

const documentOf = (field: string) => `query ($first: Int!, $after: String) {
  ${field}(first: $first, after: $after) { edges { cursor node { providerId } } pageInfo { hasNextPage endCursor } }
}`

describe(`a ledger of ${ROWS} entries`, () => {
  let at: TestGateway
  const rowsAnswered = { vobizTransactions: 0, kobbleTransactions: 0 }

  beforeAll(async () => {
    at = await startGateway({ sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } } })
    const start = Date.parse('2020-01-01T00:00:00Z')
    const instants = Array.from({ length: ROWS }, (_, index) => new Date(start + Math.floor(index / 3) * (DAY_MS / 40)))
    at.vobiz.load(
      instants.map((instant, index) => ({ amount: `${(index % 977) + 1}.25`, created_at: instant.toISOString() })),
    )
    at.kobble.load(instants.map((instant) => ({ created_at: instant.toISOString() })))
    at.vobiz.server.fault({
      kind: 'alter',
      alter: (reply) => {
        rowsAnswered.vobizTransactions += (reply.json as { transactions?: unknown[] }).transactions?.length ?? 0
        return reply
      },
    })
    at.kobble.api.fault({
      kind: 'alter',
      alter: (reply) => {
        if (Array.isArray(reply.json)) rowsAnswered.kobbleTransactions += reply.json.length
        return reply
      },
    })
    await at.ask('{ kobbleTransactions(first: 1) { totalCount } vobizTransactions(first: 1) { totalCount } }')
  })
  afterAll(() => at.close())

  for (const field of ['vobizTransactions', 'kobbleTransactions'] as const) {
    for (const size of [20, 50, 100]) {
      it(`costs on page 500 of ${size} what it costs on page 1: ${field}`, async () => {
        const rowsBefore = rowsAnswered[field]
        const costs: unknown[] = []
        let after: string | null = null
        for (let page = 1; page <= 500; page++) {
          const { data, requests }: QueryResult<Pages> = await at.query(documentOf(field), { first: size, after })
          expect(data![field]!.edges).toHaveLength(size)
          after = data![field]!.pageInfo.endCursor
          costs.push(sumApiRequests(requests))
        }
        expect(new Set(costs)).toEqual(new Set([1]))
        // A numbered page that also shows the row before a small page is up to a third larger than that page.
        const isSmallPage = field === 'vobizTransactions' && size < 50
        expect((rowsAnswered[field] - rowsBefore) / (500 * size)).toBeLessThanOrEqual(isSmallPage ? 1.35 : 1.2)
      })
    }
  }

  it('is walked to its end in flat memory, and each entry comes once', async () => {
    for (const field of ['vobizTransactions', 'kobbleTransactions'] as const) {
      const rowsBefore = rowsAnswered[field]
      const seen = new Set<string>()
      const heap: number[] = []
      let page = 0
      const read = async (after: string | null) =>
        (await at.ask<Pages>(documentOf(field), { first: 100, after }))[field]!
      for await (const { edges } of walkPages(read)) {
        for (const { node } of edges) seen.add(node.providerId)
        // The sandbox's record of requests is not the gateway's memory.
        at.vobiz.server.requests.length = 0
        at.kobble.api.requests.length = 0
        if (page++ % 100 === 50) {
          collectGarbage()
          // The set of ids grows by design, by about 100 bytes each.
          heap.push(process.memoryUsage().heapUsed - seen.size * 100)
        }
      }
      expect(seen.size).toBe(ROWS)
      expect((rowsAnswered[field] - rowsBefore) / ROWS).toBeLessThanOrEqual(1.2)
      const [first, last] = [heap[1]!, heap.at(-1)!]
      expect(last - first).toBeLessThan(8_000_000)
    }
  }, 240_000)
})
