import { expect, it } from 'vitest'
import { walkPages } from '../support/pages.ts'
import { type GrowthGateway, startGrowthGateway } from './gateway.ts'

/** Customers, which all have the same number of entries. */
const CUSTOMERS = 1_000
const PAGE = 100
const SHORT_PAGES = 100
const ENTRIES = 300_000
const SAMPLES = 10
/** By how much the heap of a process that keeps nothing may differ. */
const MARGIN_BYTES = 4 * 1024 * 1024

interface Answer {
  readonly vobizTransactions: {
    readonly nodes: readonly { readonly providerId: string }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
  }
}

const DOCUMENT = `query ($after: String) {
  vobizTransactions(first: ${PAGE}, after: $after) {
    nodes { providerId createdAt amount { amount currency } raw } pageInfo { hasNextPage endCursor }
  }
}`

/** Walks the first pages and returns the largest heap of the samples, with the number of entries. */
async function walk(gateway: GrowthGateway, pages: number) {
  const every = Math.floor(pages / SAMPLES)
  let [peak, page, entries] = [0, 0, 0]
  const read = async (after: string | null) => (await gateway.ask<Answer>(DOCUMENT, { after })).vobizTransactions
  for await (const { nodes } of walkPages(read)) {
    entries += nodes.length
    page++
    if (page % every === 0) peak = Math.max(peak, (await gateway.sample()).heapBytes)
    if (page === pages) break
  }
  return { peak, entries }
}

it(`a walk over ${ENTRIES} entries needs no more memory than one over ${SHORT_PAGES * PAGE}`, async () => {
  const gateway = await startGrowthGateway({ customers: CUSTOMERS, entriesEach: ENTRIES / CUSTOMERS, kobble: 0 })
  try {
    await walk(gateway, SHORT_PAGES)
    const short = await walk(gateway, SHORT_PAGES)
    const long = await walk(gateway, ENTRIES / PAGE)
    expect(long.entries).toBe(ENTRIES)
    expect(long.peak - short.peak).toBeLessThan(MARGIN_BYTES)
  } finally {
    await gateway.close()
  }
})
