import fc from 'fast-check'
import { buildSchema, type GraphQLEnumType, getVariableValues, type OperationDefinitionNode, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { compileVariables } from '../../../src/server/limits/variable-coercion.ts'

const schema = buildSchema(`
  scalar Even
  enum Colour { RED GREEN }
  input Leaf { text: String number: Int! = 7 colour: Colour = RED colours: [Colour!] }
  input Tree { leaf: Leaf! children: [Tree!] matrix: [[Float]] even: Even required: ID! }
  input One @oneOf { a: Int b: String }
  type Query { unused(tree: Tree, one: One, even: Even): Int }
`)
const even = schema.getType('Even') as { parseValue?: (value: unknown) => unknown }
even.parseValue = (value) => {
  if (value === 'nothing') return undefined
  if (typeof value !== 'number' || value % 2 !== 0) throw new Error('Expected an even number.')
  return { half: value / 2 }
}
// Values that differ from their names, as resolvers may get them.
const green = (schema.getType('Colour') as GraphQLEnumType).getValue('GREEN')!
green.value = { rgb: 0x00ff00 }

const operationOf = (definitions: string) =>
  parse(`query (${definitions}) { __typename }`).definitions[0] as OperationDefinitionNode

/** Coerces with graphql-js; null when it rejects the values. */
function coerceByLibrary(operation: OperationDefinitionNode, values: Record<string, unknown>) {
  return getVariableValues(schema, operation.variableDefinitions ?? [], values).coerced ?? null
}

const TYPES = ['String', 'ID', 'Int', 'Float', 'Boolean', 'Even', 'Colour', 'Leaf', 'Tree', 'One']
const typeText = fc
  .tuple(fc.constantFrom(...TYPES), fc.constantFrom('%', '%!', '[%]', '[%!]', '[%]!', '[%!]!', '[[%]]'))
  .map(([name, form]) => form.replace('%', name))

const leafValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    'RED',
    'GREEN',
    'BLUE',
    'nothing',
    '',
    0,
    -0,
    2,
    3,
    1.5,
    NaN,
    Infinity,
  ),
  fc.constantFrom<unknown>(
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 53,
    10n,
    new Set(['RED']),
    new Date(0),
  ),
  fc.string(),
  fc.double(),
)
const { leaf, tree } = fc.letrec((tie) => ({
  leaf: fc.record(
    { text: leafValue, number: leafValue, colour: leafValue, colours: fc.array(leafValue), a: leafValue },
    { requiredKeys: [] },
  ),
  tree: fc.record(
    {
      leaf: fc.oneof(leafValue, tie('leaf'), fc.constant({ number: 1 })),
      required: fc.oneof(fc.constant('id'), leafValue),
      even: fc.oneof(fc.constant(2), leafValue),
      matrix: fc.array(fc.oneof(leafValue, fc.array(fc.double({ noNaN: true })))),
      children: fc.oneof({ maxDepth: 2 }, leafValue, fc.array(tie('tree'), { maxLength: 2 })),
    },
    { requiredKeys: ['leaf', 'required'] },
  ),
}))
const value = fc.oneof(
  leafValue,
  fc.array(leafValue, { maxLength: 3 }),
  leaf,
  tree,
  fc.array(fc.oneof(leaf, tree), { maxLength: 2 }),
  fc.array(fc.array(leafValue, { maxLength: 2 }), { maxLength: 2 }),
)

describe('compileVariables()', () => {
  it('coerces as graphql-js does, or leaves it to graphql-js', () => {
    const counts = { coerced: 0, left: 0 }
    fc.assert(
      fc.property(
        fc.array(fc.tuple(typeText, fc.option(value, { nil: undefined }), fc.boolean()), {
          minLength: 1,
          maxLength: 3,
        }),
        (variables) => {
          const operation = operationOf(variables.map(([type], index) => `$v${index}: ${type}`).join(' '))
          const given = variables.flatMap(([, value, isGiven], index) => (isGiven ? [[`v${index}`, value]] : []))
          const values = Object.fromEntries(given) as Record<string, unknown>
          const coerced = compileVariables(schema, operation)(values)
          counts[coerced === null ? 'left' : 'coerced'] += 1
          if (coerced === null) return
          const expected = coerceByLibrary(operation, values)
          expect(coerced).toStrictEqual(expected)
          expect(JSON.stringify(coerced)).toBe(JSON.stringify(expected))
        },
      ),
      { numRuns: 1000 },
    )
    expect(counts.coerced).toBeGreaterThan(100)
    expect(counts.left).toBeGreaterThan(100)
  })

  it.each([
    ['$v: Int = 5', {}, { v: 5 }],
    ['$v: Int = 5', { v: null }, { v: null }],
    ['$v: Int', {}, {}],
    ['$v: Int!', { v: 5, other: 6 }, { v: 5 }],
    ['$v: Colour = GREEN', {}, { v: { rgb: 0x00ff00 } }],
    ['$v: [Int!] = [1, 2]', {}, { v: [1, 2] }],
    ['$v: Even', { v: 4 }, { v: { half: 2 } }],
    ['$v: Leaf', { v: { text: 'a' } }, { v: { text: 'a', number: 7, colour: 'RED' } }],
    ['$constructor: Int', { constructor: 1 }, { constructor: 1 }],
    ['$constructor: Int', {}, {}],
    [
      '$v: Tree',
      { v: { leaf: {}, required: 'x', children: [{ leaf: { colours: ['RED'] }, required: 'y' }] } },
      {
        v: {
          leaf: { number: 7, colour: 'RED' },
          required: 'x',
          children: [{ leaf: { number: 7, colour: 'RED', colours: ['RED'] }, required: 'y' }],
        },
      },
    ],
  ])('coerces (%s) from %j', (definitions, values, expected) => {
    const operation = operationOf(definitions)
    const coerced = compileVariables(schema, operation)(values)
    expect(coerced).toEqual(expected)
    expect(coerced).toStrictEqual(coerceByLibrary(operation, values))
  })

  it.each([
    ['a missing variable', '$v: Int!', {}],
    ['null', '$v: Int!', { v: null }],
    ['a missing field', '$v: Tree', { v: { leaf: {} } }],
    ['an unknown field', '$v: Leaf', { v: { text: 'a', other: 1 } }],
    ['an unknown value of an enum', '$v: Colour', { v: 'toString' }],
    ['a list as an object', '$v: Leaf', { v: [] }],
    ['a value that a scalar rejects', '$v: Even', { v: 3 }],
    ['a value that a scalar does not accept', '$v: Even', { v: 'nothing' }],
    ['two keys of a @oneOf', '$v: One', { v: { a: 1, b: 'b' } }],
    ['an output type', '$v: Query', { v: {} }],
    ['an unknown type', '$v: Missing', { v: {} }],
  ])('leaves %s to graphql-js, which rejects it', (_, definitions, values) => {
    const operation = operationOf(definitions)
    expect(compileVariables(schema, operation)(values)).toBeNull()
    expect(coerceByLibrary(operation, values)).toBeNull()
  })

  it.each([
    ['one value for a list', '$v: [Int]', { v: 1 }],
    ['a number for an ID', '$v: ID', { v: 1 }],
    ['@oneOf', '$v: One', { v: { a: 1 } }],
    ['a variable named as the prototype', '$__proto__: Int', JSON.parse('{ "__proto__": 1 }')],
  ])('leaves %s to graphql-js, which accepts it', (_, definitions, values) => {
    const operation = operationOf(definitions)
    expect(compileVariables(schema, operation)(values)).toBeNull()
    expect(coerceByLibrary(operation, values)).not.toBeNull()
  })

  it('returns new lists and objects for each execution', () => {
    const coerce = compileVariables(schema, operationOf('$list: [Int!] = [1] $leaf: Leaf = { number: 1 }'))
    const [first, second] = [coerce({}), coerce({})]
    expect(first).toEqual(second)
    expect(first!.list).not.toBe(second!.list)
    expect(first!.leaf).not.toBe(second!.leaf)
  })
})
