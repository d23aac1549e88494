import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GraphQLField, getNamedType, isLeafType, isNonNullType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../src/gateway.ts'
import type { Fault } from '../src/sandbox/server.ts'
import { createSchema } from '../src/schema.ts'
import { createApiKey, hashApiKey } from '../src/server/auth/api-keys.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { withKits } from './support/kits.ts'
import { collectRows } from './support/pages.ts'
import { FIELDS_WITHOUT_DATA } from './support/root-lists.ts'
import { selectAll } from './support/selection.ts'

const CALLERS = ['everything', 'bound', 'vobizOnly', 'nothing'] as const
type CallerName = (typeof CALLERS)[number]

const schema = createSchema(PROVIDERS).served
const folder = mkdtempSync(join(tmpdir(), 'grants-'))
const file = join(folder, 'keys.json')
const keys = Object.fromEntries(CALLERS.map((name) => [name, createApiKey()])) as Record<CallerName, string>

let at: TestGateway
/** The accounts that the bound caller may read. */
let customer: string
let wallet: string
/** Accounts that only `everything` may read. */
let otherCustomer: string
let otherWallet: string

const as = (caller: CallerName) => ({ authorization: `Bearer ${keys[caller]}` })
const ask = (caller: CallerName, document: string, variables = {}) => at.query(document, variables, as(caller))

async function dataOf<Data>(caller: CallerName, document: string, variables = {}): Promise<Data> {
  const { data, errors } = await at.query<Data>(document, variables, as(caller))
  expect(errors).toEqual([])
  return data!
}

const globalId = (typename: string, locator: string) => Buffer.from(`${typename}:${locator}`).toString('base64url')

/** Returns true for the types of entries, false for those of accounts. */
function isEntryType(typename: string): boolean {
  const type = schema.getType(typename)
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Transaction')
}

/** Returns the account of a provider that the bound caller may read; null for a provider without accounts. */
const ownAccount = (accounts: readonly string[]) => accounts[0] ?? null

/** Returns the texts that only `everything` may read: the entries and accounts of others. */
function foreignTexts(): string[] {
  const rows = withKits(at.sandboxes).flatMap(({ sandbox, kit }) => {
    const own = ownAccount(kit.accountsOf(sandbox))
    return kit.rowsOf(sandbox).map((row) => ({ ...row, isOwn: own !== null && row.accounts.includes(own) }))
  })
  const own = JSON.stringify(rows.filter(({ isOwn }) => isOwn).map(({ row }) => row))
  // An entry may name others in its attachments, and the made-up ledgers share some ids.
  return rows.filter(({ isOwn }) => !isOwn).flatMap(({ texts }) => texts.filter((text) => !own.includes(text)))
}

beforeAll(async () => {
  const grants = {
    everything: undefined,
    bound: (chosen: TestGateway) =>
      Object.fromEntries(
        withKits(chosen.sandboxes).flatMap(({ provider, sandbox, kit }) => {
          const own = ownAccount(kit.accountsOf(sandbox))
          return own === null ? [] : [[provider, { accounts: [own] }]]
        }),
      ),
    vobizOnly: () => ({ VOBIZ: 'all' }),
    nothing: () => ({}),
  }
  const write = (chosen: TestGateway | null) =>
    writeFileSync(
      file,
      JSON.stringify({
        keys: CALLERS.map((name) => ({
          name,
          sha256: hashApiKey(keys[name]).toString('hex'),
          ...(name === 'everything' || chosen === null ? {} : { grants: grants[name](chosen) }),
        })),
      }),
    )
  // The accounts are known once the sandboxes have started; they are the same on every start.
  write(null)
  const first = await startGateway()
  write(first)
  await first.close()
  at = await startGateway({
    environment: {
      AUTH_MODE: 'api-key',
      API_KEYS_FILE: file,
      // No caller requests everything at once, as these tests do.
      MAX_TOKENS: '100000',
      MAX_ALIASES: '100000',
      MAX_COMPLEXITY: '10000000',
    },
  })
  // Some sandboxes make up no year of entries.
  for (const sandbox of at.sandboxes.values())
    if (sandbox.entryIds().length === 0) sandbox.addEntry('2026-08-01T00:00:00Z')
  customer = at.vobiz.customers[0]!.auth_id
  otherCustomer = at.vobiz.customers[1]!.auth_id
  wallet = at.kobble.wallets[0]!.id
  otherWallet = at.kobble.wallets[1]!.id
})

afterAll(async () => {
  await at?.close()
  rmSync(folder, { recursive: true })
})

/** Returns arguments that request as much as possible, and the objects of others by their ids. */
function argumentsFor({ args, name }: GraphQLField<unknown, unknown>): string | null {
  const others = withKits(at.sandboxes).map(({ sandbox, kit }) => {
    const account = kit.accountsOf(sandbox)[1] ?? null
    return { objects: kit.objectsOf(sandbox, account), values: kit.argumentsOf(sandbox, account) }
  })
  const objects = others.flatMap((other) => other.objects)
  const ids = objects.map(({ typename, locator }) => globalId(typename, locator))
  const entry = objects.findIndex(({ typename }) => isEntryType(typename))
  const account = objects.findIndex(({ typename }) => !isEntryType(typename))
  const representations = [
    ...objects.flatMap(({ typename, keys }, index) =>
      [['id', ids[index]!], ...Object.entries(keys)].map(
        ([key, value]) => `{ __typename: "${typename}", ${key}: "${value}" }`,
      ),
    ),
    `{ __typename: "Transaction", id: "${ids[entry]}" }`,
  ]
  const values: Record<string, string> = {
    by: '[CATEGORY, MONTH]',
    first: '40',
    id: JSON.stringify(ids[name === 'transaction' ? entry : account]),
    ids: JSON.stringify(ids),
    period: '{ from: "2026-08-01", to: "2026-08-31" }',
    representations: `[${representations.join(', ')}]`,
  }
  return args
    .flatMap((arg) => {
      if (arg.name in values) return [`${arg.name}: ${values[arg.name]}`]
      const [value] = others.flatMap((other) => other.values[`${name}.${arg.name}`] ?? other.values[arg.name] ?? [])
      return isNonNullType(arg.type) && value !== undefined ? [`${arg.name}: ${JSON.stringify(value)}`] : []
    })
    .join(', ')
}

const rootFields = Object.values(schema.getQueryType()!.getFields()).filter(
  ({ name }) => !FIELDS_WITHOUT_DATA.includes(name),
)

/** A root field with everything below it. */
function documentFor(field: GraphQLField<unknown, unknown>, depth = 4): string {
  const given = argumentsFor(field)
  const type = getNamedType(field.type)
  const selection = isLeafType(type)
    ? ''
    : selectAll(schema, type, depth, (inner) =>
        // Fields below an entry or an account are read separately below.
        inner.name === 'transactions'
          ? 'first: 3'
          : inner.name === 'statement'
            ? argumentsFor(inner)
            : inner.name === 'invoice'
              ? ''
              : argumentsFor(inner),
      )
  return `{ ${field.name}${given && `(${given})`} ${selection} }`
}

describe('a caller who is bound to accounts', () => {
  it.each(rootFields.map((field) => [field.name, field] as const))(
    'finds nothing of others in %s',
    async (name, field) => {
      const document = documentFor(field)
      const { text: whole, errors } = await ask('everything', document)
      expect(errors).toEqual([])
      const foreign = foreignTexts().filter((text) => whole.includes(text))
      // A text that every caller may see would prove nothing.
      expect(foreign.length, `${name} shows others to whom it may`).toBeGreaterThan(0)
      const bound = await ask('bound', document)
      expect(bound.errors).toEqual([])
      expect(foreignTexts().filter((text) => bound.text.includes(text))).toEqual([])
      const nothing = await ask('nothing', document)
      expect(nothing.errors).toEqual([])
      const all = withKits(at.sandboxes).flatMap(({ sandbox, kit }) => [
        ...sandbox.entryIds(),
        ...kit.accountsOf(sandbox).slice(0, 1),
      ])
      expect(all.filter((text) => nothing.text.includes(text))).toEqual([])
    },
  )

  it('sends no request about accounts of others', async () => {
    const { requests, data } = await ask(
      'bound',
      `{
        vobizCustomer(authId: "${otherCustomer}") { name }
        ledger: vobizCustomer(authId: "${otherCustomer}") { transactions { totalCount nodes { id } } balance { amount } }
        kobbleWallet(providerId: "${otherWallet}") { status }
        transactions(filter: { vobizCustomers: ["${otherCustomer}"], kobbleWallets: ["${otherWallet}"] }) {
          totalCount
          nodes { id }
          sources { provider }
        }
        byGlobalId: transactions(
          filter: { accounts: ["${globalId('VobizCustomer', otherCustomer)}", "${globalId('KobbleWallet', otherWallet)}"] }
        ) {
          totalCount
          nodes { id }
          sources { provider }
        }
      }`,
    )
    expect(data).toEqual({
      vobizCustomer: null,
      ledger: null,
      kobbleWallet: null,
      transactions: { totalCount: 0, nodes: [], sources: expect.any(Array) },
      byGlobalId: { totalCount: 0, nodes: [], sources: expect.any(Array) },
    })
    expect(data!.byGlobalId).toEqual(data!.transactions)
    expect(requests).toMatchObject({ VOBIZ: 0, KOBBLE: 0 })
  })

  it('reads a page of its own ledger with one request', async () => {
    const { data, requests } = await ask(
      'bound',
      `{ vobizCustomer(authId: "${customer}") { authId transactions(first: 5) { totalCount nodes { accountId } } } }`,
    )
    expect(data).toMatchObject({ vobizCustomer: { authId: customer, transactions: { nodes: { length: 5 } } } })
    expect(requests.VOBIZ).toBe(1)
  })

  it('counts, lists and adds only its own entries', async () => {
    interface List {
      readonly totalCount: number | null
      readonly summary: object
      readonly nodes: readonly { readonly providerId: string }[]
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
    }
    const fields = 'nodes { providerId } pageInfo { hasNextPage endCursor }'
    async function walk(caller: CallerName, list: string) {
      const document = `query($after: String) { all: ${list} { ${fields} } }`
      const read = async (after: string | null) => (await dataOf<{ all: List }>(caller, document, { after })).all
      return collectRows(read, ({ nodes }) => nodes.map(({ providerId }) => providerId))
    }
    const mine = `filter: { vobizCustomers: ["${customer}"], kobbleWallets: ["${wallet}"] }`
    const theirs = await walk('everything', `transactions(first: 100, after: $after, ${mine})`)
    expect(await walk('bound', 'transactions(first: 100, after: $after)')).toEqual(theirs)
    expect(theirs.length).toBeGreaterThan(100)

    const period = 'from: "2026-06-01", to: "2026-08-31"'
    const ofOwn = `${period}, vobizCustomers: ["${customer}"], kobbleWallets: ["${wallet}"]`
    const sums = (filter: string, fields: string) =>
      `{ transactions(filter: { ${filter} }) { summary { count totals { currency count ${fields} } } } }`
    const amounts = 'credit debit net'
    expect(await dataOf('bound', sums(ofOwn, amounts))).toEqual(await dataOf('everything', sums(ofOwn, amounts)))
    // Without wallets in the filter, directions are not as seen from them.
    expect(await dataOf('bound', sums(period, ''))).toEqual(await dataOf('everything', sums(ofOwn, '')))
    const counts = `{ vobizTransactions { totalCount } vobizCustomers { totalCount } kobbleWallets { totalCount } }`
    const own = at.vobiz.entries.filter(
      ({ account_id, ledger }) => account_id === customer && ledger !== 'global',
    ).length
    expect(await dataOf('bound', counts)).toEqual({
      vobizTransactions: { totalCount: own },
      vobizCustomers: { totalCount: 1 },
      kobbleWallets: { totalCount: 1 },
    })
  })

  it("filters its providers' lists as lists of only its own accounts", async () => {
    const vobiz = 'filter: { statuses: [COMPLETED], types: [DEBIT, RECHARGE], minAmount: "1" }'
    const kobble = 'filter: { affectsBalance: true, excludeCategories: [TRANSFER] }'
    const fields = 'summary { count } nodes { providerId }'
    const own = await dataOf(
      'everything',
      `{
        vobiz: vobizCustomer(authId: "${customer}") { transactions(first: 100, ${vobiz}) { ${fields} } }
        kobble: kobbleWallet(providerId: "${wallet}") { transactions(first: 100, ${kobble}) { ${fields} } }
      }`,
    )
    const bound = await dataOf<Record<'vobiz' | 'kobble', object>>(
      'bound',
      `{
        vobiz: vobizTransactions(first: 100, ${vobiz}) { ${fields} }
        kobble: kobbleTransactions(first: 100, ${kobble}) { ${fields} }
      }`,
    )
    expect({ vobiz: { transactions: bound.vobiz }, kobble: { transactions: bound.kobble } }).toEqual(own)
    expect(bound.vobiz).toMatchObject({ nodes: { length: 100 } })
    expect(bound.kobble).toMatchObject({ nodes: { 0: {} } })
  })

  it('reconciles without the ledger over all customers', async () => {
    const { vobizReconciliation } = await dataOf<{ vobizReconciliation: object }>(
      'bound',
      `{ vobizReconciliation(period: { from: "2026-08-01", to: "2026-08-31" }) {
        global { count } partner { count } balanced discrepancies { accountId } customers { count }
      } }`,
    )
    const day = (entry: { created_at: string }) => entry.created_at.slice(0, 7)
    const count = at.vobiz.entries.filter(
      (entry) => entry.account_id === customer && entry.ledger !== 'global' && day(entry) === '2026-08',
    ).length
    expect(vobizReconciliation).toEqual({
      global: null,
      partner: null,
      balanced: null,
      discrepancies: [],
      customers: { count },
    })
  })

  it('watches a reconciliation of only its own customers', async () => {
    const fields = 'customersTotal result { global { count } customers { count } discrepancies { accountId } }'
    const response = await at.gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...as('bound') },
      body: JSON.stringify({
        query: `subscription { vobizReconciliation(period: { from: "2026-08-01", to: "2026-08-31" }) { ${fields} } }`,
      }),
    })
    const events = (await response.text()).split('\n').filter((line) => line.startsWith('data: {'))
    const { data } = JSON.parse(events.at(-1)!.slice('data: '.length))
    expect(data.vobizReconciliation).toMatchObject({ customersTotal: 1, result: { global: null, discrepancies: [] } })
    expect(foreignTexts().filter((text) => events.join().includes(text))).toEqual([])
  })

  it('sees nothing of rows and accounts of others that an answer about its own holds', async () => {
    const alter = (on: (path: string) => boolean, change: (json: Record<string, unknown>) => unknown) =>
      at.vobiz.server.fault({
        kind: 'alter',
        on: ({ path }) => on(path),
        alter: (reply) => ({ ...reply, json: change(reply.json as Record<string, unknown>) }),
      })
    const foreign = at.vobiz.entries.find(
      ({ account_id, ledger }) => account_id === otherCustomer && ledger === 'both',
    )!
    const { ledger: _ledger, transaction_type: _type, ...row } = foreign
    const amount = '4242424.25'
    const list = (customers: string) => `{ vobizCustomer(authId: "${customer}") { ${customers} } }`
    try {
      alter(
        (path) => path.endsWith('/transactions'),
        (json) => ({ ...json, transactions: [{ ...row, amount }, ...(json.transactions as object[]).slice(1)] }),
      )
      const page = await ask(
        'bound',
        list('transactions(first: 5) { nodes { id raw } edges { cursor } summary { count } }'),
      )
      const [error] = page.errors
      expect(error).toMatchObject({
        path: ['vobizCustomer', 'transactions', 'nodes', 0],
        extensions: { code: 'UPSTREAM_INVALID_RESPONSE', field: 'account_id' },
      })
      expect(error!.extensions).not.toHaveProperty('rowId')
      // The queries of an unbound caller about one customer are checked in the same way.
      const unbound = await ask('everything', list('transactions(first: 5) { nodes { id } }'))
      expect(unbound.errors[0]).toMatchObject({ extensions: { field: 'account_id' } })
      for (const { text } of [page, unbound]) {
        for (const hidden of [foreign.id, otherCustomer, amount]) expect(text).not.toContain(hidden)
      }

      at.vobiz.server.clearFaults()
      alter(
        (path) => path === `/accounts/${customer}`,
        (json) => ({ ...json, auth_id: otherCustomer }),
      )
      alter(
        (path) => path.endsWith('/balance'),
        (json) => ({ ...json, auth_id: otherCustomer, cash_credits: amount }),
      )
      const account = await ask('bound', list('name'))
      expect(account.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE', field: 'auth_id' } }])
      at.vobiz.server.clearFaults()
      alter(
        (path) => path.endsWith('/balance'),
        (json) => ({ ...json, auth_id: otherCustomer, cash_credits: amount }),
      )
      const balance = await ask('bound', list('authId balance { amount }'))
      expect(balance.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE', field: 'auth_id' } }])
      for (const { text } of [account, balance]) {
        for (const hidden of [otherCustomer, amount]) expect(text).not.toContain(hidden)
      }
    } finally {
      at.vobiz.server.clearFaults()
    }
  })

  it('gets one answer for every id that is not its own, whatever the provider answers', async () => {
    const foreign = at.kobble.entries.find(({ from, to }) => from === otherWallet && to !== wallet)!.id
    const replies: Record<string, Fault> = {
      existing: { kind: 'alter', alter: (reply) => reply },
      malformed: { kind: 'alter', alter: (reply) => ({ ...reply, json: { ...(reply.json as object), amount: 'x' } }) },
      'without its wallets': { kind: 'alter', alter: ({ status }) => ({ status, json: { id: foreign } }) },
      another: { kind: 'alter', alter: (reply) => ({ ...reply, json: { ...(reply.json as object), id: wallet } }) },
      'no JSON': { kind: 'reply', reply: { status: 200, text: '<html>' } },
      'no object': { kind: 'reply', reply: { status: 200, json: [] } },
      ...Object.fromEntries(
        [400, 402, 403, 404, 405, 406, 409, 410, 413, 414, 418, 422, 431, 451].map((status) => [
          `status ${status}`,
          { kind: 'reply', reply: { status } } as const,
        ]),
      ),
    }
    const id = globalId('KobbleTransaction', foreign)
    const ways = [
      `{ kobbleTransaction(providerId: "${foreign}") { id } }`,
      `{ transaction(id: "${id}") { id } }`,
      `{ node(id: "${id}") { id } }`,
      `{ nodes(ids: ["${id}"]) { id } }`,
      `{ _entities(representations: [{ __typename: "KobbleTransaction", providerId: "${foreign}" }]) { __typename } }`,
    ]
    for (const document of ways) {
      const answers = new Map<string, string>()
      for (const [name, fault] of Object.entries(replies)) {
        at.kobble.api.fault({ ...fault, times: 1 })
        const { text, errors, requests } = await at.query(document, {}, { ...as('bound'), 'x-graphql-cost': '1' })
        at.kobble.api.clearFaults()
        expect(errors, name).toEqual([])
        expect(requests.KOBBLE, name).toBe(1)
        answers.set(name, text)
      }
      expect([...new Set(answers.values())], [...answers.keys()].join()).toHaveLength(1)
      // The same answer for every id is a failure; otherwise its own entries would seem to be deleted.
      at.kobble.api.fault({ kind: 'reply', reply: { status: 500 } })
      const { errors } = await ask('bound', document)
      at.kobble.api.clearFaults()
      expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_ERROR' } }])
    }
  })

  it('gets the error of an invalid entry that is its own', async () => {
    const own = at.kobble.entries.find(({ from }) => from === wallet)!.id
    at.kobble.api.fault({
      kind: 'alter',
      times: 1,
      alter: (reply) => ({ ...reply, json: { ...(reply.json as object), amount: 'x' } }),
    })
    const { errors } = await ask('bound', `{ kobbleTransaction(providerId: "${own}") { id } }`)
    at.kobble.api.clearFaults()
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE', rowId: own, field: 'amount' } }])
  })

  it('cannot use the cursors of others to read their entries', async () => {
    const list = (after: string | null) =>
      `{ transactions(first: 20, order: OLDEST_FIRST${after ? `, after: "${after}"` : ''}) { nodes { providerId } pageInfo { endCursor } } }`
    type Page = { transactions: { nodes: { providerId: string }[]; pageInfo: { endCursor: string } } }
    const { transactions } = await dataOf<Page>('everything', list(null))
    const { data } = await ask('bound', list(transactions.pageInfo.endCursor))
    expect(foreignTexts().filter((text) => JSON.stringify(data).includes(text))).toEqual([])
  })

  it('has no provider that is not granted', async () => {
    const { transactions } = await dataOf<{ transactions: { sources: readonly object[] } }>(
      'vobizOnly',
      '{ transactions { sources { provider } } }',
    )
    expect(transactions.sources).toEqual([{ provider: 'VOBIZ' }])
    expect(await dataOf('vobizOnly', '{ kobbleTransactions { totalCount nodes { id } summary { count } } }')).toEqual({
      kobbleTransactions: { totalCount: 0, nodes: [], summary: { count: 0 } },
    })
  })
})
