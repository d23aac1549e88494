import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PROVIDERS } from '../src/gateway.ts'
import { encodeGlobalId } from '../src/graphql/node.ts'
import {
  type ConditionsFilter,
  conditionArbitraries,
  instantOf,
  isPeriod,
  matchesConditions,
  rarely,
  some,
} from './support/entry-filter.ts'
import { NO_REQUESTS, startGateway, sumApiRequests, type TestGateway } from './support/gateway.ts'
import { type KitEntry, withKits } from './support/kits.ts'
import { walkPages } from './support/pages.ts'
import { RUNS } from './support/runs.ts'

/** Number of random filters; each takes a whole walk. */
const NUM_RUNS = RUNS.walks(5, 0.1)

interface Entry extends KitEntry {
  readonly provider: string
}

interface Filter extends ConditionsFilter {
  readonly providers?: readonly string[]
  readonly from?: string
  readonly to?: string
  readonly accounts?: readonly string[]
  readonly vobizCustomers?: readonly string[]
  readonly kobbleWallets?: readonly string[]
}

const CUSTOMERS = ['MA_RA7D5QLF', 'MA_THPJK6RU', 'MA_NOBODY']
const WALLETS = ['7563fb62-373b-439e-abf9-05bc78940bd3', '726dccda-0ceb-4d5d-be6a-1036475eeb95', 'no-wallet']

const GLOBAL_CUSTOMERS = CUSTOMERS.map((id) => encodeGlobalId('VobizCustomer', id))
const GLOBAL_WALLETS = WALLETS.map((id) => encodeGlobalId('KobbleWallet', id))
/** The own ids of the accounts, by their own and their global ids. */
const OWN_IDS = new Map([
  ...CUSTOMERS.map((id, index) => [GLOBAL_CUSTOMERS[index]!, id] as const),
  ...WALLETS.map((id, index) => [GLOBAL_WALLETS[index]!, id] as const),
  ...[...CUSTOMERS, ...WALLETS].map((id) => [id, id] as const),
])

/** Returns the accounts that a filter names, by their own ids; undefined for none. Those of providers do not collide. */
function accountsIn({ accounts, vobizCustomers, kobbleWallets }: Filter): readonly string[] | undefined {
  const lists = [accounts, vobizCustomers, kobbleWallets].filter((list) => list !== undefined)
  return lists.length === 0 ? undefined : lists.flat().map((id) => OWN_IDS.get(id)!)
}

function matchesAccounts(entry: Entry, filter: Filter): boolean {
  const accounts = accountsIn(filter)
  if (accounts === undefined) return entry.lists.includes('all')
  return entry.lists.includes('account') && accounts.some((account) => entry.accounts.includes(account))
}

/** The direction that a filter compares: as seen from the accounts that it names. */
function directionFor(entry: Entry, filter: Filter): string | null {
  const accounts = accountsIn(filter)
  if (accounts === undefined || entry.directionSeenFrom === undefined) return entry.direction
  return entry.directionSeenFrom(accounts)
}

/** The filter, spelled out over one entry. */
function matches(entry: Entry, filter: Filter): boolean {
  const day = entry.createdAt.slice(0, 10)
  return (
    (filter.providers?.includes(entry.provider) ?? true) &&
    matchesAccounts(entry, filter) &&
    (filter.from === undefined || day >= filter.from) &&
    (filter.to === undefined || day <= filter.to) &&
    matchesConditions({ ...entry, direction: directionFor(entry, filter) }, filter)
  )
}

interface Page {
  readonly transactions: {
    readonly totalCount: number | null
    readonly nodes: readonly { readonly providerId: string }[]
    readonly pageInfo: {
      readonly hasNextPage: boolean
      readonly hasPreviousPage: boolean
      readonly endCursor: string | null
      readonly startCursor: string | null
    }
  }
}

const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: TransactionFilter, $order: TransactionOrder!) {
  transactions(first: $first, after: $after, last: $last, before: $before, filter: $filter, order: $order) {
    totalCount
    nodes { providerId }
    pageInfo { hasNextPage hasPreviousPage endCursor startCursor }
  }
}`

/** Collects the ids of all pages, and the different totals on them. */
async function collect(
  at: TestGateway,
  filter: Filter,
  { isBackward = false, order = 'NEWEST_FIRST', size = 50 } = {},
) {
  const ids: string[] = []
  const totals = new Set<number | null>()
  const read = async (cursor: string | null) => {
    const args = isBackward ? { last: size, before: cursor } : { first: size, after: cursor }
    return (await at.ask<Page>(PAGE, { ...args, filter, order })).transactions
  }
  for await (const { nodes, totalCount } of walkPages(read, isBackward ? 'backward' : 'forward')) {
    totals.add(totalCount)
    ids.push(...nodes.map(({ providerId }) => providerId))
  }
  return { ids, totals: [...totals] }
}

describe('TransactionFilter', () => {
  let at: TestGateway
  let entries: readonly Entry[]

  beforeAll(async () => {
    at = await startGateway({ environment: { SCAN_LIMIT: '700' } })
    entries = withKits(at.sandboxes).flatMap(({ provider, sandbox, kit }) =>
      kit.entriesOf(sandbox).map((entry) => ({ ...entry, provider })),
    )
  })
  afterAll(() => at.close())

  const expected = (filter: Filter) =>
    entries
      .filter((entry) => matches(entry, filter))
      .map(({ id }) => id)
      .sort()

  /** References of some entries of all providers. */
  const references = () =>
    entries.filter((_, index) => index % 89 === 0).flatMap(({ reference }) => (reference === null ? [] : [reference]))

  async function check(filter: Filter, options: Parameters<typeof collect>[2] = {}) {
    const { ids, totals } = await collect(at, filter, options)
    const wanted = expected(filter)
    expect([...ids].sort()).toEqual(wanted)
    for (const total of totals) expect([wanted.length, null]).toContain(total)
    return { wanted, totals }
  }

  /** The providers that return a total with each page. */
  const COUNTING = ['VOBIZ', 'KOBBLE']
  const conditions: Record<string, Filter> = {
    providers: { providers: ['KOBBLE'] },
    period: { providers: COUNTING, from: '2026-03-01', to: '2026-03-31' },
    'a month in Sydney': { createdFrom: '2026-03-01T00:00:00+11:00', createdBefore: '2026-04-01T00:00:00+11:00' },
    'days and instants': { from: '2026-03-01', to: '2026-03-31', createdFrom: '2026-03-30T18:30:00Z' },
    directions: { directions: ['CREDIT'] },
    statuses: { statuses: ['PENDING', 'DECLINED'] },
    'one category that is pushed down': { categories: ['TOP_UP'] },
    'a category that is only in the rows': { categories: ['ADJUSTMENT'] },
    'categories of all kinds': { categories: ['TRANSFER', 'ADJUSTMENT', 'REFUND'] },
    currency: { currency: 'AUD' },
    amounts: { minAmount: '100', maxAmount: '250.5' },
    reference: { referenceContains: 'PTC:' },
    'entries that affect no balance': { affectsBalance: false },
    'entries that affect a balance': { affectsBalance: true, excludeCategories: ['USAGE', 'CARD_SPEND'] },
    'excluded categories': { excludeCategories: ['USAGE', 'TOP_UP', 'CARD_SPEND', 'SETTLEMENT'] },
    'categories of which some are excluded': { categories: ['TOP_UP', 'REFUND'], excludeCategories: ['REFUND'] },
    'excluded statuses': { excludeStatuses: ['COMPLETED', 'UNKNOWN'] },
    'no category': { uncategorized: true },
    'any category': { uncategorized: false, from: '2025-11-01', to: '2025-11-02' },
    'customers of one provider': { vobizCustomers: CUSTOMERS },
    'accounts of the other': { kobbleWallets: WALLETS },
    'accounts of both': { vobizCustomers: CUSTOMERS.slice(1), kobbleWallets: WALLETS.slice(0, 1) },
    'customers by their global ids': { vobizCustomers: [GLOBAL_CUSTOMERS[1]!, CUSTOMERS[0]!] },
    'wallets by their global ids': { kobbleWallets: GLOBAL_WALLETS },
    'accounts of any provider': { accounts: [GLOBAL_CUSTOMERS[0]!, GLOBAL_WALLETS[0]!] },
    'accounts in several fields': { accounts: [GLOBAL_CUSTOMERS[0]!], vobizCustomers: CUSTOMERS.slice(1) },
    'accounts of one provider each': { accounts: [GLOBAL_CUSTOMERS[0]!], kobbleWallets: WALLETS.slice(0, 1) },
    'no account at all': { accounts: [] },
    'no value at all': { categories: [] },
    'all who can count': { providers: COUNTING },
    nothing: {},
  }
  for (const [name, filter] of Object.entries(conditions)) {
    it(`lists every match once, and only matches, by ${name}`, async () => {
      const { wanted, totals } = await check(filter)
      expect(totals).toHaveLength(1)
      if (name === 'period' || name === 'providers' || name === 'all who can count')
        expect(totals).toEqual([wanted.length])
    })
  }

  it('lists every match once for any combination, in both directions and orders', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          providers: rarely(some(['VOBIZ', 'KOBBLE'])),
          from: rarely(fc.constantFrom('2025-11-01', '2026-01-15', '2026-06-30')),
          to: rarely(fc.constantFrom('2026-06-30', '2026-07-01', '2026-12-31')),
          ...conditionArbitraries(entries),
          accounts: rarely(some([...GLOBAL_CUSTOMERS, ...GLOBAL_WALLETS])),
          vobizCustomers: rarely(some([...CUSTOMERS, ...GLOBAL_CUSTOMERS])),
          kobbleWallets: rarely(some([...WALLETS, ...GLOBAL_WALLETS])),
        }),
        fc.record({
          isBackward: fc.boolean(),
          order: fc.constantFrom('NEWEST_FIRST', 'OLDEST_FIRST'),
          size: fc.constantFrom(13, 50, 100),
        }),
        async (filter, options) => {
          fc.pre(isPeriod(filter as Filter))
          await check(filter as Filter, options)
        },
      ),
      { numRuns: NUM_RUNS },
    ))

  for (const [filter, sent] of [
    [{ providers: ['VOBIZ'] }, { KOBBLE: 0 }],
    [{ kobbleWallets: WALLETS }, { VOBIZ: 0 }],
    [{ vobizCustomers: CUSTOMERS }, { KOBBLE: 0 }],
    [{ accounts: GLOBAL_WALLETS }, { VOBIZ: 0 }],
    [{ accounts: [] }, { VOBIZ: 0, KOBBLE: 0 }],
    [{ categories: ['CARD_SPEND'] }, { VOBIZ: 0 }],
    [{ categories: ['TOP_UP', 'USAGE'] }, { KOBBLE: 0 }],
    [{ directions: ['INTERNAL'] }, { VOBIZ: 0 }],
    [{ statuses: ['DECLINED'] }, { VOBIZ: 0 }],
    [{ statuses: ['FAILED', 'CANCELLED'] }, { KOBBLE: 0 }],
    [{ statuses: ['PENDING', 'DECLINED'], excludeStatuses: ['PENDING'] }, { VOBIZ: 0 }],
    [{ statuses: ['FAILED', 'PENDING'], excludeStatuses: ['PENDING'] }, { KOBBLE: 0 }],
    [{ categories: ['CARD_SPEND', 'USAGE'], excludeCategories: ['USAGE'] }, { VOBIZ: 0 }],
    [{ categories: ['RESERVATION', 'USAGE'], affectsBalance: true }, { KOBBLE: 0 }],
    [{ statuses: ['COMPLETED'], affectsBalance: false }, { VOBIZ: 0 }],
    [
      { categories: ['TOP_UP', 'REFUND'], excludeCategories: ['REFUND', 'TOP_UP'] },
      { VOBIZ: 0, KOBBLE: 0 },
    ],
    [
      { statuses: ['PENDING'], affectsBalance: true },
      { VOBIZ: 0, KOBBLE: 0 },
    ],
    [
      { categories: ['REFUND'], uncategorized: true },
      { VOBIZ: 0, KOBBLE: 0 },
    ],
    [{ references: [] }, { VOBIZ: 0, KOBBLE: 0 }],
    [
      { references: ['pay_1', 'PAY_2'], referenceContains: 'cdr' },
      { VOBIZ: 0, KOBBLE: 0 },
    ],
    [{ providers: [] }, { VOBIZ: 0, KOBBLE: 0 }],
    [
      { from: '2026-03-01', createdBefore: '2026-03-01T00:00:00Z' },
      { VOBIZ: 0, KOBBLE: 0 },
    ],
    [
      { providers: ['KOBBLE'], categories: ['USAGE'] },
      { VOBIZ: 0, KOBBLE: 0 },
    ],
  ] as const) {
    it(`sends no request to a provider that it excludes: ${JSON.stringify(filter)}`, async () => {
      const { requests, errors } = await at.query(PAGE, { first: 5, filter, order: 'NEWEST_FIRST' })
      expect(errors).toEqual([])
      expect(requests).toMatchObject(sent)
    })
  }

  it('pushes down what a provider has, so that a page stays one request', async () => {
    for (const filter of [
      { providers: ['VOBIZ'], from: '2026-02-01', to: '2026-02-28' },
      { providers: COUNTING, categories: ['TOP_UP'] },
      { vobizCustomers: ['MA_RA7D5QLF'] },
      { providers: ['KOBBLE'], from: '2026-02-01', to: '2026-02-28' },
      { kobbleWallets: [WALLETS[0]] },
    ]) {
      const document =
        'query ($filter: TransactionFilter) { transactions(first: 20, filter: $filter) { nodes { id } pageInfo { hasNextPage } } }'
      const { requests } = await at.query(document, { filter })
      expect(requests.VOBIZ! + requests.KOBBLE!).toBe(1)
    }
  })

  it('has a total when no entry of a provider could fail the conditions that are left', async () => {
    for (const filter of [
      { providers: ['VOBIZ'], excludeCategories: ['CARD_SPEND'], excludeStatuses: ['DECLINED'] },
      { providers: ['VOBIZ'], categories: ['TOP_UP', 'REFUND'], excludeCategories: ['REFUND'] },
      { providers: ['KOBBLE'], excludeCategories: ['USAGE'], excludeStatuses: ['FAILED', 'CANCELLED'] },
    ]) {
      const { wanted, totals } = await check(filter)
      expect(totals).toEqual([wanted.length])
    }
    for (const filter of [
      { providers: ['VOBIZ'], excludeCategories: ['ADJUSTMENT'] },
      { providers: ['KOBBLE'], excludeStatuses: ['DECLINED'] },
    ]) {
      expect((await check(filter)).totals).toEqual([null])
    }
  })

  it('finds entries of all providers by their whole references', async () => {
    const given = references().slice(0, 5)
    const { wanted } = await check({ references: given })
    expect(wanted.length).toBeGreaterThanOrEqual(given.length)
    expect((await check({ references: given.map((reference) => reference.slice(0, -1)) })).wanted).toEqual([])
    expect((await check({ references: given.map((reference) => `${reference} `) })).wanted).toEqual([])
  })

  it('includes the first instant of a period and excludes its end, to the digit that a provider sends', async () => {
    for (const provider of ['VOBIZ', 'KOBBLE'] as const) {
      const ofProvider = entries.filter((entry) => entry.provider === provider && matches(entry, {}))
      const [first, second, third] = [...new Set(ofProvider.map(({ createdAt }) => createdAt))]
        .sort((a, b) => (instantOf(a) < instantOf(b) ? -1 : 1))
        .slice(20)
      for (const period of [
        { createdFrom: first!, createdBefore: third! },
        { createdFrom: first!, createdBefore: second! },
        { createdFrom: second!, createdBefore: third! },
      ]) {
        const { wanted } = await check({ providers: [provider], ...period })
        expect(wanted.length).toBeGreaterThan(0)
      }
    }
  })

  it('reads no more than the days that cover a period of instants', async () => {
    const month = { createdFrom: '2026-03-01T00:00:00+11:00', createdBefore: '2026-04-01T00:00:00+11:00' }
    const document =
      'query ($filter: TransactionFilter) { transactions(first: 20, filter: $filter) { nodes { id } pageInfo { hasNextPage } } }'
    at.vobiz.server.requests.length = 0
    const { requests } = await at.query(document, { filter: month })
    expect(sumApiRequests(requests)).toBe(PROVIDERS.length)
    const query = at.vobiz.server.requests[0]?.query
    expect([query?.get('from_date'), query?.get('to_date')]).toEqual(['2026-02-28', '2026-03-31'])
  })

  it('counts a period of whole days that is given as instants', async () => {
    const wholeDays = {
      providers: COUNTING,
      createdFrom: '2026-03-01T00:00:00Z',
      createdBefore: '2026-04-01T00:00:00Z',
    }
    const { wanted, totals } = await check(wholeDays)
    expect(totals).toEqual([wanted.length])
  })

  it('rejects a period that ends where it begins, before anything is read', async () => {
    const createdFrom = '2026-03-01T00:00:00Z'
    const filter = { createdFrom, createdBefore: createdFrom }
    const { errors, requests } = await at.query(PAGE, { first: 5, filter, order: 'NEWEST_FIRST' })
    expect(errors.map(({ message, extensions }) => [message, extensions.code])).toEqual([
      [`Filter "createdFrom" must be before "createdBefore"; got ${createdFrom} and ${createdFrom}.`, 'BAD_USER_INPUT'],
    ])
    expect(requests).toEqual(NO_REQUESTS)
  })

  it('finds an entry by the currency that its row says, whichever provider it is of', async () => {
    const other = await startGateway()
    try {
      const dollars = other.kobble.add({ asset: 'NZD' })
      const list = (currency: string, args = '') =>
        other.ask<Page>(
          `{ transactions(first: 3, filter: { providers: [KOBBLE], from: "${dollars.created_at.slice(0, 10)}", currency: "${currency}" }) {
            nodes { providerId amount { currency } } totalCount summary { count totals { currency count } } ${args}
          } }`,
        )
      expect((await list('NZD')).transactions).toEqual({
        nodes: [{ providerId: dollars.id, amount: { currency: 'NZD' } }],
        // It is only in the rows, so that a total would require reading them all.
        totalCount: null,
        summary: { count: 1, totals: [{ currency: 'NZD', count: 1 }] },
      })
      const { nodes } = (await list('AUD')).transactions
      expect(nodes.map(({ providerId }) => providerId)).not.toContain(dollars.id)
      expect(nodes.length).toBeGreaterThan(0)
    } finally {
      await other.close()
    }
  })

  it('reads no more than the scan limit for one page, however little matches', async () => {
    const filter = { referenceContains: 'there is no such reference' }
    const { data, requests } = await at.query<Page>(PAGE, { first: 20, filter, order: 'NEWEST_FIRST' })
    expect(data!.transactions).toMatchObject({ nodes: [], totalCount: null, pageInfo: { hasNextPage: true } })
    expect(sumApiRequests(requests)).toBeLessThanOrEqual(8 * PROVIDERS.length)
  })

  for (const [name, bound] of [
    ['digits', '9'.repeat(100_000)],
    ['digits in front of an exponent', `${'9'.repeat(60)}e60`],
    ['fraction digits', `0.${'0'.repeat(100_000)}1`],
  ]) {
    it(`refuses a bound of more ${name} than a decimal may have, before anything is read`, async () => {
      const { errors, requests } = await at.query(PAGE, {
        first: 5,
        filter: { minAmount: bound },
        order: 'NEWEST_FIRST',
      })
      expect(errors.map(({ message, extensions }) => [message, extensions.code])).toEqual([
        [expect.stringContaining('a string of at most 100 digits'), 'BAD_USER_INPUT'],
      ])
      expect(requests).toEqual(NO_REQUESTS)
    })
  }

  describe('with lists that repeat their values', () => {
    const DOCUMENT = `query ($filter: TransactionFilter, $after: String) {
      transactions(first: 100, filter: $filter, after: $after) { edges { cursor } }
    }`
    const once = {
      statuses: ['COMPLETED', 'PENDING'],
      directions: ['DEBIT'],
      categories: ['USAGE'],
      providers: ['VOBIZ'],
    }
    const often = Object.fromEntries(
      Object.entries(once).map(([field, values]) => [field, [...values, ...Array(2000).fill(values[0])]]),
    )
    type Cursors = { readonly transactions: { readonly edges: readonly { readonly cursor: string }[] } }

    it('is the same list as with each of them once, so that cursors of one are cursors of the other', async () => {
      const [{ transactions: one }, { transactions: other }] = await Promise.all([
        at.ask<Cursors>(DOCUMENT, { filter: once }),
        at.ask<Cursors>(DOCUMENT, { filter: often }),
      ])
      expect(one.edges).toHaveLength(100)
      expect(one).toEqual(other)
      const after = one.edges[9]!.cursor
      expect(await at.ask(DOCUMENT, { filter: often, after })).toEqual(await at.ask(DOCUMENT, { filter: once, after }))
    })

    it('is the same list as with them in another order', async () => {
      const ordered = { statuses: ['COMPLETED', 'PENDING'], kobbleWallets: WALLETS, vobizCustomers: CUSTOMERS }
      const reversed = Object.fromEntries(
        Object.entries(ordered)
          .reverse()
          .map(([field, values]) => [field, [...values].reverse()]),
      )
      const { transactions } = await at.ask<Cursors>(DOCUMENT, { filter: ordered })
      expect(await at.ask(DOCUMENT, { filter: reversed })).toEqual({ transactions })
      const after = transactions.edges[9]!.cursor
      expect(await at.ask(DOCUMENT, { filter: reversed, after })).toEqual(
        await at.ask(DOCUMENT, { filter: ordered, after }),
      )
    })

    it('hashes as much for its cursors as with each of them once', async () => {
      const spies = [createHash('sha256'), createHmac('sha256', '')].map((hash) =>
        vi.spyOn(Object.getPrototypeOf(hash) as { update(data: string | Uint8Array): unknown }, 'update'),
      )
      const hashed = async (filter: object) => {
        for (const spy of spies) spy.mockClear()
        await at.ask(DOCUMENT, { filter })
        return spies.flatMap(({ mock }) => mock.calls).reduce((sum, [data]) => sum + data.length, 0)
      }
      const [fewest, most] = [await hashed(once), await hashed(often)]
      for (const spy of spies) spy.mockRestore()
      expect(fewest).toBeGreaterThan(0)
      expect(most / fewest).toBeLessThan(1.5)
    })
  })

  it('refuses more than 100 references, and one of more than 200 characters, before anything is read', async () => {
    const document = 'query ($texts: [String!]) { transactions(filter: { references: $texts }) { totalCount } }'
    for (const [texts, message] of [
      [
        Array.from({ length: 101 }, (_, index) => `r${index}`),
        'Filter "references" takes at most 100 texts; got 101. Request the others in further operations.',
      ],
      [['short', 'x'.repeat(201)], 'Filter "references" takes at most 200 characters; got 201.'],
    ] as const) {
      const { errors, requests } = await at.query(document, { texts })
      expect(errors.map((error) => [error.message, error.extensions])).toEqual([[message, { code: 'BAD_USER_INPUT' }]])
      expect(requests).toEqual(NO_REQUESTS)
    }
  })

  it.each([
    ['transactions(filter: { referenceContains: $text }) { totalCount }', 'Filter "referenceContains"'],
    ['vobizCustomers(search: $text) { totalCount }', 'Argument "search"'],
  ])('refuses a text of more than 200 characters in %s', async (field, name) => {
    const document = `query ($text: String) { ${field} }`
    for (const length of [201, 100_000]) {
      const { errors, requests } = await at.query(document, { text: 'x'.repeat(length) })
      expect(errors.map(({ message, extensions }) => [message, extensions])).toEqual([
        [`${name} takes at most 200 characters; got ${length}.`, { code: 'BAD_USER_INPUT' }],
      ])
      expect(requests).toEqual(NO_REQUESTS)
    }
    expect((await at.query(document, { text: 'x'.repeat(200) })).errors).toEqual([])
  })
})
