import { describe, expect, it } from 'vitest'
import { collectRows } from '../pages.ts'
import { type ConformanceSuite, idsOf, inOrder, ORDERS, WAYS, write } from './suite.ts'

const MIDNIGHT = Date.UTC(2026, 2, 2)

interface Merged {
  readonly nodes: readonly { readonly provider: string; readonly providerId: string; readonly createdAt: string }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

/** Checks that timestamps are compared as instants, however the provider writes them. */
export function describeInstants({ traits, subject, fill, read, query, listIn }: ConformanceSuite): void {
  const { provider } = traits

  /** Adds entries at each of these instants, one for each way to write it. */
  function fillInAllWritings(instants: readonly number[]): void {
    for (let way = 0; way < WAYS; way++) {
      for (const ms of instants) subject().add({ createdAt: write(ms, way) })
    }
  }

  describe('instants', () => {
    it.each(ORDERS)('order entries whatever the time zone and the precision of their timestamps, %s', async (order) => {
      fillInAllWritings([MIDNIGHT - 1500, MIDNIGHT - 30, MIDNIGHT])
      const expected = inOrder(order, subject().ids())
      expect(expected).toHaveLength(3 * WAYS)
      const edges = await collectRows(
        (after) => read({ first: 2, after, order }),
        (list) => list.edges,
      )
      expect(idsOf(edges)).toEqual(expected)
      const instants = edges.map(({ node }) => Date.parse(node!.createdAt))
      const newestFirst = [MIDNIGHT, MIDNIGHT - 30, MIDNIGHT - 1500].flatMap((ms) => Array(WAYS).fill(ms))
      expect(instants).toEqual(order === 'NEWEST_FIRST' ? newestFirst : newestFirst.toReversed())
      for (const [index, { cursor }] of edges.entries()) {
        const { edges: before } = await read({ last: 3, before: cursor, order })
        expect(idsOf(before)).toEqual(expected.slice(Math.max(0, index - 3), index))
      }
    })

    it.each(ORDERS)('find their place again after the list has grown, %s', async (order) => {
      fillInAllWritings([MIDNIGHT - 30, MIDNIGHT])
      const before = inOrder(order, subject().ids())
      const edges = (await read({ first: 10, order })).edges
      fill([86_400])
      subject().add({ createdAt: write(MIDNIGHT + 1000, 2) })
      for (const [index, { cursor }] of edges.entries()) {
        const { edges: next } = await read({ first: 20, after: cursor, order })
        const ahead = before.slice(index + 1)
        expect(idsOf(next).filter((id) => before.includes(id!))).toEqual(ahead)
      }
    })

    it('decide which UTC day an entry is of', async () => {
      const ids = [
        ['2026-03-01', ['2026-03-01T23:59:59.999999Z', '2026-03-02T05:29:59.999+05:30', '2026-03-01T15:59:59-08:00']],
        ['2026-03-02', ['2026-03-02T00:00:00Z', '2026-03-02T05:30:00.000+05:30', '2026-03-01T16:00:00-08:00']],
        ['2026-03-03', ['2026-03-03T00:00:00.000Z', '2026-03-03T05:30:00+05:30', '2026-03-02T16:00:00.0-08:00']],
      ].map(([day, texts]) => {
        const added = (texts as string[]).map((createdAt) => subject().add({ createdAt }))
        return { day: day as string, added }
      })
      for (const { day, added } of ids) {
        const { transactions } = await subject().gateway.ask<{ transactions: Merged }>(
          `{ transactions(filter: { providers: [${provider}] from: "${day}" to: "${day}" }) { nodes { providerId } } }`,
        )
        expect(transactions.nodes.map(({ providerId }) => providerId).sort()).toEqual(added.sort())
      }
    })

    it.each(ORDERS)('order the merged list, %s', async (order) => {
      // Within one second, so that the fraction digits decide.
      fillInAllWritings([MIDNIGHT - 900, MIDNIGHT - 30])
      const others = [...subject().gateway.sandboxes].filter(([name]) => name !== provider)
      for (const [index, [, sandbox]] of others.entries()) {
        const instants = [MIDNIGHT - 1000, MIDNIGHT - 500, MIDNIGHT - 20]
        for (const [turn, ms] of instants.entries()) sandbox.addEntry(write(ms, index + turn))
      }
      const rows = await collectRows(
        async (after) => {
          const { transactions } = await subject().gateway.ask<{ transactions: Merged }>(
            `query($after: String, $order: TransactionOrder!) {
              transactions(first: 3, after: $after, order: $order) {
                nodes { provider providerId createdAt } pageInfo { hasNextPage endCursor }
              }
            }`,
            { after, order },
          )
          return transactions
        },
        ({ nodes }) => nodes,
      )
      const instants = rows.map(({ createdAt }) => Date.parse(createdAt))
      const sign = order === 'NEWEST_FIRST' ? -1 : 1
      expect(instants).toEqual(instants.toSorted((one, other) => sign * (one - other)))
      const own = rows.filter((row) => row.provider === provider).map(({ providerId }) => providerId)
      expect(own).toEqual(inOrder(order, subject().ids()))
      expect(rows).toHaveLength(own.length + others.length * 3)
    })

    it('are returned in UTC with the digits that were sent', async () => {
      subject().add({ createdAt: '2026-03-02T05:30:00.123456+05:30' })
      const { data } = await query({ first: 1 })
      expect(listIn(data)!.edges[0]!.node!.createdAt).toBe('2026-03-02T00:00:00.123456Z')
    })
  })
}
