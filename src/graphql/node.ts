import { type GraphQLSchema, isAbstractType } from 'graphql'
import { GrantExceededError, InvalidArgumentError } from '../errors.ts'
import type { GatewayBuilder } from './builder.ts'
import type { GatewayContext } from './context.ts'

/** A record with a global id. */
export interface NodeRecord {
  /** The GraphQL object type. */
  readonly typename: string
  /** Identifies the record within its type; the part of the global id behind the type's name. */
  readonly locator: string
}

/** Fetches a node by its locator, or by another key; returns null when it does not exist. */
export type LoadNode = (locator: string, context: GatewayContext) => Promise<NodeRecord | null>

/** A type of nodes: how they are fetched, and who may read them. */
export interface NodeType {
  /** The provider's enum value. */
  readonly provider: string
  /**
   * Returns the provider's accounts whose data the node is; a caller may read it with a grant for one of them. Without any,
   * only callers who may read all data of the provider do.
   */
  accountsOf(node: NodeRecord): readonly string[]
  /** For entries: the type of those accounts, whose locators are the ids; null when accounts are no nodes. */
  readonly accountType: string | null
  /** For accounts: returns false for an id that no account can have. Reads nothing. */
  canBeAccount(id: string, context: GatewayContext): boolean
  /** Fetches by the locator in the global id. */
  readonly load: LoadNode
  /** Fetchers by fields that are keys of their own. */
  readonly keys: Readonly<Record<string, LoadNode>>
}

/** A node type as a provider registers it. */
export type NodeTypeOptions<T extends NodeRecord> = Pick<NodeType, 'provider' | 'load'> & {
  accountsOf(node: T): readonly string[]
  /** For entries: the type of those accounts, for `Transaction.accounts`; without it the field is an empty list. */
  readonly accountType?: string
  /** For accounts: by default every id may be an account's. */
  readonly canBeAccount?: NodeType['canBeAccount']
  readonly keys?: NodeType['keys']
}

/** Types whose nodes can be fetched, by name. */
export type NodeTypes = ReadonlyMap<string, NodeType>

/** Maximum number of ids in one `nodes`. */
const MAX_NODES = 100

/** Returns the global id of a node: opaque to callers, it holds everything that is needed to fetch the node again. */
export function encodeGlobalId(typename: string, locator: string): string {
  return Buffer.from(`${typename}:${locator}`).toString('base64url')
}

/** Returns the type and the locator of a global id; null for any text that is not one. */
export function decodeGlobalId(id: string): NodeRecord | null {
  const [, typename, locator] = /^([^:]+):(.+)$/s.exec(Buffer.from(id, 'base64url').toString()) ?? []
  if (typename === undefined || locator === undefined) return null
  return encodeGlobalId(typename, locator) === id ? { typename, locator } : null
}

/** Returns the error for a text that is not a global id. */
export const invalidIdError = (id: string) =>
  new InvalidArgumentError(`"${id.slice(0, 100)}" is not an id that this gateway gave out.`)

/** Returns a predicate that accepts an object type by its own name, or by the name of its interface. */
export function isNamed(schema: GraphQLSchema, name: string): (typename: string) => boolean {
  const type = schema.getType(name)
  if (!isAbstractType(type)) return (typename) => typename === name
  const possible = new Set(schema.getPossibleTypes(type).map((member) => member.name))
  return (typename) => possible.has(typename)
}

/**
 * Fetches a node by its global id; returns null when it does not exist.
 *
 * @param accepts accepts the type of a node; all types by default
 * @throws {InvalidArgumentError} when the text is not a global id, or is one of another type
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
    throw new InvalidArgumentError(
      `"${id.slice(0, 100)}" is the id of a ${decoded.typename}, which is not accepted here.`,
    )
  }
  return type.load(decoded.locator, context)
}

/**
 * Rejects a node that the caller may not read. Sessions do not return such nodes; this check also covers a session that
 * ignores the caller's grant.
 * @throws {GrantExceededError} when the caller's grant covers none of the accounts whose data the node is
 */
export function assertGranted(nodeTypes: NodeTypes, node: NodeRecord | null, { mayRead }: GatewayContext): void {
  if (node === null) return
  const type = nodeTypes.get(node.typename)
  if (type === undefined) throw new TypeError(`${node.typename} is not registered as a type of nodes.`)
  if (mayRead(type.provider, null)) return
  if (!type.accountsOf(node).some((account) => mayRead(type.provider, [account]))) {
    throw new GrantExceededError(`A node of ${type.provider} exceeds the caller's grant.`)
  }
}

/** Adds `Node`, `Query.node` and `Query.nodes`. */
export function defineNodes(builder: GatewayBuilder) {
  const nodeTypes = new Map<string, NodeType>()
  /** Returns a fetcher that rejects nodes which the caller may not read. */
  const withGrantCheck =
    (load: LoadNode): LoadNode =>
    async (key, context) => {
      const node = await load(key, context)
      assertGranted(nodeTypes, node, context)
      return node
    }

  const Node = builder.interfaceRef<NodeRecord>('Node').implement({
    description: 'Object that can be fetched again by its id alone.',
    resolveType: ({ typename }) => typename,
    fields: (t) => ({
      id: t.id({
        description: 'Opaque, permanent id, unique over all types.',
        resolve: ({ typename, locator }) => encodeGlobalId(typename, locator),
      }),
    }),
  })

  builder.queryField('node', (t) =>
    t.field({
      type: Node,
      nullable: true,
      description: 'Object with this id; null when it does not exist.',
      args: { id: t.arg.id({ required: true, description: 'Global id from this gateway.' }) },
      resolve: (_, { id }, context) => loadNode(nodeTypes, id, context),
    }),
  )
  builder.queryField('nodes', (t) =>
    t.field({
      type: [Node],
      nullable: { list: false, items: true },
      description: `Objects with these ids, in the same order; null for each that does not exist.`,
      args: {
        ids: t.arg.idList({ required: true, description: `Global ids from this gateway, at most ${MAX_NODES}.` }),
      },
      resolve: (_, { ids }, context) => {
        if (ids.length > MAX_NODES) {
          throw new InvalidArgumentError(`Argument "ids" takes at most ${MAX_NODES} ids; got ${ids.length}.`)
        }
        // A failure takes only its own position in the list.
        return Promise.all(ids.map((id) => loadNode(nodeTypes, id, context).catch((error: Error) => error as never)))
      },
    }),
  )
  return {
    Node,
    nodeTypes: nodeTypes as NodeTypes,
    /** Registers a type whose nodes can be fetched. Its fetchers reject nodes that the caller may not read. */
    addNodeType<T extends NodeRecord>(typename: string, options: NodeTypeOptions<T>): void {
      const { provider, accountsOf, accountType = null, canBeAccount = () => true, load, keys = {} } = options
      nodeTypes.set(typename, {
        provider,
        accountsOf: (node) => accountsOf(node as T),
        accountType,
        canBeAccount,
        load: withGrantCheck(load),
        keys: Object.fromEntries(Object.entries(keys).map(([field, byKey]) => [field, withGrantCheck(byKey)])),
      })
    },
  }
}
