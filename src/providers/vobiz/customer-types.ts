import type { ImplementableObjectRef, ObjectRef } from '@pothos/core'
import type { AllTypes, GatewayBuilder } from '../../graphql/builder.ts'
import { connectionArgs, type LedgerArguments, ledgerArgs, openList } from '../../graphql/ledger-connection.ts'
import type { LoadNode } from '../../graphql/node.ts'
import { assertSearchText, MAX_SEARCH_CHARACTERS } from '../../graphql/search-text.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import { cost, READ_WEIGHT } from '../../graphql/weight.ts'
import { isPlainId } from '../plain-id.ts'
import type { VobizCustomerRecord } from './account.ts'
import { type OpenedCustomer, resolveCustomer } from './customer.ts'
import { openVobizLedger, type VobizFilter, type VobizLedgerTypes } from './ledger-types.ts'
import { vobizSession } from './session.ts'

/** Implements `VobizCustomer`. */
export function implementVobizCustomer(
  { Node, Account, Money, Order, addNodeType }: SharedTypes,
  Customer: ImplementableObjectRef<AllTypes, VobizCustomerRecord>,
  ledger: VobizLedgerTypes,
): void {
  Customer.implement({
    description:
      'Customer of the partner. Fields other than `authId` are null when Vobiz does not send them. `displayName` is the name, else the company, else the auth id.',
    interfaces: [Node, Account],
    fields: (t) => ({
      authId: t.exposeID('authId', { description: "Vobiz's own id of the customer, e.g. MA_XXXXXXXX." }),
      name: t.exposeString('name', { nullable: true, description: 'Name of the customer.' }),
      email: t.exposeString('email', { nullable: true, description: 'Email address of the customer.' }),
      company: t.exposeString('company', { nullable: true, description: 'Company of the customer.' }),
      country: t.exposeString('country', {
        nullable: true,
        description: 'Country of the customer, as ISO 3166-1 alpha-2, e.g. IN.',
      }),
      isActive: t.exposeBoolean('isActive', { nullable: true, description: 'True while the account is active.' }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Instant at which the account was opened.',
      }),
      balance: t.field({
        type: Money,
        nullable: true,
        description: "Balance of the customer's wallet; may be negative. Null when Vobiz has none for the customer.",
        resolve: (customer, _, context) => vobizSession(context).balanceOf(customer),
      }),
      transactions: t.field({
        type: ledger.Connection,
        description: 'Ledger of the customer.',
        args: ledgerArgs(t.arg, ledger.Filter, Order),
        resolve: ({ authId, opened }: OpenedCustomer, args, context, info) =>
          opened?.get(info.path.key) ?? openVobizLedger(authId, args, context, info),
      }),
    }),
  })
  const load: LoadNode = (authId, context) => vobizSession(context).customer(authId)
  addNodeType('VobizCustomer', {
    provider: 'VOBIZ',
    accountsOf: ({ locator }) => [locator],
    canBeAccount: (id, context) => isPlainId(id) && id !== vobizSession(context).partnerId,
    load,
    keys: { authId: load },
  })
}

/** Adds `Query.vobizCustomers` and `Query.vobizCustomer`. */
export function defineVobizCustomerFields(
  builder: GatewayBuilder,
  shared: SharedTypes,
  Customer: ObjectRef<AllTypes, VobizCustomerRecord>,
): void {
  const { Connection } = shared.connection<VobizCustomerRecord>({
    name: 'VobizCustomer',
    node: Customer,
    description: "Page of the partner's customers, in Vobiz's own order.",
  })
  builder.queryFields((t) => ({
    vobizCustomers: t.field({
      type: Connection,
      description: 'Customers of the partner that the caller may read.',
      args: {
        ...connectionArgs(t.arg),
        search: t.arg.string({
          description: `Part of a name or an email address, at most ${MAX_SEARCH_CHARACTERS} characters; all customers by default.`,
        }),
      },
      resolve: (_, args, context) => {
        assertSearchText('Argument "search"', args.search)
        return openList(context, {
          listKey: JSON.stringify(['vobizCustomers', args.search ?? '']),
          groups: [vobizSession(context).customers(args.search || null)],
          order: 'NEWEST_FIRST',
          args,
        })
      },
    }),
    vobizCustomer: t.field({
      type: Customer,
      nullable: true,
      description: 'Customer with this auth id; null when the partner has none.',
      args: { authId: t.arg.id({ required: true, description: "Vobiz's own id of the customer, e.g. MA_XXXXXXXX." }) },
      extensions: cost(READ_WEIGHT),
      resolve: (_, { authId }, context, info) =>
        resolveCustomer(vobizSession(context), authId, info, (args, selection) =>
          openVobizLedger(authId, args as unknown as LedgerArguments<VobizFilter>, context, selection),
        ),
    }),
  }))
}
