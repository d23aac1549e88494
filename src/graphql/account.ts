import type { EnumRef } from '@pothos/core'
import { type GraphQLResolveInfo, isObjectType } from 'graphql'
import type { AllTypes, GatewayBuilder, InterfaceRef } from './builder.ts'
import type { GatewayContext } from './context.ts'
import { encodeGlobalId, type NodeRecord, type NodeTypes } from './node.ts'
import { selectedFields } from './selection.ts'

/** An account of a provider, which entries belong to. Its locator is the provider's id of the account. */
export interface AccountRecord extends NodeRecord {
  /** Text by which people recognise the account; never empty. */
  readonly displayName: string
}

/** An account of which only the id is known, for selections that read nothing else. */
type KnownAccount = NodeRecord & Partial<AccountRecord>

/** The fields of an account that its id answers. */
const ANSWERED_BY_ID = ['__typename', 'id', 'provider']

/** The maximum number of accounts that one entry belongs to: both sides of a movement. */
export const MAX_ACCOUNTS_OF_ENTRY = 2

/** Adds the interface `Account`. */
export function defineAccount(
  builder: GatewayBuilder,
  Node: InterfaceRef<NodeRecord>,
  Provider: EnumRef<AllTypes, string>,
  nodeTypes: NodeTypes,
): InterfaceRef<AccountRecord> {
  return builder.interfaceRef<AccountRecord>('Account').implement({
    description: 'Account at a provider, which entries belong to.',
    interfaces: [Node],
    resolveType: ({ typename }) => typename,
    fields: (t) => ({
      id: t.id({
        description: 'Opaque, permanent id, unique over all types.',
        resolve: ({ typename, locator }) => encodeGlobalId(typename, locator),
      }),
      provider: t.field({
        type: Provider,
        description: 'Provider that keeps the account.',
        resolve: ({ typename }) => nodeTypes.get(typename)!.provider,
      }),
      displayName: t.exposeString('displayName', {
        description: 'Text by which people recognise the account; never empty, and not unique.',
      }),
    }),
  })
}

/** Returns true when the id of an account answers everything that is selected of it. */
function isAnsweredById(info: GraphQLResolveInfo, accountType: string): boolean {
  const type = info.schema.getType(accountType)
  return isObjectType(type) && selectedFields(info, type).every(({ name }) => ANSWERED_BY_ID.includes(name))
}

/**
 * Returns the accounts of an entry that the caller may read, by the definition of the entry's type of nodes. When their ids
 * answer everything that is selected, nothing is read; otherwise the loaders of the account type read those of all entries
 * together, and an id that is no account's is left out.
 */
export function resolveAccounts(
  entry: NodeRecord,
  nodeTypes: NodeTypes,
  context: GatewayContext,
  info: GraphQLResolveInfo,
): KnownAccount[] | Promise<KnownAccount[]> {
  const { provider, accountsOf, accountType } = nodeTypes.get(entry.typename)!
  const type = accountType === null ? undefined : nodeTypes.get(accountType)
  if (accountType === null || type === undefined) return []
  const ids = [...new Set(accountsOf(entry))].filter(
    (id) => context.mayRead(provider, [id]) && type.canBeAccount(id, context),
  )
  if (isAnsweredById(info, accountType)) return ids.map((id) => ({ typename: accountType, locator: id }))
  return Promise.all(ids.map((id) => type.load(id, context))).then((nodes) => nodes.filter((node) => node !== null))
}
