import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startGateway, type TestGateway } from '../../support/gateway.ts'
import { walkPages } from '../../support/pages.ts'

const CUSTOMERS = 40
const ENTRIES_EACH = 6
const HOUR_MS = 3_600_000

interface Page {
  readonly transactions: {
    readonly totalCount?: number | null
    readonly nodes: readonly { readonly providerId: string }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
    readonly sources: readonly {
      readonly error: { readonly code: string } | null
      readonly errors: readonly { readonly code: string; readonly accounts: number | null }[]
    }[]
  }
}

const LIST = `query ($after: String, $policy: FailurePolicy! = FAIL, $filter: TransactionFilter) {
  transactions(first: 7, after: $after, onProviderFailure: $policy, filter: $filter) {
    nodes { providerId } pageInfo { hasNextPage endCursor } sources { error { code } errors { code accounts } }
  }
}`

let at: TestGateway
afterEach(async () => {
  vi.useRealTimers()
  await at.close()
})

async function start(environment: Record<string, string> = {}) {
  at = await startGateway({
    environment,
    sandboxes: { vobiz: { data: 'empty', traits: { globalLedger: 403 } }, kobble: { data: 'empty' } },
  })
  for (let customer = 0; customer < CUSTOMERS; customer++) at.vobiz.addCustomer({ auth_id: idOf(customer) })
  for (let entry = 0; entry < CUSTOMERS * ENTRIES_EACH; entry++) {
    const created_at = new Date(Date.UTC(2026, 0, 1) + entry * HOUR_MS).toISOString()
    at.vobiz.add({ account_id: idOf((entry * 7) % CUSTOMERS), amount: '1', created_at })
  }
}

const idOf = (customer: number) => `MA_${customer}`
const vobiz = (filter: object = {}) => ({ providers: ['VOBIZ'], ...filter })
const paths = () => at.vobiz.server.requests.map(({ path }) => path)

/** Walks through the list and returns the ids of all entries. */
async function walk(variables: object, onPage: (page: Page['transactions']) => void = () => {}): Promise<string[]> {
  const ids: string[] = []
  const read = async (after: string | null) => {
    const { transactions } = await at.ask<Page>(LIST, { filter: vobiz(), ...variables, after })
    onPage(transactions)
    return transactions
  }
  for await (const { nodes } of walkPages(read)) ids.push(...nodes.map(({ providerId }) => providerId))
  return ids
}

/** Makes one customer's ledger answer a status. */
const fail = (customer: number, status: number) =>
  at.vobiz.server.fault({
    kind: 'reply',
    on: ({ path }) => path.endsWith(`/${idOf(customer)}/transactions`),
    reply: { status, json: {} },
  })

describe(`the list over ${CUSTOMERS} customers without a ledger over all of them`, () => {
  beforeEach(() => start())

  it('returns each entry once, newest first, with small cursors', async () => {
    let longest = 0
    const ids = await walk({}, ({ pageInfo }) => {
      longest = Math.max(longest, pageInfo.endCursor?.length ?? 0)
    })
    expect(ids).toEqual(at.vobiz.entries.map(({ id }) => id))
    expect(longest).toBeLessThanOrEqual(256)
  })

  it('reads the customers and each ledger once for the first page, and only what contributes for the next', async () => {
    const first = await at.ask<Page>(LIST, { filter: vobiz() })
    const ledgers = paths().filter((path) => path.endsWith('/transactions'))
    // The refused ledger over all customers is tried twice; some of the seven customers are read on.
    expect(ledgers.length).toBeLessThanOrEqual(2 + CUSTOMERS + 7)
    expect(paths().filter((path) => path === '/accounts')).toHaveLength(1)
    const before = paths().length
    await at.ask(LIST, { filter: vobiz(), after: first.transactions.pageInfo.endCursor })
    expect(paths().slice(before)).toHaveLength(7)
  })

  it('shows a new customer after a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    await at.ask(LIST, { filter: vobiz() })
    at.vobiz.addCustomer({ auth_id: 'MA_new' })
    const { id } = at.vobiz.add({ account_id: 'MA_new', amount: '1', created_at: '2026-05-01T00:00:00Z' })
    vi.setSystemTime(Date.now() + 61_000)
    const { transactions } = await at.ask<Page>(LIST, { filter: vobiz() })
    expect(transactions.nodes[0]).toEqual({ providerId: id })
  })

  it('lacks only the customers that fail under PARTIAL, and returns their entries after recovery', async () => {
    fail(3, 404)
    fail(4, 500)
    fail(5, 500)
    const ids: string[] = []
    let after: string | null = null
    for (let page = 0; page < 8; page++) {
      const { transactions }: Page = await at.ask<Page>(LIST, { filter: vobiz(), policy: 'PARTIAL', after })
      const [source] = transactions.sources.filter(({ error }) => error !== null)
      expect(source?.errors.toSorted((a, b) => a.accounts! - b.accounts!)).toEqual([
        { code: 'UPSTREAM_ERROR', accounts: 1 },
        { code: 'UPSTREAM_ERROR', accounts: 2 },
      ])
      ids.push(...transactions.nodes.map(({ providerId }) => providerId))
      after = transactions.pageInfo.endCursor
    }
    const failing = new Set([3, 4, 5].map(idOf))
    const others = at.vobiz.entries.filter(({ account_id }) => !failing.has(account_id))
    expect(ids).toEqual(others.slice(0, ids.length).map(({ id }) => id))
    at.vobiz.server.clearFaults()
    const read = async (from: string | null) => {
      const { transactions } = await at.ask<Page>(LIST, { filter: vobiz(), policy: 'PARTIAL', after: from ?? after })
      return transactions
    }
    for await (const { nodes } of walkPages(read)) ids.push(...nodes.map(({ providerId }) => providerId))
    expect(ids.toSorted()).toEqual(at.vobiz.entries.map(({ id }) => id).toSorted())
  })

  it('lacks the whole provider under PARTIAL when too many customers fail for a cursor, and loses nothing', async () => {
    for (let customer = CUSTOMERS; customer < 60; customer++) at.vobiz.addCustomer({ auth_id: idOf(customer) })
    const { transactions: first } = await at.ask<Page>(LIST, { filter: vobiz(), policy: 'PARTIAL' })
    const on = ({ path }: { path: string }) => path.endsWith('/transactions')
    at.vobiz.server.fault({ kind: 'reply', on, reply: { status: 500, json: {} } })
    const after = first.pageInfo.endCursor
    const { transactions } = await at.ask<Page>(LIST, { filter: vobiz(), policy: 'PARTIAL', after })
    expect(transactions.nodes).toEqual([])
    expect(transactions.pageInfo.hasNextPage).toBe(true)
    at.vobiz.server.clearFaults()
    const ids = first.nodes.map(({ providerId }) => providerId)
    const read = async (from: string | null) =>
      (await at.ask<Page>(LIST, { filter: vobiz(), after: from ?? transactions.pageInfo.endCursor })).transactions
    for await (const { nodes } of walkPages(read)) ids.push(...nodes.map(({ providerId }) => providerId))
    expect(ids).toEqual(at.vobiz.entries.map(({ id }) => id))
  })

  it('fails as a whole by default when the ledger of a listed customer answers 404', async () => {
    fail(3, 404)
    const { errors } = await at.query(LIST, { filter: vobiz() })
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_ERROR', provider: 'VOBIZ' } }])
  })

  it('reads no row outside the period and the type of a filter', async () => {
    const filter = vobiz({ from: '2026-01-05', to: '2026-01-05', categories: ['TOP_UP'] })
    await at.ask(LIST, { filter })
    const queries = at.vobiz.server.requests.filter(({ path }) => /\/MA_\d+\/transactions$/.test(path))
    for (const { query } of queries) {
      expect(Object.fromEntries(query)).toMatchObject({ from_date: '2026-01-05', to_date: '2026-01-05' })
      expect(query.get('transaction_type')).toBe('recharge')
    }
    expect(queries).toHaveLength(CUSTOMERS)
  })

  it('counts and sums them with one small request each', async () => {
    await at.ask(`{ transactions(filter: { providers: [VOBIZ] }) { totalCount summary { count } } }`)
    const ledgers = at.vobiz.server.requests.filter(({ path }) => /\/MA_\d+\/transactions$/.test(path))
    expect(ledgers).toHaveLength(CUSTOMERS)
    expect(new Set(ledgers.map(({ query }) => query.get('per_page')))).toEqual(new Set(['1']))
  })
})

describe('a sum over more customers than one operation may send requests', () => {
  it.each(['totalCount', 'summary { count }', 'nodes { id }'])('is refused before any: %s', async (field) => {
    await start({ MAX_UPSTREAM_REQUESTS: '30' })
    const { errors } = await at.query(`{ transactions(filter: { providers: [VOBIZ] }) { ${field} } }`)
    expect(errors[0]?.message).toMatch(/would send at least 4\d requests to providers, and one may send at most 30/)
    expect(paths().filter((path) => /\/MA_\d+\/transactions$/.test(path))).toEqual([])
  })
})
