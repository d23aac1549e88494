import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { composeServices as composeWithApollo } from '@apollo/composition'
import { composeServices as composeWithHive } from '@theguild/federation-composition'
import {
  buildASTSchema,
  type ConstDirectiveNode,
  type FieldDefinitionNode,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isOutputType,
  lexicographicSortSchema,
  type ObjectTypeDefinitionNode,
  parse,
  printSchema,
  valueFromASTUntyped,
  visit,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../src/gateway.ts'
import { subgraphSdl } from '../../src/graphql/federation.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { createSchema } from '../../src/schema.ts'
import { createListener } from '../../src/server/listener.ts'
import { example } from '../support/example-provider/index.ts'
import { startGateway } from '../support/gateway.ts'
import { NODE_FIELD, NOTES, OFFICES } from './support/graph.ts'
import { listen, readSdl } from './support/subgraph.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The keys of every entity, by its name, as the table of docs/federation.md lists them. */
function documentedKeys(): Record<string, string[]> {
  const page = readFileSync(`${root}docs/federation.md`, 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)`[^|]*\| (.*) \|$/gm)]
  return Object.fromEntries(rows.map(([, type, keys]) => [type, keys!.replaceAll('`', '').split(', ')]))
}

const sdlOf = (providers: readonly Provider[]) => subgraphSdl(createSchema(providers).schema)
const OURS = sdlOf(PROVIDERS)
const document = parse(OURS)

/** The arguments of each use of a directive on something. */
function uses(node: { readonly directives?: readonly ConstDirectiveNode[] | undefined }, name: string): object[] {
  const found = (node.directives ?? []).filter((directive) => directive.name.value === name)
  return found.map(({ arguments: given = [] }) =>
    Object.fromEntries(given.map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)])),
  )
}

/** The keys of every entity, by its name. */
function keysOf(sdl: string): Record<string, string[]> {
  const keys: Record<string, string[]> = {}
  const collect = (node: Pick<ObjectTypeDefinitionNode, 'name' | 'directives'>) => {
    const found = uses(node, 'key').map((use) => (use as { fields: string }).fields)
    if (found.length > 0) keys[node.name.value] = found
  }
  visit(parse(sdl), { ObjectTypeDefinition: collect, InterfaceTypeDefinition: collect })
  return keys
}

/** Every field of every type, with the name that it has in the schema. */
function fields(): [string, FieldDefinitionNode][] {
  const found: [string, FieldDefinitionNode][] = []
  visit(document, {
    ObjectTypeDefinition({ name, fields = [] }) {
      for (const field of fields) found.push([`${name.value}.${field.name.value}`, field])
    },
  })
  return found
}

describe('the schema of the subgraph', () => {
  it('is printed by "npm run schema -- --subgraph", and answered by _service over HTTP', async () => {
    const printed = await promisify(execFile)('npm', ['run', '--silent', 'schema', '--', '--subgraph'], { cwd: root })
    const at = await startGateway()
    const server = await listen(createListener(at.gateway))
    try {
      expect(printed.stdout).toBe(OURS)
      expect(await readSdl(server.url)).toBe(OURS)
    } finally {
      await server.close()
      await at.close()
    }
  })

  it('is the public schema but for the root fields that only one subgraph of a graph can have', () => {
    const publicSchema = readFileSync(`${root}schema.graphql`, 'utf8')
    const expected = visit(parse(publicSchema), {
      ObjectTypeDefinition: ({ name }) => (name.value === 'Query' ? undefined : false),
      FieldDefinition: ({ name }) => (['node', 'nodes'].includes(name.value) ? null : undefined),
    })
    const isForRouters = ({ name }: ConstDirectiveNode) => !['specifiedBy', 'deprecated'].includes(name.value)
    const actual = visit(document, {
      SchemaExtension: () => null,
      Directive: (node) => (isForRouters(node as ConstDirectiveNode) ? null : undefined),
    })
    const text = (node: typeof document) => printSchema(lexicographicSortSchema(buildASTSchema(node)))
    expect(text(actual)).toBe(text(expected))
    expect(fields().map(([name]) => name)).toContain('Query.transaction')
  })

  it('has the keys that docs/federation.md lists', () => {
    const keys = keysOf(OURS)
    // Types whose only key is the global id need no line.
    const withIdOnly = Object.fromEntries(Object.entries(keys).filter(([, fields]) => fields.join() === 'id'))
    expect(keys).toEqual({ ...withIdOnly, ...documentedKeys() })
  })

  it('lets every type be fetched that the gateway gives ids to, and every entry through the interface', () => {
    const { schema } = createSchema(PROVIDERS)
    const withId = Object.values(schema.getTypeMap()).filter(
      (type) => isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node'),
    )
    const keys = keysOf(OURS)
    expect(withId.filter(({ name }) => keys[name]?.[0] !== 'id').map(({ name }) => name)).toEqual([])
    expect(
      Object.keys(keys)
        .filter((name) => isInterfaceType(schema.getType(name)))
        .sort(),
    ).toEqual(['Account', 'Transaction'])
  })

  it('shares PageInfo and nothing else', () => {
    const shared: string[] = []
    visit(document, {
      ObjectTypeDefinition(node) {
        if (uses(node, 'shareable').length > 0) shared.push(node.name.value)
      },
      FieldDefinition(node) {
        if (uses(node, 'shareable').length > 0) shared.push(node.name.value)
      },
    })
    expect(shared).toEqual(['PageInfo'])
  })

  it('imports the directives that it uses, from the version that knows them all', () => {
    const used = new Set<string>()
    const links: object[] = []
    visit(document, {
      SchemaExtension(node) {
        links.push(...uses(node, 'link'))
        return false
      },
      Directive({ name }) {
        if (name.value !== 'specifiedBy') used.add(`@${name.value}`)
      },
    })
    expect(links).toEqual([
      { url: 'https://specs.apollo.dev/federation/v2.9', import: expect.arrayContaining([...used]) },
    ])
    expect((links[0] as { import: string[] }).import).toHaveLength(used.size)
  })

  const { schema } = createSchema(PROVIDERS)
  const connections = fields().filter(([, { arguments: args = [] }]) =>
    args.some(({ name }) => name.value === 'first' || name.value === 'last'),
  )

  it.each(connections)('declares the list size of %s, and the cost of its read', (_, field) => {
    expect(uses(field, 'listSize')).toEqual([
      {
        slicingArguments: ['first', 'last'],
        sizedFields: ['edges', 'nodes'],
        assumedSize: 20,
        requireOneSlicingArgument: false,
      },
    ])
    expect(uses(field, 'cost')).toEqual([{ weight: 5 }])
  })

  it('declares them for every field that returns a connection', () => {
    const answering = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .flatMap((type) =>
        Object.values(type.getFields())
          .filter((field) => isOutputType(field.type) && getNamedType(field.type).name.endsWith('Connection'))
          .map(({ name }) => `${type.name}.${name}`),
      )
    expect(connections.map(([name]) => name).sort()).toEqual(answering.sort())
    expect(answering).toContain('KobbleWallet.transactions')
  })
})

const COMPOSERS = { '@apollo/composition': composeWithApollo, '@theguild/federation-composition': composeWithHive }

const GRAPHS: Record<string, Record<string, string>> = {
  alone: {},
  'with one that adds to every entry': { notes: `${NOTES} ${NODE_FIELD}` },
  'with one that adds to the types of a provider': { offices: `${OFFICES} ${NODE_FIELD}` },
  'with both': { notes: NOTES, offices: `${OFFICES} ${NODE_FIELD}` },
}

describe.each(Object.entries(COMPOSERS))('%s', (_, compose) => {
  /** The messages of the composition. */
  function said(subgraphs: Readonly<Record<string, string>>): string[] {
    const services = Object.entries(subgraphs).map(([name, sdl]) => ({
      name,
      url: `http://${name}.test`,
      typeDefs: parse(sdl),
    }))
    const { errors = [], ...result } = compose(services)
    const hints = 'hints' in result ? (result.hints ?? []) : []
    return [...errors, ...hints].map(({ message }) => message)
  }

  it.each(Object.keys(GRAPHS))('composes the subgraph %s, with nothing to remark', (name) => {
    expect(said({ transactions: OURS, ...GRAPHS[name] })).toEqual([])
  })

  it('composes a third provider with all of them', () => {
    expect(said({ transactions: sdlOf([...PROVIDERS, example]), ...GRAPHS['with both'] })).toEqual([])
  })

  it('would refuse a second subgraph with the field node', () => {
    const withNode = `${OURS} ${NODE_FIELD}`
    expect(said({ transactions: withNode, ...GRAPHS['with both'] }).join()).toContain('Query.node')
  })
})

describe('a third provider', () => {
  it('is in the subgraph without an entry of its own', () => {
    expect(keysOf(sdlOf([...PROVIDERS, example]))).toEqual({ ...keysOf(OURS), ExampleTransaction: ['id'] })
    const folder = `${root}test/support/example-provider/`
    const words = /federat|subgraph|entit(y|ies)\b.*key|_entities|shareable|listSize|directives/i
    const files = readdirSync(folder)
    expect(files.filter((file) => words.test(readFileSync(folder + file, 'utf8')))).toEqual([])
    expect(files).toContain('graphql.ts')
  })
})
