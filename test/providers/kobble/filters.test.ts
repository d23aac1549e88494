import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KobbleSandboxEntry } from '../../../src/providers/kobble/sandbox/index.ts'
import {
  type ConditionsFilter,
  conditionArbitraries,
  instantOf,
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
const TYPES = ['INTER_WALLET', 'CARD_SPEND', 'RESERVATION', 'SETTLEMENT', 'REFUND', 'card_spend']

interface Filter extends ConditionsFilter {
  readonly from?: string
  readonly to?: string
  readonly types?: readonly string[]
  readonly externalIds?: readonly string[]
}

/** An entry with what only Kobble's filter compares. */
type OwnEntry = KitEntry & { readonly row: KobbleSandboxEntry }

function matches(entry: OwnEntry, filter: Filter): boolean {
  const { from, to, types, externalIds } = filter
  const { type, external_id } = entry.row
  return (
    (from === undefined || instantOf(entry.createdAt) >= instantOf(from)) &&
    (to === undefined || instantOf(entry.createdAt) <= instantOf(to)) &&
    (types === undefined || types.includes(type)) &&
    (externalIds === undefined || (external_id !== null && externalIds.includes(external_id))) &&
    matchesConditions(entry, filter)
  )
}

interface List {
  readonly totalCount: number | null
  readonly summary: { readonly count: number }
  readonly nodes: readonly { readonly providerId: string }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

const ARGS = '$after: String, $filter: KobbleLedgerFilter, $order: TransactionOrder! = NEWEST_FIRST'
const LIST = '(first: 100, after: $after, filter: $filter, order: $order)'
const FIELDS = 'totalCount nodes { providerId } pageInfo { hasNextPage endCursor }'

let at: TestGateway
let entries: readonly OwnEntry[]
let wallet: string

beforeAll(async () => {
  at = await startGateway({ sandboxes: { vobiz: { data: 'empty' } } })
  wallet = at.kobble.wallets[0]!.id
  const rows = new Map(at.kobble.entries.map((row) => [row.id, row]))
  entries = kit.entriesOf(at.kobble).map((entry) => ({ ...entry, row: rows.get(entry.id)! }))
})
afterAll(() => at.close())

/** The lists of entries that Kobble has. */
const LISTS = {
  'the list of all wallets': {
    document: (fields: string) => `query (${ARGS}) { list: kobbleTransactions${LIST} { ${fields} } }`,
    entries: () => entries,
  },
  'the list of a wallet': {
    document: (fields: string) =>
      `query (${ARGS}) { at: kobbleWallet(providerId: "${wallet}") { list: transactions${LIST} { ${fields} } } }`,
    // The directions of a wallet's list are relative to the wallet.
    entries: () =>
      entries
        .filter(({ accounts }) => accounts.includes(wallet))
        .map((entry) => ({
          ...entry,
          direction: entry.row.from !== wallet ? 'CREDIT' : entry.row.to !== wallet ? 'DEBIT' : 'INTERNAL',
        })),
  },
} as const
type ListName = keyof typeof LISTS

type Data = { readonly list: List } | { readonly at: { readonly list: List } }
const listIn = (data: Data): List => ('at' in data ? data.at.list : data.list)

/** Compares a list and its sums with brute force over the rows. */
async function check(name: ListName, filter: Filter, order = 'NEWEST_FIRST') {
  const { document, entries: entriesOf } = LISTS[name]
  const read = async (after: string | null, fields: string) =>
    listIn(await at.ask<Data>(document(fields), { after, filter, order }))
  const wanted = entriesOf()
    .filter((entry) => matches(entry, filter))
    .map(({ id }) => id)
    .sort()
  const ids = await collectRows(
    (after) => read(after, FIELDS),
    ({ nodes, totalCount }) => {
      expect([wanted.length, null]).toContain(totalCount)
      return nodes.map(({ providerId }) => providerId)
    },
  )
  expect(ids.sort()).toEqual(wanted)
  const { totalCount, summary } = await read(null, 'totalCount summary { count }')
  expect(summary.count).toBe(wanted.length)
  return { totalCount, count: wanted.length }
}

describe('KobbleLedgerFilter', () => {
  it.each(Object.keys(LISTS) as ListName[])('lists and sums every match once in %s', (name) => {
    const externalIds = entries.flatMap(({ row }) => row.external_id ?? []).slice(0, 40)
    return fc.assert(
      fc.asyncProperty(
        fc.record({
          ...conditionArbitraries(entries),
          from: rarely(fc.constantFrom('2025-11-01T00:00:00Z', '2026-01-15T10:00:00+11:00')),
          to: rarely(fc.constantFrom('2026-06-30T23:59:59.999Z', entries[500]!.createdAt)),
          types: rarely(some(TYPES)),
          externalIds: rarely(fc.constant([...externalIds, 'no such id'])),
        }),
        fc.constantFrom('NEWEST_FIRST', 'OLDEST_FIRST'),
        async (filter, order) => {
          fc.pre(isPeriod(filter as Filter))
          await check(name, filter as Filter, order)
        },
      ),
      { numRuns: NUM_RUNS },
    )
  })

  it.each<[string, () => Filter]>([
    ['external ids', () => ({ externalIds: entries.flatMap(({ row }) => row.external_id ?? []).slice(0, 3) })],
    ['references', () => ({ references: entries.slice(0, 3).map(({ row }) => row.reference) })],
    ['types', () => ({ types: ['CARD_SPEND', 'REFUND'] })],
    ['directions', () => ({ directions: ['DEBIT'] })],
    ['an effect on balances', () => ({ affectsBalance: false })],
  ])('finds entries by %s', async (_, filter) => {
    for (const name of Object.keys(LISTS) as ListName[]) {
      const { totalCount } = await check(name, filter())
      expect(totalCount).toBeNull()
    }
    expect((await check('the list of all wallets', filter())).count).toBeGreaterThan(0)
  })

  it.each<Filter>([
    { excludeCategories: ['USAGE', 'ADJUSTMENT'], excludeStatuses: ['FAILED'] },
    { createdFrom: '2026-03-01T00:00:00+11:00', createdBefore: '2026-04-01T00:00:00+11:00' },
    { from: '2026-03-01T00:00:00Z', createdBefore: '2026-04-01T00:00:00Z' },
  ])('has a total where nothing is left to check on the rows: %j', async (filter) => {
    const { totalCount, count } = await check('the list of all wallets', filter)
    expect(totalCount).toBe(count)
  })

  it('sends the narrower of two periods', async () => {
    const filter = {
      from: '2026-03-01T00:00:00Z',
      to: '2026-03-31T00:00:00Z',
      createdFrom: '2026-03-10T00:00:00Z',
      createdBefore: '2026-05-01T00:00:00Z',
    }
    at.kobble.api.requests.length = 0
    const { requests } = await at.query(LISTS['the list of all wallets'].document('nodes { id }'), { filter })
    expect(requests.KOBBLE).toBe(1)
    const query = at.kobble.api.requests[0]!.query
    // Both ends are a second wider, because it is not documented whether they are included.
    expect([query.get('from'), query.get('to')].map((end) => Date.parse(end!))).toEqual([
      Date.parse('2026-03-09T23:59:59Z'),
      Date.parse('2026-03-31T00:00:01Z'),
    ])
  })

  it.each<Filter>([
    { types: [] },
    { externalIds: [] },
    { references: [] },
    { types: ['CARD_SPEND'], categories: ['TRANSFER'] },
    { types: ['RESERVATION'], affectsBalance: true },
    { types: ['CARD_SPEND'], uncategorized: true },
    { categories: ['USAGE', 'ADJUSTMENT'] },
    { statuses: ['FAILED', 'CANCELLED'] },
    { statuses: ['PENDING'], excludeStatuses: ['PENDING'] },
    { from: '2026-03-01T00:00:00.000000001Z', createdBefore: '2026-03-01T00:00:00Z' },
    { to: '2026-03-01T00:00:00Z', createdFrom: '2026-03-01T00:00:00.000000001Z' },
  ])('sends no request when no entry can match: %j', async (filter) => {
    const answer = await at.query<Data>(LISTS['the list of all wallets'].document(`${FIELDS} summary { count }`), {
      filter,
    })
    expect([answer.errors, answer.requests]).toEqual([[], NO_REQUESTS])
    expect(listIn(answer.data!)).toEqual({
      totalCount: 0,
      nodes: [],
      pageInfo: { hasNextPage: false, endCursor: null },
      summary: { count: 0 },
    })
  })

  it.each(['types', 'externalIds', 'references'])('refuses %s that are too many or too long', async (field) => {
    for (const [texts, message] of [
      [
        Array.from({ length: 101 }, (_, index) => `t${index}`),
        `Filter "${field}" takes at most 100 texts; got 101. Request the others in further operations.`,
      ],
      [['x'.repeat(201)], `Filter "${field}" takes at most 200 characters; got 201.`],
    ] as const) {
      const { errors, requests } = await at.query(LISTS['the list of all wallets'].document('totalCount'), {
        filter: { [field]: texts },
      })
      expect(errors.map((error) => [error.message, error.extensions.code])).toEqual([[message, 'BAD_USER_INPUT']])
      expect(requests).toEqual(NO_REQUESTS)
    }
  })

  it('has the cursors of filters with the same values in any order, and no others', async () => {
    const document = LISTS['the list of all wallets']
      .document('nodes { id } pageInfo { endCursor }')
      .replace('100', '3')
    const filter = { types: ['SETTLEMENT', 'CARD_SPEND'], statuses: ['COMPLETED', 'PENDING'] }
    const { list } = await at.ask<{ list: List }>(document, { filter })
    const after = list.pageInfo.endCursor
    const same = { statuses: ['PENDING', 'COMPLETED'], types: ['CARD_SPEND', 'SETTLEMENT', 'CARD_SPEND'] }
    expect(await at.ask(document, { filter: same, after })).toEqual(await at.ask(document, { filter, after }))
    for (const other of [{ ...filter, affectsBalance: true }, { types: filter.types }, {}]) {
      const { errors } = await at.query(document, { filter: other, after })
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INVALID_CURSOR'])
    }
  })
})
