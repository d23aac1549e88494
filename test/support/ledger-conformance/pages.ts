import { describe, expect, it } from 'vitest'
import { RUNS } from '../runs.ts'
import { type ConformanceSuite, idsOf, inOrder, type List, ORDERS, type Order } from './suite.ts'

/** Lengths of short lists, and sizes of their pages. */
const LENGTHS = RUNS.isFull ? [0, 1, 2, 3, 4, 7] : [0, 1, 4]
const SIZES = RUNS.isFull ? [0, 1, 2, 3, 4] : [0, 1, 2]
/** Places at the edges of the provider's pages in a list of 207 entries, and page sizes. */
const EDGES = RUNS.isFull
  ? { places: [0, 98, 99, 100, 101, 199, 205, 206], sizes: [1, 99, 100] }
  : { places: [0, 99, 100, 206], sizes: [1, 100] }

/** Checks pages against slices of an array, and that cursors belong to one list. */
export function describePages({ subject, fill, query, read, readAll }: ConformanceSuite): void {
  describe('pages', () => {
    /** Compares a page from every one of the places, either way, with a slice of the list. */
    async function comparePages(order: Order, places: readonly number[], sizes: readonly number[]): Promise<void> {
      const expected = inOrder(order, subject().ids())
      const edges = await readAll(order)
      expect(idsOf(edges)).toEqual(expected)
      const cursors = edges.map(({ cursor }) => cursor)
      for (const place of [null, ...places]) {
        const cursor = place === null ? null : cursors[place]!
        for (const size of sizes) {
          const ahead = expected.slice(place === null ? 0 : place + 1)
          const forward = await read({ first: size, after: cursor, order })
          expect(pageOf(forward)).toEqual({
            ids: ahead.slice(0, size),
            hasNextPage: ahead.length > size,
            hasPreviousPage: place !== null,
          })
          const behind = expected.slice(0, place ?? undefined)
          const backward = await read({ last: size, before: cursor, order })
          expect(pageOf(backward)).toEqual({
            ids: size === 0 ? [] : behind.slice(-size),
            hasNextPage: place !== null,
            hasPreviousPage: behind.length > size,
          })
        }
      }
    }

    function pageOf({ edges, pageInfo: { startCursor, endCursor, ...flags } }: List) {
      expect([startCursor, endCursor]).toEqual([edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null])
      return { ids: idsOf(edges), ...flags }
    }

    it.each(ORDERS)('agree with slicing an array at every boundary, %s', async (order) => {
      const instants = [0, 10, 10, 10, 20, 20, 30]
      for (const [count, instant] of [...instants.entries(), [instants.length, 0] as const]) {
        if (LENGTHS.includes(count)) {
          const places = [...Array(count).keys()]
          await comparePages(order, places, [...new Set([...SIZES, count, count + 1])])
        }
        fill([instant])
      }
    })

    it.each(ORDERS)("agree with slicing an array around the provider's own pages, %s", async (order) => {
      fill(Array.from({ length: 207 }, (_, index) => Math.floor(index / 3)))
      await comparePages(order, EDGES.places, EDGES.sizes)
    })

    it('return the entries between two cursors, and none when the cursors are in the wrong order', async () => {
      fill([0, 10, 10, 20, 30])
      const edges = await readAll('NEWEST_FIRST')
      for (const [from, { cursor: after }] of edges.entries()) {
        for (const [to, { cursor: before }] of edges.entries()) {
          const between = subject()
            .ids()
            .slice(from + 1, Math.max(from + 1, to))
          expect(idsOf((await read({ first: 2, after, before })).edges)).toEqual(between.slice(0, 2))
          expect(idsOf((await read({ last: 2, after, before })).edges)).toEqual(between.slice(-2))
        }
      }
    })

    it('hold at most a hundred entries', async () => {
      for (const paging of [{ first: 101 }, { last: 101 }, { first: -1 }]) {
        const { errors } = await query(paging)
        expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
      }
      expect(subject().server.requests.filter(({ query }) => query.size > 0)).toEqual([])
    })
  })

  describe('cursors', () => {
    it('are refused by another order, and when they were altered', async () => {
      fill([0, 10, 20])
      const { endCursor } = (await read({ first: 1 })).pageInfo
      const wrong = [
        { first: 1, after: endCursor, order: 'OLDEST_FIRST' },
        { first: 1, after: `${endCursor}A` },
        { last: 1, before: endCursor!.slice(0, -1) },
        { first: 1, after: '' },
      ] as const
      for (const paging of wrong) {
        const { errors } = await query(paging)
        expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INVALID_CURSOR'])
      }
    })
  })
}
