import {
  buildClientSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGateway, type Gateway } from '../../../src/gateway.ts'

const MEDIA_TYPES = ['application/json', 'application/graphql-response+json']
/** The standard introspection query. */
const WHOLE = getIntrospectionQuery({
  schemaDescription: true,
  inputValueDeprecation: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  oneOf: true,
})

interface Body {
  readonly data?: unknown
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[]
}

/** Returns the answer of a gateway. */
async function answerTo(gateway: Gateway, query: string, variables: object = {}, accept = '*/*') {
  const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query, variables }),
  })
  return { status: response.status, body: (await response.json()) as Body }
}

describe('a gateway that shows its schema', () => {
  let gateway: Gateway
  beforeAll(() => {
    // The lowest possible limits.
    gateway = createGateway({ environment: { LOG_LEVEL: 'silent', MAX_DEPTH: '1' } })
  })
  afterAll(() => gateway.close())

  it('shows all of it to the standard query, whatever MAX_DEPTH is', async () => {
    const { status, body } = await answerTo(gateway, WHOLE)
    expect([status, body.errors]).toEqual([200, undefined])
    const shown = buildClientSchema(body.data as IntrospectionQuery)
    expect(printSchema(lexicographicSortSchema(shown))).toBe(printSchema(lexicographicSortSchema(gateway.schema)))
  })

  it('shows a router its subgraph', async () => {
    const { body } = await answerTo(gateway, '{ __typename }')
    expect(body).toEqual({ data: { __typename: 'Query' } })
    const open = createGateway({ environment: { LOG_LEVEL: 'silent' } })
    expect((await answerTo(open, '{ _service { sdl } }')).body).toEqual({
      data: { _service: { sdl: expect.stringContaining('type Query') } },
    })
    await open.close()
  })

  it('rejects circular introspection', async () => {
    const circle =
      '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }'
    const { body } = await answerTo(gateway, circle)
    expect(body.errors?.map(({ message }) => message)).toEqual(['Maximum introspection depth exceeded'])
  })

  it('suggests similar names', async () => {
    const { body } = await answerTo(gateway, '{ transaktions }')
    expect(body.errors?.[0]?.message).toContain('Did you mean "transactions"')
  })
})

describe('a gateway with INTROSPECTION=off', () => {
  let gateway: Gateway
  beforeAll(() => {
    gateway = createGateway({ environment: { LOG_LEVEL: 'silent', INTROSPECTION: 'off' } })
  })
  afterAll(() => gateway.close())

  const refused = (field: string) => ({
    errors: [
      {
        message: `Introspection is off on this gateway, so "${field}" cannot be selected.`,
        extensions: { code: 'INTROSPECTION_OFF' },
      },
    ],
  })

  it.each(
    MEDIA_TYPES.flatMap((type) =>
      [
        ['__schema', WHOLE],
        ['__schema', '{ x: __schema { queryType { name } } }'],
        ['__type', 'query ($name: String!) { __type(name: $name) { name } }'],
        ['__type', '{ ...F } fragment F on Query { ... { __type(name: "Query") { name } } }'],
        ['_service', '{ _service { sdl } }'],
      ].map(([field, query]) => [field, type, query] as const),
    ),
  )('refuses %s with status 400 as %s: %s', async (field = '', type, query = '') => {
    expect(await answerTo(gateway, query, { name: 'Query' }, type)).toEqual({ status: 400, body: refused(field) })
  })

  it('answers __typename', async () => {
    expect((await answerTo(gateway, '{ __typename }')).body).toEqual({ data: { __typename: 'Query' } })
  })

  it('answers a router that requests entities', async () => {
    const { body } = await answerTo(gateway, 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }', {
      r: [],
    })
    expect(body).toEqual({ data: { _entities: [] } })
  })

  it.each([
    ['fields', '{ transaktions }', {}],
    ['arguments', '{ transactions(firsd: 1) { totalCount } }', {}],
    ['types', '{ node(id: "x") { ... on VobizTransaktion { id } } }', {}],
    ['values', '{ transactions(order: NEWEST_FIRSD) { totalCount } }', {}],
    ['fields of input', '{ transactions(filter: { providerz: [] }) { totalCount } }', {}],
    [
      'values in variables',
      'query ($order: TransactionOrder!) { transactions(order: $order) { totalCount } }',
      { order: 'NEWEST_FIRSD' },
    ],
    [
      'fields of input in variables',
      'query ($filter: TransactionFilter) { transactions(filter: $filter) { totalCount } }',
      { filter: { providerz: [] } },
    ],
  ])('suggests no similar names, and otherwise answers the same: %s', async (_, query, variables) => {
    const open = createGateway({ environment: { LOG_LEVEL: 'silent' } })
    const helpful = JSON.stringify((await answerTo(open, query, variables)).body)
    expect(helpful).toMatch(/ Did you mean [^?]*\?/)
    const answer = JSON.stringify((await answerTo(gateway, query, variables)).body)
    expect(answer).toBe(helpful.replace(/ Did you mean [^?]*\?/g, ''))
    await open.close()
  })
})
