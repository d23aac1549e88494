import {
  type ExecutionArgs,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  getOperationAST,
  isAbstractType,
  isInputObjectType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  valueFromAST,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { MAX_PAGE_SIZE } from '../../connection/range.ts'
import { RequestLimitError } from '../../errors.ts'
import { READ_WEIGHT } from '../../graphql/weight.ts'
import type { ChargeCost } from './cost-budget.ts'
import { fragmentsOf, refusedOperation, shownNumber } from './document-limits.ts'
import { coercedVariables, type Variables } from './variables.ts'

/** How long a list counts as when nothing tells. */
const ASSUMED_SIZE = 5

/** Arguments whose list is as long as that of their field, each entry of which is a read. */
const LISTS_OF_KEYS = ['ids', 'representations']

/** The `directives` extension of a field, as far as it tells what the field costs. */
interface CostDirectives {
  readonly cost?: { readonly weight: number }
  readonly listSize?: {
    readonly assumedSize?: number
    readonly slicingArguments?: readonly string[]
    readonly sizedFields?: readonly string[]
  }
}

/** Lists of an object whose length an argument above it tells. */
interface SizedFields {
  readonly names: readonly string[]
  readonly size: number
}

type Field = GraphQLField<unknown, unknown>

const META_FIELDS: ReadonlyMap<string, Field> = new Map(
  [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map((field) => [field.name, field]),
)

const directivesOf = ({ extensions }: Field | GraphQLArgument | GraphQLInputField) =>
  (extensions.directives ?? {}) as CostDirectives

/** An argument, or a field of an input object. */
type InputValue = GraphQLArgument | GraphQLInputField

/** True for an input type in which, however deep, a field has a weight of its own. */
function holdsWeight(type: GraphQLNamedType, seen = new Set<GraphQLNamedType>()): boolean {
  if (!isInputObjectType(type) || seen.has(type)) return false
  seen.add(type)
  return Object.values(type.getFields()).some(
    (input) => directivesOf(input).cost || holdsWeight(getNamedType(input.type), seen),
  )
}

const weightedInputs = new WeakMap<object, readonly InputValue[]>()

/**
 * The arguments of a field, or the fields of an input object, that weigh something themselves or in what they hold.
 *
 * @param owner by which they are found again
 */
function weightedOf(owner: object, inputs: readonly InputValue[]): readonly InputValue[] {
  const known = weightedInputs.get(owner)
  if (known) return known
  const weighted = inputs.filter((input) => directivesOf(input).cost || holdsWeight(getNamedType(input.type)))
  weightedInputs.set(owner, weighted)
  return weighted
}

/** What a value costs: the weight of each of its inputs, for a list as often as it is long. Lists of scalars are not walked. */
function costOfInput(value: unknown, type: GraphQLInputType, weight: number): number {
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
  return weightedOf(nullable, Object.values(nullable.getFields())).reduce(
    (cost, input) => cost + costOfInput(given[input.name], input.type, directivesOf(input).cost?.weight ?? 0),
    weight,
  )
}

/**
 * What an operation costs at most, told before anything is read: 1 for each field, more for those whose `@cost` says so, and
 * what stands below a list as often as the list is long. Lengths come from the arguments that `@listSize` names, from the
 * number of keys in `ids` and `representations`, or are assumed. Arguments and fields of input objects count where their
 * `@cost` says so, once for each entry of a list. Of types that exclude one another the dearest counts. A field that is
 * selected twice counts twice.
 *
 * @param variables as GraphQL has coerced them
 */
export function complexityOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Variables,
): number {
  // A fragment's selection set stands at many places, but there are not many ways to look at it.
  const known = new Map<SelectionSetNode, Map<string, number>>()
  const root = schema.getRootType(operation.operation)

  function argument(field: Field, node: FieldNode, name: string): unknown {
    const declared = field.args.find((arg) => arg.name === name)
    const given = node.arguments?.find((arg) => arg.name.value === name)?.value
    return declared && given ? valueFromAST(given, declared.type, variables) : declared?.defaultValue
  }

  const costOfArguments = (field: Field, node: FieldNode) =>
    weightedOf(field, field.args).reduce(
      (cost, input) =>
        cost + costOfInput(argument(field, node, input.name), input.type, directivesOf(input).cost?.weight ?? 0),
      0,
    )

  const isIncluded = (node: SelectionNode) =>
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.if !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false

  /** Entries of the page that a field's arguments ask for; never more than a page can have. */
  function sizeOf(field: Field, node: FieldNode): number {
    const { assumedSize = ASSUMED_SIZE, slicingArguments = [] } = directivesOf(field).listSize ?? {}
    const given = slicingArguments
      .map((name) => argument(field, node, name))
      .filter((value) => typeof value === 'number')
    return given.length === 0 ? assumedSize : Math.min(MAX_PAGE_SIZE, Math.max(0, ...given))
  }

  function costOfField(node: FieldNode, parent: GraphQLObjectType, above: SizedFields | null): number {
    const name = node.name.value
    const field = META_FIELDS.get(name) ?? parent.getFields()[name]
    if (!field) return 0
    const { cost, listSize } = directivesOf(field)
    const isRead = parent === root && !META_FIELDS.has(name)
    const weight = (cost?.weight ?? (isRead ? READ_WEIGHT : 1)) + costOfArguments(field, node)
    if (!node.selectionSet) return weight
    const sized = listSize?.sizedFields ? { names: listSize.sizedFields, size: sizeOf(field, node) } : null
    const below = costOfType(node.selectionSet, getNamedType(field.type), sized)
    const keys = LISTS_OF_KEYS.map((key) => argument(field, node, key)).find(Array.isArray)
    if (keys) return weight + keys.length * (READ_WEIGHT + below)
    if (above?.names.includes(name)) return weight + above.size * below
    return weight + (isListType(getNullableType(field.type)) ? sizeOf(field, node) : 1) * below
  }

  /** What a selection costs on the dearest of the types that an object there can have. */
  function costOfType(set: SelectionSetNode, type: GraphQLNamedType, sized: SizedFields | null): number {
    const types = isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : []
    return Math.max(0, ...types.map((possible) => costOfSet(set, possible, sized)))
  }

  function costOfSet(set: SelectionSetNode, type: GraphQLObjectType, sized: SizedFields | null): number {
    const costs = known.get(set) ?? new Map<string, number>()
    known.set(set, costs)
    const place = sized ? `${type.name} ${sized.size} ${sized.names.join()}` : type.name
    let cost = costs.get(place)
    if (cost === undefined) {
      cost = 0
      for (const selection of set.selections) {
        if (!isIncluded(selection)) continue
        if (selection.kind === Kind.FIELD) {
          cost += costOfField(selection, type, sized)
          continue
        }
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
        const condition = fragment?.typeCondition?.name.value
        if (fragment && (condition === undefined || isOfType(type, condition))) {
          cost += costOfSet(fragment.selectionSet, type, sized)
        }
      }
      costs.set(place, cost)
    }
    return cost
  }

  function isOfType(type: GraphQLObjectType, name: string): boolean {
    const condition = schema.getType(name)
    return isAbstractType(condition) ? schema.isSubType(condition, type) : condition === type
  }

  return root ? costOfSet(operation.selectionSet, root, null) : 0
}

/** @throws {GraphQLError} when the operation costs more */
function checkComplexity(args: ExecutionArgs, maxComplexity: number, charge: ChargeCost): void {
  const { schema, document, operationName } = args
  const operation = getOperationAST(document, operationName)
  const variables = coercedVariables(args)
  // Execution reports an operation that is missing.
  if (!operation || !variables) return
  const cost = complexityOf(schema, operation, fragmentsOf(document), variables)
  if (cost > maxComplexity) {
    const message = `The operation costs ${shownNumber(cost)}, and at most ${maxComplexity} are allowed. Ask for smaller pages, or for less below them.`
    throw refusedOperation(new RequestLimitError(message))
  }
  charge(cost, args.contextValue as object)
}

/** Refuses an operation that would cost too much, and charges the others to their callers, before they are executed. Comes after `useVariableLimits`, whose variables it takes. */
export function useComplexityLimit(maxComplexity: number, charge: ChargeCost = () => {}): Plugin {
  return {
    onExecute: ({ args }) => checkComplexity(args, maxComplexity, charge),
    onSubscribe: ({ args }) => checkComplexity(args, maxComplexity, charge),
  }
}
