import { getNamedType, isObjectType, isRequiredArgument } from 'graphql'
import { PROVIDERS } from '../../src/gateway.ts'
import { createSchema } from '../../src/schema.ts'

/** A root field that is a connection of objects, and the type of those. */
export interface RootList {
  readonly field: string
  readonly typename: string
}

/** The schema that the registered providers are served by. */
export const SERVED_SCHEMA = createSchema(PROVIDERS).served

const rootFields = Object.values(SERVED_SCHEMA.getQueryType()!.getFields())

/** Root fields that show nothing of a provider's data. */
export const FIELDS_WITHOUT_DATA: readonly string[] = ['_service', 'providers']

/** Every root list of the registered providers, and the unified one, that can be requested without arguments. */
export const ROOT_LISTS: readonly RootList[] = rootFields.flatMap(({ name: field, type, args }) => {
  const connection = getNamedType(type)
  const nodes = isObjectType(connection) ? connection.getFields().nodes : undefined
  return nodes && !args.some(isRequiredArgument) ? [{ field, typename: getNamedType(nodes.type).name }] : []
})

/** Sends an operation, and returns its data. */
type Ask = <Data>(document: string) => Promise<{ readonly data: Data | null; readonly errors: readonly unknown[] }>

/** Returns the global id of the first object of each root list, by the list's field. */
export async function firstIds(ask: Ask): Promise<ReadonlyMap<string, string>> {
  const lists = ROOT_LISTS.map(({ field }) => `${field}(first: 1) { nodes { id } }`)
  const { data, errors } = await ask<Record<string, { nodes: { id: string }[] }>>(`{ ${lists.join(' ')} }`)
  if (data === null || errors.length > 0) throw new Error(`The lists fail: ${JSON.stringify(errors)}`)
  return new Map(Object.entries(data).flatMap(([field, { nodes }]) => nodes.map(({ id }) => [field, id] as const)))
}
