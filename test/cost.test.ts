import { afterEach, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../src/gateway.ts'
import { examplesOf } from '../src/graphql/graphiql.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

let at: TestGateway

const WITH_COST = { 'x-graphql-cost': '1' }

interface Cost {
  readonly providers: readonly { readonly provider: string; readonly requests: number; readonly rows: number }[]
}

const costOf = (extensions: Readonly<Record<string, unknown>>) => (extensions.cost as Cost | undefined)?.providers

/** The examples that are queries, with their variables. */
const QUERIES = examplesOf(PROVIDERS)
  .filter(({ query }) => /^query /m.test(query))
  .map(({ query, variables }) => [/^query (\w+)/m.exec(query)![1]!, query, JSON.parse(variables)] as const)

afterEach(() => at?.close())

describe('extensions.cost', () => {
  it.each(QUERIES)('counts the requests that %s sent to each provider', async (_, query, variables) => {
    at = await startGateway()
    const { errors, extensions, requests: sent } = await at.query(query, variables, WITH_COST)
    expect(errors).toEqual([])
    const counts = costOf(extensions)!.map(({ provider, requests }) => [provider, requests])
    // Requests for tokens are no part of the cost.
    const arrived = PROVIDERS.filter(({ name }) => sent[name]! > 0).map(({ name }) => [name, sent[name]])
    expect(counts.sort()).toEqual(arrived.sort())
    expect(arrived).not.toEqual([])
  })

  it('counts the rows of the answers, and only requests that were sent', async () => {
    at = await startGateway()
    const page = '{ kobbleTransactions(first: 10) { nodes { id } } }'
    const answer = await at.query(page, {}, WITH_COST)
    expect(costOf(answer.extensions)).toEqual([{ provider: 'KOBBLE', requests: 1, rows: 11 }])
    const nothing = await at.query('{ __typename }', {}, WITH_COST)
    expect(costOf(nothing.extensions)).toEqual([])
  })

  it('counts retries, and is present when the operation fails', async () => {
    at = await startGateway()
    at.kobble.api.fault({ kind: 'reply', reply: { status: 503 } })
    const { errors, extensions, requests } = await at.query('{ kobbleWallets { totalCount } }', {}, WITH_COST)
    expect(errors).toHaveLength(1)
    expect(requests.KOBBLE).toBeGreaterThan(1)
    expect(costOf(extensions)).toEqual([{ provider: 'KOBBLE', requests: requests.KOBBLE, rows: 0 }])
  })

  it('is absent without the header x-graphql-cost', async () => {
    at = await startGateway()
    expect((await at.query('{ kobbleWallets { totalCount } }')).text).not.toContain('cost')
  })
})

describe('extensions.sandbox', () => {
  it('is false over configured providers, and absent without the header x-graphql-sandbox', async () => {
    at = await startGateway()
    const { extensions } = await at.query('{ __typename }', {}, { ...WITH_COST, 'x-graphql-sandbox': '1' })
    expect(extensions).toEqual({ cost: { providers: [] }, sandbox: false })
    expect((await at.query('{ __typename }', {}, WITH_COST)).extensions).toEqual({ cost: { providers: [] } })
    expect((await at.query('{ __typename }')).text).not.toContain('extensions')
  })
})

describe('MAX_UPSTREAM_REQUESTS', () => {
  it('rejects an operation that is known to need more, before anything is sent', async () => {
    at = await startGateway({ environment: { MAX_UPSTREAM_REQUESTS: '5' } })
    const ids = at.kobble.entries.slice(0, 6).map(({ id }) => id)
    const fields = ids.map((id, index) => `e${index}: kobbleTransaction(providerId: "${id}") { id }`)
    const refused = await at.query(`{ ${fields.join(' ')} }`)
    expect(refused.requests.KOBBLE).toBe(0)
    expect(refused.errors).toHaveLength(6)
    expect(refused.errors[0]!.extensions.code).toBe('LIMIT_EXCEEDED')
    const allowed = await at.query(`{ ${fields.slice(0, 5).join(' ')} }`)
    expect(allowed.errors).toEqual([])

    const period = '{ from: "2026-08-01", to: "2026-08-31" }'
    const month = await at.query(`{ vobizReconciliation(period: ${period}) { balanced } }`)
    expect(month.errors.map(({ extensions }) => extensions.code)).toEqual(['LIMIT_EXCEEDED'])
    // The list of customers, and the ledger over all of them.
    expect(month.requests.VOBIZ).toBeLessThanOrEqual(2)
  })

  it('ends an operation after that number of requests', async () => {
    at = await startGateway({ environment: { MAX_UPSTREAM_REQUESTS: '5' } })
    const days = Array.from({ length: 9 }, (_, day) => `from: "2026-08-0${day + 1}", to: "2026-08-0${day + 1}"`)
    const fields = days.map((day, index) => `d${index}: vobizTransactions(first: 1, filter: { ${day} }) { totalCount }`)
    const { errors, requests } = await at.query(`{ ${fields.join(' ')} }`)
    expect(requests.VOBIZ).toBe(5)
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['LIMIT_EXCEEDED']))
    expect(errors[0]!.message).toMatch(/^This operation would send more than the 5 requests/)
    expect((await at.ask<{ kobbleWallets: object }>('{ kobbleWallets { totalCount } }')).kobbleWallets).toBeTruthy()
  })

  it('allows an operation that needs exactly that number', async () => {
    at = await startGateway({ environment: { MAX_UPSTREAM_REQUESTS: String(PROVIDERS.length) } })
    const { errors } = await at.query('{ transactions(first: 5) { nodes { id } } }')
    expect(errors).toEqual([])
  })
})

describe('MAX_UPSTREAM_ROWS', () => {
  it('ends an operation that reads more rows', async () => {
    at = await startGateway({ environment: { MAX_UPSTREAM_ROWS: '500' } })
    const { errors, requests } = await at.query('{ kobbleTransactions { summary { count } } }')
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['LIMIT_EXCEEDED'])
    expect(errors[0]!.message).toMatch(/^This operation would read more than the 500 rows/)
    // Requests in flight when the limit was reached.
    expect(requests.KOBBLE).toBeLessThanOrEqual(8)
  })
})
