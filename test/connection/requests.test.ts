import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ListOrder } from '../../src/connection/connection.ts'
import type { ConnectionPage } from '../../src/connection/page.ts'
import { connectModels, ModelGroup } from '../support/model-connection.ts'
import { type ModelEntry, type ModelTraits, pages, printedPages, ranges } from '../support/model-ledger.ts'
import { RUNS } from '../support/runs.ts'

/** Walks per property; more of them find more. */
const NUM_RUNS = RUNS.walks(25)

interface Walk {
  readonly groups: readonly { traits: ModelTraits; instants: readonly number[] }[]
  readonly order: ListOrder
  readonly walk: 'forward' | 'backward'
  readonly sizes: readonly number[]
}

const walkArbitrary = fc.record<Walk>({
  groups: fc.array(
    fc.record({
      traits: fc.constantFrom(pages, printedPages, ranges),
      instants: fc.array(fc.nat(20), { maxLength: 150 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  order: fc.constantFrom('NEWEST_FIRST', 'OLDEST_FIRST'),
  walk: fc.constantFrom('forward', 'backward'),
  sizes: fc.array(fc.integer({ min: 1, max: 49 }), { minLength: 1, maxLength: 5 }),
})

/** Walks from end to end; after each page `onPage` receives the requests that the page cost, by list. */
async function walkThrough(
  { groups: lists, order, walk, sizes }: Walk,
  onPage: (groups: readonly ModelGroup[], requests: readonly number[], count: number) => void,
) {
  const groups = lists.map(
    ({ traits, instants }, index) =>
      new ModelGroup(
        `S${index}`,
        traits,
        instants.map((at, entry) => ({ id: `${index}-${entry}`, at })),
      ),
  )
  let cursor: string | null = null
  let delivered = 0
  for (let count = 0; ; count++) {
    const size = sizes[count % sizes.length]!
    const args = walk === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor }
    const before = groups.map(({ whole }) => whole.requests)
    const page: ConnectionPage<ModelEntry> = await connectModels(groups, { order, args }).page()
    const flags = [await page.hasNextPage(), await page.hasPreviousPage()]
    delivered += page.edges.length
    onPage(
      groups,
      groups.map(({ whole }, index) => whole.requests - before[index]!),
      count,
    )
    if (!flags[walk === 'forward' ? 0 : 1]) return { groups, delivered }
    cursor = walk === 'forward' ? page.endCursor() : page.startCursor()
  }
}

describe('a page with both of its flags costs each list', () => {
  it('one request at any depth, and one more at the far end, while nothing changes', () =>
    fc.assert(
      fc.asyncProperty(walkArbitrary, async (scenario) => {
        await walkThrough(scenario, (groups, requests, count) => {
          for (const [index, { whole }] of groups.entries()) {
            // Only the total shows the far end of a list with numbered pages.
            const isFarEnd = count === 0 && (scenario.order === 'NEWEST_FIRST') !== (scenario.walk === 'forward')
            expect(requests[index]).toBeLessThanOrEqual(isFarEnd && whole.traits.style === 'page-number' ? 2 : 1)
          }
        })
      }),
      { numRuns: NUM_RUNS },
    ))

  it('two requests at most after entries arrived', () =>
    fc.assert(
      fc.asyncProperty(walkArbitrary, fc.nat(30), async (scenario, arriving) => {
        await walkThrough(scenario, (groups, requests, count) => {
          for (const spent of requests) expect(spent).toBeLessThanOrEqual(2)
          if (count > 20) return
          for (const [index, group] of groups.entries()) {
            for (let entry = 0; entry < (arriving + index) % 8; entry++) {
              group.insert({ id: `new-${count}-${index}-${entry}`, at: 100 + count })
            }
          }
        })
      }),
      { numRuns: NUM_RUNS },
    ))

  it('nothing when no entry is wanted and no flag is asked for', async () => {
    const group = new ModelGroup('S0', pages, [{ id: 'a', at: 1 }])
    await connectModels([group], { order: 'NEWEST_FIRST', args: { first: 0 } }).page()
    expect(group.whole.requests).toBe(0)
  })
})

describe('a walk over a list at rest', () => {
  const instants = Array.from({ length: 401 }, (_, index) => index)

  it.each<[string, ModelTraits, ListOrder, number]>([
    ['at most two fifths more rows than it returns, of pages with a fingerprint', printedPages, 'NEWEST_FIRST', 1.4],
    ['at most a twentieth more rows than it returns, of ranges', ranges, 'NEWEST_FIRST', 1.06],
    ['at most a twentieth more rows than it returns, of ranges from the far end', ranges, 'OLDEST_FIRST', 1.06],
    // A page that has to hold a row more, or does not begin where pages of its size do, has to be larger.
    ['at most two fifths more rows than it returns, of pages', pages, 'NEWEST_FIRST', 1.4],
    ['at most three fifths more rows than it returns, of pages from the far end', printedPages, 'OLDEST_FIRST', 1.6],
  ])('reads %s', async (_, traits, order, ratio) => {
    for (let size = 20; size <= 100; size++) {
      const scenario: Walk = { groups: [{ traits, instants }], order, walk: 'forward', sizes: [size] }
      const { groups, delivered } = await walkThrough(scenario, () => {})
      expect(delivered).toBe(instants.length)
      expect(groups[0]!.whole.rowsRead / delivered, `pages of ${size}`).toBeLessThanOrEqual(ratio)
    }
  })
})
