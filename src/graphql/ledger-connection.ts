import type { ArgBuilder, EnumRef, InputObjectRef, ObjectRef } from '@pothos/core'
import type { Connection, ListOrder } from '../connection/connection.ts'
import type { ConnectionPage, Edge } from '../connection/page.ts'
import { type ConnectionArguments, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../connection/range.ts'
import type { AllTypes, GatewayBuilder, InterfaceRef } from './builder.ts'

/** The four arguments of every connection. */
export function connectionArgs(arg: ArgBuilder<AllTypes>) {
  return {
    first: arg.int({
      description: `At most so many entries from the start of the range, 0 to ${MAX_PAGE_SIZE}; ${DEFAULT_PAGE_SIZE} when neither first nor last is given.`,
    }),
    after: arg.string({ description: 'The range begins behind this cursor.' }),
    last: arg.int({ description: `At most so many entries from the end of the range, 0 to ${MAX_PAGE_SIZE}.` }),
    before: arg.string({ description: 'The range ends in front of this cursor.' }),
  }
}

/** The arguments of a list of entries: those of a connection, a filter, and the order. */
export function ledgerArgs<Filter>(
  arg: ArgBuilder<AllTypes>,
  filter: InputObjectRef<AllTypes, Filter>,
  order: EnumRef<AllTypes, ListOrder>,
) {
  return {
    ...connectionArgs(arg),
    filter: arg({ type: filter, description: 'Which entries to list; all when it is left out.' }),
    order: arg({ type: order, required: true, defaultValue: 'NEWEST_FIRST', description: 'The order of the list.' }),
  }
}

/** What a caller gives to a list of entries. */
export interface LedgerArguments<Filter> extends ConnectionArguments {
  readonly order: ListOrder
  readonly filter?: Filter | null | undefined
}

/** Adds `PageInfo`. Its flags cost nothing unless they are selected. */
export function definePageInfo(builder: GatewayBuilder) {
  return builder.objectRef<ConnectionPage<unknown>>('PageInfo').implement({
    description: 'Where a page lies in its list, by the Relay cursor connections specification.',
    fields: (t) => ({
      hasNextPage: t.boolean({
        description: 'Whether more entries follow, or may follow because reading stopped early.',
        resolve: (page) => page.hasNextPage(),
      }),
      hasPreviousPage: t.boolean({
        description: 'Whether more entries precede, or may precede because reading stopped early.',
        resolve: (page) => page.hasPreviousPage(),
      }),
      startCursor: t.string({
        nullable: true,
        description: 'Pass it as before to page backwards.',
        resolve: (page) => page.startCursor(),
      }),
      endCursor: t.string({
        nullable: true,
        description: 'Pass it as after to page forwards.',
        resolve: (page) => page.endCursor(),
      }),
    }),
  })
}

type NodeRef<T> = ObjectRef<AllTypes, T> | InterfaceRef<T>

/** An edge's node, in a shape that GraphQL understands: an Error in a node's place becomes null there, and an error. */
const nodeOf = <T>({ node }: Edge<T>) => node as never

/**
 * Adds a connection and its edge over one kind of node.
 *
 * @param name of the node in the names of both types, e.g. `Thing` for `ThingConnection`
 */
export function defineConnection<T>(
  builder: GatewayBuilder,
  PageInfo: ReturnType<typeof definePageInfo>,
  { name, node, description }: { name: string; node: NodeRef<T>; description: string },
) {
  const EdgeRef = builder.objectRef<Edge<T>>(`${name}Edge`).implement({
    description: 'One entry of a list, and its place there.',
    fields: (t) => ({
      cursor: t.string({
        description: 'The place of this entry in this list, for after and before.',
        resolve: (edge) => edge.cursor(),
      }),
      node: t.field({
        type: node,
        nullable: true,
        description: "Null, with an error, when the provider's row could not be understood.",
        resolve: nodeOf,
      }),
    }),
  })
  const ConnectionRef = builder.objectRef<Connection<T>>(`${name}Connection`).implement({
    description,
    fields: (t) => ({
      edges: t.field({
        type: [EdgeRef],
        description: 'The entries of this page, each with its cursor.',
        resolve: async (connection) => (await connection.page()).edges,
      }),
      nodes: t.field({
        type: [node],
        nullable: { list: false, items: true },
        description: 'The entries of this page. An entry that could not be understood is null, with an error.',
        resolve: async (connection) => (await connection.page()).edges.map(nodeOf),
      }),
      pageInfo: t.field({
        type: PageInfo,
        description: 'Where this page lies in the list.',
        resolve: (connection) => connection.page(),
      }),
      totalCount: t.int({
        nullable: true,
        description: 'Entries that match the filter; null where the providers cannot tell without reading them all.',
        resolve: (connection) => connection.totalCount(),
      }),
    }),
  })
  return { Edge: EdgeRef, Connection: ConnectionRef }
}
