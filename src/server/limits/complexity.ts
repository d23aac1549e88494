import {
  type DocumentNode,
  type ExecutionArgs,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  getOperationAST,
  isAbstractType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type ValueNode,
  valueFromAST,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { MAX_PAGE_SIZE } from '../../connection/range.ts'
import { RequestLimitError } from '../../errors.ts'
import { mapAwaited } from '../../execution/promise.ts'
import { READ_WEIGHT } from '../../graphql/weight.ts'
import type { ChargeCost } from './cost-budget.ts'
import { formatCount, fragmentsOf, operationError } from './document-limits.ts'
import { costOfInput, directivesOf, weightedInputsOf } from './input-cost.ts'
import { callerKeyOf } from './rate-limit.ts'
import { coercedVariables, type Variables } from './variables.ts'

/** Assumed length of a list whose length is not known. */
const ASSUMED_SIZE = 5

/** List arguments whose length is that of their field's list. Each entry is one read. */
const LISTS_OF_KEYS = ['ids', 'representations']

/** List fields of an object whose length is set by an argument of the field above it. */
interface SizedFields {
  readonly names: readonly string[]
  readonly size: number
}

type Field = GraphQLField<unknown, unknown>

const META_FIELDS: ReadonlyMap<string, Field> = new Map(
  [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map((field) => [field.name, field]),
)

/** Estimates the cost of the selection sets of one operation, each selection set once per type and list size. */
class CostEstimator {
  readonly #schema: GraphQLSchema
  readonly #root: GraphQLObjectType
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly #variables: Variables
  /** The variables that the cost depends on, with their values. */
  readonly consulted = new Map<string, unknown>()
  /** Known costs by selection set, then by the type and list sizes that apply there. A fragment can be spread many times. */
  readonly #costs = new Map<SelectionSetNode, Map<string, number>>()

  constructor(
    schema: GraphQLSchema,
    root: GraphQLObjectType,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    variables: Variables,
  ) {
    this.#schema = schema
    this.#root = root
    this.#fragments = fragments
    this.#variables = variables
  }

  /** Returns the cost of a selection set on an object type. */
  costOfSet(set: SelectionSetNode, type: GraphQLObjectType, sized: SizedFields | null): number {
    const costs = this.#costs.get(set) ?? new Map<string, number>()
    this.#costs.set(set, costs)
    const key = sized ? `${type.name} ${sized.size} ${sized.names.join()}` : type.name
    let cost = costs.get(key)
    if (cost === undefined) {
      cost = 0
      for (const selection of set.selections) cost += this.#costOfSelection(selection, type, sized)
      costs.set(key, cost)
    }
    return cost
  }

  #costOfSelection(selection: SelectionNode, type: GraphQLObjectType, sized: SizedFields | null): number {
    if (!this.#isIncluded(selection)) return 0
    if (selection.kind === Kind.FIELD) return this.#costOfField(selection, type, sized)
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value)
    const condition = fragment?.typeCondition?.name.value
    if (!fragment || (condition !== undefined && !this.#isOfType(type, condition))) return 0
    return this.costOfSet(fragment.selectionSet, type, sized)
  }

  #costOfField(node: FieldNode, parent: GraphQLObjectType, above: SizedFields | null): number {
    const name = node.name.value
    const field = META_FIELDS.get(name) ?? parent.getFields()[name]
    if (!field) return 0
    const { cost, listSize } = directivesOf(field)
    const isRead = parent === this.#root && !META_FIELDS.has(name)
    const weight = (cost?.weight ?? (isRead ? READ_WEIGHT : 1)) + this.#costOfArguments(field, node)
    if (!node.selectionSet) return weight
    const sized = listSize?.sizedFields ? { names: listSize.sizedFields, size: this.#sizeOf(field, node) } : null
    const below = this.#costOfType(node.selectionSet, getNamedType(field.type), sized)
    const keys = LISTS_OF_KEYS.map((key) => this.#argument(field, node, key)).find(Array.isArray)
    if (keys) return weight + keys.length * (READ_WEIGHT + below)
    if (above?.names.includes(name)) return weight + above.size * below
    return weight + (isListType(getNullableType(field.type)) ? this.#sizeOf(field, node) : 1) * below
  }

  #costOfArguments(field: Field, node: FieldNode): number {
    return weightedInputsOf(field, field.args).reduce(
      (cost, input) =>
        cost + costOfInput(this.#argument(field, node, input.name), input.type, directivesOf(input).cost?.weight ?? 0),
      0,
    )
  }

  /** Returns the highest cost of a selection set over the object types that it can apply to. */
  #costOfType(set: SelectionSetNode, type: GraphQLNamedType, sized: SizedFields | null): number {
    const types = isAbstractType(type) ? this.#schema.getPossibleTypes(type) : isObjectType(type) ? [type] : []
    return Math.max(0, ...types.map((possible) => this.costOfSet(set, possible, sized)))
  }

  /** Returns the number of entries that a field's arguments request, at most the size of a page. */
  #sizeOf(field: Field, node: FieldNode): number {
    const { assumedSize = ASSUMED_SIZE, slicingArguments = [] } = directivesOf(field).listSize ?? {}
    const given = slicingArguments
      .map((name) => this.#argument(field, node, name))
      .filter((value) => typeof value === 'number')
    return given.length === 0 ? assumedSize : Math.min(MAX_PAGE_SIZE, Math.max(0, ...given))
  }

  /** Returns the value of an argument, or its default. */
  #argument(field: Field, node: FieldNode, name: string): unknown {
    const declared = field.args.find((arg) => arg.name === name)
    const given = node.arguments?.find((arg) => arg.name.value === name)?.value
    if (!declared || !given) return declared?.defaultValue
    this.#consult(given)
    return valueFromAST(given, declared.type, this.#variables)
  }

  /** Records the variables in a value. */
  #consult(value: ValueNode): void {
    if (value.kind === Kind.VARIABLE) this.consulted.set(value.name.value, this.#variables[value.name.value])
    else if (value.kind === Kind.LIST) for (const item of value.values) this.#consult(item)
    else if (value.kind === Kind.OBJECT) for (const field of value.fields) this.#consult(field.value)
  }

  #isIncluded(node: SelectionNode): boolean {
    if (!node.directives?.length) return true
    for (const { arguments: given = [] } of node.directives) for (const { value } of given) this.#consult(value)
    return (
      getDirectiveValues(GraphQLSkipDirective, node, this.#variables)?.if !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, this.#variables)?.if !== false
    )
  }

  #isOfType(type: GraphQLObjectType, name: string): boolean {
    const condition = this.#schema.getType(name)
    return isAbstractType(condition) ? this.#schema.isSubType(condition, type) : condition === type
  }
}

/**
 * Returns the maximum cost of an operation, estimated before anything is read. Each field costs 1, or the weight of its `@cost`.
 * The fields below a list count once for each entry. The length of a list comes from the arguments that `@listSize` names, from
 * the number of keys in `ids` and `representations`, or is assumed. Arguments and fields of input objects count when they have
 * a `@cost`, once for each entry of a list. Of alternative object types the most expensive one counts. A field that is selected
 * twice counts twice.
 *
 * @param variables variables as GraphQL has coerced them
 */
export function complexityOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Variables,
): number {
  return estimate(schema, operation, fragments, variables).cost
}

/** The cost of an operation, and the variables that it depends on, with their values. */
interface Estimate {
  readonly cost: number
  readonly consulted: ReadonlyMap<string, unknown>
}

function estimate(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Variables,
): Estimate {
  const root = schema.getRootType(operation.operation)
  if (!root) return { cost: 0, consulted: new Map() }
  const estimator = new CostEstimator(schema, root, fragments, variables)
  return { cost: estimator.costOfSet(operation.selectionSet, root, null), consulted: estimator.consulted }
}

/** Returns true when all values that an estimate depends on can be compared. Lists and objects may be large, so none is kept. */
const isComparable = ({ consulted }: Estimate) => [...consulted.values()].every((value) => typeof value !== 'object')

/** Returns true when an estimate would be the same with these variables. */
function holdsFor({ consulted }: Estimate, variables: Variables): boolean {
  for (const [name, value] of consulted) if (variables[name] !== value) return false
  return true
}

/**
 * Returns the cost of an operation.
 *
 * @param variables variables as GraphQL has coerced them
 * @throws {GraphQLError} when the cost exceeds the limit
 */
export type ComplexityLimit = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
) => number

/** The last estimate of each operation is kept, because most depend on no variable, or on a page size that is always the same. */
export function createComplexityLimit(schema: GraphQLSchema, maxComplexity: number): ComplexityLimit {
  const estimates = new WeakMap<OperationDefinitionNode, Estimate>()
  return (document, operation, variables) => {
    let last = estimates.get(operation)
    if (last === undefined || !holdsFor(last, variables)) {
      last = estimate(schema, operation, fragmentsOf(document), variables)
      if (isComparable(last)) estimates.set(operation, last)
    }
    const { cost } = last
    if (cost <= maxComplexity) return cost
    const message = `The operation costs ${formatCount(cost)}, and at most ${maxComplexity} are allowed. Ask for smaller pages, or for less below them.`
    throw operationError(new RequestLimitError(message))
  }
}

/**
 * Limits operations before they are executed, and charges the others to their callers. Must come after `useVariableLimits`, which
 * coerces the variables.
 */
export function useComplexityLimit(limit: ComplexityLimit, charge: ChargeCost): Plugin {
  function check(args: ExecutionArgs): void | Promise<void> {
    const operation = getOperationAST(args.document, args.operationName)
    const variables = coercedVariables(args)
    // Execution reports an operation that is missing.
    if (!operation || !variables) return
    const context = args.contextValue as { readonly request: Request }
    const cost = limit(args.document, operation, variables)
    return mapAwaited(charge(cost, callerKeyOf(context.request, context)), (rejection) => {
      if (rejection !== null) throw rejection
    })
  }

  return { onExecute: ({ args }) => check(args), onSubscribe: ({ args }) => check(args) }
}
