import {
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  getArgumentValues,
  isNonNullType,
  Kind,
  type ValueNode,
  valueFromAST,
} from 'graphql'
import type { Variables } from './execution.ts'

/** Arguments as a resolver gets them. */
export type ArgumentValues = Record<string, unknown>

/** Returns the arguments of a field for the variables of an execution. */
export type ReadArguments = (variables: Variables) => ArgumentValues

/** The arguments of a field without any, for all its calls. */
export const NO_ARGUMENTS: ArgumentValues = Object.freeze({})

/** One argument whose value is known before execution, or is the value of a variable. */
type SimpleArgument =
  | { readonly name: string; readonly value: unknown }
  | { readonly name: string; readonly variable: string; readonly isNonNull: boolean; readonly defaultValue: unknown }

const isPrimitive = (value: unknown) => value === null || (typeof value !== 'object' && typeof value !== 'function')

/** Returns the argument when it is simple, undefined when it is left out, and null when GraphQL itself must coerce it. */
function simplify(argument: GraphQLArgument, node: ValueNode | undefined): SimpleArgument | undefined | null {
  const { name, type, defaultValue } = argument
  if (!node) {
    if (defaultValue !== undefined) return { name, value: defaultValue }
    return isNonNullType(type) ? null : undefined
  }
  if (node.kind === Kind.VARIABLE) {
    return { name, variable: node.name.value, isNonNull: isNonNullType(type), defaultValue }
  }
  // Lists and objects are created for each call, because a resolver may keep or change them.
  if (node.kind === Kind.LIST || node.kind === Kind.OBJECT) return null
  const value = valueFromAST(node, type)
  return value !== undefined && isPrimitive(value) ? { name, value } : null
}

/** Adds one argument. Returns false when GraphQL itself must coerce it, or report why it cannot. */
function addArgument(values: ArgumentValues, argument: SimpleArgument, variables: Variables): boolean {
  if (!('variable' in argument)) {
    values[argument.name] = argument.value
    return true
  }
  const { name, variable, isNonNull, defaultValue } = argument
  if (!Object.hasOwn(variables, variable)) {
    if (defaultValue !== undefined) values[name] = defaultValue
    return defaultValue !== undefined || !isNonNull
  }
  const value = variables[variable]
  if (value === undefined || (value === null && isNonNull)) return false
  values[name] = value
  return true
}

/**
 * Prepares the arguments of a field: literals are coerced once, variables are read for each call. Arguments that do not have
 * their type are reported for each call with the error of GraphQL.
 */
export function compileArguments(definition: GraphQLField<unknown, unknown>, node: FieldNode): ReadArguments {
  if (definition.args.length === 0) return () => NO_ARGUMENTS
  const readAll = (variables: Variables) => getArgumentValues(definition, node, variables as Record<string, unknown>)
  const nodes = new Map(node.arguments?.map(({ name, value }) => [name.value, value]))
  const simple: SimpleArgument[] = []
  for (const argument of definition.args) {
    const simplified = simplify(argument, nodes.get(argument.name))
    if (simplified === null) return readAll
    if (simplified) simple.push(simplified)
  }
  return (variables) => {
    const values: ArgumentValues = {}
    for (const argument of simple) {
      if (!addArgument(values, argument, variables)) return readAll(variables)
    }
    return values
  }
}
