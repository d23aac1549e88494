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

/** Maximum number of representations in one `_entities`. */
const MAX_REPRESENTATIONS = 1000

/** The first version that has all of these directives: `@cost` and `@listSize` came last. */
const LINK = {
  url: 'https://specs.apollo.dev/federation/v2.9',
  import: ['@key', '@shareable', '@cost', '@listSize'],
}

/** Root fields that are left out of the subgraph, since other subgraphs have fields of these names. */
const UNSHARED_FIELDS = ['node', 'nodes']

type Directives = Readonly<Record<string, object | readonly object[]>>

/** Adds directives to the extensions of a type or a field. Existing ones take precedence. */
function annotate(target: { extensions: Readonly<Record<string, unknown>> }, directives: Directives): void {
  const own = target.extensions.directives as Directives | undefined
  target.extensions = { ...target.extensions, directives: { ...directives, ...own } }
}

/** True for a field that is paged by the arguments of a connection. */
const isConnection = ({ args }: GraphQLField<unknown, unknown>) =>
  ['first', 'last'].every((name) => args.some((arg) => arg.name === name))

/**
 * Adds the directives of a federated graph to the `directives` extension of types and fields. Types that can be fetched by a
 * key become entities; the page arguments of a connection determine the size of its lists.
 *
 * @param entityInterfaces the interfaces that become entities with the key `id`
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

/** Returns the schema as a subgraph: with the directives of federation, without `UNSHARED_FIELDS`. */
export function subgraphSdl(schema: GraphQLSchema): string {
  const linked = new GraphQLSchema({ ...schema.toConfig(), extensions: { directives: { link: LINK } } })
  const query = schema.getQueryType()?.name
  const document = visit(getDocumentNodeFromSchema(linked), {
    ObjectTypeDefinition: (node) => (node.name.value === query ? undefined : false),
    FieldDefinition: (node) => (UNSHARED_FIELDS.includes(node.name.value) ? null : undefined),
    // As an extension, the link needs no definition of the schema that a router would have to find.
    SchemaDefinition: ({ directives = [] }) => ({ kind: Kind.SCHEMA_EXTENSION, directives }),
  })
  return `${print(document)}\n`
}

/** Returns the text of an ID, which may be a whole number in GraphQL; empty for any other value. */
function textOf(value: unknown): string {
  return typeof value === 'string' || Number.isSafeInteger(value) ? String(value) : ''
}

/** Fetches an entity by one of its keys; returns null when it does not exist. */
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
 * Returns the schema with the root fields by which a router enters it. Representations are resolved in one tick, so that
 * loaders batch them; a failure takes only its own position in the list.
 */
export function withEntities(schema: GraphQLSchema, nodeTypes: NodeTypes): GraphQLSchema {
  const query = schema.getQueryType()!
  const entities = [...nodeTypes.keys()].map((name) => schema.getType(name)).filter(isObjectType)
  const Any = new GraphQLScalarType({
    name: '_Any',
    description: 'Representation of an entity: its `__typename` and the fields of one of its keys.',
    parseValue: (value) => value,
    parseLiteral: valueFromASTUntyped,
  })
  const Entity = new GraphQLUnionType({
    name: '_Entity',
    description: 'Types that a router can fetch by a key.',
    types: entities,
    resolveType: ({ typename }: NodeRecord) => typename,
  })
  let sdl: string | null = null
  const Service = new GraphQLObjectType({
    name: '_Service',
    description: 'This gateway as a subgraph.',
    fields: {
      sdl: {
        type: new GraphQLNonNull(GraphQLString),
        description: 'Schema of the subgraph, with the directives of Apollo Federation 2.',
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
        description:
          'Entities with these representations, in the same order; null for each that does not exist. For routers of a federated graph.',
        args: {
          representations: {
            type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(Any))),
            description: `Keys of the entities, at most ${MAX_REPRESENTATIONS}.`,
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
        description: 'This gateway as a subgraph. For routers of a federated graph.',
        resolve: () => ({}),
      },
    },
  })
  const { types, ...config } = schema.toConfig()
  return new GraphQLSchema({ ...config, query: Query, types: [...types.filter((type) => type !== query), Query] })
}
