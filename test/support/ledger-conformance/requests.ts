import { describe, expect, it } from 'vitest'
import { type ConformanceSuite, ORDERS, PAGE, type Paging } from './suite.ts'

/** Checks totals, and the number of upstream requests. */
export function describeRequests({ traits, subject, fill, query, read, costOf }: ConformanceSuite): void {
  const { hasTotal } = traits
  describe('totals', () => {
    it(hasTotal ? 'are exact' : 'are null, not guessed', async () => {
      const totalOf = async (paging: Paging) => (await read(paging, `totalCount ${PAGE}`)).totalCount
      for (const count of [0, 1, 2]) {
        expect(await totalOf({ first: 1 })).toBe(hasTotal ? count : null)
        expect(await totalOf({ last: 5, order: 'OLDEST_FIRST' })).toBe(hasTotal ? count : null)
        expect((await read({}, 'totalCount')).totalCount).toBe(hasTotal ? count : null)
        fill([count])
      }
      subject().remove(subject().ids()[1]!)
      const { endCursor } = (await read({ first: 1 })).pageInfo
      expect(await totalOf({ first: 1, after: endCursor })).toBe(hasTotal ? 2 : null)
    })
  })

  describe('requests', () => {
    const { page, total, farEnd, afterGrowth } = traits.requests

    it(`are ${page} for a page of a list at rest, at any depth, and ${total} more for its total`, async () => {
      fill(Array.from({ length: 60 }, (_, index) => Math.floor(index / 4)))
      for (const order of ORDERS) {
        for (const selection of [PAGE, `totalCount ${PAGE}`, 'edges { cursor node { id } }']) {
          const allowed = selection.startsWith('totalCount') ? page + total : page
          let cursor: string | null = (await read({ first: 10, order })).pageInfo.endCursor
          for (const size of [1, 10, 7, 20]) {
            const paging = { first: size, after: cursor, order }
            expect(await costOf(() => query(paging, selection))).toBeLessThanOrEqual(allowed)
            cursor = (await read(paging)).pageInfo.endCursor
          }
          const back = { last: 5, before: cursor, order }
          expect(await costOf(() => query(back, selection))).toBeLessThanOrEqual(allowed)
        }
      }
    })

    it('are no more for the first page with other fields beside it', async () => {
      fill([0, 10, 10, 20, 30])
      await read({ first: 1 })
      const expected = traits.keepsAnswers ? [0, 0] : [page, page + total]
      if (!traits.keepsAnswers) expect(await costOf(() => read({ first: 2 }))).toBe(page)
      else await read({ first: 2 }, `totalCount ${PAGE}`)
      const other = () => read({ first: 2 }, `nodes { id } ${PAGE}`)
      const counted = () => read({ first: 2 }, `totalCount ${PAGE}`)
      expect([await costOf(other), await costOf(counted)]).toEqual(expected)
      expect(await costOf(() => subject().gateway.ask('{ __typename }'))).toBe(0)
    })

    it(`are at most ${farEnd} for the far end of the list`, async () => {
      fill(Array.from({ length: 150 }, (_, index) => index))
      await read({ first: 1 })
      for (const paging of [{ last: 20 }, { first: 20, order: 'OLDEST_FIRST' }] as const) {
        expect(await costOf(() => read(paging))).toBeLessThanOrEqual(farEnd)
      }
    })

    it(`are at most ${afterGrowth} for a page after entries have arrived`, async () => {
      fill(Array.from({ length: 30 }, (_, index) => index))
      for (const order of ORDERS) {
        const { endCursor } = (await read({ first: 10, order })).pageInfo
        fill([40, 41, 42])
        expect(await costOf(() => read({ first: 10, after: endCursor, order }))).toBeLessThanOrEqual(afterGrowth)
      }
    })
  })
}
