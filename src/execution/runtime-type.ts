import {
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
} from 'graphql'
import { inspect } from 'graphql/jsutils/inspect.js'
import type { FieldDetails } from './resolve-info.ts'

/** The name that a type resolver returned for a value. */
interface RuntimeTypeName {
  readonly name: unknown
  readonly value: unknown
}

/**
 * Returns the object type that a type resolver named for a value of an abstract type.
 *
 * @throws {GraphQLError} when it named none, or one that is not possible
 */
export function objectTypeOf(
  schema: GraphQLSchema,
  { parentType, definition, nodes }: FieldDetails,
  type: GraphQLAbstractType,
  { name, value }: RuntimeTypeName,
): GraphQLObjectType {
  const fieldName = `${parentType.name}.${definition.name}`
  const expected = `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${fieldName}"`
  if (name === null || name === undefined) {
    throw new GraphQLError(
      `${expected}. Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`,
      { nodes },
    )
  }
  if (isObjectType(name)) {
    throw new GraphQLError(
      'Support for returning GraphQLObjectType from resolveType was removed in graphql-js@16.0.0 please return type name instead.',
    )
  }
  if (typeof name !== 'string') {
    throw new GraphQLError(`${expected} with value ${inspect(value)}, received "${inspect(name)}".`)
  }
  const named = schema.getType(name)
  if (!named) {
    throw new GraphQLError(
      `Abstract type "${type.name}" was resolved to a type "${name}" that does not exist inside the schema.`,
      { nodes },
    )
  }
  if (!isObjectType(named)) {
    throw new GraphQLError(`Abstract type "${type.name}" was resolved to a non-object type "${name}".`, { nodes })
  }
  if (!schema.isSubType(type, named)) {
    throw new GraphQLError(`Runtime Object type "${named.name}" is not a possible type for "${type.name}".`, { nodes })
  }
  return named
}
