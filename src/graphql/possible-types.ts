import { type GraphQLSchema, isAbstractType } from 'graphql'

/**
 * Returns the object types of each interface and union, by name and sorted. Caching clients need them to match fragments.
 * Names that begin with an underscore belong to GraphQL or to routers, and are left out.
 */
export function possibleTypesOf(schema: GraphQLSchema): Record<string, readonly string[]> {
  const byName = (one: { readonly name: string }, other: { readonly name: string }) => (one.name < other.name ? -1 : 1)
  const types = Object.values(schema.getTypeMap()).filter(isAbstractType).sort(byName)
  const named = types.filter(({ name }) => !name.startsWith('_'))
  return Object.fromEntries(
    named.map((type) => [type.name, [...schema.getPossibleTypes(type)].sort(byName).map(({ name }) => name)]),
  )
}
