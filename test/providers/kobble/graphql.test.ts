import { afterEach, describe, expect, it } from 'vitest'
import { encodeGlobalId } from '../../../src/graphql/node.ts'
import type {
  KobbleSandboxEntry,
  KobbleSandboxOptions,
  KobbleSandboxTraits,
} from '../../../src/providers/kobble/sandbox/index.ts'
import { parseDateTime } from '../../../src/sandbox/timeline.ts'
import { NO_REQUESTS, type QueryResult, startGateway, type TestGateway } from '../../support/gateway.ts'
import { collectRows } from '../../support/pages.ts'
import { directionBy } from './contract.ts'

interface Connection<Node> {
  readonly nodes: readonly Node[]
  readonly totalCount: number | null
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}
interface Entry {
  readonly id: string
  readonly providerId: string
  readonly fromId: string | null
  readonly toId: string | null
  readonly from: { readonly providerId: string } | null
  readonly to: { readonly providerId: string } | null
}
interface Answer {
  readonly kobbleTransactions: Connection<Entry>
  readonly kobbleWallets: Connection<{ readonly providerId: string }>
  readonly nodes: readonly (Entry | null)[]
}

let gateway: TestGateway
afterEach(() => gateway.close())

const start = async (kobble: KobbleSandboxOptions = {}) => {
  gateway = await startGateway({ sandboxes: { kobble, vobiz: { data: 'empty' } } })
  return gateway.kobble
}
const startEmpty = (traits: Partial<KobbleSandboxTraits> = {}) => start({ data: 'empty', traits })

const ids = (entries: readonly { readonly id: string }[]) => entries.map(({ id }) => id)
const providerIds = (nodes: readonly (Pick<Entry, 'providerId'> | null)[]) =>
  nodes.map((node) => node?.providerId ?? null)

/** Returns all entries of the list at `path`, page by page. */
async function readAll(path: readonly string[], args: string, selection: string): Promise<Record<string, unknown>[]> {
  type Page = Connection<Record<string, unknown>> & { readonly edges?: readonly Record<string, unknown>[] }
  const read = async (after: string | null) => {
    const list = `${path.at(-1)}(after: $after ${args}) { ${selection} pageInfo { hasNextPage endCursor } }`
    let answer: unknown = await gateway.ask(
      `query($after: String) { ${path.slice(0, -1).reduceRight((inner, field) => `${field} { ${inner} }`, list)} }`,
      { after },
    )
    for (const field of path) answer = (answer as Record<string, unknown>)[/^\w+/.exec(field)![0]]
    return answer as Page
  }
  return collectRows(read, ({ edges, nodes }) => edges ?? nodes)
}

const MONEY = '{ amount currency }'
const ENTRY = `__typename id provider providerId amount ${MONEY} direction status providerStatus category providerType
  reference createdAt updatedAt affectsBalance raw asset assetClass paymentType externalId fromId toId metadata info`
const WALLET = `id providerId externalId holderId status available ${MONEY} reserved ${MONEY} total ${MONEY} createdAt updatedAt`

const STATUSES: Record<string, string> = { ACCEPTED: 'COMPLETED', PENDING: 'PENDING', DECLINED: 'DECLINED' }
const CATEGORIES: Record<string, string> = Object.fromEntries(
  ['REFUND', 'RESERVATION', 'REVERSAL', 'SETTLEMENT', 'MANUAL_CREDIT', 'MANUAL_DEBIT', 'CARD_SPEND'].map((type) => [
    type,
    type,
  ]),
)

/** An entry as the schema's tables have it. */
function expected(entry: KobbleSandboxEntry): object {
  const { from, to } = entry
  const status = STATUSES[entry.status] ?? 'UNKNOWN'
  return {
    __typename: 'KobbleTransaction',
    id: encodeGlobalId('KobbleTransaction', entry.id),
    provider: 'KOBBLE',
    providerId: entry.id,
    amount: { amount: entry.amount, currency: entry.asset },
    direction: directionBy(entry, ids(gateway.kobble.wallets)),
    status,
    providerStatus: entry.status,
    category: entry.type === 'INTER_WALLET' ? 'TRANSFER' : (CATEGORIES[entry.type] ?? null),
    providerType: entry.type,
    reference: entry.reference,
    createdAt: entry.created_at,
    updatedAt: entry.updated_at,
    affectsBalance: status === 'COMPLETED' && entry.type !== 'RESERVATION',
    raw: { ...entry, amount: Number(entry.amount) },
    asset: entry.asset,
    assetClass: entry.asset_class,
    paymentType: entry.payment_type,
    externalId: entry.external_id,
    fromId: from,
    toId: to,
    metadata: entry.metadata,
    info: entry.info,
  }
}

describe('KobbleTransaction', () => {
  it('maps every entry of a year as its row says', async () => {
    const kobble = await start()
    const nodes = await readAll(['kobbleTransactions'], 'first: 100', `nodes { ${ENTRY} }`)
    expect(nodes).toEqual(kobble.entries.map(expected))
    for (const field of ['fromId', 'toId', 'info', 'externalId']) {
      expect(new Set(nodes.map((node) => node[field] === null))).toEqual(new Set([true, false]))
    }
    expect(gateway.requests()).toEqual({
      ...NO_REQUESTS,
      // The pages, and once the wallets, which the directions depend on.
      KOBBLE: Math.ceil(kobble.entries.length / 100) + 1,
      KOBBLE_TOKEN_URL: 1,
    })
  })

  it('keeps unknown provider words beside UNKNOWN and null', async () => {
    const kobble = await startEmpty()
    const odd = kobble.add({ from: null, to: null, type: 'GIFT', status: 'FROZEN', payment_type: 'PIGEON' })
    const [node] = await readAll(['kobbleTransactions'], '', `nodes { ${ENTRY} from { id } to { id } }`)
    expect(node).toEqual({ ...expected(odd), from: null, to: null })
    expect(node).toMatchObject({ direction: null, status: 'UNKNOWN', category: null, affectsBalance: false })
  })

  it('is found by its id, and null where there is none', async () => {
    const kobble = await start()
    const entry = kobble.entries[40]!
    const { data, requests } = await gateway.query(
      `query($providerId: ID!, $id: ID!) {
        found: kobbleTransaction(providerId: $providerId) { ${ENTRY} }
        node(id: $id) { ... on KobbleTransaction { ${ENTRY} } }
        unknown: kobbleTransaction(providerId: "nothing") { id }
      }`,
      { providerId: entry.id, id: encodeGlobalId('KobbleTransaction', entry.id) },
    )
    expect(data).toEqual({ found: expected(entry), node: expected(entry), unknown: null })
    // Two transactions, and the wallets.
    expect(requests.KOBBLE).toBe(3)
  })

  it.each(['', '.', '..', '../wallets', 'a/b', '%2e%2e/wallets'])('is null for the id %j', async (providerId) => {
    await start()
    const { data, errors } = await gateway.query('query($id: ID!) { kobbleTransaction(providerId: $id) { id } }', {
      id: providerId,
    })
    expect([data, errors]).toEqual([{ kobbleTransaction: null }, []])
  })

  it('costs ten requests for twenty aliases of ten ids', async () => {
    const kobble = await start()
    const aliases = Array.from({ length: 20 }, (_, index) => {
      const id = encodeGlobalId('KobbleTransaction', kobble.entries[index % 10]!.id)
      return `a${index}: node(id: "${id}") { ... on KobbleTransaction { providerId } }`
    })
    const { data, requests } = await gateway.query(`{ ${aliases.join(' ')} }`)
    expect(Object.values(data!)).toEqual(
      Array.from({ length: 20 }, (_, index) => ({ providerId: kobble.entries[index % 10]!.id })),
    )
    expect(requests).toEqual({ ...NO_REQUESTS, KOBBLE: 10, KOBBLE_TOKEN_URL: 1 })
  })

  it('fails alone among nodes where its id is none, or where it cannot be read', async () => {
    const kobble = await start()
    const [one, two] = kobble.entries
    const globalId = (id: string) => encodeGlobalId('KobbleTransaction', id)
    kobble.api.fault({
      kind: 'reply',
      reply: { status: 200, json: { id: two!.id, amount: 1 } },
      on: ({ path }) => path.endsWith(two!.id),
    })
    const { data, errors } = await gateway.query<Answer>(
      'query($ids: [ID!]!) { nodes(ids: $ids) { ... on KobbleTransaction { providerId } } }',
      { ids: [globalId(one!.id), globalId('unknown'), 'no id', globalId(two!.id), globalId(one!.id)] },
    )
    expect(providerIds(data!.nodes)).toEqual([one!.id, null, null, null, one!.id])
    expect(errors.map(({ path, extensions }) => [path, extensions.code, extensions.rowId])).toEqual([
      [['nodes', 2], 'BAD_USER_INPUT', undefined],
      [['nodes', 3], 'UPSTREAM_INVALID_RESPONSE', two!.id],
    ])
  })
})

describe('KobbleTransaction.from and .to', () => {
  const QUERY = `{ kobbleTransactions(first: 20) { nodes {
    fromId toId from { providerId } to { providerId status }
  } } }`

  it('cost one request for twenty rows of many wallets, and are null for what is no wallet', async () => {
    const kobble = await startEmpty()
    const wallets = Array.from({ length: 5 }, () => kobble.addWallet({ status: 'SUSPENDED' }).id)
    for (let index = 0; index < 20; index++) {
      const [from, to] = [wallets[index % 5]!, index % 3 === 0 ? 'account-elsewhere' : wallets[(index + 1) % 5]!]
      kobble.add(index % 4 === 3 ? { to } : { from, to })
    }
    const { data, requests } = await gateway.query<Answer>(QUERY)
    const walletOf = (id: string | null) => (id !== null && wallets.includes(id) ? { providerId: id } : null)
    const { nodes } = data!.kobbleTransactions
    expect(nodes.map(({ from }) => from)).toEqual(nodes.map(({ fromId }) => walletOf(fromId)))
    expect(nodes.map(({ to }) => to)).toEqual(
      nodes.map(({ toId }) => walletOf(toId) && { ...walletOf(toId), status: 'SUSPENDED' }),
    )
    expect(nodes.some(({ toId }) => toId === 'account-elsewhere')).toBe(true)
    expect(requests.KOBBLE).toBe(2)
  })

  it('cost one request for each of two wallets', async () => {
    const kobble = await startEmpty()
    const [one, two] = [kobble.addWallet().id, kobble.addWallet().id]
    for (let index = 0; index < 20; index++) kobble.add({ from: one, to: two })
    const { requests } = await gateway.query(QUERY)
    expect(requests.KOBBLE).toBe(3)
  })

  it('cost nothing where nothing but their ids is selected, and nothing where the wallets are at hand', async () => {
    await start()
    expect((await gateway.query('{ kobbleTransactions(first: 20) { nodes { fromId toId } } }')).requests.KOBBLE).toBe(1)
    const { requests, errors } = await gateway.query(
      '{ kobbleWallets(first: 6) { nodes { transactions(first: 3) { nodes { from { status } } } } } }',
    )
    expect(errors).toEqual([])
    expect(requests.KOBBLE).toBeLessThanOrEqual(1 + 6 + 1)
  })
})

describe('Query.kobbleTransactions', () => {
  const at = (second: number, fraction = '') => `2026-03-01T00:00:${String(second).padStart(2, '0')}${fraction}Z`

  it('filters by instants, both included, and counts exactly', async () => {
    const kobble = await startEmpty()
    for (let second = 0; second < 40; second++) kobble.add({ created_at: at(second, '.000') })
    for (const fraction of ['.0004', '.999', '.9999']) kobble.add({ created_at: at(20, fraction) })
    const filters = [
      { from: at(20) },
      { to: at(20) },
      { from: at(10), to: at(20, '.999') },
      { from: at(20), to: at(20) },
      { from: at(20, '.0004'), to: at(20, '.9995') },
      { from: '2026-03-01T05:30:30+05:30' },
      { from: '2026-04-01T00:00:00Z', to: '2026-04-02T00:00:00Z' },
    ]
    for (const { from = at(0), to = at(59) } of filters) {
      const [first, last] = [parseDateTime(from)!, parseDateTime(to)!]
      const filter = `from: "${from}", to: "${to}"`
      const wanted = kobble.entries.filter(({ created_at }) => {
        const instant = parseDateTime(created_at)!
        return instant >= first && instant <= last
      })
      for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST']) {
        const nodes = await readAll(
          ['kobbleTransactions'],
          `first: 7, order: ${order}, filter: { ${filter} }`,
          'nodes { providerId }',
        )
        const ordered = order === 'NEWEST_FIRST' ? ids(wanted) : ids(wanted).reverse()
        expect(nodes.map(({ providerId }) => providerId)).toEqual(ordered)
      }
      const { kobbleTransactions } = await gateway.ask<Answer>(
        `{ kobbleTransactions(first: 2, filter: { ${filter} }) { totalCount nodes { id } } }`,
      )
      expect(kobbleTransactions.totalCount).toBe(wanted.length)
    }
  })

  it('refuses a period that ends before it begins, without a request', async () => {
    await start()
    const { errors, requests } = await gateway.query(
      `{ kobbleTransactions(filter: { from: "${at(2)}", to: "${at(1)}" }) { totalCount } }`,
    )
    expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT' }])
    expect(requests).toEqual(NO_REQUESTS)
  })

  const traits: [string, Partial<KobbleSandboxTraits>][] = [
    ['clamps limits', { maxLimit: 30 }],
    ['clamps limits and does not say so', { maxLimit: 30, headers: { total: true, offset: true, limit: false } }],
    ['sends no headers', { headers: { total: false, offset: false, limit: false } }],
    ['clamps limits and sends no headers', { maxLimit: 7, headers: { total: false, offset: false, limit: false } }],
    ['sends no total', { headers: { total: false, offset: true, limit: true } }],
  ]
  it.each(traits)('gives the right rows where Kobble %s', async (_, given) => {
    const kobble = await startEmpty(given)
    kobble.load(Array.from({ length: 207 }, () => ({})))
    for (const size of [100, 7, 40]) {
      for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST']) {
        const nodes = await readAll(['kobbleTransactions'], `first: ${size}, order: ${order}`, 'nodes { providerId }')
        const wanted = order === 'NEWEST_FIRST' ? ids(kobble.entries) : ids(kobble.entries).reverse()
        expect(nodes.map(({ providerId }) => providerId)).toEqual(wanted)
      }
    }
    const { kobbleTransactions } = await gateway.ask<Answer>(
      '{ kobbleTransactions(last: 60) { totalCount nodes { providerId } } }',
    )
    expect(providerIds(kobbleTransactions.nodes)).toEqual(ids(kobble.entries.slice(-60)))
    expect(kobbleTransactions.totalCount).toBe(given.headers?.total === false ? null : 207)
  })

  it('sends every parameter that has no documented default', async () => {
    const kobble = await start()
    await gateway.ask('{ kobbleTransactions(first: 5) { nodes { id } } }')
    await gateway.ask('{ kobbleTransactions(last: 5) { nodes { id } } }')
    for (const { query } of kobble.api.requests) {
      expect([...query.keys()]).toEqual(expect.arrayContaining(['offset', 'limit', 'order']))
    }
  })
})

describe('KobbleWallet', () => {
  it('maps the row without its bank account', async () => {
    const kobble = await start()
    const nodes = await readAll(['kobbleWallets'], 'first: 4', `nodes { ${WALLET} }`)
    const money = (amount: string) => ({ amount, currency: 'AUD' })
    expect(nodes).toEqual(
      kobble.wallets.map((wallet) => ({
        id: encodeGlobalId('KobbleWallet', wallet.id),
        providerId: wallet.id,
        externalId: wallet.external_id,
        holderId: wallet.holder_id,
        status: wallet.status,
        available: money(wallet.amount),
        reserved: money(wallet.reserved_amount),
        total: money(wallet.total_amount),
        createdAt: wallet.created_at,
        updatedAt: wallet.updated_at,
      })),
    )
    expect(gateway.requests().KOBBLE).toBe(2)
  })

  it('is found by its id, and null where there is none', async () => {
    const kobble = await start()
    const { id, status } = kobble.wallets[3]!
    const { data, requests } = await gateway.query(
      `query($providerId: ID!, $id: ID!) {
        found: kobbleWallet(providerId: $providerId) { status }
        node(id: $id) { ... on KobbleWallet { status } }
        unknown: kobbleWallet(providerId: "nothing") { id }
        none: kobbleWallet(providerId: "..") { id }
      }`,
      { providerId: id, id: encodeGlobalId('KobbleWallet', id) },
    )
    expect(data).toEqual({ found: { status }, node: { status }, unknown: null, none: null })
    expect(requests.KOBBLE).toBeLessThanOrEqual(2)
  })

  it('is listed both ways', async () => {
    const kobble = await start()
    const all = ids(kobble.wallets)
    const { kobbleWallets } = await gateway.ask<Answer>(
      '{ kobbleWallets(last: 2) { totalCount nodes { providerId } pageInfo { hasPreviousPage hasNextPage startCursor } } }',
    )
    expect(providerIds(kobbleWallets.nodes)).toEqual(all.slice(-2))
    expect(kobbleWallets).toMatchObject({ totalCount: 6, pageInfo: { hasPreviousPage: true, hasNextPage: false } })
    const { startCursor } = kobbleWallets.pageInfo as unknown as { startCursor: string }
    const { data, requests } = await gateway.query<Answer>(
      'query($before: String) { kobbleWallets(last: 2, before: $before) { nodes { providerId } } }',
      { before: startCursor },
    )
    expect(providerIds(data!.kobbleWallets.nodes)).toEqual(all.slice(-4, -2))
    expect(requests.KOBBLE).toBe(1)
  })

  it('leaves a place empty where it cannot be understood', async () => {
    const kobble = await start()
    const [first, spoilt] = kobble.wallets
    kobble.api.fault({
      kind: 'alter',
      alter(reply) {
        const rows = JSON.parse(JSON.stringify(reply.json)) as Record<string, unknown>[]
        return { ...reply, json: rows.map((row) => (row.id === spoilt!.id ? { ...row, reserved_amount: null } : row)) }
      },
    })
    const { data, errors } = await gateway.query<Answer>('{ kobbleWallets(first: 2) { nodes { providerId } } }')
    expect(providerIds(data!.kobbleWallets.nodes)).toEqual([first!.id, null])
    expect(errors.map(({ extensions }) => extensions)).toMatchObject([
      { code: 'UPSTREAM_INVALID_RESPONSE', provider: 'KOBBLE', rowId: spoilt!.id, field: 'reserved_amount' },
    ])
  })
})

describe('KobbleWallet.transactions', () => {
  it('has the direction as seen from the wallet', async () => {
    const kobble = await start()
    for (const { id } of kobble.wallets) {
      const own = kobble.entries.filter(({ from, to }) => from === id || to === id)
      const edges = await readAll(
        [`kobbleWallet(providerId: "${id}")`, 'transactions'],
        'first: 100',
        'edges { direction node { providerId direction } }',
      )
      expect(edges).toEqual(
        own.map((entry) => ({
          direction: directionBy(entry, [id]),
          node: { providerId: entry.id, direction: directionBy(entry, ids(kobble.wallets)) },
        })),
      )
    }
    expect(kobble.entries.some(({ from, to }) => from === to)).toBe(true)
  })

  it('has no direction where the entry cannot be understood', async () => {
    const kobble = await startEmpty()
    const wallet = kobble.addWallet().id
    kobble.add({ from: wallet })
    kobble.api.fault({
      kind: 'alter',
      on: ({ path }) => path.endsWith('/transactions'),
      alter: (reply) => ({ ...reply, json: [{ id: 't', from: wallet, to: null }] }),
    })
    const { data, errors } = await gateway.query(
      `{ kobbleWallet(providerId: "${wallet}") { transactions { edges { direction node { id } } } } }`,
    )
    expect(data).toEqual({ kobbleWallet: { transactions: { edges: [{ direction: null, node: null }] } } })
    expect(errors).toHaveLength(1)
  })

  const headers = (total: boolean) => ({ total, offset: total, limit: total })
  it.each<[string, Partial<KobbleSandboxTraits>]>([
    ['heeds the filter', {}],
    ['ignores the filter', { totalIgnoresFilters: true }],
    ['ignores the filter and clamps limits', { totalIgnoresFilters: true, maxLimit: 9 }],
    ['is absent', { headers: headers(false) }],
  ])('pages exactly where the total %s', async (_, traits) => {
    const kobble = await startEmpty(traits)
    const [wallet, other] = [kobble.addWallet().id, kobble.addWallet().id]
    for (let index = 0; index < 45; index++) kobble.add(index % 3 === 0 ? { to: wallet } : { from: other })
    const own = ids(kobble.entries.filter(({ to }) => to === wallet))
    const path = [`kobbleWallet(providerId: "${wallet}")`, 'transactions']
    for (const size of [1, 5, 14, 15, 16, 40]) {
      for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST']) {
        // Reads on exactly as long as there is a next page, so that a wrong flag shows.
        const nodes = await readAll(path, `first: ${size}, order: ${order}`, 'nodes { providerId }')
        expect(providerIds(nodes as unknown as Entry[])).toEqual(order === 'NEWEST_FIRST' ? own : own.toReversed())
      }
      const { kobbleWallet } = await gateway.ask<{ kobbleWallet: { transactions: Connection<Entry> } }>(
        `{ kobbleWallet(providerId: "${wallet}") {
          transactions(first: ${size}) { totalCount nodes { providerId } pageInfo { hasNextPage } }
        } }`,
      )
      const { totalCount, nodes, pageInfo } = kobbleWallet.transactions
      expect([nodes.length, pageInfo.hasNextPage]).toEqual([Math.min(size, 15), size < 15])
      expect([15, null]).toContain(totalCount)
      if (!traits.totalIgnoresFilters) expect(totalCount).toBe(traits.headers ? null : 15)
    }
  })

  it('leaves out what is not of the wallet, should Kobble send it', async () => {
    const kobble = await startEmpty()
    const wallet = kobble.addWallet().id
    const own = kobble.add({ to: wallet })
    kobble.api.fault({
      kind: 'alter',
      on: ({ path }) => path.endsWith('/transactions'),
      alter: (reply) => {
        const rows = JSON.parse(JSON.stringify(reply.json)) as object[]
        return { ...reply, json: [...rows, ...rows.map((row) => ({ ...row, id: 'stray', to: 'another' }))] }
      },
    })
    const { kobbleWallet } = await gateway.ask<{ kobbleWallet: { transactions: Connection<Entry> } }>(
      `{ kobbleWallet(providerId: "${wallet}") { transactions(first: 5) { nodes { providerId } } } }`,
    )
    expect(providerIds(kobbleWallet.transactions.nodes)).toEqual([own.id])
  })
})

describe("Kobble's token", () => {
  const QUERY = '{ kobbleTransactions(first: 1) { nodes { providerId } } }'

  it('is fetched once for all operations', async () => {
    await start()
    expect((await gateway.query(QUERY)).requests).toEqual({ ...NO_REQUESTS, KOBBLE: 1, KOBBLE_TOKEN_URL: 1 })
    expect((await gateway.query(QUERY)).requests).toEqual({ ...NO_REQUESTS, KOBBLE: 1 })
  })

  it('is fetched once for operations that come at the same time', async () => {
    const kobble = await start()
    const answers = await Promise.all([
      gateway.query(QUERY),
      gateway.query('{ kobbleWallets(first: 1) { nodes { providerId } } }'),
      gateway.query(`{ kobbleTransaction(providerId: "${kobble.entries[0]!.id}") { id } }`),
    ])
    expect(answers.flatMap(({ errors }) => errors)).toEqual([])
    expect(gateway.requests()).toEqual({ ...NO_REQUESTS, KOBBLE: 3, KOBBLE_TOKEN_URL: 1 })
  })

  it('is renewed once where it is not honoured any more', async () => {
    const kobble = await start()
    await gateway.ask(QUERY)
    kobble.revokeTokens()
    const { errors, requests } = await gateway.query(QUERY)
    expect(errors).toEqual([])
    expect(requests).toEqual({ ...NO_REQUESTS, KOBBLE: 2, KOBBLE_TOKEN_URL: 1 })
  })

  it('is renewed once for all requests for which it is not honoured any more', async () => {
    const kobble = await start()
    await gateway.ask(QUERY)
    kobble.revokeTokens()
    const answers: QueryResult<unknown>[] = await Promise.all([
      gateway.query(QUERY),
      gateway.query('{ kobbleWallets(first: 1) { nodes { providerId } } }'),
    ])
    expect(answers.flatMap(({ errors }) => errors)).toEqual([])
    expect(gateway.requests().KOBBLE_TOKEN_URL).toBe(2)
  })

  it('is reported as a failure of the credentials when it is rejected', async () => {
    const kobble = await start()
    kobble.tokens.fault({ kind: 'reply', reply: { status: 400, json: { error: 'invalid_client' } } })
    const { errors, requests } = await gateway.query(QUERY)
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      { code: 'UPSTREAM_AUTH', provider: 'KOBBLE', operation: 'getAccessToken' },
    ])
    expect(requests.KOBBLE).toBe(0)
  })

  it('is in no response, and neither are the credentials', async () => {
    const kobble = await start()
    const list = `edges { cursor node { ${ENTRY} from { ${WALLET} } to { ${WALLET} } } } nodes { ${ENTRY} } totalCount`
    const { text, errors } = await gateway.query(
      `{ kobbleTransactions(first: 50) { ${list} }
         kobbleWallets(first: 10) { nodes { ${WALLET} transactions(first: 3) { ${list} } } } }`,
    )
    expect(errors).toEqual([])
    const [request] = kobble.api.requests
    expect(text).not.toContain(request!.headers.authorization!.slice('Bearer '.length))
    expect(text).not.toContain(kobble.environment.KOBBLE_CLIENT_SECRET)
    for (const { account_number } of kobble.wallets) if (account_number) expect(text).not.toContain(account_number)
  })
})
