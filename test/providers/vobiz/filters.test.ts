import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { VobizSandboxEntry } from '../../../src/providers/vobiz/sandbox/index.ts'
import {
  type ConditionsFilter,
  conditionArbitraries,
  isPeriod,
  matchesConditions,
  rarely,
  some,
} from '../../support/entry-filter.ts'
import { NO_REQUESTS, startGateway, type TestGateway } from '../../support/gateway.ts'
import type { KitEntry } from '../../support/kits.ts'
import { collectRows } from '../../support/pages.ts'
import { RUNS } from '../../support/runs.ts'
import { kit } from './kit.ts'

/** Number of random filters; each takes a whole walk. */
const NUM_RUNS = RUNS.walks(6, 0.1)
const TYPES = ['RECHARGE', 'DEBIT', 'REFUND', 'TRANSFER']
const CUSTOMER = 'MA_RA7D5QLF'

interface Filter extends ConditionsFilter {
  readonly from?: string
  readonly to?: string
  readonly type?: string
  readonly types?: readonly string[]
}

/** An entry with the type under which Vobiz lists it. */
type TypedEntry = KitEntry & { readonly type: string | null }

function matches(entry: TypedEntry, filter: Filter): boolean {
  const day = entry.createdAt.slice(0, 10)
  return (
    (filter.from === undefined || day >= filter.from) &&
    (filter.to === undefined || day <= filter.to) &&
    (filter.type === undefined || entry.type === filter.type) &&
    (filter.types === undefined || (entry.type !== null && filter.types.includes(entry.type))) &&
    matchesConditions(entry, filter)
  )
}

interface List {
  readonly totalCount: number | null
  readonly summary: { readonly count: number; readonly basis: string }
  readonly byReferenceType: readonly { readonly count: number }[]
  readonly nodes: readonly { readonly providerId: string }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

const ARGS = '$after: String, $filter: VobizLedgerFilter, $order: TransactionOrder! = NEWEST_FIRST'
const LIST = 'transactions(first: 100, after: $after, filter: $filter, order: $order)'
const FIELDS = 'totalCount nodes { providerId } pageInfo { hasNextPage endCursor }'
const SUMS = 'totalCount summary { count basis } byReferenceType { count }'

/** The lists of entries that Vobiz has, each with the field that it is in. */
const LISTS = {
  'the ledger over all customers': {
    document: (fields: string) => `query (${ARGS}) { list: vobizT${LIST.slice(1)} { ${fields} } }`,
    list: 'all',
  },
  'the ledger of a customer': {
    document: (fields: string) =>
      `query (${ARGS}) { at: vobizCustomer(authId: "${CUSTOMER}") { list: ${LIST} { ${fields} } } }`,
    list: 'account',
  },
} as const

type Data = { readonly list: List } | { readonly at: { readonly list: List } }
const listIn = (data: Data): List => ('at' in data ? data.at.list : data.list)

describe.each([
  ['with a global ledger', 'offered'],
  ['without a global ledger', 403],
] as const)('VobizLedgerFilter, %s', (_, globalLedger) => {
  let at: TestGateway
  let entries: readonly TypedEntry[]

  beforeAll(async () => {
    at = await startGateway({ sandboxes: { vobiz: { traits: { globalLedger } }, kobble: { data: 'empty' } } })
    const types = new Map(at.vobiz.entries.map(({ id, transaction_type }: VobizSandboxEntry) => [id, transaction_type]))
    entries = kit.entriesOf(at.vobiz).map((entry) => ({ ...entry, type: types.get(entry.id)?.toUpperCase() ?? null }))
  })
  afterAll(() => at.close())

  /** Returns the entries of a list that match. */
  function expected(name: keyof typeof LISTS, filter: Filter): readonly string[] {
    const isInList = ({ lists, accounts }: KitEntry) =>
      name === 'the ledger of a customer'
        ? lists.includes('account') && accounts.includes(CUSTOMER)
        : lists.includes(globalLedger === 'offered' ? 'all' : 'account')
    return entries
      .filter((entry) => isInList(entry) && matches(entry, filter))
      .map(({ id }) => id)
      .sort()
  }

  /** Compares a list and its sums with brute force over the rows. */
  async function check(name: keyof typeof LISTS, filter: Filter, order = 'NEWEST_FIRST') {
    const { document } = LISTS[name]
    const read = async (after: string | null, fields: string) =>
      listIn(await at.ask<Data>(document(fields), { after, filter, order }))
    const wanted = expected(name, filter)
    const ids = await collectRows(
      (after) => read(after, FIELDS),
      ({ nodes, totalCount }) => {
        expect([wanted.length, null]).toContain(totalCount)
        return nodes.map(({ providerId }) => providerId)
      },
    )
    expect(ids.sort()).toEqual(wanted)
    const { totalCount, summary, byReferenceType } = await read(null, SUMS)
    expect(summary.count).toBe(wanted.length)
    expect(byReferenceType.reduce((sum, { count }) => sum + count, 0)).toBe(wanted.length)
    return { totalCount, basis: summary.basis, count: wanted.length }
  }

  it.each(Object.keys(LISTS) as (keyof typeof LISTS)[])('lists and sums every match once in %s', (name) =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          ...conditionArbitraries(entries),
          from: rarely(fc.constantFrom('2025-11-01', '2026-01-15', '2026-06-30')),
          to: rarely(fc.constantFrom('2026-06-30', '2026-07-01', '2026-12-31')),
          type: rarely(fc.constantFrom(...TYPES)),
          types: rarely(some(TYPES)),
        }),
        fc.constantFrom('NEWEST_FIRST', 'OLDEST_FIRST'),
        async (filter, order) => {
          fc.pre(isPeriod(filter as Filter))
          await check(name, filter as Filter, order)
        },
      ),
      { numRuns: NUM_RUNS },
    ),
  )

  it.each<[string, Filter, boolean]>([
    ['a type', { type: 'RECHARGE' }, true],
    ['several types', { types: ['REFUND', 'TRANSFER', 'REFUND'] }, true],
    ['a type that is among several', { type: 'REFUND', types: ['REFUND', 'TRANSFER'] }, true],
    ['categories of types', { categories: ['TOP_UP', 'REFUND'] }, true],
    [
      'days that are given as instants',
      { createdFrom: '2026-03-01T00:00:00Z', createdBefore: '2026-04-01T00:00:00Z' },
      true,
    ],
    ['a status that no entry has', { excludeStatuses: ['DECLINED'], excludeCategories: ['CARD_SPEND'] }, true],
    ['a status', { statuses: ['PENDING'] }, false],
    ['an effect on balances', { affectsBalance: false }, false],
    ['a category that is only in the rows', { categories: ['ADJUSTMENT'] }, false],
    ['a part of a reference', { referenceContains: 'PTC:' }, false],
  ])('has a total where Vobiz applies the whole filter, and only there: %s', async (__, filter, hasTotal) => {
    const { totalCount, basis, count } = await check('the ledger of a customer', filter)
    expect([totalCount, basis]).toEqual(hasTotal ? [count, 'PROVIDER'] : [null, 'ENTRIES'])
  })

  it.each<[Filter, number]>([
    [{ type: 'RECHARGE' }, 1],
    [{ types: ['RECHARGE', 'DEBIT'] }, 2],
    [{ types: ['RECHARGE', 'RECHARGE'] }, 1],
    [{ types: ['RECHARGE', 'DEBIT'], categories: ['TOP_UP', 'TRANSFER'] }, 1],
    [{ type: 'RECHARGE', types: ['RECHARGE', 'DEBIT'] }, 1],
    [{ categories: ['USAGE', 'REFUND', 'TRANSFER'], excludeCategories: ['REFUND'] }, 2],
    [{ statuses: ['COMPLETED', 'PENDING', 'FAILED'], from: '2026-03-01' }, 1],
  ])('costs one request for each list of a page that it selects: %j', async (filter, requests) => {
    const answer = await at.query(LISTS['the ledger of a customer'].document('nodes { id }'), { filter })
    expect(answer.errors).toEqual([])
    expect(answer.requests.VOBIZ).toBe(requests)
  })

  it.each<Filter>([
    { types: [] },
    { type: 'RECHARGE', types: ['DEBIT'] },
    { type: 'RECHARGE', categories: ['USAGE'] },
    { types: ['RECHARGE', 'REFUND'], categories: ['TRANSFER'] },
    { categories: ['CARD_SPEND', 'RESERVATION'] },
    { categories: ['TOP_UP'], excludeCategories: ['TOP_UP'] },
    { statuses: ['DECLINED'] },
    { directions: ['INTERNAL'] },
    { statuses: ['FAILED'], affectsBalance: true },
    { references: [] },
    { from: '2026-03-01', createdBefore: '2026-03-01T00:00:00Z' },
  ])('sends no request when no entry can match: %j', async (filter) => {
    const answer = await at.query<Data>(LISTS['the ledger over all customers'].document(`${FIELDS} ${SUMS}`), {
      filter,
    })
    expect([answer.errors, answer.requests]).toEqual([[], NO_REQUESTS])
    expect(listIn(answer.data!)).toEqual({
      totalCount: 0,
      nodes: [],
      pageInfo: { hasNextPage: false, endCursor: null },
      summary: { count: 0, basis: 'ENTRIES' },
      byReferenceType: [],
    })
  })
})

describe('the limits of VobizLedgerFilter', () => {
  it('reserve a request for each type of each customer before the first is sent', async () => {
    const at = await startGateway({
      sandboxes: { vobiz: { data: 'empty', traits: { globalLedger: 403 } }, kobble: { data: 'empty' } },
      environment: { MAX_UPSTREAM_REQUESTS: '25' },
    })
    for (let index = 0; index < 10; index++) at.vobiz.addCustomer()
    const document = `query (${ARGS}) { list: vobizT${LIST.slice(1)} { nodes { id } } }`
    // The first operation learns that there is no global ledger, and reads the list of customers.
    await at.query(document, { filter: {} })
    const allowed = await at.query(document, { filter: { types: ['DEBIT', 'REFUND'] } })
    expect([allowed.errors, allowed.requests.VOBIZ]).toEqual([[], 20])
    const refused = await at.query(document, { filter: { types: ['DEBIT', 'REFUND', 'RECHARGE'] } })
    expect(refused.errors.map(({ extensions }) => extensions.code)).toEqual(['LIMIT_EXCEEDED'])
    expect(refused.requests.VOBIZ).toBe(0)
    await at.close()
  })

  it('bound the rows of a page in which nothing matches', async () => {
    const at = await startGateway({ sandboxes: { kobble: { data: 'empty' } }, environment: { SCAN_LIMIT: '300' } })
    const document = `query (${ARGS}) { list: vobizT${LIST.slice(1)} { ${FIELDS} } }`
    const { data, requests } = await at.query<{ list: List }>(document, { filter: { references: ['no such one'] } })
    expect(data!.list).toMatchObject({ nodes: [], totalCount: null, pageInfo: { hasNextPage: true } })
    expect(requests.VOBIZ).toBeLessThanOrEqual(4)
    await at.close()
  })
})

describe('the cursors of VobizLedgerFilter', () => {
  it('are those of filters with the same values in any order, and of no others', async () => {
    const at = await startGateway({ sandboxes: { kobble: { data: 'empty' } } })
    const document = `query (${ARGS}) { list: vobizT${LIST.slice(1).replace('100', '3')} { nodes { id } pageInfo { endCursor } } }`
    const filter = { types: ['DEBIT', 'RECHARGE'], statuses: ['COMPLETED', 'PENDING'] }
    const { list } = await at.ask<{ list: List }>(document, { filter })
    const after = list.pageInfo.endCursor
    const same = { statuses: ['PENDING', 'COMPLETED'], types: ['RECHARGE', 'DEBIT', 'RECHARGE'] }
    expect(await at.ask(document, { filter: same, after })).toEqual(await at.ask(document, { filter, after }))
    for (const other of [{ ...filter, affectsBalance: true }, { types: filter.types }, {}]) {
      const { errors } = await at.query(document, { filter: other, after })
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INVALID_CURSOR'])
    }
    await at.close()
  })
})
