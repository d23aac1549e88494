import { buildSchema, GraphQLError, type GraphQLScalarType, type GraphQLSchema } from 'graphql'
import { addMocks } from './mocks.ts'

const TYPES = ['Int', 'String', 'Any', 'Color', 'Cat', 'Dog', 'Animal', 'Named', 'Pet', 'Thing']
const WRAPPINGS: readonly ((type: string) => string)[] = [
  (type) => type,
  (type) => `${type}!`,
  (type) => `[${type}]`,
  (type) => `[${type}!]`,
  (type) => `[${type}]!`,
  (type) => `[${type}!]!`,
  (type) => `[[${type}!]]`,
  (type) => `[[${type}]!]!`,
]

const ARGUMENTS = [
  '',
  '',
  '(number: Int = 3, text: String!)',
  '(list: [Int!], colors: [Color!] = [RED])',
  '(filter: Filter, any: Any)',
  '(filters: [Filter!]!, flag: Boolean! = true)',
]

/** Returns one field for each type in each wrapping. */
const fields = (types: readonly string[]) =>
  types
    .flatMap((type) =>
      WRAPPINGS.map((wrap, index) => {
        const args = ARGUMENTS[(index + type.length) % ARGUMENTS.length]
        return `  ${type.toLowerCase()}${index}${args}: ${wrap(type)}`
      }),
    )
    .join('\n')

const SHARED = '  id: ID!\n  name: String\n  friend: Animal\n  friends(first: Int = 2): [Animal!]!'

const TEXT = `
  scalar Any
  enum Color { RED GREEN }
  input Filter { min: Int = 1, max: Int, name: String!, not: Filter, colors: [Color!] }
  interface Named { id: ID! name: String }
  interface Animal implements Named { ${SHARED} }
  union Pet = Cat | Dog
  union Thing = Cat | Dog | Stone
  type Cat implements Animal & Named { ${SHARED}\n lives: Int!\n${fields(TYPES)} }
  type Dog implements Animal & Named { ${SHARED}\n${fields(TYPES)} }
  type Stone implements Named { id: ID! name: String\n${fields(['Float', 'Any', 'Dog'])} }
  type Query { ${fields(TYPES)} }
  type Mutation { ${fields(TYPES)} }
`

/** What the scalar `Any` serializes some values to. */
const SERIALIZED: Readonly<Record<string, () => unknown>> = {
  throw: () => {
    throw new Error('not serializable')
  },
  fail: () => {
    throw new GraphQLError('not serializable in GraphQL')
  },
  null: () => null,
  promise: () => Promise.resolve('promised'),
}

/** Returns a schema with every kind of type in every wrapping, at the roots and below, over mocks. */
export function everyKindSchema(): GraphQLSchema {
  const schema = buildSchema(TEXT)
  const any = schema.getType('Any') as GraphQLScalarType
  any.serialize = (value) =>
    typeof value === 'string' ? (SERIALIZED[value]?.() ?? (value === 'null' ? null : value)) : value
  addMocks(schema)
  return schema
}
