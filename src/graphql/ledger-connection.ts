import type { ArgBuilder, EnumRef, InputObjectRef, ObjectRef } from '@pothos/core'
import { type Connection, type ConnectionOptions, createConnection, type ListOrder } from '../connection/connection.ts'
import type { ConnectionPage, Edge } from '../connection/page.ts'
import { type ConnectionArguments, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../connection/range.ts'
import type { AllTypes, GatewayBuilder, InterfaceRef } from './builder.ts'
import type { GatewayContext } from './context.ts'
import { CHECKED_AS_SOURCE } from './grant-guard.ts'

/** Returns the four arguments of every connection. */
export function connectionArgs(arg: ArgBuilder<AllTypes>) {
  return {
    first: arg.int({
      description: `Maximum number of entries from the start of the range, 0 to ${MAX_PAGE_SIZE}; ${DEFAULT_PAGE_SIZE} when neither \`first\` nor \`last\` is given.`,
    }),
    after: arg.string({ description: 'Returns entries after this cursor.' }),
    last: arg.int({ description: `Maximum number of entries from the end of the range, 0 to ${MAX_PAGE_SIZE}.` }),
    before: arg.string({ description: 'Returns entries before this cursor.' }),
  }
}

/** Returns the arguments of a list of entries: those of a connection, a filter, and the order. */
export function ledgerArgs<Filter>(
  arg: ArgBuilder<AllTypes>,
  filter: InputObjectRef<AllTypes, Filter>,
  order: EnumRef<AllTypes, ListOrder>,
) {
  return {
    ...connectionArgs(arg),
    filter: arg({ type: filter, description: 'Conditions on the entries; all entries match by default.' }),
    order: arg({
      type: order,
      required: true,
      defaultValue: 'NEWEST_FIRST',
      description: 'Order of the list; NEWEST_FIRST by default.',
    }),
  }
}

/** Argument values of a list of entries. */
export interface LedgerArguments<Filter> extends ConnectionArguments {
  readonly order: ListOrder
  readonly filter?: Filter | null | undefined
}

/** Opens a list of one provider for an operation. The list fails when the provider does. */
export function openList<T>(
  { scanLimit, cursors, walks, mayRead }: GatewayContext,
  options: Pick<ConnectionOptions<T>, 'listKey' | 'groups' | 'order' | 'args'>,
): Connection<T> {
  return createConnection({ ...options, onFailure: 'FAIL', scanLimit, cursors, memory: walks, mayRead })
}

/** Adds `PageInfo`. Its flags are computed only when they are selected. */
export function definePageInfo(builder: GatewayBuilder) {
  return builder.objectRef<ConnectionPage<unknown>>('PageInfo').implement({
    description: 'Position of a page in its list, as in the Relay cursor connections specification.',
    fields: (t) => ({
      hasNextPage: t.boolean({
        description:
          'True when more entries may follow; continue even after an empty page. When `endCursor` is the `after` of the same request, a provider fails under `PARTIAL`: wait before the next attempt.',
        resolve: (page) => page.hasNextPage(),
      }),
      hasPreviousPage: t.boolean({
        description: 'True when more entries may precede; continue even after an empty page.',
        resolve: (page) => page.hasPreviousPage(),
      }),
      startCursor: t.string({
        nullable: true,
        description: 'Cursor to pass as `before` for the previous page; null when there is nothing to continue from.',
        resolve: (page) => page.startCursor(),
      }),
      endCursor: t.string({
        nullable: true,
        description:
          'Cursor to pass as `after` for the next page; null when there is nothing to continue from, then leave out `after`. A page that adds nothing because a provider fails under `PARTIAL` has the cursor that was passed as `after`.',
        resolve: (page) => page.endCursor(),
      }),
    }),
  })
}

type NodeRef<T> = ObjectRef<AllTypes, T> | InterfaceRef<T>

/** Returns an edge's node as GraphQL takes it: an `Error` becomes null with an error at that position. */
const nodeOf = <T>({ node }: Edge<T>) => node as never

/**
 * Adds a connection and its edge over one kind of node.
 *
 * @param name the prefix of both type names, e.g. `Thing` for `ThingConnection`
 * @param totalCount the description of `totalCount`, when the usual one does not do
 */
export function defineConnection<T>(
  builder: GatewayBuilder,
  PageInfo: ReturnType<typeof definePageInfo>,
  {
    name,
    node,
    description,
    totalCount = 'Number of matching entries; null when counting would require reading them all.',
  }: { name: string; node: NodeRef<T>; description: string; totalCount?: string },
) {
  const EdgeRef = builder.objectRef<Edge<T>>(`${name}Edge`).implement({
    description: 'Entry of a list with its cursor.',
    fields: (t) => ({
      cursor: t.string({
        description: 'Opaque position of the entry in this list, for `after` and `before`.',
        resolve: (edge) => edge.cursor(),
      }),
      node: t.field({
        type: node,
        nullable: true,
        description: "The entry; null, with an error, when the provider's row is invalid.",
        extensions: CHECKED_AS_SOURCE,
        resolve: nodeOf,
      }),
    }),
  })
  const ConnectionRef = builder.objectRef<Connection<T>>(`${name}Connection`).implement({
    description,
    fields: (t) => ({
      edges: t.field({
        type: [EdgeRef],
        description: 'Entries of this page, each with its cursor.',
        resolve: async (connection) => (await connection.page()).edges,
      }),
      nodes: t.field({
        type: [node],
        nullable: { list: false, items: true },
        description: "Entries of this page; null, with an error, for each whose provider's row is invalid.",
        extensions: CHECKED_AS_SOURCE,
        resolve: async (connection) => (await connection.page()).edges.map(nodeOf),
      }),
      pageInfo: t.field({
        type: PageInfo,
        description: 'Position of this page in the list.',
        resolve: (connection) => connection.page(),
      }),
      totalCount: t.int({
        nullable: true,
        description: totalCount,
        resolve: (connection) => connection.totalCount(),
      }),
    }),
  })
  return { Edge: EdgeRef, Connection: ConnectionRef }
}
