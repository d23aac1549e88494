import fc from 'fast-check'
import { expect } from 'vitest'
import { type Connection, createConnection, type ListOrder, type SourceGroup } from '../../src/connection/connection.ts'
import type { ConnectionArguments } from '../../src/connection/range.ts'
import { createLedger } from '../../src/ledger/loader.ts'
import { type ModelEntry, ModelLedger, type ModelTraits } from './model-ledger.ts'

const traitsArbitrary: fc.Arbitrary<ModelTraits> = fc.oneof(
  fc.record({
    style: fc.constant('page-number' as const),
    total: fc.constant('exact' as const),
    fingerprint: fc.boolean(),
    max: fc.constantFrom(100, 100, 20, 7, 2),
    fixed: fc.constantFrom(null, null, null, 2, 5, 20),
  }),
  fc.record({
    style: fc.constant('offset-limit' as const),
    total: fc.constantFrom('exact' as const, 'upper-bound' as const, 'absent' as const),
    fingerprint: fc.constant(false),
    max: fc.constantFrom(1000, 100, 20, 7, 2),
    fixed: fc.constant(null),
  }),
)

type Change = 'grow' | 'backdate' | 'delete'

export interface Scenario {
  readonly sources: readonly { traits: ModelTraits; instants: readonly number[] }[]
  readonly order: ListOrder
  readonly walk: 'forward' | 'backward'
  readonly sizes: readonly number[]
  readonly changes: readonly Change[]
  /** Changes happen in front of every answer, or only between two pages. */
  readonly when: 'requests' | 'pages'
  readonly seed: readonly number[]
}

/**
 * Where pages are so small or fixed that no answer can show an entry beside the one before it, and nothing but the total
 * tells of changes, an entry that goes and one that comes between two requests cannot be told from no change at all.
 */
const canProve = ({ style, fingerprint, max, fixed }: ModelTraits) =>
  style === 'offset-limit' || fingerprint || (fixed === null && max >= 100)

export const scenarioArbitrary = (kinds: readonly Change[]): fc.Arbitrary<Scenario> =>
  fc.record({
    sources: fc.array(
      fc.record({
        traits: kinds.includes('delete') ? traitsArbitrary.filter(canProve) : traitsArbitrary,
        instants: fc.array(
          fc.integer({ min: 0, max: 12 }).map((at) => at * 10),
          { maxLength: 45 },
        ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    order: fc.constantFrom<ListOrder>('NEWEST_FIRST', 'OLDEST_FIRST'),
    walk: fc.constantFrom('forward' as const, 'backward' as const),
    sizes: fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 100 })), {
      minLength: 1,
      maxLength: 6,
    }),
    changes: kinds.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...kinds), { maxLength: 25 }),
    when: fc.constantFrom('requests' as const, 'pages' as const),
    seed: fc.array(fc.nat(), { minLength: 1, maxLength: 25 }),
  })

function connect(models: readonly ModelLedger[], order: ListOrder, args: ConnectionArguments): Connection<ModelEntry> {
  const groups = models.map((model, index): SourceGroup<ModelEntry> => {
    const ledger = createLedger(model.reader())
    return {
      provider: `S${index}`,
      open: async () => [{ key: `S${index}`, ledger, accepts: null, isGuarded: false, count: () => ledger.count() }],
    }
  })
  return createConnection({ listKey: `model/${order}`, groups, order, args, onFailure: 'FAIL', scanLimit: 10_000 })
}

export async function runScenario(scenario: Scenario): Promise<void> {
  const models = scenario.sources.map(
    ({ traits, instants }, source) =>
      new ModelLedger(
        traits,
        instants.map((at, index) => ({ id: `${source}-${index}`, at })),
      ),
  )
  const stood = models.flatMap(({ entries }) => entries.map(({ id }) => id))
  const deleted = new Set<string>()
  const returned: ModelEntry[] = []
  const heading = (scenario.order === 'NEWEST_FIRST') === (scenario.walk === 'forward') ? 'older' : 'newer'
  let made = 0
  let isBetweenPages = true
  const mustCome = new Map<string, ModelEntry>()
  const pending = [...scenario.changes]
  const change = () => {
    const kind = pending.shift()
    if (!kind) return
    const random = scenario.seed[made % scenario.seed.length]! + made * 7
    const model = models[random % models.length]!
    made += 1
    if (kind === 'grow') {
      const newest = Math.max(...models.map(({ entries }) => entries[0]?.at ?? 0), 130)
      for (let index = 0; index <= random % 4; index++) {
        model.insert({ id: `new-${made}-${index}`, at: newest + (random % 3) })
      }
    } else if (kind === 'backdate') {
      const entry = { id: `late-${made}`, at: random % 125 }
      model.insert(entry, random % 2 === 0 ? 'newest' : 'oldest')
      const last = returned.at(-1)
      const isAhead = !last || (heading === 'older' ? entry.at < last.at : entry.at > last.at)
      if (isAhead && isBetweenPages) mustCome.set(entry.id, entry)
    } else {
      const victim = model.entries[random % Math.max(1, model.entries.length)]
      if (victim) {
        model.remove(victim.id)
        deleted.add(victim.id)
        mustCome.delete(victim.id)
      }
    }
  }
  if (scenario.when === 'requests') for (const model of models) model.beforeAnswer = change
  let cursor: string | null = null
  for (let page = 0; ; page++) {
    if (page > 500) throw new Error('the walk does not end')
    const size = scenario.sizes[page % scenario.sizes.length]!
    const args = scenario.walk === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor }
    isBetweenPages = false
    const connection = connect(models, scenario.order, args)
    const result = await connection.page()
    if (process.env.TRACE)
      console.log(
        'PAGE',
        JSON.stringify(args.first ?? args.last),
        result.edges.map(({ node }) => (node as ModelEntry).id).join(' '),
      )
    const nodes = result.edges.map(({ node }) => node as ModelEntry)
    returned.push(...(scenario.walk === 'forward' ? nodes : nodes.reverse()))
    const hasMore = await (scenario.walk === 'forward' ? result.hasNextPage() : result.hasPreviousPage())
    if (pending.length === 0 || scenario.when === 'pages') {
      const hasBehind = await (scenario.walk === 'forward' ? result.hasPreviousPage() : result.hasNextPage())
      if (deleted.size === 0) expect(hasBehind).toBe(page > 0)
    }
    if (!hasMore) break
    cursor = scenario.walk === 'forward' ? result.endCursor() : result.startCursor()
    expect(cursor).not.toBeNull()
    if (models.length <= 2) expect(cursor!.length).toBeLessThanOrEqual(256)
    isBetweenPages = true
    if (scenario.when === 'pages') change()
  }
  const counts = new Map<string, number>()
  for (const { id } of returned) counts.set(id, (counts.get(id) ?? 0) + 1)
  const missing = stood.filter((id) => !deleted.has(id) && !counts.has(id))
  expect(missing, 'missing').toEqual([])
  expect(
    [...mustCome.keys()].filter((id) => !counts.has(id)),
    'back-dated and missing',
  ).toEqual([])
  if (deleted.size === 0) {
    const repeated = [...counts].filter(([, count]) => count > 1).map(([id]) => id)
    expect(repeated, 'repeated').toEqual([])
  }
  if (scenario.changes.length === 0) {
    const instants = returned.map(({ at }) => at)
    expect(instants).toEqual([...instants].sort((a, b) => (heading === 'older' ? b - a : a - b)))
    expect(returned.length).toBe(stood.length)
  }
}
