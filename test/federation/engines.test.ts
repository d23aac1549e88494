import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { requestsBetween } from '../support/gateway.ts'
import { ENGINES, type Engine } from './support/engines.ts'
import { centreOf, type Graph, managerOf, notesOn, readExample, startGraph } from './support/graph.ts'

interface Entry {
  readonly id: string
  readonly providerId: string
  readonly provider: 'VOBIZ' | 'KOBBLE'
}

const NOTES_QUERY = readExample('notes-query.graphql')
const OFFICES_QUERY = readExample('offices-query.graphql')

describe.each(ENGINES)('$name', ({ start, joinsInterfaceObjects, passesOnEvents }) => {
  let graph: Graph
  let engine: Engine
  /** Newest first: those of one Vobiz customer and day, and those of one Kobble wallet. */
  let vobiz: readonly Entry[]
  let kobble: readonly Entry[]
  let newest: readonly Entry[]
  /** The customer and the wallet. */
  let authId: string
  let walletId: string

  beforeAll(async () => {
    const empty = { data: 'empty' } as const
    graph = await startGraph({ sandboxes: { vobiz: empty, kobble: empty } })
    engine = await start(graph.urls)
    for (let hour = 10; hour < 22; hour++) {
      const sandbox = hour % 2 === 0 ? graph.gateway.vobiz : graph.gateway.kobble
      sandbox.add({ created_at: `2026-05-01T${hour}:00:00Z` })
    }
    const nodes = '{ nodes { id providerId provider } }'
    const lists = await graph.gateway.ask<Record<string, { nodes: Entry[] }>>(
      `{ transactions ${nodes} vobizTransactions ${nodes} kobbleTransactions ${nodes} }`,
    )
    newest = lists.transactions!.nodes
    vobiz = lists.vobizTransactions!.nodes
    kobble = lists.kobbleTransactions!.nodes
    authId = graph.gateway.vobiz.customers[0]!.auth_id
    walletId = graph.gateway.kobble.wallets[0]!.id
  })
  afterAll(async () => {
    await engine.close()
    await graph.close()
  })
  beforeEach(() => {
    Object.assign(graph.known, { noted: [], customers: [], wallets: [] })
    graph.notes.entityCalls.length = 0
    graph.offices.entityCalls.length = 0
  })

  /** Returns the answer of the engine, and the number of requests that reached the providers. */
  async function ask<Data>(document: string, variables?: object) {
    const before = graph.gateway.requests()
    const { data, errors } = await engine.query<Data>(document, variables)
    expect(errors).toEqual([])
    return { data, requests: requestsBetween(before, graph.gateway.requests()) }
  }

  const itJoins = joinsInterfaceObjects ? it : it.fails
  const centres = '... on VobizTransaction { costCentre } ... on KobbleTransaction { costCentre }'
  const centre = ({ provider, id, providerId }: Entry) => centreOf(provider === 'VOBIZ' ? id : providerId)

  itJoins('answers the documented query over an interface object', async () => {
    graph.known.noted = [vobiz[1]!.id, kobble[1]!.id]
    const { data } = await ask(NOTES_QUERY)
    const amount = { amount: expect.any(String), currency: expect.any(String) }
    expect(data).toEqual({
      transactions: { nodes: newest.slice(0, 5).map(({ provider, id }) => ({ provider, amount, notes: notesOn(id) })) },
      notedTransactions: [vobiz[1]!, kobble[1]!].map(({ provider, id }) => ({
        provider,
        status: 'COMPLETED',
        notes: notesOn(id),
      })),
    })
  })

  it('answers the documented query over object types', async () => {
    Object.assign(graph.known, { customers: [authId], wallets: [walletId] })
    const { data } = await ask(OFFICES_QUERY)
    const { name } = graph.gateway.vobiz.customers[0]!
    const amount = { amount: expect.any(String) }
    expect(data).toEqual({
      transactions: {
        nodes: newest.slice(0, 5).map((entry) => ({
          provider: entry.provider,
          costCentre: centre(entry),
          ...(entry.provider === 'VOBIZ'
            ? { customer: { name, manager: managerOf(authId) } }
            : { to: { status: 'ACTIVE', manager: managerOf(walletId) } }),
        })),
      },
      managedCustomers: [{ name, balance: amount }],
      managedWallets: [{ status: 'ACTIVE', available: amount }],
    })
  })

  itJoins('adds fields to a list of entries through the interface, and reads nothing twice', async () => {
    const { data, requests } = await ask('{ transactions { nodes { id notes } } }')
    expect(data).toEqual({ transactions: { nodes: newest.map(({ id }) => ({ id, notes: notesOn(id) })) } })
    expect(requests).toMatchObject({ VOBIZ: 1, KOBBLE: 1 })
    expect(graph.notes.entityCalls).toEqual([newest.map(({ id }) => ({ __typename: 'Transaction', id }))])
  })

  it('adds fields to a list of entries by their types, and reads nothing twice', async () => {
    const { data, requests } = await ask(`{ transactions { nodes { id ${centres} } } }`)
    expect(data).toEqual({
      transactions: { nodes: newest.map((entry) => ({ id: entry.id, costCentre: centre(entry) })) },
    })
    expect(requests).toMatchObject({ VOBIZ: 1, KOBBLE: 1 })
    expect(graph.offices.entityCalls.flat()).toHaveLength(newest.length)
  })

  it('enters through the interface by the ids that another subgraph knows', async () => {
    const noted = [kobble[0]!, vobiz[0]!, vobiz[3]!, kobble[2]!]
    graph.known.noted = noted.map(({ id }) => id)
    const { data } = await ask(
      '{ notedTransactions { id provider providerId notes ... on KobbleTransaction { asset } ... on VobizTransaction { accountId } } }',
    )
    expect(data).toEqual({
      notedTransactions: noted.map((entry) => ({
        ...entry,
        notes: notesOn(entry.id),
        ...(entry.provider === 'KOBBLE' ? { asset: 'AUD' } : { accountId: authId }),
      })),
    })
  })

  it('reads all entries of one Vobiz customer and day with one request', async () => {
    graph.known.noted = vobiz.map(({ id }) => id)
    const { data, requests } = await ask('{ notedTransactions { providerId } }')
    expect(data).toEqual({ notedTransactions: vobiz.map(({ providerId }) => ({ providerId })) })
    expect(requests).toMatchObject({ VOBIZ: 1, KOBBLE: 0 })
  })

  it('reads each Kobble entry once, however often it is referred to', async () => {
    graph.known.noted = [...kobble, ...kobble, ...kobble].map(({ id }) => id)
    const { data, requests } = await ask<{ notedTransactions: object[] }>('{ notedTransactions { providerId } }')
    expect(data?.notedTransactions).toHaveLength(3 * kobble.length)
    expect(requests).toMatchObject({ VOBIZ: 0, KOBBLE: kobble.length })
  })

  it('enters by the keys of a provider that another subgraph knows', async () => {
    Object.assign(graph.known, { customers: [authId], wallets: [walletId, walletId] })
    const { data, requests } = await ask(
      `{
        managedCustomers(manager: "Ines") { authId manager transactions(first: 1) { nodes { id costCentre } } }
        managedWallets(manager: "Ines") { providerId manager total { currency } }
      }`,
    )
    expect(data).toEqual({
      managedCustomers: [
        {
          authId,
          manager: managerOf(authId),
          transactions: { nodes: [{ id: vobiz[0]!.id, costCentre: centre(vobiz[0]!) }] },
        },
      ],
      managedWallets: Array(2).fill({
        providerId: walletId,
        manager: managerOf(walletId),
        total: { currency: 'AUD' },
      }),
    })
    expect(requests).toMatchObject({ VOBIZ: 2, KOBBLE: 1 })
  })

  it('fetches a single entry, and the fields that another subgraph has for its type', async () => {
    for (const entry of [vobiz[2]!, kobble[2]!]) {
      const { data } = await ask(`query($id: ID!) { transaction(id: $id) { id provider ${centres} } }`, entry)
      expect(data).toEqual({ transaction: { id: entry.id, provider: entry.provider, costCentre: centre(entry) } })
    }
  })

  itJoins('fetches a single entry, and the fields that another subgraph has for every entry', async () => {
    const { data } = await ask('query($id: ID!) { transaction(id: $id) { provider notes } }', kobble[2])
    expect(data).toEqual({ transaction: { provider: 'KOBBLE', notes: notesOn(kobble[2]!.id) } })
  })

  it('goes on from what another subgraph calls a node', async () => {
    const { data } = await ask(
      'query($id: ID!) { node(id: $id) { __typename id ... on Transaction { provider } ... on VobizTransaction { accountId costCentre } } }',
      vobiz[0],
    )
    expect(data).toEqual({
      node: {
        __typename: 'VobizTransaction',
        id: vobiz[0]!.id,
        provider: 'VOBIZ',
        accountId: authId,
        costCentre: centre(vobiz[0]!),
      },
    })
  })

  itJoins('goes on from what another subgraph calls a node to what a third has for every entry', async () => {
    const { data } = await ask('query($id: ID!) { node(id: $id) { ... on Transaction { id notes } } }', vobiz[0])
    expect(data).toEqual({ node: { id: vobiz[0]!.id, notes: notesOn(vobiz[0]!.id) } })
  })

  it('answers null for the one entry that is not there any more, and all others', async () => {
    const gone = graph.gateway.kobble.add()
    const { kobbleTransaction } = await graph.gateway.ask<{ kobbleTransaction: Entry }>(
      'query($id: ID!) { kobbleTransaction(providerId: $id) { id } }',
      gone,
    )
    graph.gateway.kobble.remove(gone.id)
    graph.known.noted = [kobble[0]!, kobbleTransaction, vobiz[0]!].map(({ id }) => id)
    const { data } = await engine.query('{ notedTransactions { id provider } }')
    expect(data).toEqual({
      notedTransactions: [{ id: kobble[0]!.id, provider: 'KOBBLE' }, null, { id: vobiz[0]!.id, provider: 'VOBIZ' }],
    })
  })

  if (passesOnEvents) {
    it('passes on the events of a subscription, with the fields of another subgraph', async () => {
      const missing = graph.gateway.vobiz.add({ created_at: '2026-04-01T00:00:00Z', ledger: 'own' })
      const events: unknown[] = []
      for await (const event of engine.subscribe!(
        `subscription {
          vobizReconciliation(period: { from: "2026-04-01", to: "2026-04-30" }) {
            result { discrepancies { customer { manager } missingFromGlobal { providerId costCentre } } }
          }
        }`,
      )) {
        events.push(event)
      }
      graph.gateway.vobiz.remove(missing.id)
      const { id: providerId } = missing
      const entry = { providerId, costCentre: expect.stringContaining(centreOf('')) }
      const result = { discrepancies: [{ customer: { manager: managerOf(authId) }, missingFromGlobal: [entry] }] }
      expect(events.length).toBeGreaterThan(1)
      expect(events.at(-1)).toEqual({ data: { vobizReconciliation: { result } }, errors: [] })
    })
  }

  it('passes on why something cannot be read', async () => {
    Object.assign(graph.known, { customers: [authId], wallets: [walletId] })
    graph.gateway.kobble.api.fault({ kind: 'reply', reply: { status: 400 }, times: 1 })
    const { data, errors } = await engine.query(
      '{ managedCustomers(manager: "Ines") { isActive } managedWallets(manager: "Ines") { status } }',
    )
    expect(data).toEqual({ managedCustomers: [{ isActive: true }], managedWallets: [null] })
    expect(errors.map(({ path, extensions: { code } }) => [path?.[0], code])).toEqual([
      ['managedWallets', 'UPSTREAM_ERROR'],
    ])
  })
})
