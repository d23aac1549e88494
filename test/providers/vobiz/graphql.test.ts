import { afterEach, describe, expect, it } from 'vitest'
import { encodeGlobalId } from '../../../src/graphql/node.ts'
import type {
  VobizSandboxEntry,
  VobizSandboxOptions,
  VobizSandboxTraits,
} from '../../../src/providers/vobiz/sandbox/index.ts'
import type { UpstreamReply } from '../../../src/sandbox/server.ts'
import { type QueryResult, startGateway, type TestGateway } from '../../support/gateway.ts'
import { collectRows } from '../../support/pages.ts'

interface Connection<Node> {
  readonly nodes: readonly Node[]
  readonly totalCount: number | null
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}
interface Entry {
  readonly id: string
  readonly providerId: string
  readonly accountId: string
  readonly customer: { readonly authId: string } | null
}
interface Answer {
  readonly vobizTransactions: Connection<Entry>
  readonly transactions: Connection<Entry>
  readonly vobizCustomers: Connection<{ readonly authId: string }>
  readonly nodes: readonly (Entry | null)[]
}

let gateway: TestGateway
afterEach(() => gateway.close())

const start = async (vobiz: VobizSandboxOptions = {}) => {
  gateway = await startGateway({ sandboxes: { vobiz, kobble: { data: 'empty' } } })
  return gateway.vobiz
}
const startEmpty = (traits: Partial<VobizSandboxTraits> = {}) => start({ data: 'empty', traits })

const ids = (entries: readonly { readonly id: string }[]) => entries.map(({ id }) => id)
const providerIds = (nodes: readonly (Entry | null)[]) => nodes.map((node) => node?.providerId ?? null)
const dayOf = ({ created_at }: VobizSandboxEntry) => created_at.slice(0, 10)
/** An answer in which a customer's auth id is no text. */
function spoil(reply: UpstreamReply, authId: string): UpstreamReply {
  const json = JSON.parse(JSON.stringify(reply.json)) as { accounts?: Record<string, unknown>[] }
  for (const row of json.accounts ?? []) if (row.auth_id === authId) row.auth_id = 7
  return { ...reply, json }
}

/** The global id of an entry: its customer and its UTC day say where to look for it. */
const globalId = (entry: VobizSandboxEntry, day = dayOf(entry)) =>
  encodeGlobalId('VobizTransaction', `${entry.account_id}/${day}/${entry.id}`)

/** Returns all entries of a list, page by page. */
async function readAll(field: string, args: string, selection: string): Promise<Record<string, unknown>[]> {
  const list = `${field}(after: $after ${args}) { nodes { ${selection} } pageInfo { hasNextPage endCursor } }`
  type Answer = Record<string, Connection<Record<string, unknown>>>
  const read = async (after: string | null) =>
    (await gateway.ask<Answer>(`query($after: String) { ${list} }`, { after }))[field]!
  return collectRows(read, ({ nodes }) => nodes)
}

const getNodes = (wanted: readonly string[]) =>
  gateway.query<Answer>(
    'query($ids: [ID!]!) { nodes(ids: $ids) { ... on VobizTransaction { id providerId accountId } } }',
    { ids: wanted },
  )

const ENTRY = `__typename id provider providerId amount { amount currency } direction status providerStatus category
  providerType reference createdAt updatedAt affectsBalance raw accountId balanceId description referenceType
  processedAt transfer { partnerId customerAuthId requestedAt }`

describe('VobizTransaction', () => {
  const STATUSES: Record<string, string> = {
    completed: 'COMPLETED',
    pending: 'PENDING',
    failed: 'FAILED',
    cancelled: 'CANCELLED',
  }

  function categoryOf({ type, reference, reference_type }: VobizSandboxEntry): string | null {
    if (reference?.startsWith('ptc:')) return 'TRANSFER'
    if (reference_type === 'refund') return 'REFUND'
    if (reference_type === 'payment') return 'TOP_UP'
    if (reference_type === 'manual_adjustment') return 'ADJUSTMENT'
    return type === 'debit' ? 'USAGE' : null
  }

  /** An entry as the schema's tables have it. */
  function expected(entry: VobizSandboxEntry): object {
    const { transaction_type: _type, ledger: _ledger, reference, reference_type, ...row } = entry
    const [, partnerId, customerAuthId, seconds] = /^ptc:(.+):(.+):(\d+)$/.exec(reference ?? '') ?? []
    const optional = { ...(reference !== null && { reference }), ...(reference_type !== null && { reference_type }) }
    return {
      __typename: 'VobizTransaction',
      id: globalId(entry),
      provider: 'VOBIZ',
      providerId: entry.id,
      amount: { amount: entry.amount, currency: 'INR' },
      direction: { credit: 'CREDIT', debit: 'DEBIT' }[entry.type] ?? null,
      status: STATUSES[entry.status] ?? 'UNKNOWN',
      providerStatus: entry.status,
      category: categoryOf(entry),
      providerType: entry.type,
      reference,
      createdAt: entry.created_at,
      updatedAt: entry.updated_at,
      affectsBalance: entry.status === 'completed',
      raw: { ...row, ...optional, amount: Number(entry.amount) },
      accountId: entry.account_id,
      balanceId: entry.balance_id,
      description: entry.description,
      referenceType: reference_type,
      processedAt: entry.processed_at,
      transfer:
        seconds === undefined
          ? null
          : {
              partnerId,
              customerAuthId,
              requestedAt: new Date(Number(seconds) * 1000).toISOString().replace('.000', ''),
            },
    }
  }

  it('maps every entry of a year to the values of its row', async () => {
    const vobiz = await start()
    const nodes = await readAll('vobizTransactions', 'first: 100', ENTRY)
    expect(nodes).toEqual(vobiz.globalEntries.map(expected))
    for (const field of ['direction', 'category', 'reference', 'referenceType', 'transfer']) {
      expect(new Set(nodes.map((node) => node[field] === null))).toEqual(new Set([true, false]))
    }
    expect(gateway.requests().VOBIZ).toBe(Math.ceil(vobiz.globalEntries.length / 100))
  })

  it('keeps unknown words of the provider beside UNKNOWN and null', async () => {
    const vobiz = await startEmpty()
    const entry = vobiz.add({ type: 'escrow', status: 'on_hold', reference_type: 'barter', reference: 'ptc:odd' })
    expect(await readAll('vobizTransactions', '', ENTRY)).toEqual([
      { ...expected(entry), direction: null, status: 'UNKNOWN', category: 'TRANSFER' },
    ])
    vobiz.update(entry.id, { reference: null, amount: '-0.50', type: 'debit', reference_type: 'cdr' })
    expect(await readAll('vobizTransactions', '', 'amount { amount } direction category status raw')).toEqual([
      { amount: { amount: '0.50' }, direction: 'DEBIT', category: 'USAGE', status: 'UNKNOWN', raw: expect.anything() },
    ])
  })

  it('turns times of any offset into UTC, with their digits, and finds the entry by its UTC day', async () => {
    const vobiz = await startEmpty()
    const entry = vobiz.add({ created_at: '2026-04-01T02:00:00.120300+05:30', updated_at: '2026-04-01T00:00:00Z' })
    const nodes = await readAll('vobizTransactions', '', 'id createdAt updatedAt')
    expect(nodes).toEqual([
      {
        id: globalId(entry, '2026-03-31'),
        createdAt: '2026-03-31T20:30:00.120300Z',
        updatedAt: '2026-04-01T00:00:00Z',
      },
    ])
    const { data } = await getNodes([String(nodes[0]!.id)])
    expect(providerIds(data!.nodes)).toEqual([entry.id])
  })
})

describe('VobizTransaction.customer', () => {
  const QUERY = '{ vobizTransactions(first: 20) { nodes { accountId customer { authId name } } } }'

  async function startWith(customers: number, rows: number) {
    const vobiz = await startEmpty()
    for (let index = 0; index < customers; index++) vobiz.addCustomer({ name: `Customer ${index}` })
    for (let index = 0; index < rows; index++) {
      vobiz.add({ account_id: vobiz.customers[index % customers]!.auth_id })
    }
    return vobiz
  }

  it('costs one request for twenty rows of eight customers', async () => {
    const { customers } = await startWith(8, 20)
    const { data, requests } = await gateway.query<Answer>(QUERY)
    const names = new Map(customers.map(({ auth_id, name }) => [auth_id, name]))
    expect(data!.vobizTransactions.nodes.map(({ customer }) => customer)).toEqual(
      data!.vobizTransactions.nodes.map(({ accountId }) => ({ authId: accountId, name: names.get(accountId) })),
    )
    expect(requests.VOBIZ).toBe(2)
  })

  it('costs one request for each of two customers', async () => {
    await startWith(2, 20)
    const { requests } = await gateway.query(QUERY)
    expect(requests.VOBIZ).toBe(3)
  })

  it('costs no request when the customer was loaded before', async () => {
    await startWith(8, 20)
    const { requests } = await gateway.query(
      '{ vobizCustomers(first: 8) { nodes { transactions(first: 2) { nodes { customer { name } } } } } }',
    )
    expect(requests.VOBIZ).toBe(1 + 8)
  })

  it('reads at most one page of customers for each wanted customer', async () => {
    const { customers } = await startWith(430, 0)
    const wanted = [customers[3], customers[105], customers[429]].map((customer) => customer!.auth_id)
    for (const account_id of wanted) gateway.vobiz.add({ account_id })
    const { data, requests } = await gateway.query<Answer>(QUERY)
    expect(data!.vobizTransactions.nodes.map(({ customer }) => customer?.authId)).toEqual(wanted.reverse())
    expect(requests.VOBIZ).toBeLessThanOrEqual(1 + 1 + wanted.length)
  })

  it("is null on the partner's own account", async () => {
    const vobiz = await start()
    const own = vobiz.environment.VOBIZ_AUTH_ID
    const nodes = await readAll(
      'vobizTransactions',
      'first: 100, filter: { type: TRANSFER }',
      'accountId customer { authId }',
    )
    expect(nodes.some(({ accountId }) => accountId === own)).toBe(true)
    expect(nodes.map(({ customer }) => customer)).toEqual(
      nodes.map(({ accountId }) => (accountId === own ? null : { authId: accountId })),
    )
  })
})

describe('Query.vobizTransactions', () => {
  it('filters by UTC days and by type, alone and together', async () => {
    const { globalEntries: entries } = await start()
    const filters = [
      ['from: "2026-10-30"', (entry: VobizSandboxEntry) => dayOf(entry) >= '2026-10-30'],
      ['to: "2025-11-02"', (entry: VobizSandboxEntry) => dayOf(entry) <= '2025-11-02'],
      ['from: "2026-03-31", to: "2026-03-31"', (entry: VobizSandboxEntry) => dayOf(entry) === '2026-03-31'],
      ['type: REFUND', ({ transaction_type }: VobizSandboxEntry) => transaction_type === 'refund'],
      ['type: RECHARGE', ({ transaction_type }: VobizSandboxEntry) => transaction_type === 'recharge'],
      ['type: TRANSFER', ({ transaction_type }: VobizSandboxEntry) => transaction_type === 'transfer'],
      [
        'from: "2026-02-01", to: "2026-02-28", type: DEBIT',
        (entry: VobizSandboxEntry) => dayOf(entry).startsWith('2026-02') && entry.transaction_type === 'debit',
      ],
    ] as const
    for (const [filter, matches] of filters) {
      const wanted = entries.filter(matches)
      expect(wanted.length).toBeGreaterThan(0)
      const nodes = await readAll('vobizTransactions', `first: 100, filter: { ${filter} }`, 'providerId')
      expect(nodes.map(({ providerId }) => providerId)).toEqual(ids(wanted))
      const { data, requests } = await gateway.query<Answer>(
        `{ vobizTransactions(first: 1, filter: { ${filter} }) { totalCount nodes { id } } }`,
      )
      expect([data!.vobizTransactions.totalCount, requests.VOBIZ]).toEqual([wanted.length, 1])
    }
  })

  it('rejects a period that ends before it begins, without a request', async () => {
    await start()
    const { errors, requests } = await gateway.query(
      '{ vobizTransactions(filter: { from: "2026-03-02", to: "2026-03-01" }) { totalCount } }',
    )
    expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT' }])
    expect(requests.VOBIZ).toBe(0)
  })

  it('shares requests between windows that overlap', async () => {
    await start()
    const { requests } = await gateway.query(
      `{ a: vobizTransactions(first: 10) { nodes { id } } b: vobizTransactions(first: 20) { nodes { id } }
         c: vobizTransactions(first: 5) { totalCount nodes { id } } }`,
    )
    expect(requests.VOBIZ).toBe(1)
  })
})

describe('Query.vobizTransactions when Vobiz applies another page size than requested', () => {
  const cases: [string, VobizSandboxTraits['perPage']][] = [
    ['clamps it', { clampTo: 30 }],
    ['clamps it and does not say so', { clampTo: 30, echo: false }],
    ['has only one', { fixed: 25 }],
    ['has only one and does not say so', { fixed: 25, echo: false }],
    ['has one that is larger', { fixed: 100 }],
    ['does not say which it took', { echo: false }],
    ['refuses large ones', { max: 50 }],
    ['refuses large ones and does not say which it took', { max: 50, echo: false }],
  ]

  it.each(cases)('returns the right rows when Vobiz %s', async (_, perPage) => {
    const vobiz = await startEmpty({ perPage })
    vobiz.load(Array.from({ length: 207 }, () => ({})))
    for (const size of [100, 7, 40]) {
      for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST']) {
        const nodes = await readAll('vobizTransactions', `first: ${size}, order: ${order}`, 'providerId')
        const wanted = order === 'NEWEST_FIRST' ? ids(vobiz.entries) : ids(vobiz.entries).reverse()
        expect(nodes.map(({ providerId }) => providerId)).toEqual(wanted)
      }
    }
    const { data } = await gateway.query<Answer>('{ vobizTransactions(last: 60) { totalCount nodes { providerId } } }')
    expect(providerIds(data!.vobizTransactions.nodes)).toEqual(ids(vobiz.entries.slice(-60)))
    expect(data!.vobizTransactions.totalCount).toBe(207)
  })
})

describe('Query.vobizCustomers', () => {
  const CUSTOMER =
    'id authId name email company country isActive createdAt balance { amount currency } transactions(first: 1) { totalCount }'

  it('lists the customers with all their public fields', async () => {
    const vobiz = await start()
    const nodes = await readAll('vobizCustomers', 'first: 3', CUSTOMER)
    expect(nodes).toEqual(
      vobiz.customers.map(({ auth_id, name, email, company, country, is_active, created_at, cash_credits }) => ({
        id: encodeGlobalId('VobizCustomer', auth_id),
        authId: auth_id,
        name,
        email,
        company,
        country,
        isActive: is_active,
        createdAt: created_at.replace('+00:00', 'Z'),
        balance: { amount: cash_credits, currency: 'INR' },
        transactions: { totalCount: vobiz.entries.filter(({ account_id }) => account_id === auth_id).length },
      })),
    )
  })

  const BALANCES = '{ vobizCustomers(first: 100) { nodes { authId balance { amount currency } } } }'

  it('has the balances of a page, which come with it, for one request', async () => {
    const vobiz = await start({ data: 'empty' })
    for (let added = 0; added < 100; added++) vobiz.addCustomer({ cash_credits: `${added - 50}.12500` })
    const { data, requests } = await gateway.query(BALANCES)
    const nodes = vobiz.customers.map(({ auth_id, cash_credits }) => ({
      authId: auth_id,
      balance: { amount: cash_credits, currency: 'INR' },
    }))
    expect(data).toEqual({ vobizCustomers: { nodes } })
    expect(requests.VOBIZ).toBe(1)
  })

  it.each([
    ['have no balance', { cash_credits: undefined }],
    ['have a balance that is no decimal', { cash_credits: 'many' }],
    ['have no rates', { pricing_tier: null }],
    ['have rates in another currency', { pricing_tier: { id: 'tier', name: 'Dollars', currency: 'USD' } }],
  ])('reads the balances of customers whose accounts %s, one request each', async (_, change) => {
    const vobiz = await start({ data: 'empty' })
    const [one, other] = [
      vobiz.addCustomer({ cash_credits: '1.00000' }),
      vobiz.addCustomer({ cash_credits: '2.00000' }),
    ]
    vobiz.server.fault({
      kind: 'alter',
      on: ({ path }) => path === '/accounts',
      alter: (reply) => {
        const json = reply.json as { accounts: readonly object[] }
        return { ...reply, json: { ...json, accounts: json.accounts.map((account) => ({ ...account, ...change })) } }
      },
    })
    const { data, requests } = await gateway.query(BALANCES)
    expect(data).toEqual({
      vobizCustomers: {
        nodes: [one, other].map(({ auth_id, cash_credits }) => ({
          authId: auth_id,
          balance: { amount: cash_credits, currency: 'INR' },
        })),
      },
    })
    expect(requests.VOBIZ).toBe(1 + 2)
  })

  it('pages both ways, one request a page', async () => {
    const vobiz = await start()
    const authIds = vobiz.customers.map(({ auth_id }) => auth_id)
    let after: string | null = null
    for (const part of [authIds.slice(0, 3), authIds.slice(3, 6), authIds.slice(6)]) {
      const answer: QueryResult<Answer> = await gateway.query(
        `query($after: String) { vobizCustomers(first: 3, after: $after) {
          totalCount nodes { authId } pageInfo { hasNextPage hasPreviousPage endCursor }
        } }`,
        { after },
      )
      const { nodes, totalCount, pageInfo } = answer.data!.vobizCustomers
      expect(nodes.map(({ authId }) => authId)).toEqual(part)
      expect(pageInfo).toMatchObject({ hasNextPage: part.length === 3, hasPreviousPage: after !== null })
      expect([totalCount, answer.requests.VOBIZ]).toEqual([8, 1])
      after = pageInfo.endCursor
    }
    const { vobizCustomers } = await gateway.ask<Answer>(
      'query($before: String) { vobizCustomers(last: 3, before: $before) { nodes { authId } } }',
      { before: after },
    )
    expect(vobizCustomers.nodes.map(({ authId }) => authId)).toEqual(authIds.slice(4, 7))
  })

  it('gives each customer once while customers are added', async () => {
    const vobiz = await startEmpty()
    for (let count = 0; count < 25; count++) vobiz.addCustomer()
    const stood = vobiz.customers.map(({ auth_id }) => auth_id)
    vobiz.server.beforeAnswer = () => vobiz.customers.length < 32 && vobiz.addCustomer()
    const nodes = await readAll('vobizCustomers', 'first: 4', 'authId')
    const listed = nodes.map(({ authId }) => authId)
    expect(listed.slice(0, 25)).toEqual(stood)
    expect(new Set(listed).size).toBe(listed.length)
  })

  it('searches names and email addresses', async () => {
    await start()
    const search = async (text: string) => {
      const { vobizCustomers } = await gateway.ask<{ vobizCustomers: Connection<{ name: string }> }>(
        'query($text: String) { vobizCustomers(search: $text) { totalCount nodes { name } } }',
        { text },
      )
      expect(vobizCustomers.totalCount).toBe(vobizCustomers.nodes.length)
      return vobizCustomers.nodes.map(({ name }) => name)
    }
    expect(await search('KAVERI')).toEqual(['Kaveri Valley Diagnostics'])
    expect(await search('serendib-hill-teas.example')).toEqual(['Serendib Hill Teas'])
    expect(await search('nobody & co / 100%')).toEqual([])
    expect(await search('')).toHaveLength(8)
  })

  it('returns null with an error in the place of a malformed customer', async () => {
    const vobiz = await start()
    const spoilt = vobiz.customers[1]!.auth_id
    vobiz.server.fault({ kind: 'alter', alter: (reply) => spoil(reply, spoilt) })
    const { data, errors } = await gateway.query<Answer>('{ vobizCustomers(first: 3) { totalCount nodes { authId } } }')
    const [first, , third] = vobiz.customers
    expect(data!.vobizCustomers).toEqual({
      totalCount: 8,
      nodes: [{ authId: first!.auth_id }, null, { authId: third!.auth_id }],
    })
    expect(errors.map(({ path, extensions }) => [path, extensions])).toEqual([
      [
        ['vobizCustomers', 'nodes', 1],
        { code: 'UPSTREAM_INVALID_RESPONSE', provider: 'VOBIZ', operation: 'listAccounts', field: 'auth_id' },
      ],
    ])
  })

  it('rejects a cursor of another search', async () => {
    await start()
    const { vobizCustomers } = await gateway.ask<Answer>(
      '{ vobizCustomers(first: 1, search: "a") { pageInfo { endCursor } } }',
    )
    const { errors } = await gateway.query(
      'query($after: String) { vobizCustomers(first: 1, after: $after) { nodes { authId } } }',
      { after: vobizCustomers.pageInfo.endCursor },
    )
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INVALID_CURSOR'])
  })

  it('returns no secret for any selection', async () => {
    const vobiz = await start()
    const [customer, other] = vobiz.customers
    vobiz.updateCustomer(customer!.auth_id, {
      auto_recharge_config: { api_key: 'planted-api-key', nested: [{ webhookSecret: 'planted-webhook-secret' }] },
      google_id: 'planted-google-id',
      name: 'Plain Name',
    })
    vobiz.server.fault({
      kind: 'alter',
      alter: (reply) => {
        const json = JSON.parse(JSON.stringify(reply.json)) as { transactions?: object[] }
        for (const row of json.transactions ?? []) {
          Object.assign(row, { auth_token: 'planted-row-token', extra: { password: 'planted-password', kept: 'kept' } })
        }
        return { ...reply, json }
      },
    })
    const list = `edges { cursor node { ${ENTRY} customer { ${CUSTOMER} } } } nodes { ${ENTRY} } totalCount`
    const { text, errors } = await gateway.query(
      `query($authId: ID!, $id: ID!) {
        vobizCustomers(first: 10) { edges { cursor node { ${CUSTOMER} own: transactions(first: 3) { ${list} } } } }
        vobizCustomer(authId: $authId) { ${CUSTOMER} }
        vobizTransactions(first: 50) { ${list} }
        transactions(first: 50, filter: { providers: [VOBIZ] }) { nodes { ... on VobizTransaction { ${ENTRY} } } }
        node(id: $id) { ... on VobizCustomer { ${CUSTOMER} } }
      }`,
      { authId: customer!.auth_id, id: encodeGlobalId('VobizCustomer', other!.auth_id) },
    )
    expect(errors).toEqual([])
    expect(text).toContain('Plain Name')
    expect(text).toContain('"kept":"kept"')
    expect(text).not.toMatch(/planted|not-a-real-token|auth_token|api_key/)
    for (const { auth_token } of vobiz.customers) expect(text).not.toContain(auth_token)
    expect(text).not.toContain(vobiz.environment.VOBIZ_AUTH_TOKEN)
  })
})

describe('Query.vobizCustomer', () => {
  it('returns a customer, or null when there is none', async () => {
    const vobiz = await start()
    const { auth_id, name } = vobiz.customers[1]!
    const { data, requests }: QueryResult<Answer> = await gateway.query(
      `query($authId: ID!, $id: ID!) {
        found: vobizCustomer(authId: $authId) { name }
        again: node(id: $id) { ... on VobizCustomer { name balance { amount } } }
        unknown: vobizCustomer(authId: "MA_NOBODY") { name }
      }`,
      { authId: auth_id, id: encodeGlobalId('VobizCustomer', auth_id) },
    )
    expect(data).toEqual({ found: { name }, again: { name, balance: { amount: '1300.00000' } }, unknown: null })
    // The balance comes with the account.
    expect(requests.VOBIZ).toBe(2)
  })

  it.each(['', '.', '..', 'a/b', '%2e%2e', '../transactions'])('is null for %j', async (authId) => {
    await start()
    expect(await gateway.ask('query($authId: ID!) { vobizCustomer(authId: $authId) { name } }', { authId })).toEqual({
      vobizCustomer: null,
    })
  })

  it("lists the customer's own entries, filtered and in either order", async () => {
    const vobiz = await start()
    const { auth_id } = vobiz.customers[0]!
    const own = vobiz.entries.filter(({ account_id }) => account_id === auth_id)
    const march = own.filter((entry) => dayOf(entry).startsWith('2026-03'))
    const { vobizCustomer } = await gateway.ask<{ vobizCustomer: Record<string, Connection<Entry>> }>(
      `query($authId: ID!) { vobizCustomer(authId: $authId) {
        newest: transactions(first: 5) { totalCount nodes { providerId } }
        oldest: transactions(first: 5, order: OLDEST_FIRST) { totalCount nodes { providerId } }
        march: transactions(last: 5, filter: { from: "2026-03-01", to: "2026-03-31" }) { totalCount nodes { providerId } }
      } }`,
      { authId: auth_id },
    )
    expect(vobizCustomer).toEqual({
      newest: { totalCount: own.length, nodes: own.slice(0, 5).map(({ id }) => ({ providerId: id })) },
      oldest: {
        totalCount: own.length,
        nodes: own
          .slice(-5)
          .reverse()
          .map(({ id }) => ({ providerId: id })),
      },
      march: { totalCount: march.length, nodes: march.slice(-5).map(({ id }) => ({ providerId: id })) },
    })
  })
})

describe('the upstream requests of Query.vobizCustomer', () => {
  /** Sends an operation about the second customer, whose `$after` is the cursor of its tenth entry. */
  async function send(selection: string, authId = gateway.vobiz.customers[1]!.auth_id) {
    const page = await gateway.ask<{ vobizCustomer: { transactions: Connection<Entry> } }>(
      `{ vobizCustomer(authId: "${gateway.vobiz.customers[1]!.auth_id}") { transactions(first: 10) { pageInfo { endCursor } } } }`,
    )
    const after = page.vobizCustomer.transactions.pageInfo.endCursor
    gateway.vobiz.server.requests.length = 0
    const answer = await gateway.query<Record<string, Record<string, unknown> | null>>(
      `query ($authId: ID!, $after: String, $no: Boolean = false) {
         vobizCustomer(authId: $authId) { ${selection} }
         unused: vobizCustomer(authId: $authId) @include(if: $no) { ...Ledger }
       }
       fragment Ledger on VobizCustomer { transactions(first: 20, after: $after) { nodes { id accountId } } }`,
      { authId, after },
    )
    return { ...answer, paths: gateway.vobiz.server.requests.map(({ path }) => path.replace(authId, '*')) }
  }
  const [ACCOUNT, LEDGER, BALANCE] = ['/accounts/*', '/accounts/*/transactions', '/accounts/*/balance'] as const

  it.each<[string, string, readonly string[]]>([
    ['a page', 'id authId __typename transactions(first: 20, after: $after) { totalCount nodes { id } }', [LEDGER]],
    ['a page in a fragment', '... on Node { id } ...Ledger', [LEDGER]],
    [
      'a page with its flags and sums',
      'transactions(first: 20, after: $after) { edges { cursor } pageInfo { hasNextPage hasPreviousPage } totalCount summary { count } byReferenceType { count } }',
      [LEDGER],
    ],
    [
      'a page without an account field, which is skipped',
      'name @include(if: $no) email @skip(if: true) ...Ledger',
      [LEDGER],
    ],
    ['a total', 'transactions { totalCount }', [LEDGER]],
    ['sums', 'transactions { summary { count } totalCount }', [LEDGER]],
    ['sums by reference type', 'transactions { byReferenceType { count } }', [LEDGER]],
    [
      'aliases of one page',
      'a: transactions(first: 5) { nodes { id } } b: transactions(first: 3) { totalCount }',
      [LEDGER],
    ],
    ['a total beside a page', 'a: transactions { totalCount } b: transactions(first: 3) { nodes { id } }', [LEDGER]],
    ['a page and the balance', 'balance { amount } ...Ledger', [LEDGER, BALANCE]],
    ['the balance', 'id balance { amount }', [BALANCE]],
    ['the balance and an account field', 'name balance { amount }', [ACCOUNT]],
    ['an account field', 'name', [ACCOUNT]],
    ['an account field in a fragment beside a page', '... { name } ...Ledger', [ACCOUNT, LEDGER]],
    [
      'a statement beside a page',
      'statement(period: { from: "2026-09-01", to: "2026-09-30" }) { usage { amount } } ...Ledger',
      [ACCOUNT, LEDGER, LEDGER],
    ],
    ['nothing that a ledger shows', 'id transactions { __typename }', [ACCOUNT]],
    ['a page of no entries', 'transactions(first: 0) { nodes { id } }', [ACCOUNT]],
  ])('for %s', async (_, selection, paths) => {
    await start()
    const { data, errors, paths: sent } = await send(selection)
    expect(errors).toEqual([])
    expect([...sent].sort()).toEqual([...paths].sort())
    expect(data!.vobizCustomer).not.toBeNull()
  })

  it('do not change the answer', async () => {
    const vobiz = await start()
    const selection = `id authId __typename first: transactions(first: 3) { totalCount nodes { providerId } pageInfo { hasNextPage } }
      other: transactions(last: 2, order: OLDEST_FIRST, filter: { type: DEBIT }) { nodes { providerId } } balance { amount }`
    const short = await send(selection)
    const whole = await send(`${selection} name`)
    const { name, ...rest } = whole.data!.vobizCustomer!
    expect(name).toBe(vobiz.customers[1]!.name)
    expect(short.data!.vobizCustomer).toEqual(rest)
    // The balance is read by itself, or comes with the account.
    expect([...short.paths].sort()).toEqual([LEDGER, LEDGER, BALANCE].sort())
    expect([...whole.paths].sort()).toEqual([ACCOUNT, LEDGER, LEDGER].sort())
  })

  it('are one for an unknown customer', async () => {
    await start()
    const page = 'transactions(first: 5) { totalCount nodes { id } }'
    for (const selection of [page, 'transactions { totalCount }', `id ${page} balance { amount }`, 'name']) {
      const { data, errors, paths } = await send(selection, 'MA_NOBODY')
      expect([data, errors]).toEqual([{ vobizCustomer: null }, []])
      expect(paths).toHaveLength(1)
    }
  })

  it('include the account when the ledger is empty, since that proves nothing', async () => {
    const vobiz = await start()
    const { auth_id } = vobiz.addCustomer()
    const known = await send('id transactions { totalCount nodes { id } }', auth_id)
    expect(known.data!.vobizCustomer).toMatchObject({ transactions: { totalCount: 0, nodes: [] } })
    expect(known.paths).toEqual([LEDGER, ACCOUNT])
    // Vobiz might answer likewise for a customer that it does not know.
    vobiz.server.fault({
      kind: 'reply',
      on: ({ path }) => path === '/accounts/MA_NOBODY/transactions',
      reply: { status: 200, json: { transactions: [], total: 0, page: 1, per_page: 20 } },
    })
    const unknown = await send('id transactions { totalCount nodes { id } }', 'MA_NOBODY')
    expect([unknown.data, unknown.errors]).toEqual([{ vobizCustomer: null }, []])
  })

  it.each<[string, string, object]>([
    [
      'a refusal',
      'transactions { nodes { id } }',
      { path: ['vobizCustomer', 'transactions', 'nodes'], extensions: { code: 'UPSTREAM_ERROR' } },
    ],
    ['a cursor that is none', 'transactions(after: "x") { nodes { id } }', { extensions: { code: 'INVALID_CURSOR' } }],
    [
      'a page that is too large',
      'transactions(first: 101) { nodes { id } }',
      { extensions: { code: 'BAD_USER_INPUT' } },
    ],
  ])('leave %s to the field of the ledger', async (_, selection, error) => {
    const vobiz = await start()
    const fails = !selection.includes('(')
    const { auth_id } = vobiz.customers[2]!
    if (fails)
      vobiz.server.fault({
        kind: 'reply',
        on: ({ path }) => path === `/accounts/${auth_id}/transactions`,
        reply: { status: 400 },
      })
    const { errors, paths } = await send(selection, auth_id)
    expect(errors).toMatchObject([error])
    expect(paths).toEqual(fails ? [LEDGER, ACCOUNT] : [ACCOUNT])
    const unknown = await send(selection, 'MA_NOBODY')
    expect([unknown.data, unknown.errors]).toEqual([{ vobizCustomer: null }, []])
  })
})

describe('nodes of Vobiz', () => {
  it('of one customer and day cost one request', async () => {
    const vobiz = await start()
    const busiest = [...Map.groupBy(vobiz.entries, (entry) => `${entry.account_id} ${dayOf(entry)}`).values()].find(
      (group) => group.length >= 10,
    )!
    const ten = busiest.slice(0, 10)
    const { data, errors, requests } = await getNodes([...ten, ten[3]!].map((entry) => globalId(entry)))
    expect(errors).toEqual([])
    expect(providerIds(data!.nodes)).toEqual(ids([...ten, ten[3]!]))
    expect(requests.VOBIZ).toBe(1)
  })

  it('of several customers and days cost one request each', async () => {
    const vobiz = await start()
    const picked = [0, 700, 1400, 2100].map((index) => vobiz.entries[index]!)
    const places = new Set(picked.map((entry) => `${entry.account_id} ${dayOf(entry)}`))
    const { data, requests } = await getNodes(picked.map((entry) => globalId(entry)))
    expect(providerIds(data!.nodes)).toEqual(ids(picked))
    expect(requests.VOBIZ).toBe(places.size)
  })

  it('of a day that is longer than a page are searched page by page', async () => {
    const vobiz = await startEmpty()
    vobiz.load(Array.from({ length: 150 }, (_, second) => ({ created_at: `2026-03-01T00:0${second % 10}:00Z` })))
    const last = vobiz.entries.at(-1)!
    const { data, requests } = await getNodes([globalId(last)])
    expect(providerIds(data!.nodes)).toEqual([last.id])
    // A further page is small enough to show the row before it as well.
    expect(requests.VOBIZ).toBe(3)
  })

  it.each([330, -480, 840])('are found when Vobiz cuts its days %i minutes east of UTC', async (dayOffsetMinutes) => {
    const vobiz = await startEmpty({ dayOffsetMinutes })
    const entries = ['00:00:00', '05:00:00', '12:00:00', '19:00:00', '23:59:59.999999'].map((time) =>
      vobiz.add({ created_at: `2026-03-10T${time}Z` }),
    )
    for (const entry of entries) {
      const { data, requests } = await getNodes([globalId(entry)])
      expect(providerIds(data!.nodes)).toEqual([entry.id])
      expect(requests.VOBIZ).toBeLessThanOrEqual(3)
    }
    const { data } = await getNodes(entries.map((entry) => globalId(entry)))
    expect(providerIds(data!.nodes)).toEqual(ids(entries))
  })

  it("of the partner's own account are found in the global ledger", async () => {
    const vobiz = await start()
    const own = vobiz.entries.filter(({ account_id }) => account_id === vobiz.environment.VOBIZ_AUTH_ID).slice(0, 3)
    const { data, errors } = await getNodes(own.map((entry) => globalId(entry)))
    expect(errors).toEqual([])
    expect(providerIds(data!.nodes)).toEqual(ids(own))
  })

  it("of the partner's own account are null where there is no global ledger", async () => {
    const vobiz = await start({ traits: { globalLedger: 404 } })
    const own = vobiz.entries.find(({ account_id }) => account_id === vobiz.environment.VOBIZ_AUTH_ID)!
    const { data, errors } = await getNodes([globalId(own)])
    expect([data!.nodes, errors]).toEqual([[null], []])
  })

  it('are null when unknown, and a malformed id fails alone', async () => {
    const vobiz = await start()
    const [entry, other] = vobiz.entries
    const { data, errors } = await getNodes([
      globalId(entry!),
      globalId({ ...entry!, id: '00000000-0000-4000-8000-000000000000' }),
      'no id at all',
      globalId({ ...entry!, account_id: 'MA_NOBODY' }),
      encodeGlobalId('VobizPayment', 'x'),
      globalId(other!),
    ])
    expect(providerIds(data!.nodes)).toEqual([entry!.id, null, null, null, null, other!.id])
    expect(errors.map(({ path, extensions }) => [path, extensions])).toEqual([
      [['nodes', 2], { code: 'BAD_USER_INPUT' }],
      [['nodes', 4], { code: 'BAD_USER_INPUT' }],
    ])
  })

  it('are null when the id names another account or day', async () => {
    const vobiz = await start()
    const [entry] = vobiz.entries
    const stranger = vobiz.customers.find(({ auth_id }) => auth_id !== entry!.account_id)!
    const { data, errors } = await getNodes([
      globalId({ ...entry!, account_id: stranger.auth_id }),
      globalId(entry!, '2026-01-01'),
    ])
    expect([data!.nodes, errors]).toEqual([[null, null], []])
  })

  it('fail alone when their customer cannot be read', async () => {
    const vobiz = await start()
    const [one] = vobiz.entries
    const other = vobiz.entries.find(({ account_id }) => account_id !== one!.account_id)!
    vobiz.server.fault({
      kind: 'reply',
      reply: { status: 400 },
      on: ({ path }) => path.startsWith(`/accounts/${one!.account_id}/`),
    })
    const { data, errors } = await getNodes([globalId(one!), globalId(other)])
    expect(providerIds(data!.nodes)).toEqual([null, other.id])
    expect(errors).toMatchObject([{ path: ['nodes', 0], extensions: { code: 'UPSTREAM_ERROR', status: 400 } }])
  })
})

describe('Vobiz without a global ledger', () => {
  const REFUSALS = [403, 404, 405, 501, 'not-an-array'] as const
  const isGlobal = ({ path }: { path: string }) => path === '/transactions'

  it.each(REFUSALS)("is the merge of the customers' ledgers (%s)", async (globalLedger) => {
    const vobiz = await start({ traits: { globalLedger } })
    const customers = vobiz.customers.map(({ auth_id }) => auth_id)
    // Entries of one instant are in the order in which the customers are listed.
    const rank = ({ account_id }: VobizSandboxEntry) => customers.indexOf(account_id)
    const wanted = vobiz.entries
      .filter((entry) => rank(entry) >= 0)
      .toSorted((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at) || rank(one) - rank(other))
    for (const field of ['vobizTransactions', 'transactions']) {
      const args = field === 'transactions' ? 'filter: { providers: [VOBIZ] }' : ''
      const first = await gateway.query<Answer>(
        `{ ${field}(first: 30 ${args}) { totalCount nodes { providerId } pageInfo { endCursor } } }`,
      )
      const page = first.data![field as 'transactions']
      expect(first.errors).toEqual([])
      expect(providerIds(page.nodes)).toEqual(ids(wanted.slice(0, 30)))
      expect(page.totalCount).toBe(wanted.length)

      const second = await gateway.query<Answer>(
        `query($after: String) { ${field}(first: 30, after: $after ${args}) { nodes { providerId } } }`,
        { after: page.pageInfo.endCursor },
      )
      expect(providerIds(second.data![field as 'transactions'].nodes)).toEqual(ids(wanted.slice(30, 60)))
      // The list of customers, and one page each.
      expect(second.requests.VOBIZ).toBeLessThanOrEqual(1 + customers.length)
    }
    expect(vobiz.server.requests.filter(isGlobal)).toHaveLength(1)
  })

  it('continues from the cursors of the global ledger and loses no entry', async () => {
    const vobiz = await startEmpty()
    for (const auth_id of ['MA_1', 'MA_2']) vobiz.addCustomer({ auth_id })
    for (let index = 0; index < 40; index++) vobiz.add({ account_id: `MA_${1 + (index % 2)}` })
    const { vobizTransactions } = await gateway.ask<Answer>(
      '{ vobizTransactions(first: 10) { nodes { providerId } pageInfo { endCursor } } }',
    )
    vobiz.traits.globalLedger = 403
    const { vobizTransactions: rest } = await gateway.ask<Answer>(
      'query($after: String) { vobizTransactions(first: 40, after: $after) { nodes { providerId } } }',
      { after: vobizTransactions.pageInfo.endCursor },
    )
    const all = [...vobizTransactions.nodes, ...rest.nodes]
    expect(new Set(providerIds(all))).toEqual(new Set(ids(vobiz.entries)))
    // Without a place in the customers' ledgers, the instant counts: its own entries come again.
    expect(all).toHaveLength(41)
  })

  it.each([
    [401, 'UPSTREAM_AUTH'],
    [429, 'UPSTREAM_RATE_LIMITED'],
    [500, 'UPSTREAM_ERROR'],
  ])('does not follow from status %i', async (status, code) => {
    const vobiz = await start()
    vobiz.server.fault({ kind: 'reply', on: isGlobal, reply: { status, headers: { 'retry-after': '99' } } })
    for (const field of ['vobizTransactions', 'transactions']) {
      const { errors } = await gateway.query(`{ ${field} { nodes { id } } }`)
      expect(errors.map(({ extensions }) => extensions.code)).toEqual([code])
    }
    expect(vobiz.server.requests.every(isGlobal)).toBe(true)
    vobiz.server.clearFaults()
    const { vobizTransactions } = await gateway.ask<Answer>('{ vobizTransactions(first: 1) { nodes { providerId } } }')
    expect(providerIds(vobizTransactions.nodes)).toEqual([vobiz.entries[0]!.id])
  })

  it('fails when a customer cannot be read, instead of leaving the entries out', async () => {
    const vobiz = await start({ traits: { globalLedger: 403 } })
    const [customer] = vobiz.customers
    vobiz.server.fault({
      kind: 'reply',
      on: ({ path }) => path === `/accounts/${customer!.auth_id}/transactions`,
      reply: { status: 400 },
    })
    const { data, errors } = await gateway.query('{ vobizTransactions { nodes { id } } }')
    expect(data).toBeNull()
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      { code: 'UPSTREAM_ERROR', provider: 'VOBIZ', operation: 'listCustomerTransactions', status: 400 },
    ])
  })

  describe('whose customer has no ledger, though Vobiz lists the customer', () => {
    async function startWithout() {
      const vobiz = await start({ traits: { globalLedger: 403 } })
      const { auth_id } = vobiz.customers[1]!
      vobiz.server.fault({
        kind: 'reply',
        on: ({ path }) => path === `/accounts/${auth_id}/transactions`,
        reply: { status: 404 },
      })
      return auth_id
    }
    const error = { code: 'UPSTREAM_ERROR', provider: 'VOBIZ', operation: 'listCustomerTransactions', status: 404 }

    it('fails instead of leaving the entries out', async () => {
      await startWithout()
      for (const document of [
        '{ vobizTransactions { nodes { id } } }',
        '{ vobizTransactions { totalCount } }',
        '{ vobizTransactions { summary { count } } }',
        '{ transactions { nodes { id } } }',
        '{ transactions(filter: { categories: [TOP_UP, ADJUSTMENT] }) { nodes { id } } }',
      ]) {
        const { data, errors } = await gateway.query(document)
        expect(data === null || document.includes('totalCount'), document).toBe(true)
        expect(errors.map(({ extensions }) => extensions)).toEqual([error])
      }
    })

    it('is a failed source under PARTIAL', async () => {
      await startWithout()
      const { transactions } = await gateway.ask<{ transactions: object }>(
        '{ transactions(onProviderFailure: PARTIAL) { totalCount sources { provider totalCount error { code } } } }',
      )
      expect(transactions).toMatchObject({
        totalCount: null,
        sources: expect.arrayContaining([{ provider: 'VOBIZ', totalCount: null, error: { code: 'UPSTREAM_ERROR' } }]),
      })
    })

    it('is empty when a caller names the customer', async () => {
      const authId = await startWithout()
      expect(
        await gateway.ask(
          `{ transactions(filter: { vobizCustomers: ["${authId}", "MA_NOBODY"] }) { totalCount nodes { id } } }`,
        ),
      ).toEqual({ transactions: { totalCount: 0, nodes: [] } })
    })
  })

  it('fails when a customer on the list is malformed', async () => {
    const vobiz = await start({ traits: { globalLedger: 403 } })
    vobiz.server.fault({ kind: 'alter', alter: (reply) => spoil(reply, vobiz.customers[1]!.auth_id) })
    const { errors } = await gateway.query('{ vobizTransactions { nodes { id } } }')
    expect(errors.map(({ extensions }) => [extensions.code, extensions.operation])).toEqual([
      ['UPSTREAM_INVALID_RESPONSE', 'listAccounts'],
    ])
  })
})
