import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
} from 'graphql'

/** The arguments of a field as GraphQL text, e.g. `first: 5`; empty for none; null to leave the field out. */
export type ArgumentsFor = (field: GraphQLField<unknown, unknown>, parent: GraphQLNamedType) => string | null

/**
 * A selection of everything that a type has, so many levels deep, with the members of interfaces and unions.
 *
 * @returns an empty text where nothing of the type can be selected
 */
export function selectAll(schema: GraphQLSchema, type: GraphQLNamedType, depth: number, args: ArgumentsFor): string {
  if (isLeafType(type)) return ''
  const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
  const own = fields.flatMap((field) => {
    const inner = getNamedType(field.type)
    const given = args(field, type)
    if (given === null || (depth === 0 && !isLeafType(inner))) return []
    const selection = selectAll(schema, inner, depth - 1, args)
    if (selection === '' && !isLeafType(inner)) return []
    // Members of an interface may have fields of one name and different types.
    const name = `${type.name}_${field.name}: ${field.name}`
    return [`${name}${given && `(${given})`} ${selection}`]
  })
  const members = isAbstractType(type)
    ? schema.getPossibleTypes(type).flatMap((member) => {
        const selection = selectAll(schema, member, depth, args)
        return selection === '' ? [] : [`... on ${member.name} ${selection}`]
      })
    : []
  const all = [...(own.length + members.length > 0 ? ['__typename'] : []), ...own, ...members]
  return all.length === 0 ? '' : `{ ${all.join(' ')} }`
}
