import { type GraphQLSchema, isAbstractType } from 'graphql'

/**
 * The object types of each interface and union, by its name and all of it sorted: what a caching client has to know to match
 * fragments on them. Names that begin with an underscore are GraphQL's own, or a router's, and are left out.
 */
export function possibleTypesOf(schema: GraphQLSchema): Record<string, readonly string[]> {
  const byName = (one: { readonly name: string }, other: { readonly name: string }) => (one.name < other.name ? -1 : 1)
  const types = Object.values(schema.getTypeMap()).filter(isAbstractType).sort(byName)
  const named = types.filter(({ name }) => !name.startsWith('_'))
  return Object.fromEntries(
    named.map((type) => [type.name, [...schema.getPossibleTypes(type)].sort(byName).map(({ name }) => name)]),
  )
}
