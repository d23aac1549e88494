import { describe, expect, it } from 'vitest'
import type { QueryResult } from '../gateway.ts'
import { at, type ConformanceSuite, type Paging } from './suite.ts'

const COST = { 'x-graphql-cost': '1' }
const FIELDS = 'edges { cursor node { providerId } } pageInfo { hasNextPage endCursor }'

interface CostReport {
  readonly providers: readonly { readonly provider: string; readonly requests: number; readonly rows: number }[]
}

/** Checks that operations are charged for every row that the provider delivered. */
export function describeMetering({ traits, subject, restart, fill, query, read }: ConformanceSuite): void {
  const { provider, rowsOf } = traits
  const instants = Array.from({ length: 130 }, (_, index) => Math.floor(index / 3))

  /** Counts the rows in all answers of the provider until the returned function is called, which returns them. */
  function countDelivered(): () => number {
    let rows = 0
    subject().server.fault({
      kind: 'alter',
      alter(reply) {
        rows += rowsOf(reply.json).length
        return reply
      },
    })
    return () => {
      subject().server.clearFaults()
      return rows
    }
  }

  function costOf({ extensions }: QueryResult<unknown>): { readonly requests: number; readonly rows: number } {
    const { providers } = extensions.cost as CostReport
    const { requests = 0, rows = 0 } = providers.find((cost) => cost.provider === provider) ?? {}
    return { requests, rows }
  }

  /** Runs a query and compares its cost with what the provider delivered. */
  async function expectWholeCost(paging: Paging, selection: string): Promise<{ requests: number; rows: number }> {
    const before = subject().server.requests.length
    const delivered = countDelivered()
    const answer = await query(paging, selection, COST)
    const rows = delivered()
    expect(answer.errors).toEqual([])
    const cost = costOf(answer)
    expect(cost).toEqual({ requests: subject().server.requests.length - before, rows })
    return cost
  }

  describe('metering', () => {
    it('charges an operation for all rows and requests, whatever it selects', async () => {
      fill(instants)
      await read({ first: 1 })
      const { endCursor } = (await read({ first: 100 })).pageInfo
      expect((await expectWholeCost({ first: 10 }, FIELDS)).rows).toBeGreaterThanOrEqual(10)
      expect((await expectWholeCost({ first: 10, after: endCursor }, FIELDS)).rows).toBeGreaterThanOrEqual(10)
      await expectWholeCost({ last: 100, before: endCursor }, FIELDS)
      await expectWholeCost({ last: 20 }, FIELDS)
      await expectWholeCost({ first: 100, order: 'OLDEST_FIRST' }, `totalCount ${FIELDS}`)
      await expectWholeCost({ first: 0 }, 'summary { count totals { credit debit } }')
      subject().add({ createdAt: at(1000) })
      await expectWholeCost({ first: 10, after: endCursor }, FIELDS)
    })

    it('ends an operation that is delivered more rows than MAX_UPSTREAM_ROWS', async () => {
      fill(instants)
      const selection = `summary { count } ${FIELDS}`
      const needed = costOf(await query({ first: 100 }, selection, COST)).rows
      expect(needed).toBeGreaterThanOrEqual(100)
      for (const [limit, isEnough] of [
        [needed, true],
        [needed - 1, false],
      ] as const) {
        await restart({ MAX_UPSTREAM_ROWS: String(limit) })
        fill(instants)
        const { errors } = await query({ first: 100 }, selection)
        const codes = new Set(errors.map(({ extensions }) => extensions.code))
        expect([...codes]).toEqual(isEnough ? [] : ['LIMIT_EXCEEDED'])
      }
    })
  })
}
