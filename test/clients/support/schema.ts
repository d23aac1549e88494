import { buildSchema, type GraphQLObjectType, getNamedType, isObjectType, printSchema } from 'graphql'
import { createSchema } from '../../../src/schema.ts'
import { pickProviders } from '../../support/gateway.ts'

/** The schema of the providers that the programs in docs/examples read. */
export const EXAMPLES_SDL = printSchema(createSchema(pickProviders('KOBBLE', 'VOBIZ')).schema)

function objectTypesOf(sdl: string): readonly GraphQLObjectType[] {
  const types = Object.values(buildSchema(sdl).getTypeMap())
  return types.filter(isObjectType).filter(({ name }) => !name.startsWith('__'))
}

/** The names of all fields that are lists in pages, sorted; a name as often as there are such fields. */
export function listsOf(sdl: string): readonly string[] {
  const fields = objectTypesOf(sdl).flatMap((type) => Object.values(type.getFields()))
  const lists = fields.filter(({ type }) => getNamedType(type).name.endsWith('Connection'))
  return lists.map(({ name }) => name).sort()
}

/** The names of the types that are no things of their own, sorted: without an id, and not part of a list. */
export function typesWithoutId(sdl: string): readonly string[] {
  const types = objectTypesOf(sdl).filter((type) => !('id' in type.getFields()))
  const names = types.map(({ name }) => name)
  return names.filter((name) => !/^(Query|Subscription|PageInfo)$|Connection$|Edge$/.test(name)).sort()
}

/** Returns the names that a program sets to a value, sorted: those in front of `: value`. */
export function namesSetTo(value: string, program: string): readonly string[] {
  return [...program.matchAll(new RegExp(`(\\w+): ${value}\\b`, 'g'))].map(([, name]) => name!).sort()
}
