import { collectSubFields } from '@graphql-tools/utils'
import { type FieldNode, type GraphQLResolveInfo, getNamedType, isObjectType } from 'graphql'

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

/**
 * Returns the fields that are selected below a field. Fragments are resolved; `@skip` and `@include` are applied.
 *
 * @param info of a field that returns an object type; other fields have no selected fields here
 */
export function selectedFields(info: SelectionInfo): readonly SelectedField[] {
  const type = getNamedType(info.returnType)
  if (!isObjectType(type)) return []
  // GraphQL passes the same array for each entry of a list, so that its selection is collected once.
  const nodes = info.fieldNodes as FieldNode[]
  const { fields } = collectSubFields(info.schema, info.fragments, info.variableValues, type, nodes)
  return [...fields].map(([responseKey, same]) => ({ name: same[0]!.name.value, responseKey, nodes: same }))
}

/** Returns true when a field of this name is selected below a field. */
export const isSelected = (info: SelectionInfo, name: string): boolean =>
  selectedFields(info).some((field) => field.name === name)
