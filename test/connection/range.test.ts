import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ListOrder } from '../../src/connection/connection.ts'
import { type ConnectionArguments, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, planPage } from '../../src/connection/range.ts'
import { InvalidArgumentError, InvalidCursorError } from '../../src/errors.ts'
import { connectModels, idsOf, ModelGroup, mergedIds } from '../support/model-connection.ts'
import {
  boundedRanges,
  type ModelTraits,
  pages,
  printedPages,
  ranges,
  traitsArbitrary,
  untoldRanges,
} from '../support/model-ledger.ts'
import { RUNS } from '../support/runs.ts'

/** Lists of the property; more of them find more. */
const NUM_RUNS = RUNS.walks(20)

/** The arguments of a page, with places in the list for cursors. */
interface PlainArguments {
  readonly first: number | null
  readonly last: number | null
  readonly after: number | null
  readonly before: number | null
}

interface PlainPage {
  readonly edges: readonly string[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

/**
 * The algorithms of the Relay specification, word by word, over the ids of a whole list. Two places are read as most
 * servers read them: a `before` that comes first leaves nothing over, and the entry of a cursor exists itself.
 *
 * @see https://relay.dev/graphql/connections.htm#sec-Pagination-algorithm
 */
function pageBySpecification(allEdges: readonly string[], { after, before, ...sizes }: PlainArguments): PlainPage {
  const isUnsized = sizes.first === null && sizes.last === null
  const isFromEnd = before !== null && after === null
  const first = isUnsized && !isFromEnd ? DEFAULT_PAGE_SIZE : sizes.first
  const last = isUnsized && isFromEnd ? DEFAULT_PAGE_SIZE : sizes.last

  function applyCursorsToEdges(): readonly string[] {
    return allEdges.filter((_, index) => (after === null || index > after) && (before === null || index < before))
  }

  function edgesToReturn(): readonly string[] {
    let edges = applyCursorsToEdges()
    if (first !== null && edges.length > first) edges = edges.slice(0, first)
    if (last !== null && edges.length > last) edges = edges.slice(edges.length - last)
    return edges
  }

  function hasPreviousPage(): boolean {
    if (last !== null) return applyCursorsToEdges().length > last
    return after !== null
  }

  function hasNextPage(): boolean {
    if (first !== null) return applyCursorsToEdges().length > first
    return before !== null
  }

  return { edges: edgesToReturn(), hasNextPage: hasNextPage(), hasPreviousPage: hasPreviousPage() }
}

/** Groups whose lists do not change, and all of their entries in one order. */
interface RestingList {
  readonly groups: readonly ModelGroup[]
  readonly order: ListOrder
  readonly allEdges: readonly string[]
}

function restingList(sources: readonly { traits: ModelTraits; instants: readonly number[] }[], order: ListOrder) {
  const groups = sources.map(
    ({ traits, instants }, source) =>
      new ModelGroup(
        `S${source}`,
        traits,
        instants.map((at, index) => ({ id: `${source}-${index}`, at })),
      ),
  )
  return { groups, order, allEdges: mergedIds(groups, order) }
}

function readPage({ groups, order }: RestingList, args: ConnectionArguments) {
  return connectModels(groups, { order, args }).page()
}

/** The cursors of all entries, read in pages of one size from one of the ends. */
async function cursorsOf(list: RestingList, size: number, walk: 'forward' | 'backward' = 'forward') {
  const cursors: string[] = []
  for (;;) {
    const isForward = walk === 'forward'
    const page = await readPage(
      list,
      isForward ? { first: size, after: cursors.at(-1) } : { last: size, before: cursors[0] },
    )
    const read = page.edges.map((edge) => edge.cursor())
    if (isForward) cursors.push(...read)
    else cursors.unshift(...read)
    if (!(await (isForward ? page.hasNextPage() : page.hasPreviousPage()))) return cursors
  }
}

async function expectSpecification(list: RestingList, cursors: readonly string[], args: PlainArguments) {
  const [after, before] = [args.after, args.before].map((index) => (index === null ? null : cursors[index]!))
  const page = await readPage(list, { ...args, after, before })
  const found: PlainPage = {
    edges: idsOf(page),
    hasNextPage: await page.hasNextPage(),
    hasPreviousPage: await page.hasPreviousPage(),
  }
  const ends = [page.startCursor(), page.endCursor()]
  expect({ ...args, ...found }).toEqual({ ...args, ...pageBySpecification(list.allEdges, args) })
  expect(ends).toEqual([page.edges[0]?.cursor() ?? null, page.edges.at(-1)?.cursor() ?? null])
}

const orders = ['NEWEST_FIRST', 'OLDEST_FIRST'] as const

describe('a page of a list at rest', () => {
  it.each<[string, { traits: ModelTraits; instants: readonly number[] }[]]>([
    ['an empty list', [{ traits: pages, instants: [] }]],
    ['an empty list with an upper bound', [{ traits: boundedRanges, instants: [] }]],
    ['an empty list without a total', [{ traits: untoldRanges, instants: [] }]],
    ['one entry', [{ traits: ranges, instants: [5] }]],
    ['one entry without a total', [{ traits: untoldRanges, instants: [5] }]],
    ['pages', [{ traits: pages, instants: [4, 3, 3, 1] }]],
    ['pages of equal instants', [{ traits: pages, instants: [3, 3, 3, 3] }]],
    ['pages with a fingerprint', [{ traits: printedPages, instants: [4, 3, 3, 2] }]],
    ['pages of a fixed size', [{ traits: { ...pages, fixed: 2 }, instants: [4, 3, 3, 1] }]],
    ['ranges', [{ traits: ranges, instants: [4, 3, 3, 1] }]],
    ['ranges of at most two', [{ traits: { ...ranges, max: 2 }, instants: [4, 3, 3, 1] }]],
    ['ranges with an upper bound', [{ traits: boundedRanges, instants: [4, 3, 3, 1] }]],
    ['ranges without a total', [{ traits: untoldRanges, instants: [4, 3, 3, 1] }]],
    ['ranges of equal instants without a total', [{ traits: untoldRanges, instants: [3, 3, 3, 3] }]],
    ['ranges that do not say when', [{ traits: { ...ranges, dated: 'none' }, instants: [4, 3, 2] }]],
    [
      'pages and ranges',
      [
        { traits: printedPages, instants: [4, 3, 1] },
        { traits: ranges, instants: [5, 3] },
      ],
    ],
    [
      'ranges with an upper bound and without a total',
      [
        { traits: boundedRanges, instants: [4, 3] },
        { traits: untoldRanges, instants: [5, 3, 1] },
      ],
    ],
    [
      'pages, ranges and an empty list',
      [
        { traits: pages, instants: [3, 3] },
        { traits: untoldRanges, instants: [] },
        { traits: boundedRanges, instants: [3, 2] },
      ],
    ],
  ])('is what the specification says, of %s', async (_, sources) => {
    for (const order of orders) {
      const list = restingList(sources, order)
      const count = list.allEdges.length
      const cursors = await cursorsOf(list, 100)
      const sizes = [null, ...new Set([0, 1, 2, count - 1, count, count + 1, MAX_PAGE_SIZE])].filter(
        (size) => size === null || size >= 0,
      )
      const places = [null, ...list.allEdges.keys()]
      for (const first of sizes) {
        for (const last of sizes) {
          for (const after of places) {
            for (const before of places) await expectSpecification(list, cursors, { first, last, after, before })
          }
        }
      }
    }
  })

  it('is what the specification says, of any lists', () => {
    const source = (traits: fc.Arbitrary<ModelTraits>) =>
      fc.record({ traits, instants: fc.array(fc.nat(6), { maxLength: 40 }) })
    // Without timestamps, the order of entries of several lists is not specified.
    const dated = traitsArbitrary.filter((traits) => traits.dated === 'all')
    const scenario = fc.record({
      sources: fc.oneof(fc.tuple(source(traitsArbitrary)), fc.array(source(dated), { minLength: 2, maxLength: 3 })),
      order: fc.constantFrom(...orders),
      size: fc.integer({ min: 1, max: 100 }),
      walk: fc.constantFrom('forward' as const, 'backward' as const),
      pages: fc.array(
        fc.record({
          first: fc.option(fc.nat(MAX_PAGE_SIZE)),
          last: fc.option(fc.nat(MAX_PAGE_SIZE)),
          after: fc.option(fc.nat()),
          before: fc.option(fc.nat()),
        }),
        { minLength: 1, maxLength: 10 },
      ),
    })
    return fc.assert(
      fc.asyncProperty(scenario, async ({ sources, order, size, walk, pages }) => {
        const list = restingList(sources, order)
        const cursors = await cursorsOf(list, size, walk)
        const place = (index: number | null) => (index === null || cursors.length === 0 ? null : index % cursors.length)
        for (const { first, last, after, before } of pages) {
          await expectSpecification(list, cursors, { first, last, after: place(after), before: place(before) })
        }
      }),
      { numRuns: NUM_RUNS },
    )
  })

  it('has the default size when none is given, counted from the cursor that is', async () => {
    const list = restingList(
      [{ traits: ranges, instants: Array.from({ length: 50 }, (_, index) => -index) }],
      'NEWEST_FIRST',
    )
    const cursors = await cursorsOf(list, 100)
    const ids = async (args: ConnectionArguments) => idsOf(await readPage(list, args))
    expect(await ids({})).toEqual(list.allEdges.slice(0, 20))
    expect(await ids({ after: cursors[4] })).toEqual(list.allEdges.slice(5, 25))
    expect(await ids({ before: cursors[30] })).toEqual(list.allEdges.slice(10, 30))
    expect(await ids({ after: cursors[4], before: cursors[30] })).toEqual(list.allEdges.slice(5, 25))
    expect(await ids({ first: null, last: null, after: null, before: null })).toEqual(list.allEdges.slice(0, 20))
  })
})

describe('a page that is refused', () => {
  const group = () => new ModelGroup('S0', pages, [{ id: 'a', at: 1 }])

  it.each<[ConnectionArguments, string]>([
    [{ first: -1 }, 'Argument "first" must be a whole number from 0 to 100; got -1.'],
    [{ first: 101 }, 'Argument "first" must be a whole number from 0 to 100; got 101.'],
    [{ first: 1.5 }, 'Argument "first" must be a whole number from 0 to 100; got 1.5.'],
    [{ first: Number.NaN }, 'Argument "first" must be a whole number from 0 to 100; got NaN.'],
    [{ last: -1 }, 'Argument "last" must be a whole number from 0 to 100; got -1.'],
    [{ last: 101 }, 'Argument "last" must be a whole number from 0 to 100; got 101.'],
    [{ first: 10, last: 101 }, 'Argument "last" must be a whole number from 0 to 100; got 101.'],
  ])('has a size that is not allowed: %o', (args, message) => {
    expect(() => connectModels([group()], { order: 'NEWEST_FIRST', args })).toThrow(new InvalidArgumentError(message))
  })

  it.each(['after', 'before'] as const)('has a cursor for "%s" that is not of the list', async (argument) => {
    const model = group()
    const other = await connectModels([group()], { order: 'OLDEST_FIRST', args: {} }).page()
    for (const cursor of ['', 'the beginning', other.endCursor()]) {
      const open = () => connectModels([model], { order: 'NEWEST_FIRST', args: { [argument]: cursor } })
      expect(open).toThrow(new InvalidCursorError(argument))
    }
    expect(model.whole.requests).toBe(0)
  })
})

describe('planPage()', () => {
  const plan = { first: null, last: null, after: null, before: null }

  it.each<[ConnectionArguments, ReturnType<typeof planPage>]>([
    [{}, { ...plan, walk: 'forward', count: 20, first: 20 }],
    [{ after: 'a' }, { ...plan, walk: 'forward', count: 20, first: 20, after: 'a' }],
    [{ before: 'b' }, { ...plan, walk: 'backward', count: 20, last: 20, before: 'b' }],
    [
      { after: 'a', before: 'b' },
      { ...plan, walk: 'forward', count: 20, first: 20, after: 'a', before: 'b' },
    ],
    [{ first: 0 }, { ...plan, walk: 'forward', count: 0, first: 0 }],
    [{ last: 100 }, { ...plan, walk: 'backward', count: 100, last: 100 }],
    [
      { first: 5, last: 3 },
      { ...plan, walk: 'forward', count: 5, first: 5, last: 3 },
    ],
    [
      { first: 3, last: 5, before: 'b' },
      { ...plan, walk: 'forward', count: 5, first: 3, last: 5, before: 'b' },
    ],
  ])('of %o', (args, planned) => {
    expect(planPage(args)).toEqual(planned)
  })
})
