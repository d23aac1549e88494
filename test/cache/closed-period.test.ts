import { afterEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { NO_REQUESTS, type QueryResult, startGateway, sumApiRequests, type TestGateway } from '../support/gateway.ts'
import { startKeyedGateway } from '../support/keyed-gateway.ts'

const DAY_MS = 86_400_000
const CUSTOMERS = ['MA_1', 'MA_2']
const WALLETS = ['wallet-1', 'wallet-2']
const MONTH = 'filter: { from: "2020-01-01", to: "2020-01-31" }'
const KOBBLE_MONTH = 'filter: { from: "2020-01-01T00:00:00Z", to: "2020-01-31T23:59:59Z" }'
const WITH_COST = { 'x-graphql-cost': '1' }

let at: TestGateway

afterEach(() => at?.close())

/** Adds a month of entries: 15 of each provider, and some before and after it. */
function fill({ vobiz, kobble }: TestGateway): void {
  for (const auth_id of CUSTOMERS) vobiz.addCustomer({ auth_id })
  for (const id of WALLETS) kobble.addWallet({ id })
  for (let index = 0; index < 19; index++) {
    const created_at = new Date(Date.UTC(2019, 11, 30, 12) + index * 2 * DAY_MS).toISOString()
    vobiz.add({ account_id: CUSTOMERS[index % 2]!, created_at, amount: `${index}.1`, reference_type: 'cdr' })
    kobble.add({ created_at, amount: `${index}.25`, to: WALLETS[index % 2]! })
  }
}

async function start(environment: Environment = {}): Promise<void> {
  at = await startGateway({ data: 'empty', environment: { CACHE: 'memory', ...environment } })
  fill(at)
}

/** Asks twice; the second answer is the same. Returns the requests to the APIs of both. */
async function askTwice(document: string): Promise<readonly [QueryResult<unknown>, QueryResult<unknown>]> {
  const first = await at.query(document)
  const second = await at.query(document)
  expect(first.errors).toEqual([])
  expect(second.text).toBe(first.text)
  return [first, second]
}

const ENTRIES =
  'totalCount nodes { providerId createdAt amount { amount currency } } pageInfo { endCursor hasNextPage }'

describe('the same closed month, requested twice', () => {
  it.each([
    ['the merged list', `{ transactions(${MONTH}, first: 50) { ${ENTRIES} } }`],
    ['its oldest entries', `{ transactions(${MONTH}, last: 5) { ${ENTRIES} } }`],
    ['the list from the oldest entry on', `{ transactions(${MONTH}, order: OLDEST_FIRST) { ${ENTRIES} } }`],
    ['a small page', `{ transactions(${MONTH}, first: 3) { ${ENTRIES} } }`],
    ['the summary', `{ transactions(${MONTH}) { summary { count totals { currency credit debit net } } } }`],
    ['groups by day', `{ transactions(${MONTH}) { groups(by: [DAY]) { day summary { count } } } }`],
    ['groups by direction', `{ transactions(${MONTH}) { groups(by: [DIRECTION]) { direction summary { count } } } }`],
    ['the ledger of Vobiz', `{ vobizTransactions(${MONTH}) { ${ENTRIES} summary { count } } }`],
    ['the ledger of Kobble', `{ kobbleTransactions(${KOBBLE_MONTH}) { ${ENTRIES} summary { count } } }`],
    [
      'the entries of a customer and of a wallet',
      `{ transactions(filter: { from: "2020-01-01", to: "2020-01-31", vobizCustomers: ["MA_1"], kobbleWallets: ["wallet-1"] }) { ${ENTRIES} } }`,
    ],
    [
      'one category',
      `{ transactions(filter: { from: "2020-01-01", to: "2020-01-31", categories: [USAGE] }) { ${ENTRIES} } }`,
    ],
  ])('%s costs nothing the second time', async (_, document) => {
    await start()
    // The wallets of Kobble, which show the directions, are known by then.
    await at.ask('{ kobbleTransactions(first: 1) { nodes { direction } } }')
    const [first, second] = await askTwice(document)
    expect(sumApiRequests(first.requests)).toBeGreaterThan(0)
    expect(second.requests).toEqual(NO_REQUESTS)
  })

  it('a statement costs the read of its customer, which may change at any time', async () => {
    await start()
    const document =
      '{ vobizCustomer(authId: "MA_1") { statement(month: "2020-01") { usage { amount } recharges { amount } lines { count } } } }'
    const [first, second] = await askTwice(document)
    expect([first, second].map(({ requests }) => requests.VOBIZ)).toEqual([3, 1])
  })

  it('every page of a walk costs nothing the second time', async () => {
    await start()
    const walk = async () => {
      const pages: string[] = []
      let after = 'null'
      let requests = 0
      for (;;) {
        const page = await at.query<{ transactions: { pageInfo: { hasNextPage: boolean; endCursor: string } } }>(
          `{ transactions(${MONTH}, first: 4, after: ${after}) { ${ENTRIES} } }`,
        )
        expect(page.errors).toEqual([])
        pages.push(page.text)
        requests += sumApiRequests(page.requests)
        const { hasNextPage, endCursor } = page.data!.transactions.pageInfo
        if (!hasNextPage) return { pages, requests }
        after = JSON.stringify(endCursor)
      }
    }
    const first = await walk()
    expect(first.pages.length).toBeGreaterThan(6)
    expect(await walk()).toEqual({ pages: first.pages, requests: 0 })
  })

  it('counts hits beside requests and rows, only while answers are kept', async () => {
    await start()
    const document = `{ kobbleTransactions(${KOBBLE_MONTH}, first: 5) { nodes { providerId } } }`
    const costs = [await at.query(document, {}, WITH_COST), await at.query(document, {}, WITH_COST)]
    expect(costs.map(({ extensions }) => extensions.cost)).toEqual([
      { providers: [{ provider: 'KOBBLE', requests: 1, rows: 6, hits: 0 }] },
      { providers: [{ provider: 'KOBBLE', requests: 0, rows: 6, hits: 1 }] },
    ])
  })

  it('does not use up MAX_UPSTREAM_REQUESTS, and its rows count for MAX_UPSTREAM_ROWS', async () => {
    await start({ MAX_UPSTREAM_REQUESTS: '2', MAX_UPSTREAM_ROWS: '40' })
    const month = `{ transactions(${MONTH}, first: 10) { nodes { providerId } } }`
    await askTwice(month)
    const beside = `{ a: transactions(${MONTH}, first: 10) { nodes { providerId } } b: vobizTransactions(first: 1) { nodes { providerId } } c: kobbleTransactions(first: 1) { nodes { providerId } } }`
    const allowed = await at.query(beside)
    expect(allowed.errors).toEqual([])
    expect(sumApiRequests(allowed.requests)).toBe(2)
    const tooMany = Array.from(
      { length: 5 },
      (_, index) =>
        `p${index}: vobizTransactions(filter: { from: "2020-01-01", to: "2020-01-${10 + index}" }, first: 9) { nodes { providerId } }`,
    )
    for (const field of tooMany) await at.query(`{ ${field} }`)
    const refused = await at.query(
      `{ ${tooMany.join(' ')} kobbleTransactions(${KOBBLE_MONTH}) { nodes { providerId } } }`,
    )
    expect(refused.errors.map(({ extensions }) => extensions.code)).toContain('LIMIT_EXCEEDED')
  })
})

describe('what is not kept', () => {
  const page = `{ kobbleTransactions(${KOBBLE_MONTH}) { nodes { providerId status } } vobizTransactions(${MONTH}) { nodes { providerId status } } }`

  it.each([
    ['kobble', 'PENDING'],
    ['kobble', 'SOMETHING_NEW'],
    ['vobiz', 'pending'],
    ['vobiz', 'something_new'],
  ] as const)('a page of %s with an entry that is %s', async (provider, status) => {
    await start()
    const { id } = at[provider].add({ created_at: '2020-01-10T00:00:00Z', status })
    const [, second] = await askTwice(page)
    expect(second.requests).toMatchObject(provider === 'vobiz' ? { VOBIZ: 1, KOBBLE: 0 } : { VOBIZ: 0, KOBBLE: 1 })
    at[provider].update(id, { status: provider === 'vobiz' ? 'completed' : 'ACCEPTED' })
    const third = await at.query(page)
    expect(third.text).toContain('COMPLETED')
    expect(third.text).not.toBe(second.text)
    expect((await at.query(page)).requests).toEqual(NO_REQUESTS)
  })

  it('the sums of a list as long as an entry of it may change that the answer does not show', async () => {
    await start()
    for (let index = 0; index < 25; index++)
      at.vobiz.add({ created_at: `2020-01-15T00:00:${10 + index}Z`, amount: '1' })
    const pending = at.vobiz.add({ created_at: '2020-01-02T00:00:00Z', amount: '1000', status: 'pending' })
    const summary = `{ vobizTransactions(${MONTH}) { summary { totals { debit } } } }`
    const first = await at.query(summary)
    at.vobiz.update(pending.id, { amount: '2000', status: 'completed' })
    const second = await at.query(summary)
    expect(second.requests.VOBIZ).toBe(1)
    expect(second.text).not.toBe(first.text)
    // Then it is read with all entries of the list, which are final by now.
    const requests = [await at.query(summary), await at.query(summary), await at.query(summary)].map(
      (answer) => answer.requests.VOBIZ,
    )
    expect(requests).toEqual([1, 0, 0])
  })

  it('a page with a row that cannot be understood', async () => {
    await start()
    at.kobble.add({ created_at: '2020-01-10T00:00:00Z', amount: '-1' })
    const first = await at.query(page)
    expect(first.errors.length).toBeGreaterThan(0)
    expect((await at.query(page)).requests).toMatchObject({ KOBBLE: 1, VOBIZ: 0 })
  })

  it('failures, and customers that Vobiz does not know', async () => {
    await start()
    const one = (authId: string) =>
      `{ vobizCustomer(authId: "${authId}") { transactions(${MONTH}) { nodes { providerId } } } }`
    const unknown = [await at.query(one('MA_9')), await at.query(one('MA_9'))]
    for (const { requests } of unknown) expect(requests.VOBIZ).toBeGreaterThan(0)
    at.vobiz.server.fault({ kind: 'reply', reply: { status: 400 } })
    expect((await at.query(page)).errors.length).toBeGreaterThan(0)
    at.vobiz.server.clearFaults()
    expect((await at.query(page)).requests.VOBIZ).toBe(1)
  })

  it('a period that ended less than the margin ago, and lists without an end', async () => {
    const day = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10)
    await start({ CACHE_CLOSED_MARGIN_S: String(3 * 86_400) })
    const until = (to: string) =>
      `{ vobizTransactions(filter: { from: "2019-01-01", to: "${to}" }) { totalCount } kobbleTransactions(filter: { from: "2019-01-01T00:00:00Z", to: "${to}T23:59:59Z" }, first: 1) { nodes { providerId } } }`
    // Three days and the 12 hours by which a day may end later elsewhere; for Kobble, an instant.
    for (const [document, kept] of [
      [until(day(3)), { VOBIZ: 1, KOBBLE: 1 }],
      [until(day(6)), { VOBIZ: 0, KOBBLE: 0 }],
      [
        '{ vobizTransactions(filter: { from: "2019-01-01" }) { totalCount } kobbleTransactions(first: 1) { nodes { providerId } } }',
        { VOBIZ: 1, KOBBLE: 1 },
      ],
      [
        '{ vobizCustomer(authId: "MA_1") { name } kobbleWallet(providerId: "wallet-1") { status } }',
        { VOBIZ: 1, KOBBLE: 1 },
      ],
    ] as const) {
      const [, second] = await askTwice(document)
      expect(second.requests).toMatchObject(kept)
    }
  })

  it('anything when CACHE is off', async () => {
    await start({ CACHE: 'off', CACHE_OPEN_TTL_S: '3600' })
    const [, second] = await askTwice(page)
    expect(second.requests).toMatchObject({ VOBIZ: 1, KOBBLE: 1 })
    expect((await at.query(page, {}, WITH_COST)).text).not.toContain('hits')
  })

  it('reconciliations, which compare lists of one moment', async () => {
    await start()
    const document = '{ vobizReconciliation(period: { from: "2020-01-01", to: "2020-01-31" }) { balanced } }'
    const [first, second] = await askTwice(document)
    expect(second.requests.VOBIZ).toBe(first.requests.VOBIZ)
  })
})

describe('a list that has changed', () => {
  it('drops all kept pages with the first answer that shows it', async () => {
    await start()
    const pageOf = (first: number) =>
      `{ vobizTransactions(${MONTH}, first: ${first}) { totalCount nodes { providerId } } }`
    await askTwice(pageOf(3))
    await askTwice(pageOf(6))
    // A late entry: the kept pages do not show it.
    const late = at.vobiz.add({ created_at: '2020-01-31T23:00:00Z' })
    expect((await at.query(pageOf(3))).text).not.toContain(late.id)
    expect((await at.query(pageOf(9))).text).toContain(late.id)
    for (const first of [3, 6, 9]) expect((await at.query(pageOf(first))).text).toContain(late.id)
  })

  it('shows one state within an operation', async () => {
    await start()
    const page = `vobizTransactions(${MONTH}, first: 3) { totalCount nodes { providerId } }`
    await at.ask(`{ ${page} }`)
    const late = at.vobiz.add({ created_at: '2020-01-31T23:00:00Z' })
    // The second field needs an answer that is not kept, which shows the late entry.
    const { data } = await at.query<Record<string, { totalCount: number }>>(
      `{ kept: ${page} fresh: vobizTransactions(${MONTH}, last: 3) { totalCount nodes { providerId } } }`,
    )
    const again = await at.query(`{ ${page} }`)
    expect(data!.fresh!.totalCount).toBe(data!.kept!.totalCount)
    if (data!.fresh!.totalCount > 15) expect(again.text).toContain(late.id)
  })

  it('is read again when a cursor has seen another state of it', async () => {
    await start()
    const list = (paging: string) =>
      `{ vobizTransactions(${MONTH}, ${paging}) { totalCount nodes { providerId } pageInfo { endCursor } } }`
    type Page = {
      vobizTransactions: { totalCount: number; nodes: { providerId: string }[]; pageInfo: { endCursor: string } }
    }
    const other = at
    const first = await at.ask<Page>(list('first: 4'))
    const second = list(`first: 4, after: "${first.vobizTransactions.pageInfo.endCursor}"`)
    await at.ask(second)
    // Another process of the gateway has not kept anything, and sees a late entry ahead of the cursor.
    const late = at.vobiz.add({ created_at: '2020-01-20T00:00:00Z' })
    const process = await startGateway({
      data: 'empty',
      environment: {
        CACHE: 'memory',
        ...other.vobiz.environment,
        CURSOR_SECRET: undefined,
        ...other.kobble.environment,
      },
    })
    try {
      const begun = await process.ask<Page>(list('first: 4'))
      const { endCursor } = begun.vobizTransactions.pageInfo
      const next = await other.ask<Page>(list(`first: 10, after: "${endCursor}"`))
      expect(next.vobizTransactions.nodes.map(({ providerId }) => providerId)).toContain(late.id)
    } finally {
      await process.close()
    }
  })
})

describe('callers', () => {
  it('share answers, and each sees only what its grants allow', async () => {
    const keyed = await startKeyedGateway(
      { everything: undefined, bound: { VOBIZ: { accounts: ['MA_1'] }, KOBBLE: { accounts: ['wallet-1'] } } },
      { data: 'empty', environment: { CACHE: 'memory', CACHE_OPEN_TTL_S: '3600' } },
    )
    at = keyed
    fill(at)
    const document = `{ transactions(${MONTH}) { nodes { providerId } summary { count } } vobizCustomers { nodes { authId } } kobbleWallets { nodes { providerId } } }`
    const all = await at.query<{ transactions: { nodes: { providerId: string }[] } }>(
      document,
      {},
      keyed.as('everything'),
    )
    expect(all.data!.transactions.nodes).toHaveLength(20)
    const foreign = [
      ...at.vobiz.entries.filter(({ account_id }) => account_id !== 'MA_1'),
      ...at.kobble.entries.filter(({ to }) => to !== 'wallet-1'),
    ]
    for (let turn = 0; turn < 2; turn++) {
      const bound = await at.query<{ transactions: { nodes: object[] } }>(document, {}, keyed.as('bound'))
      expect(bound.errors).toEqual([])
      expect(bound.data!.transactions.nodes.length).toBeGreaterThan(10)
      for (const { id } of foreign) expect(bound.text).not.toContain(id)
      for (const id of ['MA_2', 'wallet-2']) expect(bound.text).not.toContain(id)
    }
    // A transaction of others that somebody has read costs what one costs that does not exist.
    const other = at.kobble.entries.find(({ to }) => to === 'wallet-2')!.id
    const one = (id: string) => `{ kobbleTransaction(providerId: "${id}") { providerId } }`
    await at.query(one(other), {}, keyed.as('everything'))
    const costs = [
      await at.query(one(other), {}, { ...keyed.as('bound'), ...WITH_COST }),
      await at.query(one('missing'), {}, { ...keyed.as('bound'), ...WITH_COST }),
    ]
    expect(costs[0]!.text).toBe(costs[1]!.text)
  })
})

describe('what may be outdated with CACHE_OPEN_TTL_S', () => {
  it('keeps accounts, balances and open lists for that time', async () => {
    await start({ CACHE_OPEN_TTL_S: '3600' })
    const document =
      '{ vobizCustomer(authId: "MA_1") { name balance { amount } } vobizCustomers { nodes { authId } } kobbleWallets { nodes { providerId } } transactions(first: 5) { nodes { providerId } } kobbleTransaction(providerId: "none") { id } }'
    const [first, second] = await askTwice(document)
    expect(sumApiRequests(first.requests)).toBeGreaterThan(5)
    // What does not exist is not kept.
    expect(second.requests).toMatchObject({ VOBIZ: 0, KOBBLE: 1 })
  })

  it('reads the wallets that directions depend on afresh', async () => {
    await start({ CACHE_OPEN_TTL_S: '3600' })
    await at.ask('{ kobbleWallets { nodes { providerId } } }')
    const { id } = at.kobble.addWallet({ id: 'wallet-3' })
    at.kobble.add({ to: id, created_at: new Date().toISOString() })
    const { kobbleTransactions } = await at.ask<{ kobbleTransactions: { nodes: { direction: string }[] } }>(
      '{ kobbleTransactions(first: 1) { nodes { direction } } }',
    )
    expect(kobbleTransactions.nodes).toEqual([{ direction: 'CREDIT' }])
  })
})
