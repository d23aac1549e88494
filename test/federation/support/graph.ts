import { readFileSync } from 'node:fs'
import { createListener } from '../../../src/server/listener.ts'
import { startGateway, type TestGateway, type TestGatewayOptions } from '../../support/gateway.ts'
import { listen, type Subgraph, startSubgraph } from './subgraph.ts'

/** Reads a file of docs/examples/federation. */
export const readExample = (name: string) =>
  readFileSync(new URL(`../../../docs/examples/federation/${name}`, import.meta.url), 'utf8')

const NOTES_SDL = readExample('notes.graphql')
const OFFICES_SDL = readExample('offices.graphql')

/** The types of a subgraph that follows the Relay specification, too. */
const RELAY_SDL = `
  interface Node { id: ID! }
  type PageInfo @federation__shareable {
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
    endCursor: String
  }
`
/** Only one subgraph of a graph can have it: others would have to know the same nodes. */
export const NODE_FIELD = 'extend type Query { node(id: ID!): Node }'

/** A subgraph that adds a field to every entry, of whichever provider; its own nodes are others. */
export const NOTES = `${NOTES_SDL} ${RELAY_SDL}
  type Notebook implements Node { id: ID! }
  extend type Query { notebooks: NotebookConnection! }
  type NotebookConnection { nodes: [Notebook!]! pageInfo: PageInfo! }
`

/** A subgraph that adds fields to the types of one provider; some of them are its nodes. */
export const OFFICES = `${OFFICES_SDL} ${RELAY_SDL}
  extend type VobizTransaction implements Node
  extend type Query { officePages: PageInfo! }
`

export const notesOn = (id: unknown) => [`a note on ${id}`]
export const centreOf = (key: unknown) => `the cost centre of ${key}`
export const managerOf = (key: unknown) => `the manager of ${key}`

/** A larger graph: the gateway over its sandboxes, and two subgraphs beside it. */
export interface Graph {
  readonly gateway: TestGateway
  readonly notes: Subgraph
  readonly offices: Subgraph
  /** The addresses of the subgraphs, by their names. */
  readonly urls: Readonly<Record<'transactions' | 'notes' | 'offices', string>>
  /** The keys of the gateway's entities that the subgraphs know, in the order in which they return them. */
  readonly known: { noted: string[]; customers: string[]; wallets: string[] }
  close(): Promise<void>
}

/** Starts a graph. The fields of an entity in its subgraphs are derived from the key by the functions above. */
export async function startGraph(options?: TestGatewayOptions): Promise<Graph> {
  const known: Graph['known'] = { noted: [], customers: [], wallets: [] }
  const gateway = await startGateway(options)
  const server = await listen(createListener(gateway.gateway))
  const notes = await startSubgraph({
    sdl: NOTES,
    roots: { notedTransactions: () => known.noted.map((id) => ({ id })) },
    complete: ({ id }) => ({ notes: notesOn(id) }),
  })
  const offices = await startSubgraph({
    sdl: `${OFFICES} ${NODE_FIELD}`,
    roots: {
      managedCustomers: () => known.customers.map((authId) => ({ authId })),
      managedWallets: () => known.wallets.map((providerId) => ({ providerId })),
      node: ({ id }) => ({ __typename: 'VobizTransaction', id }),
    },
    complete({ id, authId, providerId }) {
      const key = id ?? authId ?? providerId
      return { costCentre: centreOf(key), manager: managerOf(key) }
    },
  })
  return {
    gateway,
    notes,
    offices,
    urls: { transactions: server.url, notes: notes.url, offices: offices.url },
    known,
    async close() {
      await Promise.all([server.close(), notes.close(), offices.close()])
      await gateway.close()
    },
  }
}
