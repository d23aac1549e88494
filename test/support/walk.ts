import fc from 'fast-check'
import { expect } from 'vitest'
import type { ListOrder } from '../../src/connection/connection.ts'
import type { FailurePolicy } from '../../src/connection/sources.ts'
import { connectModels, cursorsFor, ModelGroup } from './model-connection.ts'
import { hashOf, type ModelEntry, type ModelTraits, traitsArbitrary } from './model-ledger.ts'
import { RUNS } from './runs.ts'

/** An event at a provider: its list changes, or a failure begins or ends. */
export type Change = 'grow' | 'backdate' | 'delete' | 'fail' | 'close' | 'refuse'

/** A provider at the beginning of a walk. */
export interface GroupScenario {
  readonly traits: ModelTraits
  readonly instants: readonly number[]
  /** Lists that it is split into where its whole one is refused. */
  readonly parts: number
  /** One entry of so many is wanted; null for all of them, without a filter. */
  readonly wanted: number | null
  readonly isDefensiveFilter: boolean
}

/** A walk from one end of a connection to the other, and what happens meanwhile. */
export interface Scenario {
  readonly groups: readonly GroupScenario[]
  readonly order: ListOrder
  readonly walk: 'forward' | 'backward'
  readonly sizes: readonly number[]
  readonly scanLimit: number
  /** True when cursors leave out totals that are not exact. */
  readonly omitsTotals?: boolean
  readonly onFailure: FailurePolicy
  readonly changes: readonly Change[]
  /** Changes happen in front of every answer as well, or only between two pages. */
  readonly when: 'requests' | 'pages'
  readonly seed: readonly number[]
}

/**
 * Returns true when a walk notices deletions. When no answer can show an entry together with the one before it, and only
 * the total shows changes, one deletion and one addition between two requests look like no change at all. That is so for
 * pages of a fixed size, and for pages no larger than the requested one. Without timestamps, the position of a deleted
 * entry cannot be found.
 */
const survivesDeletion = ({ style, fingerprint, max, fixed, dated }: ModelTraits) =>
  dated === 'all' && (style === 'keyset' || fingerprint || (fixed === null && max >= 100))

/** The largest page that can be asked for together with the entry before it. */
const PROVABLE_SIZE = 49

/** Options of scenarios, beside lists of any kind. */
export interface ScenarioOptions {
  readonly changes?: readonly Change[]
  readonly onFailure?: FailurePolicy
  readonly hasFilters?: boolean
}

export function scenarioArbitrary({
  changes = [],
  onFailure = 'FAIL',
  hasFilters = false,
}: ScenarioOptions): fc.Arbitrary<Scenario> {
  const isRefusing = changes.includes('refuse')
  const isDeleting = changes.includes('delete')
  const traits = isDeleting
    ? traitsArbitrary.filter(survivesDeletion)
    : isRefusing
      ? traitsArbitrary.filter(({ dated }) => dated === 'all')
      : traitsArbitrary
  const group = fc.record({
    traits,
    instants: fc.array(
      fc.integer({ min: 0, max: 12 }).map((at) => at * 10),
      { maxLength: 45, size: 'max' },
    ),
    parts: isRefusing ? fc.integer({ min: 1, max: 3 }) : fc.constant(0),
    wanted: hasFilters ? fc.constantFrom(null, 1, 2, 5, 20, 1000) : fc.constant(null),
    isDefensiveFilter: hasFilters ? fc.boolean() : fc.constant(false),
  })
  return fc
    .record({
      groups: fc.array(group, { minLength: 1, maxLength: 3 }),
      order: fc.constantFrom<ListOrder>('NEWEST_FIRST', 'OLDEST_FIRST'),
      walk: fc.constantFrom('forward', 'backward'),
      sizes: fc.array(
        // Mostly small pages, so that a walk has many.
        fc.oneof(
          { weight: 3, arbitrary: fc.integer({ min: 1, max: 9 }) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: isDeleting ? PROVABLE_SIZE : 100 }) },
        ),
        { minLength: 1, maxLength: 6 },
      ),
      scanLimit: hasFilters ? fc.integer({ min: 3, max: 50 }) : fc.constant(10_000),
      onFailure: fc.constant(onFailure),
      omitsTotals: fc.boolean(),
      changes:
        changes.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...changes), { maxLength: 25, size: 'max' }),
      when: fc.constantFrom('requests', 'pages'),
      seed: fc.array(fc.nat(), { minLength: 1, maxLength: 25 }),
    })
    .map((scenario) => ({
      ...scenario,
      // Without a total only timestamps show how far a list has moved: rows without one may be repeated after it has grown.
      omitsTotals: scenario.omitsTotals && scenario.groups.every((each) => each.traits.dated === 'all'),
    }))
}

/** The providers of a scenario, and all that befell them so far. */
class World {
  readonly groups: readonly ModelGroup[]
  readonly deleted: ModelEntry[] = []
  readonly #heading: 'older' | 'newer'
  readonly #pending: Change[]
  readonly #seed: readonly number[]
  #made = 0
  /** Called with every back-dated entry. */
  onBackdated: (entry: ModelEntry) => void = () => {}

  constructor({ groups, order, walk, changes, when, seed }: Scenario) {
    this.groups = groups.map(({ traits, instants, parts, wanted, isDefensiveFilter }, index) => {
      const entries = instants.map((at, entry) => ({ id: `${index}-${entry}`, at }))
      const accepts = ({ id }: ModelEntry) => hashOf(id) % wanted! === 0
      const filter = wanted === null ? null : { accepts, isDefensiveFilter }
      const group = new ModelGroup(`S${index}`, traits, entries, { parts, filter })
      if (when === 'requests') group.beforeAnswer = () => this.change()
      return group
    })
    this.#heading = (order === 'NEWEST_FIRST') === (walk === 'forward') ? 'older' : 'newer'
    this.#pending = [...changes]
    this.#seed = seed
  }

  /** True when nothing more will happen. */
  get isAtRest(): boolean {
    return this.#pending.length === 0
  }

  /** True when the first entry comes before the second on the walk. */
  precedes(a: ModelEntry, b: ModelEntry): boolean {
    return this.#heading === 'older' ? a.at > b.at : a.at < b.at
  }

  /** The next change happens; when there is none left, all troubles end. */
  change(): void {
    const kind = this.#pending.shift()
    if (kind === undefined) {
      for (const group of this.groups) {
        group.isFailing = group.isClosed = false
        group.offer()
      }
      return
    }
    const random = this.#seed[this.#made % this.#seed.length]! + this.#made * 7
    const group = this.groups[random % this.groups.length]!
    this.#made += 1
    switch (kind) {
      case 'grow':
        this.#grow(group, random)
        break
      case 'backdate':
        this.#backdate(group, random)
        break
      case 'delete':
        this.#delete(group, random)
        break
      case 'fail':
        group.isFailing = !group.isFailing
        break
      case 'close':
        group.isClosed = !group.isClosed
        break
      case 'refuse':
        if (group.isRefused) group.offer()
        else group.isRefused = true
    }
  }

  #backdate(group: ModelGroup, random: number): void {
    const entry = { id: `late-${this.#made}`, at: random % 125 }
    group.insert(entry, random % 2 === 0 ? 'newest' : 'oldest')
    this.onBackdated(entry)
  }

  #delete(group: ModelGroup, random: number): void {
    const victim = group.entries[random % Math.max(1, group.entries.length)]
    if (!victim) return
    group.remove(victim.id)
    this.deleted.push(victim)
  }

  #grow(group: ModelGroup, random: number): void {
    const newest = Math.max(...this.groups.map(({ entries }) => entries[0]?.at ?? 0), 130)
    for (let index = 0; index <= random % 4; index++) {
      group.insert({ id: `new-${this.#made}-${index}`, at: newest + (random % 3) })
    }
  }
}

interface WalkedPage {
  /** In the direction of the walk. */
  readonly entries: readonly ModelEntry[]
  readonly hasMore: boolean
  readonly hasBehind: boolean | null
  readonly cursor: string | null
  readonly hasFailed: boolean
}

async function readPage(world: World, scenario: Scenario, size: number, cursor: string | null): Promise<WalkedPage> {
  const { order, walk, onFailure, scanLimit, when } = scenario
  const isForward = walk === 'forward'
  const args = isForward ? { first: size, after: cursor } : { last: size, before: cursor }
  const connection = connectModels(world.groups, {
    order,
    args,
    onFailure,
    scanLimit,
    cursors: cursorsFor(scenario.omitsTotals),
  })
  const page = await connection.page()
  const nodes = page.edges.map(({ node }) => node as ModelEntry)
  const hasMore = await (isForward ? page.hasNextPage() : page.hasPreviousPage())
  const failures = await Promise.all(connection.sources.map((source) => source.failures()))
  // Asking may read on, and changes happen in front of every answer.
  const isSteady = world.isAtRest || when === 'pages'
  return {
    entries: isForward ? nodes : nodes.reverse(),
    hasMore,
    hasBehind: isSteady ? await (isForward ? page.hasPreviousPage() : page.hasNextPage()) : null,
    cursor: isForward ? page.endCursor() : page.startCursor(),
    hasFailed: failures.some((kinds) => kinds.length > 0),
  }
}

/**
 * Reads pages of the same list as other callers do, so that their answers may be kept when a walk comes to them. Changes may
 * happen meanwhile.
 */
async function readAsOthers(world: World, scenario: Scenario, start: string | null): Promise<void> {
  let cursor = start
  for (const size of scenario.sizes) {
    // Failures are those of the others.
    const page: WalkedPage | null = await readPage(world, scenario, size, cursor).catch(() => null)
    if (page === null || !page.hasMore) return
    cursor = page.cursor
  }
}

/** Walks through a scenario as a client does, and checks that the promises are kept. */
export async function runScenario(scenario: Scenario): Promise<void> {
  const { groups, sizes, onFailure, changes } = scenario
  const world = new World(scenario)
  const isWanted = (group: ModelGroup) => (entry: ModelEntry) => group.filter?.accepts(entry) ?? true
  const isFiltered = groups.some(({ wanted }) => wanted !== null)
  const isDated = groups.every(({ traits }) => traits.dated === 'all')
  const stood = world.groups.flatMap((group) => group.entries.filter(isWanted(group)))
  const returned: ModelEntry[] = []
  const mustCome = [...stood]
  /** Instants at which a page ended. */
  const borders = new Set<number>()
  let furthest: ModelEntry | null = null
  let isBetweenPages = false
  world.onBackdated = (entry) => {
    // A kept answer shows the list as it was before.
    if (!isBetweenPages || isFiltered || !isDated || RUNS.keptAnswers !== null) return
    if (furthest && world.precedes(furthest, entry)) mustCome.push(entry)
  }

  let cursor: string | null = null
  if (RUNS.keptAnswers !== null) await readAsOthers(world, scenario, null)
  for (let count = 0; ; count++) {
    if (RUNS.keptAnswers !== null && scenario.seed[count % scenario.seed.length]! % 3 === 0) {
      await readAsOthers(world, scenario, cursor)
    }
    if (count > 500) throw new Error('The walk does not end.')
    const size = sizes[count % sizes.length]!
    const page: WalkedPage | null = await readPage(world, scenario, size, cursor).catch((error: unknown) => {
      // Under FAIL a page comes whole or not at all, and is asked for again.
      if (onFailure === 'FAIL' && /^S\d (does not answer|cannot be opened)\.$/.test(String((error as Error).message)))
        return null
      throw error
    })
    if (page) {
      if (page.hasFailed) expect(page.hasMore, 'more where a source failed').toBe(true)
      // Entries of an instant that come again lie ahead.
      if (page.hasBehind !== null && world.deleted.length === 0 && !changes.includes('refuse')) {
        if (cursor === null) expect(page.hasBehind, 'more behind').toBe(false)
        else if (returned.length > 0) expect(page.hasBehind, 'more behind').toBe(true)
      }
      returned.push(...page.entries)
      for (const entry of page.entries) if (furthest === null || world.precedes(furthest, entry)) furthest = entry
      if (!page.hasMore) break
      expect(page.cursor, 'the cursor of a page with more behind it').not.toBeNull()
      if (!page.hasFailed) expect(page.cursor).not.toBe(cursor)
      if (groups.length <= 2 && groups.every(({ parts }) => parts === 0)) {
        expect(page.cursor!.length).toBeLessThanOrEqual(256)
      }
      cursor = page.cursor
      const last = page.entries.at(-1)
      if (last) borders.add(last.at)
    }
    isBetweenPages = true
    world.change()
    isBetweenPages = false
  }

  const counts = new Map<string, number>()
  for (const { id } of returned) counts.set(id, (counts.get(id) ?? 0) + 1)
  const gone = new Set(world.deleted.map(({ id }) => id))
  const missing = mustCome.filter(({ id }) => !gone.has(id) && !counts.has(id))
  expect(missing, 'missing').toEqual([])
  // Entries of one instant may come again when the entry of a cursor is gone, or its whole list is.
  const mayRepeat = new Set(world.deleted.map(({ at }) => at))
  if (changes.includes('refuse')) for (const at of borders) mayRepeat.add(at)
  // A source that failed resumes from its own position, and is merged again from there.
  if (changes.includes('refuse') && onFailure === 'PARTIAL') return
  // With a fixed page size and deletions at every request, an entry may be repeated; none is lost.
  if (changes.includes('delete') && groups.some(({ traits }) => traits.fixed !== null)) return
  const repeated = returned.filter(({ id, at }) => counts.get(id)! > 1 && !mayRepeat.has(at))
  expect(repeated, 'repeated').toEqual([])
  if (changes.length > 0) return
  expect(returned.length).toBe(stood.length)
  if (!isDated) return
  expect(returned).toEqual([...returned].sort((a, b) => (world.precedes(a, b) ? -1 : world.precedes(b, a) ? 1 : 0)))
}
