import { collectSubFields } from '@graphql-tools/utils'
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionNode,
} from 'graphql'
import { type ArgumentValues, compileArguments, type ReadArguments } from '../execution/arguments.ts'

/** The part of a resolver's information that determines the selection below its field. */
export type SelectionInfo = Pick<
  GraphQLResolveInfo,
  'schema' | 'fragments' | 'variableValues' | 'returnType' | 'fieldNodes'
>

/** One field of a selection, with each node of the document that selects it. */
export interface SelectedField {
  readonly name: string
  /** Its alias, or else its name. */
  readonly responseKey: string
  readonly nodes: readonly FieldNode[]
}

type Fragments = SelectionInfo['fragments']

/** Selected fields that do not depend on variables, and what they were collected for. */
interface KnownFields {
  readonly type: GraphQLObjectType
  readonly fragments: Fragments
  readonly fields: readonly SelectedField[]
}

/**
 * By the nodes of the field above, and then by type. An operation that is prepared once has the same array of nodes in all its
 * executions.
 */
const knownFields = new WeakMap<readonly FieldNode[], Map<string, KnownFields>>()

const selectionsOf = (node: FieldNode | FragmentDefinitionNode | undefined) => node?.selectionSet?.selections ?? []

/** Returns true when a directive may decide which fields the selections contain. */
function isConditional(
  selections: readonly SelectionNode[],
  fragments: Fragments,
  visited = new Set<string>(),
): boolean {
  return selections.some((selection) => {
    if (selection.directives?.length) return true
    if (selection.kind === Kind.FIELD) return false
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return isConditional(selection.selectionSet.selections, fragments, visited)
    }
    const name = selection.name.value
    if (visited.has(name)) return false
    visited.add(name)
    return isConditional(selectionsOf(fragments[name]), fragments, visited)
  })
}

function collectFields(info: SelectionInfo, type: GraphQLObjectType): readonly SelectedField[] {
  const nodes = info.fieldNodes as FieldNode[]
  const { fields } = collectSubFields(info.schema, info.fragments, info.variableValues, type, nodes)
  return [...fields].map(([responseKey, same]) => ({ name: same[0]!.name.value, responseKey, nodes: same }))
}

/**
 * Returns the fields that are selected below a field. Fragments are resolved; `@skip` and `@include` are applied.
 *
 * @param type the object type of which the fields are selected; by default the type that the field returns, which then is
 *   an object type: a field of another type has no selected fields
 */
export function selectedFields(
  info: SelectionInfo,
  type: GraphQLNamedType = getNamedType(info.returnType),
): readonly SelectedField[] {
  if (!isObjectType(type)) return []
  const { fieldNodes, fragments } = info
  const byType = knownFields.get(fieldNodes)
  const known = byType?.get(type.name)
  if (known?.type === type && known.fragments === fragments) return known.fields
  const fields = collectFields(info, type)
  if (!isConditional(fieldNodes.flatMap(selectionsOf), fragments)) {
    knownFields.set(fieldNodes, new Map(byType).set(type.name, { type, fragments, fields }))
  }
  return fields
}

/** Returns true when a field of this name is selected below a field. */
export const isSelected = (info: SelectionInfo, name: string): boolean =>
  selectedFields(info).some((field) => field.name === name)

/** The readers of arguments by the node of the field, each with the definition that it was prepared for. */
const argumentReaders = new WeakMap<FieldNode, { readonly definition: unknown; readonly read: ReadArguments }>()

/**
 * Returns the arguments of a field that is selected below another one, as its resolver gets them.
 *
 * @throws {GraphQLError} when a value does not have the type of its argument
 */
export function argumentsOf(
  { nodes: [node] }: SelectedField,
  definition: GraphQLField<unknown, unknown>,
  variables: SelectionInfo['variableValues'],
): ArgumentValues {
  let reader = argumentReaders.get(node!)
  if (reader?.definition !== definition) {
    reader = { definition, read: compileArguments(definition, node!) }
    argumentReaders.set(node!, reader)
  }
  return reader.read(variables)
}
