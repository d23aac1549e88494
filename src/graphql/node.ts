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

/** Fetches a node again by its locator; null where it is not there. */
export type LoadNode = (locator: string, context: GatewayContext) => Promise<NodeRecord | null>

/** The most ids that `nodes` takes. */
const MAX_NODES = 100

/** The global id of a node: opaque to callers, and holding all that is needed to fetch the node again. */
export function encodeGlobalId(typename: string, locator: string): string {
  return Buffer.from(`${typename}:${locator}`).toString('base64url')
}

/** What a global id holds, or null when it is not one. */
function decodeGlobalId(id: string): NodeRecord | null {
  const text = Buffer.from(id, 'base64url').toString()
  const colon = text.indexOf(':')
  const isCanonical = Buffer.from(text).toString('base64url') === id
  return colon > 0 && isCanonical ? { typename: text.slice(0, colon), locator: text.slice(colon + 1) } : null
}

/** Adds `Node`, `Query.node` and `Query.nodes`. */
export function defineNodes(builder: GatewayBuilder) {
  const loaders = new Map<string, LoadNode>()

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

  async function load(id: string, context: GatewayContext): Promise<NodeRecord | null> {
    const decoded = decodeGlobalId(id)
    const loader = decoded && loaders.get(decoded.typename)
    if (!loader) throw new InvalidArgumentError(`"${id.slice(0, 100)}" is not an id that this gateway gave out.`)
    return loader(decoded.locator, context)
  }

  builder.queryField('node', (t) =>
    t.field({
      type: Node,
      nullable: true,
      description: 'The object with this id, or null where it is not there any more.',
      args: { id: t.arg.id({ required: true, description: 'An id that this gateway gave out.' }) },
      resolve: (_, { id }, context) => load(id, context),
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
        return Promise.all(ids.map((id) => load(id, context).catch((error: Error) => error as never)))
      },
    }),
  )
  return {
    Node,
    /** Makes the nodes of a type fetchable by id. */
    addNodeType(typename: string, loader: LoadNode): void {
      loaders.set(typename, loader)
    },
  }
}
