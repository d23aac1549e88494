import { expect, it } from 'vitest'
import { authIdOf } from '../../bench/data/vobiz.ts'
import { RUNS } from '../support/runs.ts'
import { type GrowthGateway, startGrowthGateway } from './gateway.ts'

const CUSTOMERS = 100
const PAGE = 20
/** Operations after which V8 has compiled the code. */
const WARM_UP = 3_000
const CLIENTS = 4
/**
 * Bytes that one operation may leave in the old space until the next full collection. One object literal with an accessor,
 * evaluated once in an operation, leaves more: V8 keeps its hidden class there, with all that its functions refer to.
 */
const MAX_BYTES = 5_000

interface Answer {
  readonly vobizCustomer: {
    readonly transactions: { readonly nodes: readonly object[]; readonly pageInfo: { readonly endCursor: string } }
  }
}

const DOCUMENT = `query ($authId: ID!, $after: String) {
  vobizCustomer(authId: $authId) {
    transactions(first: ${PAGE}, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { providerId amount { amount currency } direction status category reference createdAt updatedAt }
    }
  }
}`

/** Sends operations, a few at a time: the second page of one customer after the other. */
async function run(gateway: GrowthGateway, cursors: readonly string[], operations: number): Promise<void> {
  let next = 0
  const work = async () => {
    while (next < operations) {
      const customer = next++ % CUSTOMERS
      const variables = { authId: authIdOf(customer), after: cursors[customer] }
      const { vobizCustomer } = await gateway.ask<Answer>(DOCUMENT, variables)
      expect(vobizCustomer.transactions.nodes).toHaveLength(PAGE)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, work))
}

it('what one operation creates is freed without a full collection', async () => {
  const gateway = await startGrowthGateway({ customers: CUSTOMERS, entriesEach: 100, kobble: 0 })
  try {
    const cursors: string[] = []
    for (let customer = 0; customer < CUSTOMERS; customer++) {
      const { vobizCustomer } = await gateway.ask<Answer>(DOCUMENT, { authId: authIdOf(customer) })
      cursors.push(vobizCustomer.transactions.pageInfo.endCursor)
    }
    await run(gateway, cursors, WARM_UP)
    await gateway.watchPromotions()
    await run(gateway, cursors, RUNS.promotionOperations)
    expect((await gateway.promotedBytes()) / RUNS.promotionOperations).toBeLessThan(MAX_BYTES)
  } finally {
    await gateway.close()
  }
})
