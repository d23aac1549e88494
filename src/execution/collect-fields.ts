import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  type InlineFragmentNode,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql'
import type { Variables } from './execution.ts'

/** The fragments of a document by name. */
export type Fragments = Readonly<Record<string, FragmentDefinitionNode>>

/** The inputs that decide which fields of a selection set apply to an object type. */
export interface CollectionScope {
  readonly schema: GraphQLSchema
  readonly fragments: Fragments
  /** The variables on which `@skip` and `@include` depend. */
  readonly conditions: Variables
}

/** The nodes that select each field of an object type, by response key and in the order of the response. */
export type FieldGroups = ReadonlyMap<string, readonly FieldNode[]>

/** Collects the fields of one object type. */
class FieldCollector {
  readonly groups = new Map<string, FieldNode[]>()
  readonly #scope: CollectionScope
  readonly #type: GraphQLObjectType
  /** A fragment that is spread twice applies once. */
  readonly #visited = new Set<string>()

  constructor(scope: CollectionScope, type: GraphQLObjectType) {
    this.#scope = scope
    this.#type = type
  }

  addSet({ selections }: SelectionSetNode): void {
    for (const selection of selections) this.#add(selection)
  }

  #add(selection: SelectionNode): void {
    if (selection.kind === Kind.FIELD) {
      if (this.#isIncluded(selection)) this.#addField(selection)
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      if (this.#isIncluded(selection)) this.#addFragment(selection)
    } else {
      const name = selection.name.value
      if (this.#visited.has(name) || !this.#isIncluded(selection)) return
      this.#visited.add(name)
      const fragment = this.#scope.fragments[name]
      if (fragment) this.#addFragment(fragment)
    }
  }

  #addField(node: FieldNode): void {
    const key = node.alias ? node.alias.value : node.name.value
    const group = this.groups.get(key)
    if (group) group.push(node)
    else this.groups.set(key, [node])
  }

  #addFragment(fragment: InlineFragmentNode | FragmentDefinitionNode): void {
    if (this.#isApplicable(fragment)) this.addSet(fragment.selectionSet)
  }

  #isApplicable({ typeCondition }: InlineFragmentNode | FragmentDefinitionNode): boolean {
    if (!typeCondition) return true
    const { schema } = this.#scope
    const condition = typeFromAST(schema, typeCondition)
    if (condition === this.#type) return true
    return isAbstractType(condition) && schema.isSubType(condition, this.#type)
  }

  /** @throws {GraphQLError} when the condition of a directive is null or missing */
  #isIncluded(node: SelectionNode): boolean {
    if (!node.directives || node.directives.length === 0) return true
    const { conditions } = this.#scope
    return (
      getDirectiveValues(GraphQLSkipDirective, node, conditions)?.if !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, conditions)?.if !== false
    )
  }
}

/**
 * Returns the fields that selection sets select on an object type. Fragments are resolved; `@skip` and `@include` are applied.
 *
 * @throws {GraphQLError} when the condition of a directive is null or missing
 */
export function collectFields(
  scope: CollectionScope,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): FieldGroups {
  const collector = new FieldCollector(scope, type)
  for (const set of sets) collector.addSet(set)
  return collector.groups
}
