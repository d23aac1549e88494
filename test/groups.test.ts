import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { KobbleSandboxTraits } from '../src/providers/kobble/sandbox/index.ts'
import type { VobizSandboxTraits } from '../src/providers/vobiz/sandbox/index.ts'
import type { UpstreamReply } from '../src/sandbox/server.ts'
import { createApiKey, hashApiKey } from '../src/server/auth/api-keys.ts'
import { type Addend, exactly, SUMMARY, type Summary, sumUp, unitsOf } from './support/exact.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { collectRows } from './support/pages.ts'
import { RUNS } from './support/runs.ts'

/** Number of random questions for each list. */
const NUM_RUNS = RUNS.walks(8, 0.05)

const ZONES = [
  'UTC',
  'Australia/Sydney',
  'Europe/Berlin',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Asia/Kolkata',
  'Pacific/Apia',
]
const GROUPINGS = ['CATEGORY', 'DIRECTION', 'STATUS', 'DAY', 'MONTH']

interface Row {
  readonly provider: string
  readonly createdAt: string
  readonly amount: { readonly amount: string; readonly currency: string }
  readonly category: string | null
  readonly direction: string | null
  readonly status: string
  readonly affectsBalance: boolean
  readonly accounts: readonly { readonly id: string }[]
  /** The direction as one wallet sees it. */
  readonly seen?: string | null
}

interface Group {
  readonly day: string | null
  readonly month: string | null
  readonly category: string | null
  readonly direction: string | null
  readonly status: string | null
  readonly summary: Summary & { readonly basis: string }
}

interface Grouped {
  readonly summary: Summary & { readonly basis: string }
  readonly groups: readonly Group[]
}

/** What is asked: the properties to group by, and the zone of the days. */
interface Question {
  readonly by: readonly string[]
  readonly timeZone: string
}

const WITH_BASIS = SUMMARY.replace('{', '{ basis ')
const GROUPS = `${WITH_BASIS} groups(by: $by, timeZone: $timeZone) { day month category direction status ${WITH_BASIS} }`
const ROW = 'provider createdAt amount { amount currency } category direction status affectsBalance accounts { id }'
const ROWS = `nodes { ${ROW} } pageInfo { hasNextPage endCursor }`

const calendars = new Map<string, Intl.DateTimeFormat>()

/** The day of an instant by the calendar of `Intl`, which the gateway does not use. */
function dayIn(timeZone: string, createdAt: string): string {
  const fields = { calendar: 'iso8601', year: 'numeric', month: '2-digit', day: '2-digit' } as const
  const calendar = calendars.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, ...fields })
  calendars.set(timeZone, calendar)
  return calendar.format(new Date(createdAt.replace(/(\.\d{3})\d+/, '$1')))
}

/** Returns true for rows that are added by the rule of Vobiz's own sums. */
type IsSummedByVobiz = (row: Row) => boolean

/** The addend of a row: by the rule for entries, or by that of Vobiz's own sums, where what is no credit is a debit. */
function addendOf(row: Row, isSummedByVobiz: IsSummedByVobiz): Addend {
  const { amount, direction, affectsBalance } = row
  if (isSummedByVobiz(row)) return { ...amount, direction: direction ?? 'DEBIT' }
  return { ...amount, direction: affectsBalance ? direction : null }
}

/** The list of Vobiz that a row is in. */
interface Lists {
  readonly hasGlobal: boolean
  readonly hasBlock: boolean
}

/** Conditions that Vobiz does not apply itself. */
const RESIDUAL_CONDITIONS = ['directions', 'statuses', 'excludeStatuses', 'affectsBalance', 'minAmount']

/** Returns true for the exclusion of statuses that no entry of Vobiz has: all its entries pass, so Vobiz's own sums apply. */
const excludesNothing = (name: string, value: unknown) => name === 'excludeStatuses' && `${value}` === 'DECLINED'

/**
 * Returns the rules that may hold. Vobiz's own sums are used for a list that Vobiz filters itself; where its entries are
 * read, all of them must say their side, or the rule for entries holds for all of that list.
 */
function rulesFor(
  rows: readonly Row[],
  filter: Readonly<Record<string, unknown>>,
  { by, timeZone }: Question,
  lists: Lists,
): IsSummedByVobiz[] {
  const {
    from = '',
    categories = [],
    createdFrom = '',
  } = filter as { [name: string]: string } & { categories?: string[] }
  const isPartOfDay = createdFrom >= from && createdFrom !== ''
  const isFiltered = RESIDUAL_CONDITIONS.some(
    (name) => filter[name] !== undefined && !excludesNothing(name, filter[name]),
  )
  if (!lists.hasBlock || isPartOfDay || isFiltered || categories.includes('ADJUSTMENT')) return [() => false]
  // Each category is a list of its own. Those without a side are usage.
  const partOf = ({ category, direction }: Row) => (category === 'TRANSFER' ? category : (direction ?? 'DEBIT'))
  const listOf = (row: Row) =>
    [lists.hasGlobal ? '' : row.accounts.map(({ id }) => id), categories.length > 0 ? partOf(row) : ''].join()
  const unclear = new Set(
    rows.flatMap((row) => (row.provider === 'VOBIZ' && row.direction === null ? [listOf(row)] : [])),
  )
  const whenRead: IsSummedByVobiz = (row) => row.provider === 'VOBIZ' && !unclear.has(listOf(row))
  const whenSummed: IsSummedByVobiz = ({ provider }) => provider === 'VOBIZ'
  const mayBeSummed = timeZone === 'UTC' && by.every((name) => name === 'DAY' || name === 'MONTH')
  return mayBeSummed ? [whenRead, whenSummed] : [whenRead]
}

/** Brute force over rows. */
function groupUp(rows: readonly Row[], { by, timeZone }: Question, isSummedByVobiz: IsSummedByVobiz) {
  const keyOf = (row: Row) => {
    const day = dayIn(timeZone, row.createdAt)
    return {
      day: by.includes('DAY') ? day : null,
      month: by.includes('MONTH') ? day.slice(0, 7) : null,
      category: by.includes('CATEGORY') ? row.category : null,
      direction: by.includes('DIRECTION') ? row.direction : null,
      status: by.includes('STATUS') ? row.status : null,
    }
  }
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row))
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups].map(([key, own]) => ({
    key,
    summary: sumUp(own.map((row) => addendOf(row, isSummedByVobiz))),
  }))
}

/** Groups in which equal numbers are equal, in the order of their keys. */
function exactGroups(groups: readonly Group[]) {
  return groups.map(({ summary, day, month, category, direction, status }) => {
    const { basis: _, ...sums } = summary
    return { key: JSON.stringify({ day, month, category, direction, status }), summary: exactly(sums) }
  })
}

const byKey = (a: { readonly key: string }, b: { readonly key: string }) => (a.key < b.key ? -1 : 1)

/** The sum of sums. */
function addUp(groups: readonly Group[]): Summary {
  const parts = groups.map(({ summary }) => exactly(summary))
  const currencies = [...new Set(parts.flatMap(({ totals }) => totals.map(({ currency }) => currency)))].sort()
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    totals: currencies.map((currency) => {
      const own = parts.flatMap(({ totals }) => totals.filter((sums) => sums.currency === currency))
      const sum = (side: 'credit' | 'debit' | 'internal' | 'net') =>
        own.reduce((units, sums) => units + (sums[side] as bigint), 0n)
      return {
        currency,
        count: own.reduce((units, { count }) => units + count, 0),
        credit: sum('credit'),
        debit: sum('debit'),
        internal: sum('internal'),
        net: sum('net'),
      }
    }),
  }
}

const day = fc
  .integer({ min: -5, max: 370 })
  .map((days) => new Date(Date.UTC(2025, 10, 1 + days)).toISOString().slice(0, 10))

/** A period of up to two months, now and then of any length. */
const period = fc.tuple(day, fc.oneof({ weight: 4, arbitrary: fc.nat(60) }, fc.nat(370))).map(([from, days]) => ({
  from,
  to: new Date(Date.parse(from) + days * 86_400_000).toISOString().slice(0, 10),
}))

const questions: fc.Arbitrary<Question> = fc.record({
  by: fc.subarray(GROUPINGS, { minLength: 1 }),
  timeZone: fc.oneof(fc.constant('UTC'), fc.constantFrom(...ZONES)),
})

/** Most conditions are left out of most filters, or hardly an entry would match. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

const filters = fc
  .tuple(
    period,
    fc.record({
      createdFrom: rarely(fc.constantFrom('2026-03-28T13:00:00Z', '2026-10-03T14:00:00.5Z')),
      directions: rarely(fc.subarray(['CREDIT', 'DEBIT', 'INTERNAL'], { minLength: 1 })),
      statuses: rarely(fc.subarray(['PENDING', 'COMPLETED', 'FAILED', 'DECLINED'], { minLength: 1 })),
      categories: rarely(fc.subarray(['TOP_UP', 'USAGE', 'ADJUSTMENT', 'TRANSFER'], { minLength: 1 })),
      minAmount: rarely(fc.constantFrom('0.45', '99.99')),
    }),
  )
  .map(([days, conditions]) => {
    const filter = JSON.parse(JSON.stringify({ ...days, ...conditions })) as Record<string, unknown>
    return filter
  })

/** Conditions that the lists of both providers have. */
const ownConditions = fc.record({
  directions: rarely(fc.subarray(['CREDIT', 'DEBIT', 'INTERNAL'], { minLength: 1 })),
  excludeStatuses: rarely(fc.subarray(['PENDING', 'FAILED', 'DECLINED'], { minLength: 1 })),
  affectsBalance: rarely(fc.boolean()),
  minAmount: rarely(fc.constantFrom('0.45', '99.99')),
})

const CUSTOMER = 'MA_RA7D5QLF'
const WALLET = '7563fb62-373b-439e-abf9-05bc78940bd3'

const accounts = fc.record(
  {
    vobizCustomers: fc.subarray([CUSTOMER, 'MA_THPJK6RU', 'MA_SL8RVRGV'], { minLength: 1 }),
    kobbleWallets: fc.subarray([WALLET, '726dccda-0ceb-4d5d-be6a-1036475eeb95'], { minLength: 1 }),
  },
  { requiredKeys: [] },
)

/** Adds entries right before and after the days begin in the zones, and some that are hard to add. */
function addOddEntries({ vobiz, kobble }: TestGateway): void {
  const instants = [
    '2026-03-28T12:59:59.999Z',
    '2026-04-04T14:30:00Z',
    '2026-04-05T14:00:00.000Z',
    '2026-10-03T13:59:59.999Z',
    '2026-10-03T14:00:00.000Z',
    '2026-10-04T12:59:59.999Z',
    '2026-10-24T22:00:00.000Z',
    '2026-03-31T18:29:59.999Z',
    '2026-03-31T18:30:00.000Z',
    '2026-02-28T23:59:59.999Z',
    '2026-03-01T00:00:00.000Z',
  ]
  const amounts = ['9007199254740993.000000001', '1e-7', '0.10']
  vobiz.load(
    instants.map((created_at, index) => ({
      account_id: CUSTOMER,
      type: index % 2 ? 'credit' : 'debit',
      amount: amounts[index % 3]!,
      created_at: created_at.replace('.999Z', '.999999999Z'),
    })),
  )
  vobiz.load([
    { account_id: CUSTOMER, type: 'escrow', amount: '7.50', created_at: '2026-03-01T00:00:00Z', status: 'on_hold' },
    { account_id: CUSTOMER, reference_type: 'manual_adjustment', amount: '11', created_at: '2026-04-04T04:04:04Z' },
  ])
  kobble.load(
    instants.map((created_at, index) => ({
      [index % 2 ? 'from' : 'to']: WALLET,
      amount: amounts[(index + 1) % 3]!,
      created_at,
    })),
  )
}

const GATEWAYS: readonly [string, Partial<VobizSandboxTraits>, Partial<KobbleSandboxTraits>][] = [
  ['where the providers are at their best', {}, {}],
  [
    'where Vobiz sums nothing and pages are small',
    { summary: 'absent', perPage: { max: 50 } },
    { maxLimit: 60, totalIgnoresFilters: true },
  ],
  [
    'where the global ledger is not offered, and no total is known',
    { globalLedger: 403 },
    { headers: { total: false, offset: true, limit: true } },
  ],
]

const folder = mkdtempSync(join(tmpdir(), 'groups-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Writes keys of a caller who may read everything, and of one who may read one account of each provider. */
function writeKeys() {
  const [all, bound] = [createApiKey(), createApiKey()]
  const file = join(folder, `${hashApiKey(all).toString('hex')}.json`)
  const grants = { VOBIZ: { accounts: [CUSTOMER] }, KOBBLE: { accounts: [WALLET] } }
  const keys = [
    { name: 'all', sha256: hashApiKey(all).toString('hex') },
    { name: 'bound', sha256: hashApiKey(bound).toString('hex'), grants },
  ]
  writeFileSync(file, JSON.stringify({ keys }), { mode: 0o600 })
  return { all, bound, environment: { AUTH_MODE: 'api-key', API_KEYS_FILE: file } }
}

describe.each(GATEWAYS)('groups equal brute force over the rows, and add up to the summary, %s', (_, vobiz, kobble) => {
  let at: TestGateway
  const { all, bound, environment } = writeKeys()
  const hasGlobal = vobiz.globalLedger === undefined

  beforeAll(async () => {
    at = await startGateway({ sandboxes: { vobiz: { traits: vobiz }, kobble: { traits: kobble } }, environment })
    addOddEntries(at)
  })
  afterAll(() => at.close())

  /** Asks for a list below the fields that lead to it. */
  async function read<List>(fields: readonly string[], args: string, filter: object, selection: string, key: string) {
    const [list, ...parents] = fields.toReversed()
    const inner = `${list}(filter: $filter ${args}) { ${selection} }`
    const body = parents.reduce((nested, parent) => `${parent} { ${nested} }`, inner)
    return async (variables: object, types: string): Promise<List> => {
      const document = `query (${types}) { ${body} }`
      const headers = { authorization: `Bearer ${key}` }
      const { data, errors } = await at.query(document, { filter, ...variables }, headers)
      expect(errors).toEqual([])
      const names = fields.map((field) => /^\w+/.exec(field)![0])
      return names.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], data) as List
    }
  }

  interface Page {
    readonly nodes: readonly Row[]
    readonly edges?: readonly { readonly direction: string | null; readonly node: Row }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }

  async function check(
    fields: readonly string[],
    filterType: string,
    filter: Readonly<Record<string, unknown>>,
    question: Question,
    { key = all, rows = ROWS, rowsOf = ({ nodes }: Page): readonly Row[] => nodes } = {},
  ): Promise<void> {
    const readRows = await read<Page>(fields, 'first: 100, after: $after', filter, rows, key)
    const found = await collectRows((after) => readRows({ after }, `$filter: ${filterType}, $after: String`), rowsOf)
    const readGroups = await read<Grouped>(fields, '', filter, GROUPS, key)
    const types = `$filter: ${filterType}, $by: [TransactionGrouping!]!, $timeZone: String!`
    const { summary, groups } = await readGroups(question, types)
    const lists = { hasGlobal: hasGlobal && key === all, hasBlock: vobiz.summary === undefined }
    const expected = rulesFor(found, filter, question, lists).map((rule) => groupUp(found, question, rule).sort(byKey))
    expect(expected).toContainEqual(exactGroups(groups).sort(byKey))
    const { basis: __, ...sums } = summary
    expect(addUp(groups)).toEqual(exactly(sums))
  }

  const assertFor = <F>(arbitrary: fc.Arbitrary<F>, property: (value: F) => Promise<void>) =>
    fc.assert(fc.asyncProperty(arbitrary, property), { numRuns: NUM_RUNS })

  const vobizFilters = fc
    .tuple(period, rarely(fc.constantFrom('RECHARGE', 'DEBIT', 'REFUND', 'TRANSFER')), ownConditions)
    .map(([days, type, conditions]) => ({ ...days, type, ...conditions }))
  const kobbleFilters = fc
    .tuple(period, rarely(fc.constantFrom(['CARD_SPEND'], ['INTER_WALLET', 'REFUND'])), ownConditions)
    .map(([{ from, to }, types, conditions]) => ({
      from: `${from}T00:00:00Z`,
      to: `${to}T23:59:59.999Z`,
      types,
      ...conditions,
    }))

  it('over all providers', () =>
    assertFor(fc.tuple(filters, questions), ([filter, question]) =>
      check(['transactions'], 'TransactionFilter', filter, question),
    ))

  it('over some accounts, in parts that add up to the whole', () =>
    assertFor(fc.tuple(filters, questions, accounts), async ([filter, question, chosen]) => {
      const types = '$filter: TransactionFilter, $by: [TransactionGrouping!]!, $timeZone: String!'
      const readGroups = await read<Grouped>(['transactions'], '', { ...filter, ...chosen }, GROUPS, all)
      const { summary, groups } = await readGroups(question, types)
      expect(addUp(groups)).toEqual(exactly(summary))
      expect(new Set(exactGroups(groups).map(({ key }) => key)).size).toBe(groups.length)
    }))

  it('over all that a bound caller may read, as the granted wallet sees it', () =>
    assertFor(fc.tuple(filters, questions), ([filter, question]) =>
      check(['transactions'], 'TransactionFilter', filter, question, {
        key: bound,
        rows: `nodes { ${ROW} ... on KobbleTransaction { seen: directionFor(walletId: "${WALLET}") } } pageInfo { hasNextPage endCursor }`,
        rowsOf: ({ nodes }) => nodes.map((row) => ({ ...row, direction: row.seen ?? row.direction })),
      }),
    ))

  it('over the ledger of all customers', () =>
    assertFor(fc.tuple(vobizFilters, questions), ([filter, question]) =>
      check(['vobizTransactions'], 'VobizLedgerFilter', filter, question),
    ))

  it("over one customer's ledger", () =>
    assertFor(fc.tuple(vobizFilters, questions), ([filter, question]) =>
      check([`vobizCustomer(authId: "${CUSTOMER}")`, 'transactions'], 'VobizLedgerFilter', filter, question),
    ))

  it("over all of Kobble's transactions", () =>
    assertFor(fc.tuple(kobbleFilters, questions), ([filter, question]) =>
      check(['kobbleTransactions'], 'KobbleLedgerFilter', filter, question),
    ))

  it('over one wallet, as the wallet sees it', () =>
    assertFor(fc.tuple(kobbleFilters, questions), ([filter, question]) =>
      check([`kobbleWallet(providerId: "${WALLET}")`, 'transactions'], 'KobbleLedgerFilter', filter, question, {
        rows: `edges { direction node { ${ROW} } } pageInfo { hasNextPage endCursor }`,
        rowsOf: ({ edges = [] }) => edges.map(({ direction, node }) => ({ ...node, direction })),
      }),
    ))
})

const MONTH = 'from: "2026-09-01", to: "2026-09-30"'
const YEAR = 'from: "2025-11-01", to: "2026-10-31"'

describe('the upstream requests of groups', () => {
  let at: TestGateway

  beforeAll(async () => {
    at = await startGateway()
    // The first operation fetches the token, and learns how many rows a page may have.
    await at.ask('{ kobbleTransactions(first: 100) { nodes { id direction } } }')
  })
  afterAll(() => at.close())

  async function count(document: string) {
    at.vobiz.server.requests.length = 0
    const { errors, requests } = await at.query(document)
    expect(errors).toEqual([])
    return { VOBIZ: requests.VOBIZ, KOBBLE: requests.KOBBLE }
  }
  const vobizQueries = (name: string) => at.vobiz.server.requests.map(({ query }) => query.get(name))

  it('are at most ten for a month by day over both providers, with its summary and a page', async () => {
    const groups = await count(`{ transactions(filter: { ${MONTH} }) { groups(by: [DAY]) { day ${SUMMARY} } } }`)
    expect(groups.VOBIZ! + groups.KOBBLE!).toBeLessThanOrEqual(10)
    const summary = await count(`{ transactions(filter: { ${MONTH} }) { ${SUMMARY} groups(by: [DAY]) { day } } }`)
    expect(summary).toEqual(groups)
    const all = await count(
      `{ transactions(first: 20, filter: { ${MONTH} }) { nodes { id } ${SUMMARY} groups(by: [DAY]) { day } } }`,
    )
    expect(all.VOBIZ! + all.KOBBLE!).toBeLessThanOrEqual(10)
  })

  it('are shared by all groups of a list', async () => {
    const one = await count(`{ transactions(filter: { ${MONTH} }) { groups(by: [CATEGORY]) { category } } }`)
    const many = await count(`{
      transactions(filter: { ${MONTH} }) {
        ${SUMMARY}
        groups(by: [CATEGORY]) { category }
        days: groups(by: [DAY], timeZone: "Australia/Sydney") { day }
        months: groups(by: [MONTH, STATUS, DIRECTION]) { month }
      }
    }`)
    expect(many).toEqual(one)
  })

  it('are those of the summary of Kobble', async () => {
    const filter = 'filter: { from: "2026-03-01T00:00:00Z", to: "2026-05-31T23:59:59.999Z" }'
    const summary = await count(`{ kobbleTransactions(${filter}) { ${SUMMARY} } }`)
    const groups = await count(`{ kobbleTransactions(${filter}) { ${SUMMARY} groups(by: [DAY]) { day } } }`)
    expect(groups).toEqual(summary)
  })

  it('are one page, and one small request for each month of a year of Vobiz', async () => {
    const { VOBIZ } = await count(
      `{ vobizTransactions(filter: { ${YEAR}, type: DEBIT }) { ${SUMMARY} groups(by: [MONTH]) { month } } }`,
    )
    expect(VOBIZ).toBe(1 + 12)
    expect(vobizQueries('per_page')).toEqual(['100', ...Array(12).fill('1')])
    expect(new Set(vobizQueries('transaction_type'))).toEqual(new Set(['debit']))
    expect(vobizQueries('from_date').slice(1, 4)).toEqual(['2025-11-01', '2025-12-01', '2026-01-01'])
    expect(vobizQueries('to_date').slice(1, 4)).toEqual(['2025-11-30', '2025-12-31', '2026-01-31'])
  })

  it('are one more for each list of several types or customers', async () => {
    const filter = `{ ${YEAR}, categories: [USAGE, TOP_UP], vobizCustomers: ["${CUSTOMER}"] }`
    // Each has a page or two.
    expect((await count(`{ transactions(filter: ${filter}) { groups(by: [MONTH]) { month } } }`)).VOBIZ).toBeLessThan(6)
  })

  it('are one more for the first month of a whole ledger', async () => {
    expect(await count('{ vobizTransactions { groups(by: [MONTH]) { month } } }')).toMatchObject({ VOBIZ: 1 + 1 + 12 })
  })

  it('are the pages where these are fewer, and where Vobiz does not sum what is asked', async () => {
    const pagesOf = (entries: number) => Math.ceil(entries / 100)
    const september = at.vobiz.globalEntries.filter(({ created_at }) => created_at.startsWith('2026-09')).length
    expect(await count(`{ vobizTransactions(filter: { ${MONTH} }) { groups(by: [DAY]) { day } } }`)).toMatchObject({
      VOBIZ: pagesOf(september),
    })
    const year = pagesOf(at.vobiz.globalEntries.length)
    for (const groups of [
      'groups(by: [CATEGORY]) { category }',
      'groups(by: [MONTH], timeZone: "Europe/London") { month }',
      'groups(by: [MONTH, DIRECTION]) { month }',
      'groups(by: [MONTH]) { month } directions: groups(by: [DIRECTION]) { direction }',
    ]) {
      expect(await count(`{ vobizTransactions(filter: { ${YEAR} }) { ${groups} } }`), groups).toMatchObject({
        VOBIZ: year,
      })
    }
  })

  it('are the pages where a condition is left that Vobiz does not apply', async () => {
    const filter = `{ ${YEAR}, providers: [VOBIZ], minAmount: "100" }`
    const document = `{ transactions(filter: ${filter}) { ${SUMMARY} groups(by: [MONTH]) { month ${SUMMARY} } } }`
    const pages = Math.ceil(at.vobiz.globalEntries.length / 100)
    expect(await count(document)).toEqual({ VOBIZ: pages, KOBBLE: 0 })
    const { transactions: list } = await at.ask<{ transactions: Grouped }>(document)
    const large = at.vobiz.globalEntries.filter(({ amount }) => unitsOf(amount) >= unitsOf('100'))
    const months = Map.groupBy(large, ({ created_at }) => created_at.slice(0, 7))
    expect(list.groups.map(({ month, summary }) => [month, summary.count])).toEqual(
      [...months].map(([month, own]) => [month, own.length]).sort(([a], [b]) => (a! < b! ? -1 : 1)),
    )
    expect(addUp(list.groups)).toEqual(exactly(list.summary))
  })

  it('read no customer that the groups prove to exist', async () => {
    const list = `transactions(first: 3, filter: { ${MONTH} })`
    const page = await count(`{ vobizCustomer(authId: "${CUSTOMER}") { ${list} { groups(by: [DAY]) { day } } } }`)
    expect(page).toEqual({ VOBIZ: 1, KOBBLE: 0 })
    const both = await count(
      `{ vobizCustomer(authId: "${CUSTOMER}") { ${list} { nodes { id } ${SUMMARY} groups(by: [DAY]) { day } } } }`,
    )
    expect(both).toEqual({ VOBIZ: 1, KOBBLE: 0 })
  })
})

describe('the limits of groups', () => {
  let at: TestGateway
  afterEach(() => at.close())

  const monthly = `{ vobizTransactions(filter: { ${YEAR} }) { ${SUMMARY} groups(by: [MONTH]) { month ${SUMMARY} } } }`
  const refusal = async (document: string) => {
    const { data, errors, requests } = await at.query(document)
    expect(data).toBeNull()
    expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: 'LIMIT_EXCEEDED' }])
    return { message: errors[0]!.message, requests: requests.VOBIZ! + requests.KOBBLE! }
  }

  it('allow periods that Vobiz sums, however many entries they have', async () => {
    at = await startGateway({ environment: { SCAN_LIMIT: '50' } })
    const { vobizTransactions: list } = await at.ask<{ vobizTransactions: Grouped }>(monthly)
    expect(list.groups).toHaveLength(12)
    expect(addUp(list.groups)).toEqual(exactly(list.summary))
    for (const { query } of at.vobiz.server.requests) expect(Number(query.get('per_page'))).toBeLessThanOrEqual(50)
  })

  it('refuse groups of more entries than SCAN_LIMIT, before they are read, with the numbers', async () => {
    at = await startGateway({ environment: { SCAN_LIMIT: '500' } })
    const total = at.vobiz.globalEntries.length
    const { message, requests } = await refusal(
      `{ vobizTransactions(filter: { ${YEAR} }) { ${SUMMARY} groups(by: [CATEGORY]) { category } } }`,
    )
    expect(message).toContain(`This would read ${total} entries, and at most 500 may be read for one field.`)
    expect(requests).toBeLessThanOrEqual(3)
  })

  it('refuse more periods than MAX_UPSTREAM_REQUESTS, before they are read, with the numbers', async () => {
    at = await startGateway({ environment: { MAX_UPSTREAM_REQUESTS: '12' } })
    const { message, requests } = await refusal(monthly)
    expect(message).toContain('would send at least 13 requests to providers, and one may send at most 12.')
    expect(requests).toBe(1)
    const distant = '{ from: "0001-01-01", to: "9999-12-31" }'
    at.vobiz.server.requests.length = 0
    const days = await refusal(`{ vobizTransactions(filter: ${distant}) { groups(by: [DAY]) { day } } }`)
    expect(days.message).toMatch(/would send at least \d+ requests to providers, and one may send at most 12\./)
    expect(days.requests).toBeLessThanOrEqual(2)
  })

  it('refuse more pages than MAX_UPSTREAM_REQUESTS, before they are read, with the numbers', async () => {
    at = await startGateway({ environment: { MAX_UPSTREAM_REQUESTS: '9' } })
    for (const list of [`vobizTransactions(filter: { ${YEAR} })`, 'kobbleTransactions']) {
      const { message, requests } = await refusal(`{ ${list} { groups(by: [STATUS]) { status } } }`)
      expect(message).toMatch(/would send at least \d\d requests to providers, and one may send at most 9\./)
      expect(requests).toBeLessThanOrEqual(2)
    }
  })

  it('count a field with all its groups', async () => {
    at = await startGateway({ environment: { MAX_COMPLEXITY: '200' } })
    const { errors } = await at.query(`{ transactions { groups(by: [DAY]) { day ${SUMMARY} } } }`)
    expect(errors[0]).toMatchObject({ extensions: { code: 'LIMIT_EXCEEDED' } })
    expect(errors[0]!.message).toMatch(/^The operation costs \d/)
    expect((await at.query('{ transactions { groups(by: [DAY]) { day } } }')).errors).toEqual([])
  })
})

describe('groups of periods that Vobiz sums', () => {
  let at: TestGateway
  afterEach(() => at.close())

  const ask = () =>
    at.ask<{ vobizTransactions: Grouped }>(
      `{ vobizTransactions(filter: { ${YEAR} }) { ${WITH_BASIS} groups(by: [MONTH]) { month ${WITH_BASIS} } } }`,
    )
  const alter = (month: string, change: (summary: Record<string, unknown>) => unknown) =>
    at.vobiz.server.fault({
      kind: 'alter',
      on: ({ query }) => query.get('from_date') === `${month}-01` && query.get('per_page') === '1',
      alter: (reply: UpstreamReply) => {
        const json = reply.json as { summary: Record<string, unknown> }
        return { ...reply, json: { ...json, summary: change(json.summary) } }
      },
    })

  it('are made from the entries when the sums of one period are missing, and so is the whole', async () => {
    at = await startGateway()
    alter('2026-03', () => null)
    const { vobizTransactions: list } = await ask()
    expect(new Set([list.summary.basis, ...list.groups.map(({ summary }) => summary.basis)])).toEqual(
      new Set(['ENTRIES']),
    )
    expect(addUp(list.groups)).toEqual(exactly(list.summary))
    expect(list.summary.count).toBe(at.vobiz.globalEntries.length)
  })

  it('are made from the entries when the sums do not add up to those of the list', async () => {
    at = await startGateway()
    alter('2026-03', (summary) => ({ ...summary, total_debit: 0, total_credit: 1, net_amount: 1 }))
    const { vobizTransactions: list } = await ask()
    expect(addUp(list.groups)).toEqual(exactly(list.summary))
    const { vobizTransactions: march } = await at.ask<{ vobizTransactions: { summary: Summary } }>(
      `{ vobizTransactions(filter: { from: "2026-03-01", to: "2026-03-31" }) { groups(by: [STATUS]) { status } ${WITH_BASIS} } }`,
    )
    expect(list.groups.find(({ month }) => month === '2026-03')!.summary.count).toBe(march.summary.count)
    expect(list.summary.basis).toBe('ENTRIES')
  })

  it('add up to the summary while entries arrive', async () => {
    at = await startGateway()
    let arrivals = 0
    at.vobiz.server.beforeAnswer = () => {
      if (arrivals < 20)
        at.vobiz.add({
          account_id: CUSTOMER,
          amount: '3',
          created_at: `2026-${`${(arrivals++ % 9) + 1}`.padStart(2, '0')}-15T00:00:00Z`,
        })
    }
    const { vobizTransactions: list } = await ask()
    expect(arrivals).toBeGreaterThan(10)
    expect(list.summary.basis).toBe('PROVIDER')
    expect(addUp(list.groups)).toEqual(exactly(list.summary))
  })

  it('leave out periods without entries', async () => {
    at = await startGateway()
    for (const { id, created_at } of at.vobiz.entries.filter((entry) => entry.created_at.startsWith('2026-05'))) {
      expect(created_at).toMatch(/^2026-05/)
      at.vobiz.remove(id)
    }
    const { vobizTransactions: list } = await ask()
    expect(list.groups.map(({ month }) => month)).toEqual([
      '2025-11',
      '2025-12',
      '2026-01',
      '2026-02',
      '2026-03',
      '2026-04',
      '2026-06',
      '2026-07',
      '2026-08',
      '2026-09',
      '2026-10',
    ])
  })
})

describe('groups that cannot be made', () => {
  let at: TestGateway
  beforeAll(async () => {
    at = await startGateway()
  })
  afterAll(() => at.close())

  it.each([
    [
      'by: [DAY], timeZone: "Sydney"',
      'Argument "timeZone" must be the IANA name of a time zone, such as "UTC" or "Australia/Sydney"; got "Sydney".',
    ],
    [
      'by: [DAY], timeZone: "+10:00"',
      'Argument "timeZone" must be the IANA name of a time zone, such as "UTC" or "Australia/Sydney"; got "+10:00".',
    ],
    ['by: []', 'Argument "by" must name at least one property to group by.'],
  ])('are rejected before anything is read: %s', async (args, message) => {
    for (const list of ['transactions', 'vobizTransactions', 'kobbleTransactions']) {
      const { errors, requests } = await at.query(`{ ${list} { groups(${args}) { day } } }`)
      expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }])
      expect(requests).toEqual({ VOBIZ: 0, KOBBLE: 0, KOBBLE_TOKEN_URL: 0 })
    }
  })

  it.each(['FAIL', 'PARTIAL'])('fail when a provider does, also with %s', async (policy) => {
    at.kobble.api.fault({ kind: 'reply', reply: { status: 400 } })
    const { data, errors } = await at.query(
      `{ transactions(onProviderFailure: ${policy}) { groups(by: [STATUS]) { status } } }`,
    )
    at.kobble.api.clearFaults()
    expect(data).toBeNull()
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_ERROR', provider: 'KOBBLE' } }])
  })
})
