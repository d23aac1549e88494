import fc from 'fast-check'
import {
  buildSchema,
  execute,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  parse,
  validate,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGateway, type Gateway, PROVIDERS } from '../../../src/gateway.ts'
import { examplesOf } from '../../../src/graphql/graphiql.ts'
import { complexityOf } from '../../../src/server/limits/complexity.ts'
import { fragmentsOf } from '../../../src/server/limits/document-limits.ts'
import { NO_REQUESTS, startGateway } from '../../support/gateway.ts'

const MEDIA_TYPES = ['application/json', 'application/graphql-response+json']

/** Returns the cost of a document's operation; the document must be valid. */
function costOf(schema: GraphQLSchema, text: string, variables: Readonly<Record<string, unknown>> = {}): number {
  const document = parse(text)
  expect(validate(schema, document)).toEqual([])
  return complexityOf(schema, getOperationAST(document)!, fragmentsOf(document), variables)
}

describe('complexityOf()', () => {
  const schema = buildSchema(`
    type Query { count: Int, page(first: Int, last: Int): Page!, thing: Thing, things(ids: [ID!]!): [Thing]!, any: Any, bulk: [Thing!], few: [Thing!]!, search(in: In, tags: [ID!]): Thing, hits(in: In): Int }
    input In { ids: [ID!], id: ID, names: [String!], more: [In!], rows: [[ID!]!] }
    type Page { edges: [Edge!]!, nodes: [Thing]!, total: Int, few: [Thing!] }
    type Edge { node: Thing!, cursor: String }
    interface Any { name: String }
    type Thing implements Any { name: String, names: [String!], heavy: Int, page(first: Int, last: Int): Page!, thing: Thing }
    type Other implements Any { name: String, size: Int, thing: Thing }
    type Subscription { ticks: Thing }
  `)
  for (const field of ['ids', 'id', 'rows']) {
    const type = schema.getType('In')
    if (isInputObjectType(type)) type.getFields()[field]!.extensions = { directives: { cost: { weight: 5 } } }
  }
  const direct = (type: string, field: string, directives: object) => {
    const found = schema.getType(type)
    if (isObjectType(found)) found.getFields()[field]!.extensions = { directives }
  }
  const listSize = { slicingArguments: ['first', 'last'], sizedFields: ['edges', 'nodes'], assumedSize: 20 }
  for (const type of ['Query', 'Thing']) direct(type, 'page', { listSize, cost: { weight: 5 } })
  direct('Query', 'bulk', { listSize: { assumedSize: 12 } })
  direct('Thing', 'heavy', { cost: { weight: 7 } })

  it.each([
    // A field costs 1, a root field that needs a read 5.
    ['{ __typename }', 1],
    ['{ thing { name } }', 5 + 1],
    ['{ thing { name names heavy } }', 5 + 1 + 1 + 7],
    ['{ thing { thing { name } } }', 5 + 1 + 1],
    ['subscription { ticks { name } }', 5 + 1],
    // Pages: the requested size, the larger of two sizes, and 20 without one.
    ['{ page { total } }', 5 + 1],
    ['{ page { nodes { name } } }', 5 + 1 + 20],
    ['{ page(first: 3) { nodes { name } } }', 5 + 1 + 3],
    ['{ page(last: 4) { edges { cursor node { name } } } }', 5 + 1 + 4 * 3],
    ['{ page(first: 2, last: 4) { nodes { name } total } }', 5 + 1 + 4 + 1],
    ['{ page(first: null) { nodes { name } } }', 5 + 1 + 20],
    ['{ page(first: 0) { nodes { name } total } }', 5 + 1 + 1],
    // A page has at most 100 entries; a negative size is rejected by the resolver.
    ['{ page(first: 2000000000) { nodes { name } } }', 5 + 1 + 100],
    ['{ page(first: -7) { nodes { name } } }', 5 + 1],
    // Pages of pages.
    ['{ page(first: 10) { nodes { page(first: 10) { nodes { name } } } } }', 5 + 1 + 10 * (5 + 1 + 10)],
    ['{ page(first: 10) { nodes { thing { name } } few { name } } }', 5 + 1 + 10 * 2 + 1 + 5],
    // Lists without arguments: the size from the schema, or 5.
    ['{ bulk { name } }', 5 + 12],
    ['{ few { name } }', 5 + 5],
    // Keys: one read each.
    ['{ things(ids: ["a", "b", "c"]) { name } }', 5 + 3 * (5 + 1)],
    ['{ things(ids: "a") { name } }', 5 + 5 + 1],
    ['{ things(ids: []) { name } }', 5],
    // Weighted fields of inputs: once for each entry of a list, at any depth.
    ['{ search(in: {names: ["a", "b"]}) { name } }', 5 + 1],
    ['{ search(in: {ids: ["a", "b", "c"]}) { name } }', 5 + 3 * 5 + 1],
    ['{ search(in: {ids: ["a", "a"], id: "b", names: ["c"]}) { name } }', 5 + 3 * 5 + 1],
    ['{ search(in: {ids: "a"}) { name } }', 5 + 5 + 1],
    ['{ search(in: {ids: [], id: null}) { name } }', 5 + 1],
    ['{ search(in: {more: [{ids: ["a"]}, {more: {id: "b"}}, {names: []}]}) { name } }', 5 + 2 * 5 + 1],
    ['{ search(in: {rows: [["a", "b"], [], ["c"]]}, tags: ["d"]) { name } }', 5 + 3 * 5 + 1],
    ['{ hits(in: {ids: ["a", "b"]}) }', 5 + 2 * 5],
    // Alternative types: the most expensive one.
    ['{ any { name } }', 5 + 1],
    ['{ any { name ... on Thing { heavy } ... on Other { size thing { name } } } }', 5 + 1 + 7],
    ['{ any { ...N } } fragment N on Any { ...T ... on Other { name } } fragment T on Thing { heavy name }', 5 + 8],
    // Fragments and aliases count at each use.
    ['{ a: thing { name } b: thing { ...T ...T } } fragment T on Thing { heavy }', 5 + 1 + 5 + 7 + 7],
    ['{ a: page(first: 2) { ...P } b: page(first: 7) { ...P } } fragment P on Page { nodes { name } }', 6 + 2 + 6 + 7],
    // Skipped fields cost nothing.
    ['{ thing { name @skip(if: true) names @include(if: false) heavy } }', 5 + 7],
    ['{ thing { ... @skip(if: true) { heavy } ...T @include(if: false) name } } fragment T on Thing { heavy }', 5 + 1],
  ])('of %s is %i', (text, cost) => {
    expect(costOf(schema, text)).toBe(cost)
  })

  it.each([
    [{ n: 3, ids: ['a', 'b'], skip: false }, 5 + 1 + 3 + 5 + 2 * 6 + 5 + 1],
    [{ ids: [], skip: true }, 5 + 1 + 20 + 5],
    [{ n: null, ids: ['a'], skip: true }, 5 + 1 + 20 + 5 + 6],
  ])('accepts sizes from variables: %j', (variables, cost) => {
    const text =
      'query ($n: Int, $ids: [ID!]!, $skip: Boolean!) { page(first: $n) { nodes { name } } things(ids: $ids) { name } thing @skip(if: $skip) { name } }'
    expect(costOf(schema, text, variables)).toBe(cost)
  })

  it('counts entries of lists in variables, wherever the variable is', () => {
    const text =
      'query ($in: In, $ids: [ID!]) { a: search(in: $in) { name } b: search(in: {ids: $ids, more: {ids: $ids}}) { name } }'
    const ids = Array.from({ length: 100 }, (_, index) => String(index))
    expect(costOf(schema, text, { in: { ids }, ids })).toBe(2 * (5 + 1) + 5 * 100 + 2 * 5 * 100)
    expect(costOf(schema, text)).toBe(2 * (5 + 1))
  })

  it('is computed quickly for fragments that double at every level', () => {
    const doubling = Array.from({ length: 300 }, (_, at) => `fragment F${at} on Thing { ...F${at + 1} ...F${at + 1} }`)
    const text = `{ thing { ...F0 } } ${doubling.join(' ')} fragment F300 on Thing { name }`
    const document = parse(text)
    expect(complexityOf(schema, getOperationAST(document)!, fragmentsOf(document), {})).toBe(5 + 2 ** 300)
  })

  describe('by execution', () => {
    const FIELDS = {
      Query: { page: 'Page', thing: 'Thing', bulk: 'Thing', few: 'Thing', things: 'Thing' },
      Page: { edges: 'Edge', nodes: 'Thing', few: 'Thing' },
      Edge: { node: 'Thing' },
      Thing: { page: 'Page', thing: 'Thing' },
    } as const
    const LEAVES = { Query: 'count', Page: 'total', Edge: 'cursor', Thing: 'heavy' } as const
    type TypeName = keyof typeof FIELDS

    const argumentsOf = (field: string, first: number | undefined, last: number | undefined) => {
      if (field === 'things') return `(ids: ${JSON.stringify(Array(first ?? 2).fill('x'))})`
      const given = Object.entries({ first, last }).filter(([, size]) => size !== undefined)
      return field !== 'page' || given.length === 0 ? '' : `(${given.map(([name, size]) => `${name}: ${size}`).join()})`
    }

    /** Returns a selection on a type. Each field has the placeholder `_:` for a unique alias, so that no two fields are merged. */
    function selectionOn(type: TypeName, depth: number): fc.Arbitrary<string> {
      const leaf = fc.constant(LEAVES[type] as string)
      const size = fc.option(fc.nat(3), { nil: undefined })
      const field = fc
        .tuple(fc.constantFrom(...(Object.entries(FIELDS[type]) as [string, TypeName][])), size, size)
        .chain(([[name, inner], first, last]) =>
          selectionOn(inner, depth - 1).map((below) => `${name}${argumentsOf(name, first, last)} ${below}`),
        )
      const around = fc.constantFrom('', `... on ${type}`, '... @include(if: true)', '... @skip(if: true)')
      const part = fc
        .tuple(depth === 0 ? leaf : fc.oneof(leaf, field), around)
        .map(([text, fragment]) => (fragment === '' ? `_: ${text}` : `${fragment} { _: ${text} }`))
      return fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `{ ${parts.join(' ')} }`)
    }

    /** Returns the cost of an execution in which every list has its maximum length. */
    async function executedCost(text: string): Promise<number> {
      let cost = 0
      const fieldResolver: GraphQLFieldResolver<{ pageSize: number }, unknown> = (source, args, _, info) => {
        const { fieldName: name, parentType, returnType } = info
        const weights: Readonly<Record<string, number>> = { page: 5, heavy: 7 }
        cost += weights[name] ?? (parentType.name === 'Query' ? 5 : 1)
        if (name === 'things') cost += 5 * args.ids.length
        if (isLeafType(getNamedType(returnType))) return 1
        const page = { pageSize: Math.max(args.first ?? args.last ?? 20, args.last ?? 0) }
        if (!isListType(getNullableType(returnType))) return page
        const lengths: Readonly<Record<string, number>> = { things: args.ids?.length, bulk: 12, few: 5 }
        return Array(lengths[name] ?? source.pageSize).fill(page)
      }
      const { errors } = await execute({ schema, document: parse(text), rootValue: {}, fieldResolver })
      expect(errors).toBeUndefined()
      return cost
    }

    it('equals the resolved fields when every list has its maximum length', () =>
      fc.assert(
        fc.asyncProperty(selectionOn('Query', 4), async (selection) => {
          let aliases = 0
          const text = selection.replaceAll('_:', () => `a${aliases++}:`)
          expect(costOf(schema, text)).toBe(await executedCost(text))
        }),
      ))
  })
})

describe('MAX_COMPLEXITY', () => {
  let gateway: Gateway
  beforeAll(() => {
    // A gateway without providers has the schema and executes every valid operation.
    gateway = createGateway({ environment: { LOG_LEVEL: 'silent' } })
  })
  afterAll(() => gateway.close())

  interface Body {
    readonly data?: unknown
    readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[]
  }

  async function answerTo(at: Gateway, query: string, variables: object = {}, accept = '*/*') {
    const response = await at.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query, variables }),
    })
    const text = await response.text()
    return { status: response.status, text, body: (accept.includes('json') ? JSON.parse(text) : {}) as Body }
  }

  const isRefused = async (query: string, variables: object = {}) => {
    const { text } = await answerTo(gateway, query, variables, 'application/json')
    expect(text).not.toMatch(/GRAPHQL_\w+_FAILED|INTERNAL_SERVER_ERROR/)
    return text.includes('"LIMIT_EXCEEDED"')
  }

  const refused = (cost: number, limit: number) => ({
    errors: [
      {
        message: `The operation costs ${cost}, and at most ${limit} are allowed. Ask for smaller pages, or for less below them.`,
        extensions: { code: 'LIMIT_EXCEEDED' },
      },
    ],
  })

  /** Returns a selection of all fields of a type, and of the objects in it that take no arguments. */
  function allOf(typename: string, depth = 1): string {
    const type = gateway.schema.getType(typename)
    if (!isObjectType(type) && !isInterfaceType(type)) throw new Error(`There is no type ${typename}.`)
    const fields = Object.values(type.getFields()).map(({ name, args, type: fieldType }) => {
      const inner = getNamedType(fieldType)
      if (isLeafType(inner)) return args.some(isRequiredArgument) ? '' : name
      return args.length > 0 || depth === 0 ? '' : `${name} { ${allOf(inner.name, depth - 1)} }`
    })
    return fields.join(' ')
  }

  it.each(
    examplesOf(PROVIDERS).map(({ query, variables }) => [
      /(?:query|subscription) \w+/.exec(query)![0],
      query,
      variables,
    ]),
  )('lets the example %s through where nothing is set', async (_, query = '', variables = '') => {
    expect(await isRefused(query, JSON.parse(variables))).toBe(false)
  })

  it.each([
    ['vobizTransactions', 'VobizTransaction'],
    ['kobbleTransactions', 'KobbleTransaction'],
    ['vobizCustomers', 'VobizCustomer'],
    ['kobbleWallets', 'KobbleWallet'],
  ])('accepts a page of 100 %s with all fields, as edges and as nodes', async (field, typename) => {
    const all = allOf(typename)
    const query = `{ ${field}(first: 100) { totalCount edges { cursor node { ${all} } } nodes { ${all} } pageInfo { ${allOf('PageInfo')} } } }`
    expect(await isRefused(query)).toBe(false)
  })

  it('accepts 1000 representations with all fields', async () => {
    const typenames = ['VobizTransaction', 'KobbleTransaction', 'VobizCustomer', 'KobbleWallet']
    for (const __typename of typenames) {
      const representations = Array.from({ length: 1000 }, (_, id) => ({ __typename, id }))
      const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${__typename} { ${allOf(__typename)} } } }`
      expect(await isRefused(query, { r: representations })).toBe(false)
    }
  })

  /** Returns a query of the ledgers of the customers of 100 entries, nested repeatedly. */
  const nested = (times: number): string =>
    times === 0
      ? 'createdAt amount { amount currency } status'
      : `createdAt customer { name transactions(first: 100) { edges { node { ${nested(times - 1)} } } } }`

  it.each([1, 2])('rejects pages of 100 that are nested %i times', async (times) => {
    expect(await isRefused(`{ vobizTransactions(first: 100) { edges { node { ${nested(times)} } } } }`)).toBe(true)
  })

  it('accepts an operation of that cost and rejects one of 1 more, with status 400 in either media type', async () => {
    const query = 'query ($n: Int) { transactions(first: $n) { nodes { id } totalCount } }'
    const exact = createGateway({ environment: { LOG_LEVEL: 'silent', MAX_COMPLEXITY: '33' } })
    // 5 for the read, 1 each for nodes and totalCount, and 1 for each entry.
    expect((await answerTo(exact, query, { n: 26 }, 'application/json')).body.errors?.[0]?.extensions.code).toBe(
      'PROVIDER_NOT_CONFIGURED',
    )
    for (const type of MEDIA_TYPES) {
      const { status, body } = await answerTo(exact, query, { n: 27 }, type)
      expect([status, body]).toEqual([400, refused(34, 33)])
    }
    await exact.close()
  })

  it('counts a read for each account of a filter', async () => {
    const query =
      'query ($w: [ID!], $f: TransactionFilter) { transactions(filter: $f) { totalCount } more: transactions(filter: { kobbleWallets: $w }) { totalCount } }'
    const ids = Array.from({ length: 100 }, (_, index) => `id-${index}`)
    const exact = createGateway({ environment: { LOG_LEVEL: 'silent', MAX_COMPLEXITY: '1511' } })
    const { body } = await answerTo(
      exact,
      query,
      { w: ids, f: { vobizCustomers: ids, kobbleWallets: ids } },
      'application/json',
    )
    // 5 for each of the two fields, 1 for each totalCount, and 5 for each of 300 ids.
    expect(body).toEqual(refused(1512, 1511))
    await exact.close()
  })

  it('counts a read for each account of any provider, and for each type that is a list of its own', async () => {
    const query = `query ($a: [ID!], $t: [VobizTransactionType!]) {
      transactions(filter: { accounts: $a }) { totalCount }
      vobizTransactions(filter: { types: $t }) { totalCount }
    }`
    const exact = createGateway({ environment: { LOG_LEVEL: 'silent', MAX_COMPLEXITY: '521' } })
    const variables = { a: Array.from({ length: 100 }, (_, index) => `id-${index}`), t: ['DEBIT', 'REFUND'] }
    // 5 for each of the two fields, 1 for each totalCount, and 5 for each of 100 ids and 2 types.
    expect((await answerTo(exact, query, variables, 'application/json')).body).toEqual(refused(522, 521))
    await exact.close()
  })

  it('rejects a subscription as well', async () => {
    const query =
      'subscription { vobizReconciliation(period: { from: "2026-08-01", to: "2026-08-31" }) { customersDone } }'
    const low = createGateway({ environment: { LOG_LEVEL: 'silent', MAX_COMPLEXITY: '100' } })
    for (const type of [...MEDIA_TYPES, 'text/event-stream']) {
      const { status, text } = await answerTo(low, query, {}, type)
      expect([status, text]).toEqual([400, expect.stringContaining(JSON.stringify(refused(101, 100)))])
    }
    await low.close()
  })

  it('reports invalid variables and an unknown operation name as such', async () => {
    const query = 'query ($n: Int!) { transactions(first: $n) { totalCount } }'
    for (const variables of [{}, { n: 'ten' }, { n: 1e12 }]) {
      const { body } = await answerTo(gateway, query, variables, 'application/json')
      expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
    }
  })

  it('is applied before anything is read', async () => {
    const at = await startGateway({ environment: { MAX_COMPLEXITY: '20' } })
    const over = await at.query('{ transactions { nodes { id } } }')
    expect([over.errors.map(({ extensions }) => extensions), over.requests]).toEqual([
      [{ code: 'LIMIT_EXCEEDED' }],
      NO_REQUESTS,
    ])
    expect((await at.query('{ transactions(first: 5) { nodes { id } } }')).errors).toEqual([])
    await at.close()
  })
})
