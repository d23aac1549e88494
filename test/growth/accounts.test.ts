import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { walkPages } from '../support/pages.ts'
import { type GrowthGateway, startGatewayOver } from './gateway.ts'
import { type GrowthUpstream, startUpstream } from './upstream.ts'

const CUSTOMERS = 1_000
const ENTRIES_EACH = 200
const MAX_REQUESTS = 50
const MAX_CURSOR = 2_048

interface Answer {
  readonly vobizTransactions: {
    readonly nodes: readonly { readonly providerId: string; readonly createdAt: string }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
  }
}

const documentOf = (size: number) => `query ($after: String) {
  vobizTransactions(first: ${size}, after: $after) {
    nodes { providerId createdAt } pageInfo { hasNextPage endCursor }
  }
}`

/** The value below which a part of the numbers lies. */
const quantile = (numbers: readonly number[], part: number) =>
  [...numbers].sort((a, b) => a - b)[Math.ceil(part * numbers.length) - 1]!

describe(`${CUSTOMERS} customers without a ledger over all of them`, () => {
  let upstream: GrowthUpstream
  let gateway: GrowthGateway
  let other: GrowthGateway

  beforeAll(async () => {
    upstream = await startUpstream({
      customers: CUSTOMERS,
      entriesEach: ENTRIES_EACH,
      kobble: 0,
      hasGlobalLedger: false,
    })
    ;[gateway, other] = await Promise.all([startGatewayOver(upstream), startGatewayOver(upstream)])
  })
  afterAll(async () => {
    await Promise.all([gateway?.close(), other?.close()])
    upstream?.close()
  })

  async function read(from: GrowthGateway, size: number, after: string | null) {
    const before = upstream.requests()
    const { vobizTransactions: page } = await from.ask<Answer>(documentOf(size), { after })
    return { ...page, requests: upstream.requests() - before }
  }

  it(`pages of 20 cost at most ${MAX_REQUESTS} requests after the first, in another process after its first`, async () => {
    let after: string | null = null
    const costs: number[] = []
    for (let page = 0; page < 60; page++) {
      // From page 30 on another process answers.
      const { requests, pageInfo } = await read(page < 30 ? gateway : other, 20, after)
      costs.push(requests)
      after = pageInfo.endCursor
    }
    const [first, moved] = [costs[0]!, costs[30]!]
    // The ledger over all customers, refused twice, their list, and one request for each.
    expect(first).toBeLessThanOrEqual(CUSTOMERS + CUSTOMERS / 100 + 2 + 20)
    expect(moved).toBeLessThanOrEqual(2 * CUSTOMERS)
    const following = costs.filter((_, page) => page % 30 !== 0)
    console.info(
      `requests: first page ${first}, other process ${moved}, median ${quantile(following, 0.5)}, 95 % ${quantile(following, 0.95)}, largest ${Math.max(...following)}`,
    )
    expect(quantile(following, 0.5)).toBeLessThanOrEqual(MAX_REQUESTS)
    expect(quantile(following, 0.95)).toBeLessThanOrEqual(MAX_REQUESTS)
  })

  it(`a walk over all ${CUSTOMERS * ENTRIES_EACH} entries returns each once`, async () => {
    const seen = new Set<string>()
    const costs: number[] = []
    let [count, longest, previous, peak] = [0, 0, '9999', 0]
    const readPage = async (after: string | null) => {
      const page = await read(gateway, 100, after)
      costs.push(page.requests)
      return page
    }
    for await (const { nodes, pageInfo } of walkPages(readPage)) {
      count += nodes.length
      longest = Math.max(longest, pageInfo.endCursor?.length ?? 0)
      for (const { providerId, createdAt } of nodes) {
        seen.add(providerId)
        expect(createdAt <= previous).toBe(true)
        previous = createdAt
      }
      if (costs.length % 400 === 0) peak = Math.max(peak, (await gateway.sample()).heapBytes)
    }
    const total = costs.reduce((sum, requests) => sum + requests, 0)
    console.info(
      `${costs.length} pages of 100: ${total} requests, median ${quantile(costs, 0.5)}, 95 % ${quantile(costs, 0.95)}, largest ${Math.max(...costs)}; cursors at most ${longest} characters; heap at most ${Math.round(peak / 1024 / 1024)} MB`,
    )
    expect(seen.size).toBe(CUSTOMERS * ENTRIES_EACH)
    expect(count).toBe(seen.size)
    expect(longest).toBeLessThanOrEqual(MAX_CURSOR)
  })
})
