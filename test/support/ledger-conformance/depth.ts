import { describe, expect, it } from 'vitest'
import { RUNS } from '../runs.ts'
import { at, type ConformanceSuite, idsOf, inOrder, type List, ORDERS, type Order } from './suite.ts'

/** Entries of a list that is several of the provider's pages long. */
const LENGTH = RUNS.isFull ? 2500 : 420

/** Checks positions far behind the first page: their pages are right and their cost does not grow with the depth. */
export function describeDepth({ traits, subject, fill, read, readAll, costOf }: ConformanceSuite): void {
  const { hasTotal } = traits
  const { page, afterGrowth, search } = traits.requests
  const shares = RUNS.isFull ? [0.3, 0.5, 0.8, 0.99] : [0.5, 0.9]
  const places = shares.map((share) => Math.floor(LENGTH * share))

  /** Compares pages on both sides of deep cursors with slices of the list, and limits their cost. */
  async function comparePages(
    order: Order,
    cursors: readonly string[],
    expected: readonly string[],
    anchors: readonly string[],
    maxRequests: number,
  ): Promise<void> {
    for (const place of places) {
      const index = expected.indexOf(anchors[place]!)
      const paging = [
        { first: 20, after: cursors[place]!, order },
        { last: 20, before: cursors[place]!, order },
      ]
      const slices = [expected.slice(index + 1, index + 21), expected.slice(Math.max(0, index - 20), index)]
      for (const [side, arguments_] of paging.entries()) {
        let list: List | null = null
        const requests = await costOf(async () => {
          list = await read(arguments_)
        })
        expect(idsOf(list!.edges)).toEqual(slices[side])
        expect(requests, `the page at ${place} of ${LENGTH}`).toBeLessThanOrEqual(maxRequests)
      }
    }
  }

  describe('depth', () => {
    it.each(ORDERS)('does not add to the cost of a page, in both directions, %s', async (order) => {
      fill(Array.from({ length: LENGTH }, (_, index) => Math.floor(index / 3)))
      const edges = await readAll(order)
      const anchors = inOrder(order, subject().ids())
      expect(idsOf(edges)).toEqual(anchors)
      const cursors = edges.map(({ cursor }) => cursor)
      await comparePages(order, cursors, anchors, anchors, page)

      fill([LENGTH, LENGTH, LENGTH])
      await comparePages(order, cursors, inOrder(order, subject().ids()), anchors, hasTotal ? afterGrowth : search)

      // More new entries than fit on a page, and some that are back-dated behind every cursor and before it.
      fill(Array.from({ length: 130 }, () => LENGTH))
      for (let second = 0.5; second < LENGTH / 3; second += 17) subject().add({ createdAt: at(second) })
      await comparePages(order, cursors, inOrder(order, subject().ids()), anchors, search)
    })
  })
}
