import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { walkPages } from '../support/pages.ts'
import { type GrowthGateway, startGrowthGateway } from './gateway.ts'

const PAGE = 20
const PAGES = 5_000
/** Pages whose cost is compared: a tenth of the walk. */
const PART = PAGES / 10
/** By how much processor time may differ between two parts of equal cost on a busy machine. */
const TOLERANCE = 2

interface Connection {
  readonly nodes: readonly { readonly id: string }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
}

const documentOf = (field: string) => `query ($after: String) {
  ${field}(first: ${PAGE}, after: $after) { nodes { id createdAt amount { amount } } pageInfo { hasNextPage endCursor } }
}`

describe(`a walk of ${PAGES} pages`, () => {
  let gateway: GrowthGateway

  beforeAll(async () => {
    gateway = await startGrowthGateway({ customers: 1_000, entriesEach: 100, kobble: 100_000 })
  })
  afterAll(() => gateway?.close())

  /** Walks the first pages and returns the total cost of each part. */
  async function walk(field: string, pages: number) {
    const parts: { requests: number; cpuUs: number }[] = []
    let [requests, cpuUs] = [gateway.requests(), await gateway.cpuUs()]
    let page = 0
    const read = async (after: string | null) =>
      (await gateway.ask<Record<string, Connection>>(documentOf(field), { after }))[field]!
    for await (const { nodes } of walkPages(read)) {
      expect(nodes).toHaveLength(PAGE)
      page++
      if (page % PART !== 0) continue
      const [requestsNow, cpuNow] = [gateway.requests(), await gateway.cpuUs()]
      parts.push({ requests: requestsNow - requests, cpuUs: cpuNow - cpuUs })
      requests = requestsNow
      cpuUs = cpuNow
      if (page === pages) break
    }
    return parts
  }

  it.each(['vobizTransactions', 'kobbleTransactions', 'transactions'])(
    'costs on its last pages what it costs on its first: %s',
    async (field) => {
      // The first operations of a process cost more, because V8 compiles the code while it runs.
      await walk(field, PART)
      const parts = await walk(field, PAGES)
      expect(parts).toHaveLength(PAGES / PART)
      const [first, last] = [parts[0]!, parts.at(-1)!]
      // The first page has no cursor and needs no row before it.
      expect(Math.abs(last.requests - first.requests)).toBeLessThanOrEqual(PART / 100)
      expect(last.cpuUs / first.cpuUs).toBeLessThan(TOLERANCE)
    },
  )
})
