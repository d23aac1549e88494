import { getDocumentNodeFromSchema } from '@graphql-tools/utils'
import {
  type GraphQLField,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  isInterfaceType,
  isObjectType,
  Kind,
  print,
  valueFromASTUntyped,
  visit,
} from 'graphql'
import { DEFAULT_PAGE_SIZE } from '../connection/range.ts'
import { InvalidArgumentError } from '../errors.ts'
import type { GatewayContext } from './context.ts'
import { isNamed, loadNode, type NodeRecord, type NodeTypes } from './node.ts'
import { READ_WEIGHT } from './weight.ts'

/** The most representations that `_entities` takes at a time. */
const MAX_REPRESENTATIONS = 1000

/** The version that knows all of the directives below, `@cost` and `@listSize` being the youngest. */
const LINK = {
  url: 'https://specs.apollo.dev/federation/v2.9',
  import: ['@key', '@shareable', '@cost', '@listSize'],
}

/** Root fields for clients of this gateway alone: other subgraphs of a larger graph have their own. */
const UNSHARED_FIELDS = ['node', 'nodes']

type Directives = Readonly<Record<string, object | readonly object[]>>

/** Adds to the directives in something's extensions, where those that stand there already win. */
function annotate(target: { extensions: Readonly<Record<string, unknown>> }, directives: Directives): void {
  const own = target.extensions.directives as Directives | undefined
  target.extensions = { ...target.extensions, directives: { ...directives, ...own } }
}

/** True for a field that is paged by the arguments of a connection. */
const isConnection = ({ args }: GraphQLField<unknown, unknown>) =>
  ['first', 'last'].every((name) => args.some((arg) => arg.name === name))

/**
 * Puts what a federated graph has to know of a schema into the `directives` extension of its types and fields: every type
 * that can be fetched by a key is an entity, and so is an interface of entries alone; the page arguments of a connection
 * tell how long its lists are.
 *
 * @param entityInterfaces the interfaces that can be fetched by id as well
 */
export function withDirectives(
  schema: GraphQLSchema,
  nodeTypes: NodeTypes,
  entityInterfaces: readonly string[],
): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInterfaceType(type) && entityInterfaces.includes(type.name)) annotate(type, { key: [{ fields: 'id' }] })
    if (!isObjectType(type)) continue
    const node = nodeTypes.get(type.name)
    if (node) annotate(type, { key: ['id', ...Object.keys(node.keys)].map((fields) => ({ fields })) })
    if (type.name === 'PageInfo') annotate(type, { shareable: {} })
    for (const field of Object.values(type.getFields())) {
      if (!isConnection(field)) continue
      const listSize = {
        slicingArguments: ['first', 'last'],
        sizedFields: ['edges', 'nodes'],
        assumedSize: DEFAULT_PAGE_SIZE,
        requireOneSlicingArgument: false,
      }
      annotate(field, { listSize, cost: { weight: READ_WEIGHT } })
    }
  }
  return schema
}

/** The schema as a subgraph of a larger graph: with the directives of federation, and without what subgraphs do not share. */
export function subgraphSdl(schema: GraphQLSchema): string {
  const linked = new GraphQLSchema({ ...schema.toConfig(), extensions: { directives: { link: LINK } } })
  const query = schema.getQueryType()?.name
  const document = visit(getDocumentNodeFromSchema(linked), {
    ObjectTypeDefinition: (node) => (node.name.value === query ? undefined : false),
    FieldDefinition: (node) => (UNSHARED_FIELDS.includes(node.name.value) ? null : undefined),
    // The link stands on an extension, so that a router need not find the definition of the schema.
    SchemaDefinition: ({ directives = [] }) => ({ kind: Kind.SCHEMA_EXTENSION, directives }),
  })
  return `${print(document)}\n`
}

/** The text of an ID, under the rules of GraphQL, which takes whole numbers as well; empty where it is none. */
function textOf(value: unknown): string {
  return typeof value === 'string' || Number.isSafeInteger(value) ? String(value) : ''
}

/** One entity, by one of its keys; null where it is not there. */
async function loadEntity(
  schema: GraphQLSchema,
  nodeTypes: NodeTypes,
  representation: unknown,
  context: GatewayContext,
): Promise<NodeRecord | null> {
  const given = (typeof representation === 'object' ? representation : null) as Record<string, unknown> | null
  const typename = given?.__typename
  const type = typeof typename === 'string' ? schema.getType(typename) : undefined
  const isEntity = type !== undefined && 'key' in ((type.extensions.directives as object | undefined) ?? {})
  if (!isEntity) throw new InvalidArgumentError('Expected "__typename" to name an entity of this subgraph.')
  const { keys = {} } = nodeTypes.get(type.name) ?? {}
  const fields = ['id', ...Object.keys(keys)]
  const field = fields.find((name) => (given?.[name] ?? null) !== null)
  const key = field === undefined ? '' : textOf(given?.[field])
  if (field === undefined || key === '') {
    throw new InvalidArgumentError(
      `Expected ${type.name} with ${fields.map((name) => `"${name}"`).join(' or ')}, an ID.`,
    )
  }
  if (field !== 'id') return keys[field]!(key, context)
  return loadNode(nodeTypes, key, context, isNamed(schema, type.name))
}

/**
 * The schema with the root fields by which a router enters it. Representations are resolved each for itself, in one tick,
 * so that loaders batch them; one that fails costs its own place and no other.
 */
export function withEntities(schema: GraphQLSchema, nodeTypes: NodeTypes): GraphQLSchema {
  const query = schema.getQueryType()!
  const entities = [...nodeTypes.keys()].map((name) => schema.getType(name)).filter(isObjectType)
  const Any = new GraphQLScalarType({
    name: '_Any',
    description: 'The representation of an entity: its "__typename" and the fields of one of its keys.',
    parseValue: (value) => value,
    parseLiteral: valueFromASTUntyped,
  })
  const Entity = new GraphQLUnionType({
    name: '_Entity',
    description: 'Every type that a router can fetch by a key.',
    types: entities,
    resolveType: ({ typename }: NodeRecord) => typename,
  })
  let sdl: string | null = null
  const Service = new GraphQLObjectType({
    name: '_Service',
    description: 'What this gateway is as a subgraph.',
    fields: {
      sdl: {
        type: new GraphQLNonNull(GraphQLString),
        description: 'The schema of the subgraph, with the directives of Apollo Federation 2.',
        resolve: () => {
          sdl ??= subgraphSdl(schema)
          return sdl
        },
      },
    },
  })
  const root = query.toConfig()
  const Query = new GraphQLObjectType<unknown, GatewayContext>({
    ...root,
    fields: {
      ...root.fields,
      _entities: {
        type: new GraphQLNonNull(new GraphQLList(Entity)),
        description: `The entities with these representations, in the same order, at most ${MAX_REPRESENTATIONS}; null for each that is not there. For routers of a federated graph.`,
        args: {
          representations: {
            type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(Any))),
            description: 'What the router knows of each.',
          },
        },
        resolve: (_, { representations }: { representations: readonly unknown[] }, context) => {
          if (representations.length > MAX_REPRESENTATIONS) {
            throw new InvalidArgumentError(
              `Argument "representations" takes at most ${MAX_REPRESENTATIONS}; got ${representations.length}.`,
            )
          }
          return Promise.all(
            representations.map((representation) =>
              loadEntity(schema, nodeTypes, representation, context).catch((error: unknown) => error),
            ),
          )
        },
      },
      _service: {
        type: new GraphQLNonNull(Service),
        description: 'What this gateway is as a subgraph. For routers of a federated graph.',
        resolve: () => ({}),
      },
    },
  })
  const { types, ...config } = schema.toConfig()
  return new GraphQLSchema({ ...config, query: Query, types: [...types.filter((type) => type !== query), Query] })
}
