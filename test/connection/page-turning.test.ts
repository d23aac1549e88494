import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ListOrder } from '../../src/connection/connection.ts'
import type { ConnectionArguments } from '../../src/connection/range.ts'
import { connectModels, idsOf, ModelGroup, mergedIds } from '../support/model-connection.ts'
import { hashOf, traitsArbitrary } from '../support/model-ledger.ts'
import { RUNS } from '../support/runs.ts'

/** Walks per property; more of them find more. */
const NUM_RUNS = RUNS.walks(40)

/** A page further on or back, or entries that arrive. */
type Step = { readonly go: 'on' | 'back'; readonly size: number } | { readonly arrive: number }

const page: fc.Arbitrary<Step> = fc.record({
  go: fc.constantFrom('on' as const, 'on' as const, 'back' as const),
  size: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 100 })),
})
const arrival: fc.Arbitrary<Step> = fc.record({ arrive: fc.nat(3) })

const walk = (step: fc.Arbitrary<Step>) =>
  fc.record({
    groups: fc.array(
      fc.record({
        traits: traitsArbitrary.filter(({ dated }) => dated === 'all'),
        instants: fc.array(fc.nat(8), { maxLength: 45 }),
        wanted: fc.constantFrom(null, null, 1, 2, 5),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    order: fc.constantFrom<ListOrder>('NEWEST_FIRST', 'OLDEST_FIRST'),
    steps: fc.array(step, { minLength: 1, maxLength: 12 }),
  })

type Walk = ReturnType<typeof walk> extends fc.Arbitrary<infer W> ? W : never

/** Goes on and back through a list, and expects every page to be the entries beside the page before it. */
async function expectNeighbours({ groups: lists, order, steps }: Walk): Promise<void> {
  const groups = lists.map(({ traits, instants, wanted }, index) => {
    const entries = instants.map((at, entry) => ({ id: `${index}-${entry}`, at }))
    const filter =
      wanted === null
        ? null
        : { accepts: ({ id }: { id: string }) => hashOf(id) % wanted === 0, isDefensiveFilter: false }
    return new ModelGroup(`S${index}`, traits, entries, { filter })
  })
  let shown: readonly string[] = []
  let start: string | null = null
  let end: string | null = null
  for (const [count, step] of steps.entries()) {
    if ('arrive' in step) {
      for (const [index, group] of groups.entries()) {
        if ((step.arrive + index) % 2 === 0) group.insert({ id: `new-${count}-${index}`, at: 100 + 10 * count + index })
      }
      continue
    }
    const all = mergedIds(groups, order)
    const isOn = step.go === 'on'
    const args: ConnectionArguments = isOn ? { first: step.size, after: end } : { last: step.size, before: start }
    const page = await connectModels(groups, { order, args }).page()
    const from = isOn ? all.indexOf(shown.at(-1) ?? '') + 1 : 0
    const to = isOn || shown.length === 0 ? all.length : all.indexOf(shown[0]!)
    const range = all.slice(from, to)
    expect(idsOf(page)).toEqual(isOn ? range.slice(0, step.size) : range.slice(-step.size))
    expect(await (isOn ? page.hasNextPage() : page.hasPreviousPage())).toBe(range.length > step.size)
    expect(await (isOn ? page.hasPreviousPage() : page.hasNextPage())).toBe(shown.length > 0)
    if (page.edges.length === 0) continue
    shown = idsOf(page)
    start = page.startCursor()
    end = page.endCursor()
  }
}

it('goes on and back through a list at rest', () =>
  fc.assert(fc.asyncProperty(walk(page), expectNeighbours), { numRuns: NUM_RUNS }))

// Kept answers do not show what arrives after them.
it.skipIf(RUNS.keptAnswers !== null)('goes on and back through a list while entries arrive', () =>
  fc.assert(fc.asyncProperty(walk(fc.oneof({ weight: 3, arbitrary: page }, arrival)), expectNeighbours), {
    numRuns: NUM_RUNS,
  }),
)
