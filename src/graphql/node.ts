import { type GraphQLSchema, isAbstractType } from 'graphql'
import { InvalidArgumentError } from '../errors.ts'
import type { GatewayBuilder } from './builder.ts'
import type { GatewayContext } from './context.ts'

/** What makes a record a node. */
export interface NodeRecord {
  /** The GraphQL object type. */
  readonly typename: string
  /** What it takes to fetch the record again, within its type; the part of the global id behind the type's name. */
  readonly locator: string
}

/** Fetches a node again by its locator, or by another key; null where it is not there. */
export type LoadNode = (locator: string, context: GatewayContext) => Promise<NodeRecord | null>

/** How the nodes of one type are fetched: by global id, and by the fields that are keys of their own. */
export interface NodeType {
  readonly load: LoadNode
  readonly keys: Readonly<Record<string, LoadNode>>
}

/** All types whose nodes can be fetched, by name. */
export type NodeTypes = ReadonlyMap<string, NodeType>

/** The most ids that `nodes` takes. */
const MAX_NODES = 100

/** The global id of a node: opaque to callers, and holding all that is needed to fetch the node again. */
export function encodeGlobalId(typename: string, locator: string): string {
  return Buffer.from(`${typename}:${locator}`).toString('base64url')
}

/** What a global id holds, or null when it is not one. */
function decodeGlobalId(id: string): NodeRecord | null {
  const [, typename, locator] = /^([^:]+):(.+)$/s.exec(Buffer.from(id, 'base64url').toString()) ?? []
  if (typename === undefined || locator === undefined) return null
  return encodeGlobalId(typename, locator) === id ? { typename, locator } : null
}

/** The error for what stands in the place of a global id, and is none. */
export const invalidIdError = (id: string) =>
  new InvalidArgumentError(`"${id.slice(0, 100)}" is not an id that this gateway gave out.`)

/** Says of object types whether they are the type of a name, or belong to the interface of that name. */
export function isNamed(schema: GraphQLSchema, name: string): (typename: string) => boolean {
  const type = schema.getType(name)
  if (!isAbstractType(type)) return (typename) => typename === name
  const possible = new Set(schema.getPossibleTypes(type).map((member) => member.name))
  return (typename) => possible.has(typename)
}

/**
 * Fetches a node by its global id; null where it is not there.
 *
 * @param accepts which types will do; all when it is left out
 * @throws {InvalidArgumentError} when the id is not one that this gateway gave out for such a type
 */
export async function loadNode(
  nodeTypes: NodeTypes,
  id: string,
  context: GatewayContext,
  accepts: (typename: string) => boolean = () => true,
): Promise<NodeRecord | null> {
  const decoded = decodeGlobalId(id)
  const type = decoded && nodeTypes.get(decoded.typename)
  if (!type) throw invalidIdError(id)
  if (!accepts(decoded.typename)) {
    throw new InvalidArgumentError(`"${id.slice(0, 100)}" is the id of a ${decoded.typename}, which cannot stand here.`)
  }
  return type.load(decoded.locator, context)
}

/** Adds `Node`, `Query.node` and `Query.nodes`. */
export function defineNodes(builder: GatewayBuilder) {
  const nodeTypes = new Map<string, NodeType>()

  const Node = builder.interfaceRef<NodeRecord>('Node').implement({
    description: 'Something that can be fetched again by its id alone.',
    resolveType: ({ typename }) => typename,
    fields: (t) => ({
      id: t.id({
        description: 'Opaque, permanent, and unique over all types.',
        resolve: ({ typename, locator }) => encodeGlobalId(typename, locator),
      }),
    }),
  })

  builder.queryField('node', (t) =>
    t.field({
      type: Node,
      nullable: true,
      description: 'The object with this id, or null where it is not there any more.',
      args: { id: t.arg.id({ required: true, description: 'An id that this gateway gave out.' }) },
      resolve: (_, { id }, context) => loadNode(nodeTypes, id, context),
    }),
  )
  builder.queryField('nodes', (t) =>
    t.field({
      type: [Node],
      nullable: { list: false, items: true },
      description: `The objects with these ids, in the same order, at most ${MAX_NODES}; null for each that is not there.`,
      args: { ids: t.arg.idList({ required: true, description: 'Ids that this gateway gave out.' }) },
      resolve: (_, { ids }, context) => {
        if (ids.length > MAX_NODES) {
          throw new InvalidArgumentError(`Argument "ids" takes at most ${MAX_NODES} ids; got ${ids.length}.`)
        }
        // An id that fails costs its own place and no other.
        return Promise.all(ids.map((id) => loadNode(nodeTypes, id, context).catch((error: Error) => error as never)))
      },
    }),
  )
  return {
    Node,
    nodeTypes: nodeTypes as NodeTypes,
    /**
     * Makes the nodes of a type fetchable by id.
     *
     * @param keys fields, beside the id, each of which is enough to fetch a node of this type
     */
    addNodeType(typename: string, load: LoadNode, keys: NodeType['keys'] = {}): void {
      nodeTypes.set(typename, { load, keys })
    },
  }
}
