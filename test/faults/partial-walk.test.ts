import fc from 'fast-check'
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { RUNS } from '../support/runs.ts'
import { type FailingWalk, failuresOf, walkThroughFailures } from './support/failing-walk.ts'
import { type Lists, startWalkWorld, WALKS, type WalkWorld } from './support/walks.ts'

/** Random walks; more of them find more. */
const NUM_RUNS = RUNS.walks(40, 2 / 15)

const TURNS = 12

// Most of the time goes by in pauses and deadlines.
vi.setConfig({ maxConcurrency: 12 })

const LISTS: readonly Lists[] = ['of accounts', 'whole', 'in parts']
const POLICIES = ['FAIL', 'PARTIAL'] as const

const CASES = LISTS.flatMap((lists) =>
  POLICIES.flatMap((policy) => WALKS.map((walk) => ({ ...walk, lists, policy }))),
).map((walk) => ({ walk, name: `${walk.lists}, ${walk.policy}, ${walk.direction}, ${walk.order}` }))

describe('a walk on which one request fails', () => {
  let world: WalkWorld
  beforeAll(async () => {
    world = await startWalkWorld(TURNS, 1)
  })
  afterAll(() => world.close())

  /** Lets the nth request fail, for every n, by the fault of that turn. */
  async function failEach(walk: Omit<FailingWalk, 'failures'>, turn: number): Promise<void> {
    const faults = failuresOf(walk.lists)
    for (let after = 0, happened = 1; happened > 0; after++) {
      const fault = faults[(after + turn) % faults.length]!
      happened = await walkThroughFailures(world, { ...walk, failures: [{ after, fault }] })
    }
  }

  it.concurrent.for(CASES)('returns each entry once, whichever request it is: $name', async ({ walk }) => {
    // Each request fails by each fault, or by one of them, in turn.
    const turns = RUNS.areFaultsComplete ? failuresOf(walk.lists).keys() : [CASES.findIndex((one) => one.walk === walk)]
    for (const turn of turns) await failEach({ ...walk, sizes: [7, 16], growth: [] }, turn)
  })
})

const walkArbitrary = fc.constantFrom(...LISTS).chain((lists) =>
  fc.record<FailingWalk>({
    lists: fc.constant(lists),
    policy: fc.constantFrom(...POLICIES),
    order: fc.constantFrom(...WALKS.map(({ order }) => order)),
    direction: fc.constantFrom(...WALKS.map(({ direction }) => direction)),
    sizes: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
    failures: fc.array(
      fc.record({ after: fc.integer({ min: 0, max: 12 }), fault: fc.constantFrom(...failuresOf(lists)) }),
      { maxLength: 4 },
    ),
    growth: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 20 }),
  }),
)

describe('a walk on which requests fail while entries arrive', () => {
  // Side by side, since each of them mostly waits.
  it.concurrent.for([1, 2, 3, 4])('returns each entry once (%i of 4)', async () => {
    const property = fc.asyncProperty(walkArbitrary, async (walk) => {
      const world = await startWalkWorld(TURNS, 1)
      try {
        await walkThroughFailures(world, walk)
      } finally {
        await world.close()
      }
    })
    await fc.assert(property, { numRuns: Math.ceil(NUM_RUNS / 4) })
  })
})
