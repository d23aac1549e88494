import {
  GraphQLBoolean,
  type GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  type GraphQLList,
  type GraphQLScalarType,
  type GraphQLSchema,
  GraphQLString,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isScalarType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql'
import type { Variables } from './variables.ts'

/** Instead of a value that GraphQL itself must coerce, or report. */
const UNUSUAL = Symbol('unusual')

/** Returns the coerced value, or `UNUSUAL`. A scalar may throw instead. */
type Coerce = (value: unknown) => unknown

const MAX_INT = 2 ** 31 - 1
const isText = (value: unknown) => typeof value === 'string'
const isInt = (value: unknown) => Number.isInteger(value) && Math.abs(value as number) <= MAX_INT

/** Values that the scalars of GraphQL accept, and do not change. */
const UNCHANGED = new Map<GraphQLScalarType, (value: unknown) => boolean>([
  [GraphQLString, isText],
  [GraphQLID, isText],
  [GraphQLInt, isInt],
  [GraphQLFloat, (value) => Number.isFinite(value)],
  [GraphQLBoolean, (value) => typeof value === 'boolean'],
])

function compileScalar(type: GraphQLScalarType): Coerce {
  const isUnchanged = UNCHANGED.get(type)
  if (isUnchanged) return (value) => (isUnchanged(value) ? value : UNUSUAL)
  return (value) => {
    const parsed: unknown = type.parseValue(value)
    return parsed === undefined ? UNUSUAL : parsed
  }
}

function compileEnum(type: GraphQLEnumType): Coerce {
  const values = new Map<unknown, unknown>(type.getValues().map(({ name, value }) => [name, value]))
  return (value) => (values.has(value) ? values.get(value) : UNUSUAL)
}

function compileList({ ofType }: GraphQLList<GraphQLInputType>): Coerce {
  const coerceItem = compileType(ofType)
  return (value) => {
    if (!Array.isArray(value)) return UNUSUAL
    const items: unknown[] = []
    for (const given of value) {
      const item = coerceItem(given)
      if (item === UNUSUAL) return UNUSUAL
      items.push(item)
    }
    return items
  }
}

/** A field of an input object. */
interface InputField {
  readonly name: string
  readonly coerce: Coerce
  readonly defaultValue: unknown
  readonly isRequired: boolean
}

const compileFields = (type: GraphQLInputObjectType): readonly InputField[] =>
  Object.values(type.getFields()).map(({ name, type: fieldType, defaultValue }) => ({
    name,
    coerce: compileType(fieldType),
    defaultValue,
    isRequired: isNonNullType(fieldType) && defaultValue === undefined,
  }))

/** Returns the coerced object, or `UNUSUAL`. */
function coerceFields(given: Variables, fields: readonly InputField[]): unknown {
  const coerced: Record<string, unknown> = {}
  for (const { name, coerce, defaultValue, isRequired } of fields) {
    const value = given[name]
    if (value !== undefined) {
      const field = coerce(value)
      if (field === UNUSUAL) return UNUSUAL
      coerced[name] = field
    } else if (isRequired) return UNUSUAL
    else if (defaultValue !== undefined) coerced[name] = defaultValue
  }
  return coerced
}

function compileObject(type: GraphQLInputObjectType): Coerce {
  const definitions = type.getFields()
  // Compiled with the first value, because an input object may contain itself.
  let fields: readonly InputField[] | undefined
  return (value) => {
    if (typeof value !== 'object' || Array.isArray(value) || type.isOneOf) return UNUSUAL
    for (const name of Object.keys(value as object)) if (!definitions[name]) return UNUSUAL
    fields ??= compileFields(type)
    return coerceFields(value as Variables, fields)
  }
}

/** The coercion of each input object, which is the same wherever it occurs. */
const objects = new WeakMap<GraphQLInputObjectType, Coerce>()

function compileNullable(type: GraphQLInputType): Coerce {
  if (isListType(type)) return compileList(type)
  if (isEnumType(type)) return compileEnum(type)
  if (isScalarType(type)) return compileScalar(type)
  if (!isInputObjectType(type)) return () => UNUSUAL
  let coerce = objects.get(type)
  if (!coerce) {
    coerce = compileObject(type)
    objects.set(type, coerce)
  }
  return coerce
}

function compileType(type: GraphQLInputType): Coerce {
  const isNonNull = isNonNullType(type)
  const coerce = compileNullable(isNonNull ? type.ofType : type)
  return (value) => {
    if (value !== null && value !== undefined) return coerce(value)
    return isNonNull ? UNUSUAL : null
  }
}

/** A variable of an operation. */
interface Variable {
  readonly name: string
  readonly coerce: Coerce
  /** Returns the value when none is given: undefined for none, or `UNUSUAL`. */
  readonly readDefault: () => unknown
}

/** Returns null for a variable that cannot be compiled. */
function compileVariable(schema: GraphQLSchema, node: VariableDefinitionNode): Variable | null {
  const name = node.variable.name.value
  const type = typeFromAST(schema, node.type)
  // An object with this key as its own needs more care than the variable is worth.
  if (!type || !isInputType(type) || name === '__proto__') return null
  return { name, coerce: compileType(type), readDefault: compileDefault(type, node) }
}

function compileDefault(type: GraphQLInputType, { defaultValue }: VariableDefinitionNode): () => unknown {
  if (!defaultValue) {
    const missing = isNonNullType(type) ? UNUSUAL : undefined
    return () => missing
  }
  const read = () => {
    const value = valueFromAST(defaultValue, type)
    return value === undefined ? UNUSUAL : value
  }
  const value = read()
  // Lists and objects are created for each execution, because a resolver may keep or change them.
  return typeof value === 'object' && value !== null ? read : () => value
}

/**
 * Coerces the variables of one operation. The values are those that `getVariableValues` of graphql-js returns.
 *
 * @returns null for variables that only graphql-js coerces, and for all that it rejects
 */
export type CoerceVariables = (values: Variables) => Variables | null

/** Prepares the coercion of the variables of an operation. */
export function compileVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): CoerceVariables {
  const variables = variableDefinitions.map((node) => compileVariable(schema, node))
  const known = variables.filter((variable) => variable !== null)
  if (known.length < variables.length) return () => null

  function coerceAll(values: Variables): Variables | null {
    const coerced: Record<string, unknown> = {}
    for (const { name, coerce, readDefault } of known) {
      const isGiven = Object.hasOwn(values, name)
      const value = isGiven ? coerce(values[name]) : readDefault()
      if (value === UNUSUAL) return null
      if (isGiven || value !== undefined) coerced[name] = value
    }
    return coerced
  }

  return (values) => {
    try {
      return coerceAll(values)
    } catch {
      // A scalar rejects its value, which graphql-js reports with the path of the value.
      return null
    }
  }
}
