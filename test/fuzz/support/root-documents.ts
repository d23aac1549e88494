import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  getNamedType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { encodeGlobalId } from '../../../src/graphql/node.ts'
import type { TestGateway } from '../../support/gateway.ts'
import { argumentsOf, withKits } from '../../support/kits.ts'
import { FIELDS_WITHOUT_DATA, firstIds } from '../../support/root-lists.ts'
import { selectAll } from '../../support/selection.ts'

/** A document for one root field. */
export interface RootDocument {
  readonly field: string
  readonly query: string
}

/** Lets documents through that no person would write. */
export const GENEROUS = {
  MAX_TOKENS: '100000',
  MAX_DEPTH: '1000',
  MAX_ALIASES: '100000',
  MAX_ROOT_FIELDS: '1000',
  MAX_COMPLEXITY: '100000000',
  RATE_LIMIT_PER_MINUTE: '0',
}

const PERIOD = 'period: { from: "2026-01-01", to: "2026-01-31" }'

/**
 * For each root field of the schema a document that selects everything below it, so many levels deep; for `node` and its
 * kin one for each type. Root fields that read no provider are left out.
 */
export async function rootDocuments(at: TestGateway, depth: number): Promise<readonly RootDocument[]> {
  const { schema } = at.gateway
  const ids = [...new Set((await firstIds(at.query)).values())]
  const objects = withKits(at.sandboxes).flatMap(({ sandbox, kit }) => kit.objectsOf(sandbox, null))
  const representations = objects.map(
    ({ typename, locator }) => `{ __typename: "${typename}", id: "${encodeGlobalId(typename, locator)}" }`,
  )
  const values = argumentsOf(at.sandboxes)
  const needed: Readonly<Record<string, string>> = {
    id: `id: "${ids[0]}"`,
    ids: `ids: ${JSON.stringify(ids)}`,
    period: PERIOD,
    by: 'by: [CATEGORY]',
    representations: `representations: [${representations.join(', ')}]`,
  }
  const isEntry = (id: string) => {
    const type = schema.getType(Buffer.from(id, 'base64url').toString().split(':')[0]!)
    return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Transaction')
  }
  /** Returns an argument that is required, with a value that leads to an object; nothing for any other one. */
  function argument(field: string, { name, type }: GraphQLArgument): string[] {
    if (name in needed) return [needed[name]!]
    const [value] = values.get(`${field}.${name}`) ?? values.get(name) ?? []
    return isNonNullType(type) && value !== undefined ? [`${name}: ${JSON.stringify(value)}`] : []
  }

  function args(field: GraphQLField<unknown, unknown>, parent: GraphQLNamedType): string | null {
    const names = field.args.map(({ name }) => name)
    // Far from the root, lists within lists only say the same again.
    if (names.includes('first')) return parent === schema.getQueryType() ? 'first: 5' : 'first: 2'
    return field.args.flatMap((arg) => argument(field.name, arg)).join(', ')
  }

  const fields = Object.values(schema.getQueryType()!.getFields()).filter(
    ({ name }) => !FIELDS_WITHOUT_DATA.includes(name),
  )
  return fields.flatMap((field) => {
    const below = selectAll(schema, getNamedType(field.type), depth, args)
    const text = (given: string) => `{ ${field.name}${given && `(${given})`} ${below} }`
    const own = args(field, schema.getQueryType()!) ?? ''
    const each = field.name === 'node' ? ids : field.name === 'transaction' ? ids.filter(isEntry) : [null]
    return each.map((id) => ({ field: field.name, query: text(id === null ? own : `id: "${id}"`) }))
  })
}
