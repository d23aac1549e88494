import { type GraphQLField, type GraphQLNamedType, getNamedType } from 'graphql'
import type { TestGateway } from '../../support/gateway.ts'
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
  const authId = at.vobiz.customers[0]!.auth_id
  const walletId = at.kobble.wallets[0]!.id
  const found = await at.ask<Record<string, { nodes: { id: string }[] }>>(
    '{ vobizTransactions(first: 1) { nodes { id } } kobbleTransactions(first: 1) { nodes { id } } vobizCustomers(first: 1) { nodes { id } } kobbleWallets(first: 1) { nodes { id } } }',
  )
  const ids = Object.values(found).map(({ nodes }) => nodes[0]!.id)
  const representations = ids.map((id) => {
    const [typename] = Buffer.from(id, 'base64url').toString().split(':')
    return `{ __typename: "${typename}", id: "${id}" }`
  })

  const NEEDED: Readonly<Record<string, string>> = {
    id: `id: "${ids[0]}"`,
    ids: `ids: ${JSON.stringify(ids)}`,
    authId: `authId: "${authId}"`,
    providerId: `providerId: "${walletId}"`,
    period: PERIOD,
    representations: `representations: [${representations.join(', ')}]`,
  }

  function args(field: GraphQLField<unknown, unknown>, parent: GraphQLNamedType): string | null {
    const names = field.args.map(({ name }) => name)
    // Far from the root, lists within lists only say the same again.
    if (names.includes('first')) return parent === schema.getQueryType() ? 'first: 5' : 'first: 2'
    return names.flatMap((name) => NEEDED[name] ?? []).join(', ')
  }

  const fields = Object.values(schema.getQueryType()!.getFields()).filter(({ name }) => name !== '_service')
  return fields.flatMap((field) => {
    const below = selectAll(schema, getNamedType(field.type), depth, args)
    const text = (given: string) => `{ ${field.name}${given && `(${given})`} ${below} }`
    const own = args(field, schema.getQueryType()!) ?? ''
    const each = field.name === 'node' ? ids : field.name === 'transaction' ? ids.slice(0, 2) : [null]
    if (field.name === 'kobbleTransaction')
      return [{ field: field.name, query: text(`providerId: "${at.kobble.entries[0]!.id}"`) }]
    return each.map((id) => ({ field: field.name, query: text(id === null ? own : `id: "${id}"`) }))
  })
}
