import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ListOrder } from '../../src/connection/connection.ts'
import { WalkMemory } from '../../src/connection/walk-memory.ts'
import {
  hashOf,
  keyset,
  type ModelEntry,
  type ModelTraits,
  pages,
  printedPages,
  ranges,
} from '../support/model-ledger.ts'
import { RUNS } from '../support/runs.ts'
import { ModelAccount, ModelAccounts } from '../support/wide-walk.ts'

const NUM_RUNS = RUNS.walks(40, 1 / 10)

/** Lists of many accounts, and how they are walked through. */
interface RangeScenario {
  readonly traits: ModelTraits
  /** Instants of the entries, by account. */
  readonly accounts: readonly (readonly number[])[]
  readonly isNarrowing: boolean
  readonly order: ListOrder
  readonly sizes: readonly number[]
  readonly scanLimit: number
  /** One in so many entries is wanted; 0 without a filter. */
  readonly wanted: number
  /** Entries, by their numbers in the list. */
  readonly entries: readonly number[]
  /** The numbers of the steps before which the memory is lost. */
  readonly restarts: readonly number[]
}

const scenarioArbitrary = fc.record<RangeScenario>({
  traits: fc.constantFrom(pages, printedPages, ranges, keyset, { ...printedPages, max: 20 }),
  accounts: fc.array(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 6 }), {
    minLength: 17,
    maxLength: 40,
    size: 'max',
  }),
  isNarrowing: fc.boolean(),
  order: fc.constantFrom<ListOrder>('NEWEST_FIRST', 'OLDEST_FIRST'),
  sizes: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
  scanLimit: fc.integer({ min: 1, max: 60 }),
  wanted: fc.constantFrom(0, 1, 2, 5, 50),
  entries: fc.array(fc.nat(1_000), { minLength: 2, maxLength: 8 }),
  restarts: fc.array(fc.nat(20), { maxLength: 2 }),
})

function providerOf({ traits, accounts, isNarrowing, scanLimit, wanted }: RangeScenario): ModelAccounts {
  const models = accounts.map((instants, account) => {
    const entries = instants.map((at, entry) => ({ id: `${account}-${entry}`, at }))
    return new ModelAccount(`MANY/${account}`, traits, entries)
  })
  const provider = new ModelAccounts(models, isNarrowing)
  if (wanted > 0) provider.accepts = ({ id }) => hashOf(id) % wanted === 0
  provider.scanLimit = scanLimit
  return provider
}

type Walk = 'forward' | 'backward'

/** Both ends of a range; null for the end of the list. */
interface Range {
  readonly after: string | null
  readonly before: string | null
}

/** Walks through a range. Returns its entries in the order of the list, with their cursors. */
async function walkRange(
  provider: ModelAccounts,
  { order, sizes, restarts }: RangeScenario,
  walk: Walk,
  range: Range = { after: null, before: null },
) {
  const rows: { readonly id: string; readonly cursor: string }[] = []
  let { after, before } = range
  for (let number = 0; ; number++) {
    const size = sizes[number % sizes.length]!
    const args = walk === 'forward' ? { first: size, after, before } : { last: size, after, before }
    const page = await provider.connect(order, args).page()
    const own = page.edges.map((edge) => ({ id: (edge.node as ModelEntry).id, cursor: edge.cursor() }))
    if (walk === 'forward') rows.push(...own)
    else rows.unshift(...own)
    const hasMore = await (walk === 'forward' ? page.hasNextPage() : page.hasPreviousPage())
    if (!hasMore) return rows
    const next = walk === 'forward' ? page.endCursor() : page.startCursor()
    expect(next).not.toBeNull()
    expect(next).not.toBe(walk === 'forward' ? after : before)
    if (walk === 'forward') after = next
    else before = next
    if (restarts.includes(number)) provider.memory = new WalkMemory()
  }
}

describe('a list of many accounts', () => {
  it.each(['forward', 'backward'] as const)('has each wanted entry once, however few rows are scanned, %s', (walk) =>
    fc.assert(
      fc.asyncProperty(scenarioArbitrary, async (scenario) => {
        const provider = providerOf(scenario)
        const entries = provider.accounts.flatMap(({ ledger }) => ledger.entries)
        const wanted = entries.filter((entry) => provider.accepts?.(entry) ?? true).map(({ id }) => id)
        const ids = (await walkRange(provider, scenario, walk)).map(({ id }) => id)
        expect([...ids].sort()).toEqual([...wanted].sort())
      }),
      { numRuns: NUM_RUNS },
    ),
  )

  it('has the same entries between two cursors in both directions', () =>
    fc.assert(
      fc.asyncProperty(scenarioArbitrary, async (scenario) => {
        const provider = providerOf(scenario)
        const rows = await walkRange(provider, scenario, 'forward')
        if (rows.length === 0) return
        const [start, end] = scenario.entries.map((number) => number % rows.length) as [number, number]
        const range = { after: rows[start]!.cursor, before: rows[end]!.cursor }
        const between = rows.slice(start + 1, Math.max(start + 1, end)).map(({ id }) => id)
        for (const walk of ['forward', 'backward'] as const) {
          expect((await walkRange(provider, scenario, walk, range)).map(({ id }) => id)).toEqual(between)
        }
      }),
      { numRuns: NUM_RUNS },
    ))

  it('keeps its order when a walk turns round at any entry', () =>
    fc.assert(
      fc.asyncProperty(scenarioArbitrary, async (given) => {
        const scenario = { ...given, wanted: 0 }
        const provider = providerOf(scenario)
        const rows = await walkRange(provider, scenario, 'forward')
        const list = rows.map(({ id }) => id)
        if (list.length === 0) return
        let place = scenario.entries[0]! % list.length
        let { cursor } = rows[place]!
        for (const number of scenario.entries) {
          const size = 1 + (number % 12)
          const isForward = number % 2 === 0
          const args = isForward ? { first: size, after: cursor } : { last: size, before: cursor }
          const { edges } = await provider.connect(scenario.order, args).page()
          const start = isForward ? place + 1 : Math.max(0, place - size)
          const expected = list.slice(start, isForward ? start + size : place)
          expect(edges.map(({ node }) => (node as ModelEntry).id)).toEqual(expected)
          if (expected.length === 0) continue
          const chosen = number % expected.length
          cursor = edges[chosen]!.cursor()
          place = start + chosen
        }
      }),
      { numRuns: NUM_RUNS },
    ))

  it('comes to the end of an empty range when fewer rows may be scanned than there are accounts', async () => {
    const scenario: RangeScenario = {
      traits: pages,
      accounts: Array.from({ length: 200 }, () => [5, 4, 3, 2, 1, 0]),
      isNarrowing: false,
      order: 'NEWEST_FIRST',
      sizes: [1],
      scanLimit: 1,
      wanted: 7,
      entries: [],
      restarts: [],
    }
    const provider = providerOf(scenario)
    const { edges } = await provider.connect('NEWEST_FIRST', { first: 1 }).page()
    const cursor = edges[0]!.cursor()
    expect(await walkRange(provider, scenario, 'forward', { after: cursor, before: cursor })).toEqual([])
  })

  it('returns a late entry of a page also to a walk from an earlier entry of that page', async () => {
    const provider = new ModelAccounts(
      Array.from({ length: 20 }, (_, account) => {
        const entries = [1_000 - account * 10, 500 - account].map((at, entry) => ({ id: `${account}-${entry}`, at }))
        return new ModelAccount(`MANY/${account}`, printedPages, entries)
      }),
      false,
    )
    const wanted = new Set(['0-0', '1-0', '10-0', 'late'])
    provider.accepts = ({ id }) => wanted.has(id)
    const readPage = async (first: number, after: string | null) =>
      (await provider.connect('NEWEST_FIRST', { first, after }).page()).edges.map((edge) => ({
        id: (edge.node as ModelEntry).id,
        cursor: edge.cursor(),
      }))
    const [start] = await readPage(1, null)
    provider.accounts[10]!.ledger.insert({ id: 'late', at: 995 })
    const page = await readPage(3, start!.cursor)
    expect(page.map(({ id }) => id)).toEqual(['1-0', 'late', '10-0'])
    const rest = await readPage(3, page[0]!.cursor)
    expect(rest.map(({ id }) => id)).toEqual(['late', '10-0'])
  })
})
