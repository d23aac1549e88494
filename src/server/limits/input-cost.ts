import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
} from 'graphql'

/** The cost directives in the `directives` extension of a field. */
interface CostDirectives {
  readonly cost?: { readonly weight: number }
  readonly listSize?: {
    readonly assumedSize?: number
    readonly slicingArguments?: readonly string[]
    readonly sizedFields?: readonly string[]
  }
}

/** Returns the cost directives of a field, an argument, or a field of an input object. */
export const directivesOf = ({ extensions }: GraphQLField<unknown, unknown> | GraphQLArgument | GraphQLInputField) =>
  (extensions.directives ?? {}) as CostDirectives

/** An argument, or a field of an input object. */
type InputValue = GraphQLArgument | GraphQLInputField

/** Returns true when a field of an input type, at any depth, has a weight of its own. */
function hasWeightedField(type: GraphQLNamedType, seen = new Set<GraphQLNamedType>()): boolean {
  if (!isInputObjectType(type) || seen.has(type)) return false
  seen.add(type)
  return Object.values(type.getFields()).some(
    (input) => directivesOf(input).cost || hasWeightedField(getNamedType(input.type), seen),
  )
}

const weightedInputs = new WeakMap<object, readonly InputValue[]>()

/**
 * Returns the arguments of a field, or the fields of an input object, that have a weight or contain a weighted field.
 *
 * @param owner the field or input type, which is the key of the cache
 */
export function weightedInputsOf(owner: object, inputs: readonly InputValue[]): readonly InputValue[] {
  const known = weightedInputs.get(owner)
  if (known) return known
  const weighted = inputs.filter((input) => directivesOf(input).cost || hasWeightedField(getNamedType(input.type)))
  weightedInputs.set(owner, weighted)
  return weighted
}

/** Returns the cost of an input value: the weights of all its inputs, counted for each entry of a list. Lists of scalars are not iterated. */
export function costOfInput(value: unknown, type: GraphQLInputType, weight: number): number {
  if (value === null || value === undefined) return 0
  const nullable = getNullableType(type)
  if (isListType(nullable)) {
    if (!Array.isArray(value)) return costOfInput(value, nullable.ofType, weight)
    const isOfLeaves = !isInputObjectType(getNamedType(nullable)) && !isListType(getNullableType(nullable.ofType))
    if (isOfLeaves) return weight * value.length
    return value.reduce((cost: number, item) => cost + costOfInput(item, nullable.ofType, weight), 0)
  }
  if (!isInputObjectType(nullable)) return weight
  const given = value as Readonly<Record<string, unknown>>
  return weightedInputsOf(nullable, Object.values(nullable.getFields())).reduce(
    (cost, input) => cost + costOfInput(given[input.name], input.type, directivesOf(input).cost?.weight ?? 0),
    weight,
  )
}
