import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { walkPages } from '../pages.ts'
import { RUNS } from '../runs.ts'
import { at, type ConformanceSuite, type Entry, ORDERS, type Order } from './suite.ts'

/** Walks per property over real HTTP, which cost more than those over a model. */
const NUM_RUNS = RUNS.walks(4, 1 / 15)

type Change = 'head' | 'late' | 'gone'

/** One walk through the list, and what happens to the list meanwhile. */
interface Walk {
  readonly instants: readonly number[]
  readonly sizes: readonly number[]
  readonly order: Order
  readonly isForward: boolean
  readonly changes: readonly { readonly kind: Change; readonly seed: number }[]
  readonly when: 'between pages' | 'between requests'
}

/** Checks walks from end to end while the list changes. */
export function describeWalks({ subject, read }: ConformanceSuite): void {
  describe('walks', () => {
    const pageSize = (max: number) => fc.integer({ min: 1, max })
    const walks = (...kinds: Change[]): fc.Arbitrary<Walk> =>
      fc.record({
        // Without a size, most lists would be so short that they fit on one page.
        instants: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40, size: 'max' }),
        sizes: fc.array(fc.oneof({ arbitrary: pageSize(7), weight: 4 }, { arbitrary: pageSize(100), weight: 1 }), {
          minLength: 1,
          maxLength: 5,
        }),
        order: fc.constantFrom(...ORDERS),
        isForward: fc.boolean(),
        changes: fc.array(fc.record({ kind: fc.constantFrom(...kinds), seed: fc.nat(999) }), {
          maxLength: 20,
          size: 'max',
        }),
        when: fc.constantFrom('between pages', 'between requests'),
      })

    /** Walks from end to end while the list changes, and checks what came of it. */
    async function walk(run: Walk): Promise<void> {
      for (const id of subject().ids()) subject().remove(id)
      const instants = run.instants.toSorted((one, other) => one - other)
      const initial = new Set(instants.map((seconds, way) => subject().add({ createdAt: at(seconds, way) })))
      const goesOlder = (run.order === 'NEWEST_FIRST') === run.isForward
      const returned: Entry[] = []
      const due = new Set(initial)
      const pending = [...run.changes]
      let newest = 10
      let isReading = false
      let hasLost = false

      function change(): void {
        const next = pending.shift()
        if (!next) return
        const { kind, seed } = next
        if (kind === 'head') {
          newest += seed % 2
          for (let count = seed % 4; count >= 0; count--) subject().add({ createdAt: at(newest, count + seed) })
        } else if (kind === 'late') {
          const createdAt = at((seed % 20) / 2, seed)
          const instant = Date.parse(createdAt)
          const id = subject().add({ createdAt })
          // Entries of several lists may come late, so it is not the last one that says how far the walk has come.
          const walked = returned.map((entry) => Date.parse(entry.createdAt)).sort((one, other) => one - other)
          const furthest = goesOlder ? walked[0] : walked.at(-1)
          const isAhead = furthest === undefined || (goesOlder ? instant < furthest : instant > furthest)
          if (isAhead && !isReading) due.add(id)
        } else {
          const ids = subject().ids()
          const victim = ids[seed % ids.length]
          if (victim === undefined) return
          subject().remove(victim)
          due.delete(victim)
          hasLost = true
        }
      }

      subject().server.beforeAnswer = run.when === 'between requests' ? change : null
      try {
        let pages = 0
        const readNext = async (cursor: string | null) => {
          if (pages > 0 && run.when === 'between pages') change()
          expect(pages, 'pages').toBeLessThan(200)
          const size = run.sizes[pages++ % run.sizes.length]!
          isReading = true
          const { order } = run
          const paging = run.isForward ? { first: size, after: cursor, order } : { last: size, before: cursor, order }
          const list = await read(paging)
          isReading = false
          return list
        }
        for await (const { edges } of walkPages(readNext, run.isForward ? 'forward' : 'backward')) {
          const nodes = edges.map(({ node }) => node!)
          returned.push(...(run.isForward ? nodes : nodes.reverse()))
        }
      } finally {
        subject().server.beforeAnswer = null
      }
      const counts = Map.groupBy(returned, ({ providerId }) => providerId)
      expect(
        [...due].filter((id) => !counts.has(id)),
        'missing',
      ).toEqual([])
      const repeated = [...counts].flatMap(([id, { length }]) => (length > 1 ? [id] : []))
      if (!hasLost) expect(repeated, 'repeated').toEqual([])
    }

    const check = (...kinds: Change[]) => fc.assert(fc.asyncProperty(walks(...kinds), walk), { numRuns: NUM_RUNS })

    it('give each entry once while entries arrive at the head', () => check('head'))
    it('give each entry once while entries are back-dated', () => check('head', 'late'))
    it('lose none while entries go', () => check('head', 'late', 'gone'))
  })
}
