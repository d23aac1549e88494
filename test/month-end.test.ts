import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { KobbleSandboxEntry, KobbleSandboxTraits } from '../src/providers/kobble/sandbox/index.ts'
import type { VobizSandboxEntry, VobizSandboxTraits } from '../src/providers/vobiz/sandbox/index.ts'
import { exactNumber, type UpstreamRequest } from '../src/sandbox/server.ts'
import { directionBy } from './providers/kobble/contract.ts'
import {
  type Addend,
  BY_TYPE,
  byBlock,
  byRow,
  exactly,
  exactParts,
  ofKobble,
  SUMMARY,
  type Summary,
  sumUp,
  sumUpByType,
  type TypeTotals,
  unitsOf,
} from './support/exact.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { RUNS } from './support/runs.ts'

/** Number of random filters for each list. */
const NUM_RUNS = RUNS.walks(10, 0.05)

const dayOf = ({ created_at }: { readonly created_at: string }) => created_at.slice(0, 10)

interface Filter {
  readonly providers?: readonly string[] | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly directions?: readonly string[] | undefined
  readonly statuses?: readonly string[] | undefined
  readonly categories?: readonly string[] | undefined
  readonly currency?: string | undefined
  readonly minAmount?: string | undefined
  readonly maxAmount?: string | undefined
  readonly referenceContains?: string | undefined
  readonly vobizCustomers?: readonly string[] | undefined
  readonly kobbleWallets?: readonly string[] | undefined
}

interface VobizFilter {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly type?: string | undefined
}

const isWithin = (entry: { readonly created_at: string }, { from = '0', to = '9' }: Pick<Filter, 'from' | 'to'>) =>
  dayOf(entry) >= from && dayOf(entry) <= to

/** Conditions that no provider filters by itself, over what an entry says of itself. */
function passes(filter: Filter, entry: { direction: string | null; status: string; reference: string | null } & Money) {
  const { directions, statuses, currency, minAmount, maxAmount, referenceContains } = filter
  const amount = unitsOf(entry.amount.replace(/^-/, ''))
  return (
    (directions?.includes(entry.direction ?? '') ?? true) &&
    (statuses?.includes(entry.status) ?? true) &&
    (currency === undefined || entry.currency === currency) &&
    (minAmount === undefined || amount >= unitsOf(minAmount)) &&
    (maxAmount === undefined || amount <= unitsOf(maxAmount)) &&
    (referenceContains === undefined || (entry.reference ?? '').toLowerCase().includes(referenceContains.toLowerCase()))
  )
}

interface Money {
  readonly amount: string
  readonly currency: string
}

const VOBIZ_TYPES: Record<string, string> = {
  TOP_UP: 'recharge',
  USAGE: 'debit',
  REFUND: 'refund',
  TRANSFER: 'transfer',
}
const VOBIZ_STATUSES = ['completed', 'pending', 'failed', 'cancelled']
const KOBBLE_STATUSES: Record<string, string> = { ACCEPTED: 'COMPLETED', PENDING: 'PENDING', DECLINED: 'DECLINED' }

/** The lists of Vobiz that a gateway reads, and their sums. */
interface Reading {
  readonly hasGlobal: boolean
  readonly hasBlock: boolean
}

/** Returns the ids of the client's wallets. */
const walletsOf = ({ kobble }: TestGateway) => kobble.wallets.map(({ id }) => id)

/** Returns the expected summary of the one list: the sums or rows of each list of Vobiz, and the rows of Kobble. */
function expectedOfAll(at: TestGateway, filter: Filter, { hasGlobal, hasBlock }: Reading): Summary {
  const isByAccount = filter.vobizCustomers !== undefined || filter.kobbleWallets !== undefined
  const takesPart = (provider: string, accounts: readonly string[] | undefined) =>
    (filter.providers?.includes(provider) ?? true) && (!isByAccount || accounts !== undefined)
  const addends: Addend[] = []

  if (takesPart('VOBIZ', filter.vobizCustomers)) {
    const customers = filter.vobizCustomers ?? (hasGlobal ? null : at.vobiz.customers.map(({ auth_id }) => auth_id))
    const isIn = (entry: VobizSandboxEntry) =>
      customers === null ? entry.ledger !== 'own' : entry.ledger !== 'global' && customers.includes(entry.account_id)
    const inPeriod = at.vobiz.entries.filter((entry) => isIn(entry) && isWithin(entry, filter))
    const { categories } = filter
    const isAdjustment = ({ reference_type }: VobizSandboxEntry) => reference_type === 'manual_adjustment'
    const selected = inPeriod.filter(
      (entry) =>
        categories === undefined ||
        categories.some((category) =>
          category === 'ADJUSTMENT' ? isAdjustment(entry) : VOBIZ_TYPES[category] === (entry.transaction_type ?? ''),
        ),
    )
    const matching = selected.filter((entry) => {
      const { type, status } = entry
      const direction = type === 'credit' ? 'CREDIT' : type === 'debit' ? 'DEBIT' : null
      const known = VOBIZ_STATUSES.includes(status) ? status.toUpperCase() : 'UNKNOWN'
      return passes(filter, { ...entry, direction, status: known })
    })
    const { directions, statuses, currency, minAmount, maxAmount, referenceContains } = filter
    const isLeft = [directions, statuses, currency, minAmount, maxAmount, referenceContains].some(
      (condition) => condition !== undefined,
    )
    const isSummed = hasBlock && !isLeft && !(categories?.includes('ADJUSTMENT') ?? false)
    addends.push(...matching.map(isSummed ? byBlock : byRow))
  }
  if (takesPart('KOBBLE', filter.kobbleWallets)) {
    const wallets = filter.kobbleWallets
    const seenBy = wallets ?? walletsOf(at)
    const matching = at.kobble.entries.filter((entry) => {
      const { from, to, asset, type, status } = entry
      const direction = directionBy(entry, seenBy)
      const category = type === 'INTER_WALLET' ? 'TRANSFER' : type
      return (
        (wallets === undefined || wallets.includes(from ?? '') || wallets.includes(to ?? '')) &&
        isWithin(entry, filter) &&
        (filter.categories?.includes(category) ?? true) &&
        passes(filter, { ...entry, direction, currency: asset, status: KOBBLE_STATUSES[status] ?? 'UNKNOWN' })
      )
    })
    addends.push(...matching.map((entry) => ofKobble(seenBy, entry)))
  }
  return sumUp(addends)
}

/** A list with its sums, and the same sums by reference type. */
const SUMMED = `${SUMMARY.replace('{', '{ basis ')} ${BY_TYPE}`
interface Parted {
  readonly vobizTransactions: {
    readonly summary: Summary & { readonly basis: string }
    readonly byReferenceType: readonly TypeTotals[]
  }
}

const some = <T>(values: readonly T[]) =>
  fc.subarray([...values], { minLength: 1, maxLength: Math.min(3, values.length) })

/** Most conditions are left out of most filters, or hardly an entry would match. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

const day = fc
  .integer({ min: -10, max: 380 })
  .map((days) => new Date(Date.UTC(2025, 10, 1 + days)).toISOString().slice(0, 10))

/** A period of days; open at either end now and then. */
const period = fc.tuple(day, day, fc.nat(9)).map(([one, other, open]) => {
  const [from, to] = [one, other].sort()
  return { from: open === 0 ? undefined : from, to: open === 1 ? undefined : to }
})

const CUSTOMERS = ['MA_RA7D5QLF', 'MA_THPJK6RU', 'MA_SL8RVRGV', 'MA_NOBODY']
const WALLETS = ['7563fb62-373b-439e-abf9-05bc78940bd3', '726dccda-0ceb-4d5d-be6a-1036475eeb95', 'no-wallet']

const filters: fc.Arbitrary<Filter> = fc
  .tuple(
    period,
    fc.record({
      providers: rarely(some(['VOBIZ', 'KOBBLE'])),
      directions: rarely(some(['CREDIT', 'DEBIT', 'INTERNAL'])),
      statuses: rarely(some(['PENDING', 'COMPLETED', 'DECLINED', 'FAILED', 'CANCELLED', 'UNKNOWN'])),
      categories: rarely(
        some(['TOP_UP', 'USAGE', 'REFUND', 'TRANSFER', 'CARD_SPEND', 'RESERVATION', 'ADJUSTMENT', 'MANUAL_DEBIT']),
      ),
      currency: rarely(fc.constantFrom('INR', 'AUD', 'USD')),
      minAmount: rarely(fc.constantFrom('0', '0.45', '99.99')),
      maxAmount: rarely(fc.constantFrom('99.99', '500', '1e6')),
      referenceContains: rarely(fc.constantFrom('cdr', 'PAY', 'a')),
      vobizCustomers: rarely(some(CUSTOMERS)),
      kobbleWallets: rarely(some(WALLETS)),
    }),
  )
  .map(([days, conditions]) => JSON.parse(JSON.stringify({ ...days, ...conditions })) as Filter)

/** Entries that are hard to add: very large and very small, unsettled, and with words that nobody knows. */
function addOddEntries({ vobiz, kobble }: TestGateway): void {
  const [customer, other] = [CUSTOMERS[0]!, CUSTOMERS[1]!]
  vobiz.load([
    { account_id: customer, type: 'credit', amount: '9007199254740993.000000001', created_at: '2026-02-03T04:05:06Z' },
    { account_id: customer, type: 'debit', amount: '1e-7', created_at: '2026-02-03T04:05:06Z' },
    { account_id: customer, type: 'debit', amount: '0.10', created_at: '2026-02-28T23:59:59.999999999Z' },
    { account_id: other, type: 'credit', amount: '12E2', created_at: '2026-03-01T00:00:00Z', status: 'failed' },
    { account_id: other, type: 'escrow', amount: '7.50', created_at: '2026-03-01T00:00:00Z', status: 'on_hold' },
    { account_id: other, type: 'debit', amount: '3', created_at: '2026-05-05T05:05:05Z', ledger: 'global' },
    { account_id: other, type: 'credit', amount: '5', created_at: '2026-06-06T06:06:06Z', ledger: 'own' },
    // Selected as usage, and an adjustment by its row.
    { account_id: other, reference_type: 'manual_adjustment', amount: '11', created_at: '2026-04-04T04:04:04Z' },
    { account_id: 'MA_SOMEONE', type: 'debit', amount: '2', created_at: '2026-06-06T06:06:06Z' },
  ])
  const [wallet, next] = [WALLETS[0]!, WALLETS[1]!]
  kobble.load([
    { to: wallet, amount: '9007199254740993.000000001', created_at: '2026-02-03T04:05:06.000Z' },
    { from: wallet, amount: '1e-7', created_at: '2026-02-03T04:05:06.000Z' },
    { from: wallet, to: wallet, amount: '0.10', created_at: '2026-02-28T23:59:59.999Z' },
    { from: wallet, to: next, amount: '0.30', created_at: '2026-02-28T23:59:59.999Z' },
    { from: next, to: wallet, amount: '8', created_at: '2026-03-01T00:00:00.000Z', status: 'ON_HOLD' },
    { from: next, amount: '16', created_at: '2026-03-01T00:00:00.000Z', type: 'BARTER' },
    { from: null, to: null, amount: '32', created_at: '2026-03-01T00:00:00.000Z', type: 'BARTER' },
  ])
}

const GATEWAYS: readonly [string, Partial<VobizSandboxTraits>, Partial<KobbleSandboxTraits>][] = [
  ['where the providers are at their best', {}, {}],
  [
    'where Vobiz sums nothing and pages are small',
    { summary: 'absent', perPage: { max: 50 } },
    { maxLimit: 60, totalIgnoresFilters: true },
  ],
  [
    'where sums fail and no total is known',
    { summary: 'zero', globalLedger: 403, perPage: { fixed: 40, echo: false } },
    { headers: { total: false, offset: false, limit: true } },
  ],
]

describe.each(GATEWAYS)('a summary is what its entries add up to, %s', (_, vobiz, kobble) => {
  let at: TestGateway
  const reading = { hasGlobal: vobiz.globalLedger === undefined, hasBlock: vobiz.summary === undefined }

  beforeAll(async () => {
    at = await startGateway({ sandboxes: { vobiz: { traits: vobiz }, kobble: { traits: kobble } } })
    addOddEntries(at)
  })
  afterAll(() => at.close())

  async function summaryOf(field: string, filterType: string, filter: object, parent?: string): Promise<Summary> {
    const list = `${field}(filter: $filter) { ${SUMMARY} }`
    const document = `query ($filter: ${filterType}) { ${parent === undefined ? list : `${parent} { ${list} }`} }`
    const data = await at.ask<Record<string, Record<string, unknown>>>(document, { filter })
    const [outer] = Object.values(data)
    const { summary } = (parent === undefined ? outer : outer![field]) as { readonly summary: Summary }
    return exactly(summary)
  }

  const assertFor = <F>(arbitrary: fc.Arbitrary<F>, check: (value: F) => Promise<void>) =>
    fc.assert(fc.asyncProperty(arbitrary, check), { numRuns: NUM_RUNS })

  const vobizFilters = fc
    .tuple(period, rarely(fc.constantFrom('RECHARGE', 'DEBIT', 'REFUND', 'TRANSFER')))
    .map(([days, type]) => ({ ...days, type }))
  const selects = ({ type }: VobizFilter, entry: VobizSandboxEntry) =>
    type === undefined || entry.transaction_type === type.toLowerCase()
  const added = reading.hasBlock ? byBlock : byRow

  it('over all providers', () =>
    assertFor(filters, async (filter) => {
      const summary = await summaryOf('transactions', 'TransactionFilter', filter)
      expect(summary).toEqual(expectedOfAll(at, filter, reading))
    }))

  it('over the ledger of all customers', () =>
    assertFor(vobizFilters, async (filter) => {
      const isCustomers = ({ account_id }: VobizSandboxEntry) =>
        at.vobiz.customers.some(({ auth_id }) => auth_id === account_id)
      const entries = reading.hasGlobal
        ? at.vobiz.globalEntries
        : at.vobiz.entries.filter((entry) => entry.ledger !== 'global' && isCustomers(entry))
      const matching = entries.filter((entry) => isWithin(entry, filter) && selects(filter, entry))
      expect(await summaryOf('vobizTransactions', 'VobizLedgerFilter', filter)).toEqual(sumUp(matching.map(added)))
    }))

  it("over one customer's ledger", () =>
    assertFor(fc.tuple(vobizFilters, fc.nat(7)), async ([filter, index]) => {
      const { auth_id } = at.vobiz.customers[index]!
      const own = at.vobiz.entries.filter(({ account_id, ledger }) => account_id === auth_id && ledger !== 'global')
      const matching = own.filter((entry) => isWithin(entry, filter) && selects(filter, entry))
      const parent = `vobizCustomer(authId: "${auth_id}")`
      expect(await summaryOf('transactions', 'VobizLedgerFilter', filter, parent)).toEqual(sumUp(matching.map(added)))
    }))

  it('by reference type, in parts that add up to the whole', () =>
    assertFor(fc.tuple(vobizFilters, fc.option(fc.nat(7))), async ([filter, index]) => {
      const customer = index === null ? null : at.vobiz.customers[index]!.auth_id
      const list = `vobizTransactions: transactions(filter: $filter) { ${SUMMED} }`
      const { vobizTransactions: answer } = await (customer === null
        ? at.ask<Parted>(`query ($filter: VobizLedgerFilter) { vobizTransactions(filter: $filter) { ${SUMMED} } }`, {
            filter,
          })
        : at
            .ask<{ vobizCustomer: Parted }>(
              `query ($filter: VobizLedgerFilter) { vobizCustomer(authId: "${customer}") { ${list} } }`,
              { filter },
            )
            .then(({ vobizCustomer }) => vobizCustomer))
      const isCustomers = ({ account_id }: VobizSandboxEntry) =>
        at.vobiz.customers.some(({ auth_id }) => auth_id === account_id)
      const isIn = (entry: VobizSandboxEntry) =>
        customer === null && reading.hasGlobal
          ? entry.ledger !== 'own'
          : entry.ledger !== 'global' && (customer === null ? isCustomers(entry) : entry.account_id === customer)
      const matching = at.vobiz.entries.filter(
        (entry) => isIn(entry) && isWithin(entry, filter) && selects(filter, entry),
      )
      expect(exactParts(answer.byReferenceType)).toEqual(sumUpByType(matching, added))
      expect(exactly(answer.summary)).toEqual(sumUp(matching.map(added)))
      if (matching.length > 0) expect(answer.summary.basis).toBe(reading.hasBlock ? 'PROVIDER' : 'ENTRIES')
    }))

  /** Bounds are instants here, and part of the period. */
  const instants = fc
    .tuple(period, fc.constantFrom('00:00:00Z', '04:05:06Z', '23:59:59.999Z'))
    .map(([{ from, to }, time]) => ({
      from: from === undefined ? undefined : `${from}T${time}`,
      to: to === undefined ? undefined : `${to}T${time}`,
    }))
  const isBetween = (entry: KobbleSandboxEntry, { from, to }: Pick<Filter, 'from' | 'to'>) => {
    const at = Date.parse(entry.created_at)
    return (from === undefined || at >= Date.parse(from)) && (to === undefined || at <= Date.parse(to))
  }

  it("over all of Kobble's transactions", () =>
    assertFor(instants, async (filter) => {
      const matching = at.kobble.entries.filter((entry) => isBetween(entry, filter))
      expect(await summaryOf('kobbleTransactions', 'KobbleLedgerFilter', filter)).toEqual(
        sumUp(matching.map((entry) => ofKobble(walletsOf(at), entry))),
      )
    }))

  it('over one wallet, as the wallet sees it', () =>
    assertFor(fc.tuple(instants, fc.nat(5)), async ([filter, index]) => {
      const { id } = at.kobble.wallets[index]!
      const matching = at.kobble.entries.filter(
        (entry) => (entry.from === id || entry.to === id) && isBetween(entry, filter),
      )
      const parent = `kobbleWallet(providerId: "${id}")`
      const summary = await summaryOf('transactions', 'KobbleLedgerFilter', filter, parent)
      expect(summary).toEqual(sumUp(matching.map((entry) => ofKobble([id], entry))))
    }))
})

describe('the upstream requests of a summary', () => {
  let at: TestGateway

  beforeAll(async () => {
    at = await startGateway()
    // The first operation fetches the token, and learns how many rows a page may have.
    await at.ask(`{ kobbleTransactions(first: 100) { nodes { id } } }`)
  })
  afterAll(() => at.close())

  const count = async (document: string) => {
    const { errors, requests } = await at.query(document)
    expect(errors).toEqual([])
    return requests
  }

  it('are none beside a page of Vobiz, and one alone', async () => {
    expect(await count(`{ vobizTransactions(first: 30) { nodes { id } ${SUMMARY} } }`)).toMatchObject({ VOBIZ: 1 })
    expect(await count(`{ vobizTransactions(first: 30) { ${SUMMARY} totalCount } }`)).toMatchObject({ VOBIZ: 1 })
    expect(at.vobiz.server.requests.at(-1)!.query.get('per_page')).toBe('1')
    expect(await count(`{ vobizTransactions { summary { __typename } } }`)).toMatchObject({ VOBIZ: 1 })
    expect(await count(`{ vobizTransactions(first: 3) { nodes { id } } }`)).toMatchObject({ VOBIZ: 1 })
  })

  it('are shared with the parts by reference type', async () => {
    expect(await count(`{ vobizTransactions(first: 30) { nodes { id } ${SUMMED} } }`)).toMatchObject({ VOBIZ: 1 })
    expect(await count(`{ vobizTransactions { ${BY_TYPE} } }`)).toMatchObject({ VOBIZ: 1 })
    expect(at.vobiz.server.requests.at(-1)!.query.get('per_page')).toBe('1')
    at.vobiz.traits.summary = 'absent'
    const both = await count(`{ vobizTransactions { ${SUMMED} } }`)
    const one = await count(`{ vobizTransactions { ${SUMMARY} } }`)
    at.vobiz.traits.summary = 'exact'
    expect(both).toEqual(one)
  })

  it('are one for each part that Vobiz sums itself', async () => {
    const filter = '{ categories: [USAGE, REFUND], from: "2026-03-01", to: "2026-03-31" }'
    expect(await count(`{ transactions(filter: ${filter}) { ${SUMMARY} } }`)).toMatchObject({ VOBIZ: 2 })
    const usage = '{ providers: [VOBIZ], categories: [USAGE, TOP_UP] }'
    expect(await count(`{ transactions(filter: ${usage}) { ${SUMMARY} } }`)).toMatchObject({ VOBIZ: 2, KOBBLE: 0 })
    const customers = '{ vobizCustomers: ["MA_RA7D5QLF", "MA_THPJK6RU", "MA_RA7D5QLF"] }'
    expect(await count(`{ transactions(filter: ${customers}) { ${SUMMARY} } }`)).toMatchObject({ VOBIZ: 2, KOBBLE: 0 })
  })

  it("are Kobble's pages and few more", async () => {
    const { KOBBLE: kobble } = await count(`{ kobbleTransactions { ${SUMMARY} } }`)
    const pages = Math.ceil(at.kobble.entries.length / at.kobble.traits.maxLimit)
    expect(kobble).toBeGreaterThanOrEqual(pages)
    expect(kobble).toBeLessThanOrEqual(pages + 1)
    const { KOBBLE: twice } = await count(`{ kobbleTransactions { a: ${SUMMARY} b: ${SUMMARY} } }`)
    expect(twice).toBe(kobble)
    const march = at.kobble.entries.filter((entry) => dayOf(entry).startsWith('2026-03')).length
    const within = '{ from: "2026-03-01T00:00:00Z", to: "2026-03-31T23:59:59.999Z" }'
    const few = await count(`{ kobbleTransactions(filter: ${within}) { ${SUMMARY} } }`)
    expect(few.KOBBLE).toBeLessThanOrEqual(Math.ceil(march / 100) + 2)
  })

  it('are the pages of what Vobiz cannot filter, and few more', async () => {
    const filter = '{ providers: [VOBIZ], minAmount: "100" }'
    const pages = Math.ceil(at.vobiz.globalEntries.length / 100)
    expect((await count(`{ transactions(filter: ${filter}) { ${SUMMARY} } }`)).VOBIZ).toBeLessThanOrEqual(pages + 1)
    at.vobiz.traits.summary = 'absent'
    // Each page then shows the last row of the one before, to prove that the list has not changed.
    const { VOBIZ: vobiz } = await count(`{ vobizTransactions { ${SUMMARY} } }`)
    at.vobiz.traits.summary = 'exact'
    expect(vobiz).toBeLessThanOrEqual(Math.ceil(at.vobiz.globalEntries.length / 90) + 3)
  })

  it('run side by side, but only so many at a time', async () => {
    const isLater = ({ query }: UpstreamRequest) => Number(query.get('offset')) > 0
    at.kobble.api.requests.length = 0
    at.kobble.api.fault({ kind: 'hang', on: isLater })
    const caller = new AbortController()
    const answer = at.gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ kobbleTransactions { ${SUMMARY} } }` }),
      signal: caller.signal,
    })
    const arrivedPages = () => at.kobble.api.requests.filter(isLater).length
    while (arrivedPages() < 6) await sleep(5)
    await sleep(50)
    expect(arrivedPages()).toBe(6)
    caller.abort()
    await Promise.allSettled([answer])
    while (at.kobble.api.aborted.length < 6) await sleep(5)
    at.kobble.api.clearFaults()
    expect(arrivedPages()).toBe(6)
  })
})

describe('VobizTransactionConnection.byReferenceType', () => {
  let at: TestGateway
  afterEach(() => at.close())

  interface Part {
    reference_type: string
    total_debit: unknown
    total_credit: unknown
    count: number
  }
  const spoilt: [string, (parts: readonly Part[]) => unknown][] = [
    ['is left out', () => undefined],
    ['is empty', () => []],
    ['is no list', () => ({})],
    ['lacks a part', (parts) => parts.slice(1)],
    ['has a part twice', (parts) => [...parts, parts[0]]],
    ['has another count', ([first, ...parts]) => [{ ...first!, count: first!.count + 1 }, ...parts]],
    ['has another debit', ([first, ...parts]) => [{ ...first!, total_debit: exactNumber('0.00001') }, ...parts]],
    ['has another credit', ([first, ...parts]) => [{ ...first!, total_credit: 1 }, ...parts]],
    ['is all zero', (parts) => parts.map((part) => ({ ...part, total_debit: 0, total_credit: 0, count: 0 }))],
    ['has a count that is none', ([first, ...parts]) => [{ ...first!, count: 'many' }, ...parts]],
  ]

  const spoil = (change: (parts: readonly Part[]) => unknown) =>
    at.vobiz.server.fault({
      kind: 'alter',
      on: ({ path }) => path.endsWith('/transactions'),
      alter: (reply) => {
        const json = reply.json as { summary: { by_reference_type: readonly Part[] } }
        const by_reference_type = change(json.summary.by_reference_type)
        return { ...reply, json: { ...json, summary: { ...json.summary, by_reference_type } } }
      },
    })

  const read = (filter: string) => at.ask<Parted>(`{ vobizTransactions(filter: ${filter}) { ${SUMMED} } }`)

  it.each(spoilt)('is read from the entries, and the whole stays, where the part of Vobiz %s', async (_, change) => {
    at = await startGateway()
    spoil(change)
    const { vobizTransactions: list } = await read('{ from: "2026-10-01" }')
    const october = at.vobiz.globalEntries.filter((entry) => dayOf(entry) >= '2026-10-01')
    expect(exactParts(list.byReferenceType)).toEqual(sumUpByType(october, byBlock))
    expect(exactly(list.summary)).toEqual(sumUp(october.map(byBlock)))
    expect(list.summary.basis).toBe('PROVIDER')
  })

  it("follows the rule for entries, and so does the whole, where these do not add up to Vobiz's sums either", async () => {
    at = await startGateway()
    spoil((parts) => parts.slice(1))
    // Of legacy rows, which say neither credit nor debit, only Vobiz knows what they are.
    const { vobizTransactions: list } = await read('{ to: "2025-11-30" }')
    const november = at.vobiz.globalEntries.filter((entry) => dayOf(entry) <= '2025-11-30')
    expect(sumUp(november.map(byRow))).not.toEqual(sumUp(november.map(byBlock)))
    expect(exactParts(list.byReferenceType)).toEqual(sumUpByType(november, byRow))
    expect(exactly(list.summary)).toEqual(sumUp(november.map(byRow)))
    expect(list.summary.basis).toBe('ENTRIES')
  })

  it('leaves out parts without entries, and merges the words for none', async () => {
    at = await startGateway()
    spoil((parts) => [
      ...parts.filter(({ reference_type }) => reference_type !== 'unknown'),
      { ...parts.find(({ reference_type }) => reference_type === 'unknown')!, reference_type: '' },
      { reference_type: 'unknown', total_debit: 0, total_credit: 0, count: 0 },
      { reference_type: 'ncc', total_debit: 0, total_credit: 0, count: 0 },
    ])
    const { vobizTransactions: list } = await read('{ from: "2026-10-01" }')
    const october = at.vobiz.globalEntries.filter((entry) => dayOf(entry) >= '2026-10-01')
    expect(exactParts(list.byReferenceType)).toEqual(sumUpByType(october, byBlock))
    expect(list.byReferenceType.at(-1)!.referenceType).toBeNull()
  })

  it('is empty where there are no entries', async () => {
    at = await startGateway()
    const { vobizTransactions: list } = await read('{ from: "2030-01-01" }')
    expect(list).toEqual({ byReferenceType: [], summary: { basis: 'PROVIDER', count: 0, totals: [] } })
  })

  it('keeps currencies apart', async () => {
    at = await startGateway({ sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } } })
    at.vobiz.load([
      { amount: '1.50', type: 'credit', currency: 'USD', reference_type: 'payment' },
      { amount: '2', type: 'debit', currency: 'INR', reference_type: 'cdr' },
      { amount: '0.25', type: 'debit', currency: 'USD', reference_type: 'cdr' },
      { amount: '5', type: 'debit', currency: 'EUR', reference_type: null },
    ])
    const { vobizTransactions: list } = await at.ask<Parted>(
      `{ vobizTransactions(first: 4) { nodes { id } ${SUMMED} } }`,
    )
    expect(exactParts(list.byReferenceType)).toEqual(sumUpByType(at.vobiz.globalEntries, byRow))
    expect(list.byReferenceType.map(({ referenceType, currency }) => [referenceType, currency])).toEqual([
      ['cdr', 'INR'],
      ['cdr', 'USD'],
      ['payment', 'USD'],
      [null, 'EUR'],
    ])
  })

  it('reads no more entries than the scan limit, which the sums alone do not need', async () => {
    at = await startGateway({ environment: { SCAN_LIMIT: '100' } })
    spoil(() => [])
    const { errors } = await at.query(`{ vobizTransactions { ${BY_TYPE} } }`)
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }])
    const { errors: none } = await at.query(`{ vobizTransactions { ${SUMMARY} } }`)
    expect(none).toEqual([])
  })

  it('is found in fragments and under aliases', async () => {
    at = await startGateway()
    spoil(() => [])
    const { data, errors } = await at.query<Record<string, Parted['vobizTransactions']>>(`
      query ($no: Boolean = false) {
        a: vobizTransactions(filter: { from: "2026-10-01" }) { ... on VobizTransactionConnection { parts: ${BY_TYPE} } }
        b: vobizTransactions(filter: { from: "2026-10-01" }) { ...Parts }
        c: vobizTransactions(filter: { from: "2026-10-01" }) { ...Parts @include(if: $no) summary { basis } }
      }
      fragment Parts on VobizTransactionConnection { parts: ${BY_TYPE} }`)
    expect(errors).toEqual([])
    expect(data!.a).toEqual(data!.b)
    expect(data!.c).toEqual({ summary: { basis: 'PROVIDER' } })
  })
})

describe('TransactionSummary.basis', () => {
  let at: TestGateway
  afterEach(() => at.close())

  const basisOf = async (list: string) => {
    const { list: answer } = await at.ask<{ list: { summary: { basis: string } } }>(
      `{ list: ${list} { summary { basis } } }`,
    )
    return answer.summary.basis
  }

  it('says whether the provider or the gateway added the entries', async () => {
    at = await startGateway()
    const period = 'from: "2026-10-01"'
    expect(await basisOf(`transactions(filter: { ${period} })`)).toBe('MIXED')
    expect(await basisOf(`transactions(filter: { ${period}, providers: [VOBIZ] })`)).toBe('PROVIDER')
    expect(await basisOf(`transactions(filter: { ${period}, providers: [VOBIZ], minAmount: "1" })`)).toBe('ENTRIES')
    expect(await basisOf(`transactions(filter: { ${period}, providers: [KOBBLE] })`)).toBe('ENTRIES')
    expect(await basisOf(`transactions(filter: { ${period}, categories: [TOP_UP, ADJUSTMENT] })`)).toBe('ENTRIES')
    expect(await basisOf('transactions(filter: { providers: [] })')).toBe('ENTRIES')
    expect(await basisOf(`vobizTransactions(filter: { ${period} })`)).toBe('PROVIDER')
    expect(await basisOf('transactions(filter: { from: "2030-01-01" })')).toBe('MIXED')
    at.vobiz.traits.globalLedger = 403
    const [first] = at.vobiz.customers
    at.vobiz.server.fault({
      kind: 'alter',
      on: ({ path }) => path === `/accounts/${first!.auth_id}/transactions`,
      alter: (reply) => ({ ...reply, json: { ...(reply.json as object), summary: null } }),
    })
    expect(await basisOf(`vobizTransactions(filter: { ${period} })`)).toBe('MIXED')
    expect(await basisOf('vobizTransactions(filter: { from: "2030-01-01" })')).toBe('MIXED')
    expect(await basisOf('kobbleTransactions(filter: { from: "2026-10-01T00:00:00Z" })')).toBe('ENTRIES')
  })

  it("is the provider's for all sums of a reconciliation, which follow Vobiz's rule throughout", async () => {
    for (const summary of ['exact', 'absent'] as const) {
      at = await startGateway({ sandboxes: { vobiz: { traits: { summary } } } })
      const period = '{ from: "2026-08-01", to: "2026-08-31" }'
      const bases =
        'global { basis } customers { basis } partner { basis } discrepancies { own { basis } global { basis } }'
      const basis = 'PROVIDER'
      expect(await at.ask(`{ vobizReconciliation(period: ${period}) { ${bases} } }`)).toEqual({
        vobizReconciliation: {
          global: { basis },
          customers: { basis },
          partner: { basis },
          discrepancies: [{ own: { basis }, global: { basis } }],
        },
      })
      await at.close()
    }
    at = await startGateway()
  })
})

describe('a summary that Vobiz does not give', () => {
  let at: TestGateway
  afterEach(() => at.close())

  type Sums = Record<string, unknown>
  const spoilt: [string, (summary: Sums) => unknown][] = [
    ['is left out', () => undefined],
    ['is null', () => null],
    ['is all zero', (summary) => Object.fromEntries(Object.keys(summary).map((key) => [key, 0]))],
    ['is zero but for the count', (summary) => ({ ...summary, total_debit: 0, total_credit: 0, net_amount: 0 })],
    ['has another net amount', (summary) => ({ ...summary, net_amount: 1 })],
    ['has another count', (summary) => ({ ...summary, total_transactions: 1 })],
    ['is no number', (summary) => ({ ...summary, total_debit: 'much' })],
  ]
  it.each(spoilt)('is made of the rows where it %s', async (_, spoil) => {
    at = await startGateway()
    at.vobiz.server.fault({
      kind: 'alter',
      on: ({ path }) => path.endsWith('/transactions'),
      alter: (reply) => {
        const json = reply.json as { summary: Sums }
        return { ...reply, json: { ...json, summary: spoil(json.summary) } }
      },
    })
    const document = `{ vobizTransactions(filter: { from: "2026-10-01" }) { ${SUMMARY} } }`
    const { vobizTransactions } = await at.ask<{ vobizTransactions: { summary: Summary } }>(document)
    const october = at.vobiz.globalEntries.filter((entry) => dayOf(entry) >= '2026-10-01')
    expect(exactly(vobizTransactions.summary)).toEqual(sumUp(october.map(byRow)))
    expect(sumUp(october.map(byRow))).not.toEqual(sumUp(october.map(byBlock)))
  })

  it('is made of the rows where they are of several currencies, which are never added', async () => {
    at = await startGateway({ sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } } })
    at.vobiz.load([
      { amount: '1.50', type: 'credit', currency: 'USD' },
      { amount: '2', type: 'debit', currency: 'INR' },
      { amount: '0.25', type: 'debit', currency: 'USD' },
      { amount: '5', type: 'debit', currency: 'EUR', status: 'pending' },
    ])
    at.kobble.load([{ amount: '7' }, { amount: '8', asset: 'NZD' }])
    const document = `{
      page: vobizTransactions { nodes { id } ${SUMMARY} }
      kobbleTransactions { ${SUMMARY} }
      transactions { ${SUMMARY} }
    }`
    const lists = await at.ask<Record<string, { summary: Summary }>>(document)
    const [vobiz, kobble] = [
      at.vobiz.entries.map(byRow),
      at.kobble.entries.map((entry) => ofKobble(walletsOf(at), entry)),
    ]
    expect(exactly(lists.page!.summary)).toEqual(sumUp(vobiz))
    expect(lists.page!.summary.totals.map(({ currency, net }) => [currency, net])).toEqual([
      ['EUR', '0'],
      ['INR', '-2'],
      ['USD', '1.25'],
    ])
    expect(exactly(lists.kobbleTransactions!.summary)).toEqual(sumUp(kobble))
    expect(lists.transactions!.summary.totals.map(({ currency }) => currency)).toEqual(
      expect.arrayContaining(['AUD', 'INR', 'NZD']),
    )
  })

  it('is in the currency of the rows that came with it, whatever is configured', async () => {
    at = await startGateway({ sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } } })
    at.vobiz.load([{ currency: 'USD' }, { currency: 'USD' }])
    const { vobizTransactions } = await at.ask<{ vobizTransactions: { summary: Summary } }>(
      `{ vobizTransactions { ${SUMMARY} } }`,
    )
    expect(vobizTransactions.summary.totals).toEqual([
      { currency: 'USD', count: 2, credit: '0', debit: '0.9', internal: '0', net: '-0.9' },
    ])
  })
})

describe('a summary of a list without entries', () => {
  it('has no currency, and nothing to add', async () => {
    const at = await startGateway({ sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } } })
    const nothing = { summary: { count: 0, totals: [] } }
    for (const field of ['transactions', 'vobizTransactions', 'kobbleTransactions']) {
      expect(await at.ask(`{ ${field} { ${SUMMARY} } }`)).toEqual({ [field]: nothing })
    }
    at.vobiz.traits.summary = 'absent'
    expect(await at.ask(`{ vobizTransactions { ${SUMMARY} } }`)).toEqual({ vobizTransactions: nothing })
    await at.close()
  })
})

describe('a summary of a list that changes while it is read', () => {
  let at: TestGateway
  afterEach(() => at.close())

  it.each([
    ['kobbleTransactions', {}],
    ['vobizTransactions', {}],
    ['vobizTransactions', { summary: 'absent' }],
  ] as const)('has every initial entry once, and a new one at most once: %s %o', async (field, traits) => {
    at = await startGateway({ sandboxes: { vobiz: { data: 'empty', traits }, kobble: { data: 'empty' } } })
    const upstream = field === 'kobbleTransactions' ? at.kobble : at.vobiz
    const server = 'api' in upstream ? upstream.api : upstream.server
    upstream.load(Array.from({ length: 1234 }, (_, index) => ({ amount: `${index}.01` })))
    const initial = unitsOf('760773.34')
    let arrivals = 0
    server.beforeAnswer = () => {
      // Each arrival is larger than everything before it, so that a sum shows which of them it has.
      if (arrivals < 30) upstream.add({ amount: String(10 ** 6 * 2 ** arrivals++) })
    }
    const list = field === 'kobbleTransactions' ? field : `transactions(filter: { minAmount: "0" })`
    const answer = await at.ask<Record<string, { summary: Summary }>>(`{ list: ${list} { ${SUMMARY} } }`)
    const { count, totals } = exactly(answer.list!.summary)
    const [sums] = totals
    const arrived = ((sums!.credit as bigint) + (sums!.debit as bigint) - initial) / unitsOf('1000000')
    expect(arrivals).toBeGreaterThan(12)
    expect(arrived.toString(2).replaceAll('0', '').length).toBe(count - 1234)
    expect(((sums!.credit as bigint) + (sums!.debit as bigint) - initial) % unitsOf('1000000')).toBe(0n)
  })
})

describe('a summary of a list in which an entry goes while another comes', () => {
  let at: TestGateway
  afterEach(() => at.close())

  // Their number stays the same, so that no total shows the change.
  it.each([
    ['kobbleTransactions', {}],
    ['transactions(filter: { minAmount: "0", providers: [VOBIZ] })', {}],
    ['vobizTransactions', { summary: 'absent' }],
  ] as const)('has all others once: %s %o', async (list, traits) => {
    at = await startGateway({ sandboxes: { vobiz: { data: 'empty', traits }, kobble: { data: 'empty' } } })
    const upstream = list === 'kobbleTransactions' ? at.kobble : at.vobiz
    const server = 'api' in upstream ? upstream.api : upstream.server
    upstream.load([{ amount: '1000000' }, ...Array.from({ length: 1234 }, (_, index) => ({ amount: `${index}.01` }))])
    const standing = unitsOf('760773.34')
    let went = unitsOf('1000000')
    // One comes at the other end of the list than one goes, so that all between them move.
    for (const [when, end] of [
      [2, 'newest'],
      [5, 'oldest'],
      [8, 'newest'],
      [11, 'oldest'],
    ] as const) {
      const came = 2n * went
      let requests = 0
      server.beforeAnswer = () => {
        requests += 1
        if (requests !== when) return
        upstream.remove(upstream.entries.find(({ amount }) => unitsOf(amount) === went)!.id)
        const created_at = end === 'newest' ? '2030-01-01T00:00:00Z' : '2020-01-01T00:00:00Z'
        upstream.add({ amount: String(came / unitsOf('1')), created_at })
      }
      const answer = await at.ask<Record<string, { summary: Summary }>>(`{ list: ${list} { ${SUMMARY} } }`)
      const { count, totals } = exactly(answer.list!.summary)
      const [sums] = totals
      expect(requests).toBeGreaterThan(when)
      expect([
        [1234, 0n],
        [1235, went],
        [1235, came],
        [1236, went + came],
      ]).toContainEqual([count, (sums!.credit as bigint) + (sums!.debit as bigint) - standing])
      went = came
    }
  })
})

describe('a summary that cannot be made', () => {
  let at: TestGateway
  afterEach(() => at.close())

  it('fails for a row that cannot be understood, where it is made of the rows', async () => {
    at = await startGateway()
    const { id } = at.vobiz.globalEntries[150]!
    at.vobiz.server.fault({
      kind: 'alter',
      alter: (reply) => {
        const json = JSON.parse(JSON.stringify(reply.json)) as { transactions?: { id: string; amount: unknown }[] }
        for (const row of json.transactions ?? []) if (row.id === id) row.amount = 'much'
        return { ...reply, json }
      },
    })
    const { data, errors } = await at.query(
      `{ transactions(filter: { minAmount: "1", providers: [VOBIZ] }) { ${SUMMARY} } }`,
    )
    expect(data).toBeNull()
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      {
        code: 'UPSTREAM_INVALID_RESPONSE',
        provider: 'VOBIZ',
        operation: 'listTransactions',
        rowId: id,
        field: 'amount',
      },
    ])
    expect((await at.query(`{ vobizTransactions { ${SUMMARY} } }`)).errors).toEqual([])
  })

  it.each(['FAIL', 'PARTIAL'])(
    'fails where a provider does, also with %s: it would lack it without a word',
    async (policy) => {
      at = await startGateway()
      at.kobble.api.fault({ kind: 'reply', reply: { status: 400 } })
      const { data, errors } = await at.query(`{ transactions(onProviderFailure: ${policy}) { ${SUMMARY} } }`)
      expect(data).toBeNull()
      expect(errors.map(({ extensions }) => extensions)).toEqual([
        { code: 'UPSTREAM_ERROR', provider: 'KOBBLE', operation: 'listTransactions', status: 400 },
      ])
    },
  )

  it('leaves out a provider that is switched off', async () => {
    const names = ['KOBBLE_BASE_URL', 'KOBBLE_TOKEN_URL', 'KOBBLE_CLIENT_ID', 'KOBBLE_CLIENT_SECRET']
    at = await startGateway({ environment: Object.fromEntries(names.map((name) => [name, undefined])) })
    const { transactions } = await at.ask<{ transactions: { summary: Summary } }>(`{ transactions { ${SUMMARY} } }`)
    expect(exactly(transactions.summary)).toEqual(sumUp(at.vobiz.globalEntries.map(byBlock)))
  })
})

describe('SCAN_LIMIT', () => {
  let at: TestGateway
  afterEach(() => at.close())

  const start = async (limit: number, kobble: Partial<KobbleSandboxTraits> = {}) => {
    at = await startGateway({ environment: { SCAN_LIMIT: String(limit) }, sandboxes: { kobble: { traits: kobble } } })
  }
  const refusal = async (document: string) => {
    const { data, errors, requests } = await at.query(document)
    expect(data).toBeNull()
    expect(errors).toHaveLength(1)
    expect(errors[0]!.extensions).toEqual({ code: 'LIMIT_EXCEEDED' })
    return { message: errors[0]!.message, requests }
  }
  /** The beginning of a second that is later than an entry by more than one. */
  const startAfter = ({ created_at }: { readonly created_at: string }) =>
    new Date((Math.floor(Date.parse(created_at) / 1000) + 2) * 1000).toISOString()

  it('refuses to sum a list that is longer, before it is read, and says what would fit', async () => {
    await start(500)
    const { message, requests } = await refusal(`{ kobbleTransactions { ${SUMMARY} } }`)
    const { entries } = at.kobble
    const later = startAfter(entries[500]!)
    expect(message).toBe(
      `This would read ${entries.length} entries, and at most 500 may be read for one field. ` +
        `Ask for a shorter period: from ${later} on, it would fit.`,
    )
    expect(requests.KOBBLE).toBeLessThanOrEqual(3)
    const { kobbleTransactions } = await at.ask<{ kobbleTransactions: { summary: Summary } }>(
      `{ kobbleTransactions(filter: { from: "${later}" }) { ${SUMMARY} } }`,
    )
    const matching = entries.filter((entry) => entry.created_at >= later)
    expect(exactly(kobbleTransactions.summary)).toEqual(sumUp(matching.map((entry) => ofKobble(walletsOf(at), entry))))
  })

  it.each([7, 100, 250])('allows as many rows as %i, and not one more', async (limit) => {
    at = await startGateway({
      environment: { SCAN_LIMIT: String(limit) },
      sandboxes: { vobiz: { data: 'empty', traits: { summary: 'absent' } }, kobble: { data: 'empty' } },
    })
    const document = `{ vobizTransactions { ${SUMMARY} } kobbleTransactions { ${SUMMARY} } }`
    for (let count = 1; count <= limit; count++) {
      at.vobiz.add()
      at.kobble.add()
      if (count < limit && ![1, 2, 99, 100, 101, 198, 199, 200, 201].includes(count)) continue
      const lists = await at.ask<Record<string, { summary: Summary }>>(document)
      expect(exactly(lists.vobizTransactions!.summary)).toEqual(sumUp(at.vobiz.entries.map(byRow)))
      expect(exactly(lists.kobbleTransactions!.summary)).toEqual(
        sumUp(at.kobble.entries.map((entry) => ofKobble(walletsOf(at), entry))),
      )
    }
    at.vobiz.add()
    await refusal(`{ vobizTransactions { ${SUMMARY} } }`)
    at.kobble.add()
    await refusal(`{ kobbleTransactions { ${SUMMARY} } }`)
  })

  it('binds what Vobiz cannot sum, and not what it can', async () => {
    await start(50)
    await at.ask(`{ vobizTransactions { ${SUMMARY} } }`)
    const { message, requests } = await refusal(
      '{ transactions(filter: { minAmount: "1", providers: [VOBIZ] }) { summary { count } } }',
    )
    const { globalEntries } = at.vobiz
    expect(message).toContain(`This would read ${globalEntries.length} entries, and at most 50`)
    expect(message).toContain(`: from ${startAfter(globalEntries[50]!)} on, it would fit.`)
    expect(requests.VOBIZ).toBeLessThanOrEqual(2)
    for (const { query } of at.vobiz.server.requests) expect(Number(query.get('per_page'))).toBeLessThanOrEqual(50)
  })

  it('stops reading at the limit when the provider sends no total', async () => {
    await start(450, { headers: { total: false, offset: true, limit: true } })
    const { message, requests } = await refusal(`{ kobbleTransactions { ${SUMMARY} } }`)
    expect(message).toContain('This would read more than 450 entries')
    expect(message).toContain(`: from ${startAfter(at.kobble.entries[450]!)} on, it would fit.`)
    expect(requests.KOBBLE).toBeLessThanOrEqual(8)
  })

  it('holds for one field, however many lists it takes', async () => {
    await start(1000)
    const wallets = at.kobble.wallets.map(({ id }) => id)
    const sizes = wallets.map((id) => at.kobble.entries.filter(({ from, to }) => from === id || to === id).length)
    expect(Math.max(...sizes)).toBeLessThan(1000)
    const ids = JSON.stringify(wallets)
    const { message, requests } = await refusal(
      `{ transactions(filter: { kobbleWallets: ${ids} }) { summary { count } } }`,
    )
    expect(message).toMatch(
      /^This would read \d+ entries beside \d+ others, and at most 1000 may be read for one field\./,
    )
    expect(requests.KOBBLE).toBeLessThanOrEqual(24)
  })

  it('ends what is still read for a field of which one list is too long', async () => {
    at = await startGateway({
      environment: { SCAN_LIMIT: '3000' },
      sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } },
    })
    const wallets = [at.kobble.addWallet().id, at.kobble.addWallet().id]
    for (const to of wallets) at.kobble.load(Array.from({ length: 2000 }, () => ({ to })))
    const filter = `filter: { kobbleWallets: ${JSON.stringify(wallets)} }`
    const { message, requests } = await refusal(`{ transactions(${filter}) { summary { count } } }`)
    expect(message).toMatch(/^This would read 2000 entries beside 2000 others, and at most 3000 may be read/)
    // Of each list the first page and the last row, a batch or two of the list that was begun, and where the other would fit.
    expect(requests.KOBBLE).toBeLessThanOrEqual(2 * 2 + 2 * 6 + 1)
  })

  it('is beside MAX_UPSTREAM_REQUESTS: a sum of more pages than that is refused before it is read', async () => {
    at = await startGateway({ environment: { MAX_UPSTREAM_REQUESTS: '9' } })
    for (const list of ['transactions(filter: { providers: [VOBIZ], minAmount: "0" })', 'kobbleTransactions']) {
      const { message, requests } = await refusal(`{ ${list} { ${SUMMARY} } }`)
      expect(message).toMatch(/would send at least \d\d requests to providers, and one may send at most 9\./)
      expect(Object.values(requests).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(3)
    }
  })

  it('is beside MAX_UPSTREAM_REQUESTS, which pages that several sums share use up once', async () => {
    at = await startGateway({ environment: { MAX_UPSTREAM_REQUESTS: '40' } })
    for (const provider of ['VOBIZ', 'KOBBLE']) {
      const each = [1, 2, 3, 4, 5, 6].map(
        (index) =>
          `s${index}: transactions(filter: { providers: [${provider}], minAmount: "0.${index}" }) { summary { count } }`,
      )
      const { errors, requests } = await at.query(`{ ${each.join(' ')} }`)
      expect(errors).toEqual([])
      expect(requests[provider]).toBeLessThanOrEqual(40)
    }
  })

  it('holds for each field by itself', async () => {
    await start(1000)
    const wallets = at.kobble.wallets.map(({ id }) => id)
    const each = wallets.map(
      (id, at) => `w${at}: transactions(filter: { kobbleWallets: ["${id}"] }) { summary { count } }`,
    )
    expect((await at.query(`{ ${each.join(' ')} }`)).errors).toEqual([])
  })
})
