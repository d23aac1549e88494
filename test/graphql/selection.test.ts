import { buildSchema, type GraphQLObjectType, type GraphQLResolveInfo, graphql, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { execute } from '../../src/execution/execute.ts'
import { prepareOperation } from '../../src/execution/prepared-operations.ts'
import { isSelected, selectedFields } from '../../src/graphql/selection.ts'

/** Creates a schema whose field `parent` reports the names that are selected below it, by response key. */
function createReportingSchema(report: (names: Record<string, string>, info: GraphQLResolveInfo) => void) {
  const schema = buildSchema(
    'type Query { parent: Parent } type Parent { a: String b: String c: String parent: Parent }',
  )
  const parent = (schema.getQueryType() as GraphQLObjectType).getFields().parent!
  parent.resolve = (_source, _args, _context, info) => {
    report(Object.fromEntries(selectedFields(info).map(({ responseKey, name }) => [responseKey, name])), info)
    return {}
  }
  return schema
}

/** Returns what is selected in each of several executions of one document. */
async function selectedIn(query: string, variables: readonly Record<string, unknown>[], isPrepared: boolean) {
  const seen: Record<string, string>[] = []
  const schema = createReportingSchema((names) => seen.push(names))
  const document = parse(query)
  for (const variableValues of variables) {
    if (isPrepared) await execute(prepareOperation(schema, document)!, { variableValues })
    else await graphql({ schema, source: query, variableValues })
  }
  return seen
}

const DOCUMENTS = {
  plain: '{ parent { a other: b ...Rest } } fragment Rest on Parent { c ... on Parent { a } }',
  'a condition on a field': 'query ($if: Boolean!) { parent { a b @skip(if: $if) } }',
  'a condition on an inline fragment': 'query ($if: Boolean!) { parent { a ... @include(if: $if) { b } } }',
  'a condition on a spread':
    'query ($if: Boolean!) { parent { a ...Rest @skip(if: $if) } } fragment Rest on Parent { c }',
  'a condition in a fragment of a fragment': `query ($if: Boolean!) { parent { ...Outer } }
    fragment Outer on Parent { ...Inner a } fragment Inner on Parent { b c @include(if: $if) }`,
  'a condition in the second selection of a field':
    'query ($if: Boolean!) { parent { a } parent { b @include(if: $if) } }',
  'a condition in a fragment that is spread twice': `query ($if: Boolean!) { parent { ...Rest } again: parent { ...Rest } }
    fragment Rest on Parent { a b @skip(if: $if) }`,
  'a condition one level below': 'query ($if: Boolean!) { parent { a parent { b @skip(if: $if) } } }',
}

describe('selectedFields()', () => {
  it.each(Object.entries(DOCUMENTS))(
    'returns the fields of each execution of a prepared operation: %s',
    async (_, query) => {
      const variables = [true, false, true].map((value) => ({ if: value }))
      const seen = await selectedIn(query, variables, true)
      expect(seen).toEqual(await selectedIn(query, variables, false))
      expect(seen.length).toBeGreaterThanOrEqual(3)
      expect(seen[0]).not.toEqual({})
    },
  )

  it('distinguishes executions by their variables', async () => {
    const variables = [{ if: true }, { if: false }]
    expect(await selectedIn(DOCUMENTS['a condition on a field'], variables, true)).toEqual([
      { a: 'a' },
      { a: 'a', b: 'b' },
    ])
  })

  it('collects a selection without conditions once for all executions', async () => {
    const results: unknown[] = []
    const schema = createReportingSchema((_, info) => results.push(selectedFields(info)))
    const document = parse(DOCUMENTS.plain)
    for (const text of ['first', 'second']) {
      await execute(prepareOperation(schema, document)!, { variableValues: { text } })
    }
    expect(results[1]).toBe(results[0])
  })

  it('returns no fields of a leaf', () => {
    const schema = createReportingSchema(() => {})
    const type = schema.getType('Parent') as GraphQLObjectType
    const info = { schema, fragments: {}, variableValues: {}, returnType: type.getFields().a!.type, fieldNodes: [] }
    expect(selectedFields(info)).toEqual([])
  })
})

describe('isSelected()', () => {
  it('finds a field by its name, not by its alias', async () => {
    const found: boolean[] = []
    const schema = createReportingSchema((_, info) =>
      found.push(...['b', 'other'].map((name) => isSelected(info, name))),
    )
    await execute(prepareOperation(schema, parse(DOCUMENTS.plain))!, {})
    expect(found).toEqual([true, false])
  })
})
