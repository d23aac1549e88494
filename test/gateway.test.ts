import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../src/gateway.ts'
import { createListener } from '../src/server/listener.ts'
import {
  NO_REQUESTS,
  pickProviders,
  type QueryResult,
  startGateway,
  sumApiRequests,
  type TestGateway,
} from './support/gateway.ts'
import { walkPages } from './support/pages.ts'

interface Page {
  readonly transactions: {
    readonly nodes: readonly { readonly provider: string; readonly providerId: string; readonly createdAt: string }[]
    readonly pageInfo: {
      readonly hasNextPage: boolean
      readonly hasPreviousPage: boolean
      readonly startCursor: string | null
      readonly endCursor: string | null
    }
  }
}

const PAGE = `query Page($first: Int, $after: String, $last: Int, $before: String, $order: TransactionOrder!, $filter: TransactionFilter) {
  transactions(first: $first, after: $after, last: $last, before: $before, order: $order, filter: $filter) {
    nodes { provider providerId createdAt }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

const SIZES = [7, 100, 1, 33, 50, 64]

/** Walks the one list from end to end and returns its entries in the order of the walk. */
async function walk(
  at: TestGateway,
  direction: 'forward' | 'backward',
  order: string,
  betweenPages: (page: number) => void = () => {},
) {
  const entries: string[] = []
  const instants: string[] = []
  let page = 0
  const read = async (cursor: string | null) => {
    const size = SIZES[page % SIZES.length]
    const args = direction === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor }
    return (await at.ask<Page>(PAGE, { ...args, order })).transactions
  }
  for await (const { nodes: listed, pageInfo } of walkPages(read, direction)) {
    const nodes = direction === 'forward' ? listed : [...listed].reverse()
    entries.push(...nodes.map(({ provider, providerId }) => `${provider}/${providerId}`))
    instants.push(
      ...nodes.map(({ createdAt }) =>
        createdAt.replace(/(?:\.(\d+))?Z$/, (_, digits = '') => `.${digits.padEnd(9, '0')}`),
      ),
    )
    const [hasMore, hasEarlier] =
      direction === 'forward'
        ? [pageInfo.hasNextPage, pageInfo.hasPreviousPage]
        : [pageInfo.hasPreviousPage, pageInfo.hasNextPage]
    expect(hasEarlier).toBe(page > 0)
    if (hasMore) betweenPages(page)
    page += 1
  }
  return { entries, instants }
}

describe('the one list over both ledgers', () => {
  let at: TestGateway
  let initial: string[]

  beforeAll(async () => {
    at = await startGateway()
    initial = [
      ...at.vobiz.globalEntries.map(({ id }) => `VOBIZ/${id}`),
      ...at.kobble.entries.map(({ id }) => `KOBBLE/${id}`),
    ].sort()
  })
  afterAll(() => at.close())

  for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST']) {
    for (const direction of ['forward', 'backward'] as const) {
      it(`gives each entry once, in one order, ${direction} and ${order}`, async () => {
        const { entries, instants } = await walk(at, direction, order)
        expect([...entries].sort()).toEqual(initial)
        const isDescending = (order === 'NEWEST_FIRST') === (direction === 'forward')
        expect(instants).toEqual(isDescending ? [...instants].sort().reverse() : [...instants].sort())
      })
    }
  }

  it('returns each initial entry once, while entries arrive between all pages', async () => {
    let now = Date.parse('2026-11-01T00:00:00Z')
    const { entries } = await walk(at, 'forward', 'NEWEST_FIRST', (page) => {
      for (let made = 0; made <= page % 3; made++) {
        now += 60_000
        at.vobiz.grow(now)
        at.kobble.grow(now)
      }
    })
    expect(entries.filter((entry) => initial.includes(entry)).sort()).toEqual(initial)
    expect(new Set(entries).size).toBe(entries.length)
  })
})

describe('the upstream requests of an operation', () => {
  let at: TestGateway

  beforeAll(async () => {
    at = await startGateway()
    // The first operation fetches the token.
    await at.ask('{ kobbleTransactions(first: 1) { totalCount } }')
  })
  afterAll(() => at.close())

  const count = async (document: string, variables?: object) => {
    const { errors, requests } = await at.query(document, variables)
    expect(errors).toEqual([])
    return requests
  }

  it('are none for a type name', async () => {
    expect(await count('{ __typename }')).toEqual(NO_REQUESTS)
    expect(await count('{ transactions { __typename pageInfo { __typename } } }')).toEqual({
      ...NO_REQUESTS,
      ...Object.fromEntries(PROVIDERS.map(({ name }) => [name, 1])),
    })
    expect(await count('{ transactions { __typename } }')).toEqual(NO_REQUESTS)
  })

  it('are one for one page of one ledger, wherever it lies', async () => {
    for (const field of ['vobizTransactions', 'kobbleTransactions']) {
      const provider = field.slice(0, field.indexOf('T')).toUpperCase()
      const document = `query ($after: String) { ${field}(first: 49, after: $after) { nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }`
      type Pages = Record<string, { pageInfo: { endCursor: string } }>
      let after: string | null = null
      for (let page = 0; page < 12; page++) {
        const { data, requests }: QueryResult<Pages> = await at.query(document, {
          after,
        })
        expect(requests).toEqual({ ...NO_REQUESTS, [provider]: 1 })
        after = data![field]!.pageInfo.endCursor
      }
    }
  })

  it('are one for a page together with its total', async () => {
    expect(await count('{ vobizTransactions(first: 5) { totalCount edges { cursor } } }')).toMatchObject({ VOBIZ: 1 })
    expect(await count('{ kobbleTransactions(first: 5) { edges { cursor } totalCount } }')).toMatchObject({ KOBBLE: 1 })
    expect(await count('{ transactions { totalCount nodes { id } sources { totalCount } } }')).toMatchObject({
      VOBIZ: 1,
      KOBBLE: 1,
    })
    expect(await count('{ vobizTransactions { totalCount } }')).toMatchObject({ VOBIZ: 1, KOBBLE: 0 })
  })

  it('are at most two for three aliases of overlapping pages', async () => {
    const document =
      '{ a: FIELD(first: 30) { nodes { id } } b: FIELD(first: 10) { nodes { id } } c: FIELD(first: 20) { totalCount } }'
    expect(await count(document.replaceAll('FIELD', 'vobizTransactions'))).toMatchObject({ VOBIZ: 1 })
    expect(await count(document.replaceAll('FIELD', 'kobbleTransactions'))).toMatchObject({ KOBBLE: 1 })
    type Cursors = Record<string, { edges: { cursor: string }[] }>
    for (const field of ['vobizTransactions', 'kobbleTransactions']) {
      const { [field]: page } = await at.ask<Cursors>(`{ ${field}(first: 60) { edges { cursor } } }`)
      const [a, b, c] = [19, 29, 44].map((index) => page!.edges[index]!.cursor)
      const requests = await count(
        `query ($a: String, $b: String, $c: String) {
          a: ${field}(first: 20, after: $a) { nodes { id } }
          b: ${field}(first: 20, after: $b) { nodes { id } }
          c: ${field}(last: 20, before: $c) { nodes { id } }
        }`,
        { a, b, c },
      )
      expect(sumApiRequests(requests)).toBeLessThanOrEqual(2)
    }
  })

  it('are ten for twenty aliases of ten ids', async () => {
    const ids = at.kobble.entries.slice(0, 10).map(({ id }) => id)
    const aliases = [...ids, ...ids].map(
      (id, index) => `a${index}: kobbleTransaction(providerId: "${id}") { reference }`,
    )
    expect(await count(`{ ${aliases.join(' ')} }`)).toEqual({ ...NO_REQUESTS, KOBBLE: 10 })
  })

  it('are none for entries by id that a list of the same operation brought', async () => {
    const { kobbleTransactions: page } = await at.ask<{ kobbleTransactions: { nodes: { from: unknown }[] } }>(
      '{ kobbleTransactions(first: 30) { nodes { from { providerId } to { providerId } } } }',
    )
    expect(page.nodes).toHaveLength(30)
  })

  it('are one for ten entries of one customer and day', async () => {
    const [newest] = at.vobiz.entries.filter(({ created_at, account_id }, _, all) => {
      const sameDay = all.filter(
        (entry) => entry.account_id === account_id && entry.created_at.slice(0, 10) === created_at.slice(0, 10),
      )
      return sameDay.length >= 10 && !account_id.startsWith('PA_')
    })
    const day = newest!.created_at.slice(0, 10)
    const document = `{ vobizCustomer(authId: "${newest!.account_id}") { transactions(first: 10, filter: { from: "${day}", to: "${day}" }) { nodes { id } } } }`
    type Ids = { vobizCustomer: { transactions: { nodes: { id: string }[] } } }
    const ids = (await at.ask<Ids>(document)).vobizCustomer.transactions.nodes.map(({ id }) => id)
    expect(ids).toHaveLength(10)
    const byIds = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    expect(await at.ask(byIds, { ids })).toEqual({ nodes: ids.map((id) => ({ id })) })
    expect(await count(byIds, { ids })).toEqual({ ...NO_REQUESTS, VOBIZ: 1 })
  })

  it('are at most two for the far end of a list', async () => {
    expect((await count('{ vobizTransactions(last: 20) { nodes { id } } }')).VOBIZ).toBeLessThanOrEqual(2)
    expect(await count('{ kobbleTransactions(last: 20) { nodes { id } } }')).toMatchObject({ KOBBLE: 1 })
  })

  it('are one more at most after entries arrived', async () => {
    for (const [field, grow] of [
      ['vobizTransactions', () => at.vobiz.grow(Date.parse('2026-11-05T00:00:00Z'))],
      ['kobbleTransactions', () => at.kobble.grow(Date.parse('2026-11-05T00:00:00Z'))],
    ] as const) {
      const document = `query ($after: String) { ${field}(first: 10, after: $after) { pageInfo { endCursor hasNextPage } nodes { id } } }`
      type Cursor = Record<string, { pageInfo: { endCursor: string } }>
      let after = (await at.ask<Cursor>(document))[field]!.pageInfo.endCursor
      for (const arrivals of [1, 3, 25]) {
        for (let made = 0; made < arrivals; made++) grow()
        const { data, requests } = await at.query<Cursor>(document, { after })
        expect(sumApiRequests(requests)).toBeLessThanOrEqual(2)
        after = data![field]!.pageInfo.endCursor
      }
    }
  })
})

describe('entries that leave every sum of the list as it was', () => {
  it('are noticed all the same when one goes and another comes between two pages', async () => {
    const at = await startGateway({ sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } } })
    const add = (second: string) => at.vobiz.add({ amount: '0.45', created_at: `2026-03-01T00:00:${second}.000000Z` })
    const [fourth, third, second, first] = ['10', '20', '30', '40'].map(add)
    type Ledger = { vobizTransactions: { nodes: { providerId: string }[]; pageInfo: { endCursor: string } } }
    const document =
      'query ($after: String) { vobizTransactions(first: 2, after: $after) { nodes { providerId } pageInfo { endCursor } } }'
    const { vobizTransactions: page } = await at.ask<Ledger>(document)
    expect(page.nodes.map(({ providerId }) => providerId)).toEqual([first!.id, second!.id])
    at.vobiz.remove(first!.id)
    add('05')
    const { vobizTransactions: next } = await at.ask<Ledger>(document, { after: page.pageInfo.endCursor })
    expect(next.nodes.map(({ providerId }) => providerId)).toEqual([third!.id, fourth!.id])
    await at.close()
  })
})

/** The results list what is known of each of these. */
const TWO = pickProviders('KOBBLE', 'VOBIZ')

describe('a provider that fails', () => {
  it('fails the field, or leaves its part out and reports that, by the failure policy', async () => {
    const at = await startGateway({ providers: TWO, environment: { UPSTREAM_TIMEOUT_MS: '2000' } })
    const document = `query ($policy: FailurePolicy!, $after: String) {
      transactions(first: 5, after: $after, onProviderFailure: $policy) {
        totalCount
        nodes { provider }
        sources { provider totalCount error { code message } }
        pageInfo { hasNextPage endCursor }
      }
    }`
    at.vobiz.server.fault({ kind: 'reply', reply: { status: 400, json: { error: 'secret words' } } })
    const failed = await at.query(document, { policy: 'FAIL' })
    expect(failed.data).toBeNull()
    expect(failed.errors.map(({ extensions }) => extensions)).toEqual([
      { code: 'UPSTREAM_ERROR', provider: 'VOBIZ', operation: 'listTransactions', status: 400 },
    ])
    expect(failed.text).not.toContain('secret')
    const partial = await at.query<{ transactions: { pageInfo: { endCursor: string } } }>(document, {
      policy: 'PARTIAL',
    })
    expect(partial.errors).toEqual([])
    expect(partial.data).toMatchObject({
      transactions: {
        totalCount: null,
        nodes: Array(5).fill({ provider: 'KOBBLE' }),
        sources: [
          { provider: 'KOBBLE', totalCount: at.kobble.entries.length, error: null },
          {
            provider: 'VOBIZ',
            totalCount: null,
            error: { code: 'UPSTREAM_ERROR', message: 'VOBIZ answered with status 400.' },
          },
        ],
        pageInfo: { hasNextPage: true },
      },
    })
    at.vobiz.server.clearFaults()
    const after = partial.data!.transactions.pageInfo.endCursor
    const resumed = await at.ask<{ transactions: { nodes: { provider: string }[] } }>(document, {
      policy: 'PARTIAL',
      after,
    })
    expect(resumed.transactions.nodes.map(({ provider }) => provider)).toContain('VOBIZ')
    await at.close()
  })

  it('that is switched off is reported, by the one list and by its own fields', async () => {
    const off = {
      KOBBLE_BASE_URL: undefined,
      KOBBLE_TOKEN_URL: undefined,
      KOBBLE_CLIENT_ID: undefined,
      KOBBLE_CLIENT_SECRET: undefined,
    }
    const at = await startGateway({ providers: TWO, environment: off })
    const { transactions } = await at.ask<{ transactions: object }>(
      '{ transactions(first: 3) { totalCount nodes { provider } sources { provider totalCount error { code } } } }',
    )
    expect(transactions).toEqual({
      totalCount: at.vobiz.globalEntries.length,
      nodes: Array(3).fill({ provider: 'VOBIZ' }),
      sources: [
        { provider: 'KOBBLE', totalCount: null, error: { code: 'PROVIDER_NOT_CONFIGURED' } },
        { provider: 'VOBIZ', totalCount: at.vobiz.globalEntries.length, error: null },
      ],
    })
    for (const document of [
      '{ kobbleTransactions { nodes { id } } }',
      '{ kobbleWallet(providerId: "x") { id } }',
      '{ transactions(filter: { providers: [KOBBLE] }) { nodes { id } } }',
    ]) {
      const { errors } = await at.query(document)
      expect(errors.map(({ extensions }) => extensions)).toEqual([
        { code: 'PROVIDER_NOT_CONFIGURED', provider: 'KOBBLE' },
      ])
    }
    await at.close()
  })
})

describe('a caller who hangs up', () => {
  it('ends what was read for them', async () => {
    const at = await startGateway()
    const server = createListener(at.gateway).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    at.vobiz.server.fault({ kind: 'hang' })
    const caller = new AbortController()
    const answer = fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ vobizTransactions { nodes { id } } }' }),
      signal: caller.signal,
    }).catch((error: Error) => error.name)
    while (at.vobiz.server.requests.length === 0) await sleep(5)
    caller.abort()
    expect(await answer).toBe('AbortError')
    while (at.vobiz.server.aborted.length === 0) await sleep(5)
    expect(at.vobiz.server.requests).toHaveLength(1)
    server.close()
    await at.close()
  })
})

describe('bad input', () => {
  let at: TestGateway

  beforeAll(async () => {
    at = await startGateway({ sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } } })
  })
  afterAll(() => at.close())

  for (const [document, code, part] of [
    ['{', 'GRAPHQL_PARSE_FAILED', 'Syntax Error'],
    ['{ nope }', 'GRAPHQL_VALIDATION_FAILED', 'nope'],
    ['{ transactions(first: 101) { totalCount } }', 'BAD_USER_INPUT', 'from 0 to 100'],
    ['{ transactions(last: -1) { totalCount } }', 'BAD_USER_INPUT', 'from 0 to 100'],
    ['{ transactions(after: "x") { totalCount } }', 'INVALID_CURSOR', '"after" is not a cursor of this list'],
    ['{ kobbleWallets(before: "x") { totalCount } }', 'INVALID_CURSOR', '"before" is not a cursor of this list'],
    ['{ node(id: "x") { id } }', 'BAD_USER_INPUT', 'not an id that this gateway gave out'],
    ['{ nodes(ids: ["x"]) { id } }', 'BAD_USER_INPUT', 'not an id that this gateway gave out'],
    ['{ transactions(filter: { from: "2026-02-30" }) { totalCount } }', 'GRAPHQL_VALIDATION_FAILED', 'a calendar day'],
    [
      '{ transactions(filter: { from: "2026-02-02", to: "2026-02-01" }) { totalCount } }',
      'BAD_USER_INPUT',
      'must not be after',
    ],
    [
      '{ transactions(filter: { minAmount: "2", maxAmount: "1" }) { totalCount } }',
      'BAD_USER_INPUT',
      'must not be over',
    ],
    [
      '{ transactions(filter: { currency: "rupees" }) { totalCount } }',
      'GRAPHQL_VALIDATION_FAILED',
      'three capital letters',
    ],
  ] as const) {
    it(`has an error of its own and costs nothing: ${document}`, async () => {
      const { errors, requests } = await at.query(document)
      expect(errors.map(({ extensions }) => extensions.code)).toEqual([code])
      expect(errors[0]!.message).toContain(part)
      expect(requests).toEqual(NO_REQUESTS)
    })
  }
})
