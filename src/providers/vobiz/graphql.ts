import { createConnection } from '../../connection/connection.ts'
import { InvalidArgumentError } from '../../errors.ts'
import type { GatewayBuilder } from '../../graphql/builder.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { connectionArgs, type LedgerArguments, ledgerArgs } from '../../graphql/ledger-connection.ts'
import { encodeGlobalId, invalidIdError, type LoadNode } from '../../graphql/node.ts'
import { assertSearchText, MAX_SEARCH_CHARACTERS } from '../../graphql/search-text.ts'
import { isSelected, type SelectionInfo } from '../../graphql/selection.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import { defineEnum } from '../../graphql/transaction.ts'
import { cost, READ_WEIGHT } from '../../graphql/weight.ts'
import type { VobizCustomerRecord } from './account.ts'
import { type OpenedCustomer, resolveCustomer } from './customer.ts'
import type { VobizTransactionTypeFilter } from './http.ts'
import { defineReconciliation } from './reconciliation-types.ts'
import { defineReferenceTypes } from './reference-types.ts'
import { vobizSession } from './session.ts'
import { defineStatement } from './statement.ts'
import { parseVobizLocator, type VobizTransactionRecord, type VobizTransferRecord } from './transaction.ts'

const TYPES = {
  RECHARGE: "Top-ups of a customer's wallet.",
  DEBIT: 'Usage: calls and number fees, per call or in daily batches.',
  REFUND: 'Credits for disputes and outages.',
  TRANSFER: "Transfers from the partner's balance to a customer's.",
} as const

interface VobizFilter {
  readonly from?: string | null | undefined
  readonly to?: string | null | undefined
  readonly type?: keyof typeof TYPES | null | undefined
}

/** Adds what is Vobiz's own to the schema: its entries and customers, and the root fields that lead to them. */
export function defineVobizTypes(builder: GatewayBuilder, shared: SharedTypes): void {
  const { Node, Transaction, Money, Order } = shared

  const Transfer = builder.objectRef<VobizTransferRecord>('VobizTransfer').implement({
    description: "A transfer from the partner's balance to a customer's, as the entry's reference tells it.",
    fields: (t) => ({
      partnerId: t.exposeID('partnerId', { description: "The partner's identifier." }),
      customerAuthId: t.exposeID('customerAuthId', { description: 'The customer who received it.' }),
      requestedAt: t.field({
        type: 'DateTime',
        description: 'When it was asked for, in whole seconds.',
        resolve: (transfer) => transfer.requestedAt,
      }),
    }),
  })

  const VobizTransaction = builder.objectRef<VobizTransactionRecord>('VobizTransaction')
  const VobizCustomer = builder.objectRef<VobizCustomerRecord>('VobizCustomer')
  const TransactionConnection = shared.ledgerConnection<VobizTransactionRecord>({
    name: 'VobizTransaction',
    node: VobizTransaction,
    description: "A page of a Vobiz ledger: one customer's, or that of all customers.",
  })
  defineReferenceTypes(builder, TransactionConnection.Connection)
  const CustomerConnection = shared.connection<VobizCustomerRecord>({
    name: 'VobizCustomer',
    node: VobizCustomer,
    description: "A page of the partner's customers, in the order that Vobiz lists them in.",
  })

  const TransactionType = defineEnum(
    builder,
    'VobizTransactionType',
    "Vobiz's own kinds of entries. What it returns for a kind is of that kind, also where the row alone does not say.",
    TYPES,
  )
  const LedgerFilter = builder.inputType('VobizLedgerFilter', {
    description: 'Which entries of a Vobiz ledger to list. Every condition that is given must hold.',
    fields: (t) => ({
      from: t.field({ type: 'Date', description: 'The first UTC day, included.' }),
      to: t.field({ type: 'Date', description: 'The last UTC day, included.' }),
      type: t.field({ type: TransactionType, description: 'One kind of entries.' }),
    }),
  })

  function ledgerConnection(
    accountId: string | null,
    args: LedgerArguments<VobizFilter>,
    context: GatewayContext,
    info: SelectionInfo,
  ) {
    const { from = null, to = null, type = null } = args.filter ?? {}
    if (from !== null && to !== null && from > to) {
      throw new InvalidArgumentError(`Filter "from" must not be after "to"; got ${from} and ${to}.`)
    }
    const wireType = type === null ? null : (type.toLowerCase() as VobizTransactionTypeFilter)
    const query = { accountId, from, to, type: wireType }
    return createConnection({
      listKey: JSON.stringify(['vobizTransactions', query, args.order]),
      groups: [vobizSession(context).ledgers(query, { byReferenceType: isSelected(info, 'byReferenceType') })],
      order: args.order,
      args,
      onFailure: 'FAIL',
      scanLimit: context.scanLimit,
      cursors: context.cursors,
    })
  }

  VobizTransaction.implement({
    description: 'One entry of a Vobiz ledger.',
    interfaces: [Node, Transaction],
    isTypeOf: (value) => (value as VobizTransactionRecord).typename === 'VobizTransaction',
    fields: (t) => ({
      accountId: t.exposeID('accountId', {
        description: "The account whose ledger the entry is in: a customer's auth id, or the partner's own.",
      }),
      customer: t.field({
        type: VobizCustomer,
        nullable: true,
        description: 'Null when the account is not a customer of this partner.',
        resolve: ({ accountId }, _, context) => vobizSession(context).customer(accountId),
      }),
      balanceId: t.exposeID('balanceId', { nullable: true, description: "The wallet's identifier." }),
      description: t.exposeString('description', { nullable: true, description: 'Free text for people.' }),
      referenceType: t.exposeString('referenceType', {
        nullable: true,
        description: 'What kind of thing the reference names, in the words of Vobiz, e.g. cdr or payment.',
      }),
      processedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the entry was settled.',
        resolve: (entry) => entry.processedAt,
      }),
      transfer: t.field({
        type: Transfer,
        nullable: true,
        description: "Parsed from a partner transfer's reference, ptc:<partner>:<customer>:<unix seconds>.",
        resolve: (entry) => entry.transfer,
      }),
    }),
  })

  VobizCustomer.implement({
    description: 'A customer of the partner.',
    interfaces: [Node],
    isTypeOf: (value) => (value as VobizCustomerRecord).typename === 'VobizCustomer',
    fields: (t) => ({
      authId: t.exposeID('authId', {
        description: 'The identifier by which Vobiz knows the customer, e.g. MA_XXXXXXXX.',
      }),
      name: t.exposeString('name', { nullable: true, description: "The customer's name." }),
      email: t.exposeString('email', { nullable: true, description: "The customer's email address." }),
      company: t.exposeString('company', { nullable: true, description: "The customer's company." }),
      country: t.exposeString('country', { nullable: true, description: 'ISO 3166-1 alpha-2, e.g. IN.' }),
      isActive: t.exposeBoolean('isActive', { nullable: true, description: 'Whether the account is in use.' }),
      createdAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the account was opened.',
        resolve: (customer) => customer.createdAt,
      }),
      balance: t.field({
        type: Money,
        nullable: true,
        description: "The customer's wallet.",
        resolve: async ({ authId }, _, context) => vobizSession(context).balance(authId),
      }),
      transactions: t.field({
        type: TransactionConnection.Connection,
        description: "The customer's ledger.",
        args: ledgerArgs(t.arg, LedgerFilter, Order),
        resolve: ({ authId, opened }: OpenedCustomer, args, context, info) =>
          opened?.get(info.path.key) ?? ledgerConnection(authId, args, context, info),
      }),
    }),
  })

  defineStatement(builder, shared, VobizCustomer)
  defineReconciliation(builder, shared, VobizCustomer, VobizTransaction)
  shared.addNodeType('VobizTransaction', async (locator, context) => {
    if (parseVobizLocator(locator) === null) throw invalidIdError(encodeGlobalId('VobizTransaction', locator))
    return vobizSession(context).transaction(locator)
  })
  const customer: LoadNode = (authId, context) => vobizSession(context).customer(authId)
  shared.addNodeType('VobizCustomer', customer, { authId: customer })

  builder.queryFields((t) => ({
    vobizTransactions: t.field({
      type: TransactionConnection.Connection,
      description:
        "The partner's ledger over all customers. Where Vobiz does not offer it, the customers' ledgers as one list.",
      args: ledgerArgs(t.arg, LedgerFilter, Order),
      resolve: (_, args, context, info) => ledgerConnection(null, args, context, info),
    }),
    vobizCustomers: t.field({
      type: CustomerConnection.Connection,
      description: "The partner's customers.",
      args: {
        ...connectionArgs(t.arg),
        search: t.arg.string({
          description: `Part of a name or an email address; at most ${MAX_SEARCH_CHARACTERS} characters.`,
        }),
      },
      resolve: (_, args, context) => {
        assertSearchText('Argument "search"', args.search)
        return createConnection({
          listKey: JSON.stringify(['vobizCustomers', args.search ?? '']),
          groups: [vobizSession(context).customers(args.search || null)],
          order: 'NEWEST_FIRST',
          args,
          onFailure: 'FAIL',
          scanLimit: context.scanLimit,
          cursors: context.cursors,
        })
      },
    }),
    vobizCustomer: t.field({
      type: VobizCustomer,
      nullable: true,
      description: 'One customer; null where the partner has none with this auth id.',
      args: { authId: t.arg.id({ required: true, description: 'The auth id, e.g. MA_XXXXXXXX.' }) },
      extensions: cost(READ_WEIGHT),
      resolve: (_, { authId }, context, info) =>
        resolveCustomer(vobizSession(context), authId, info, (args, selection) =>
          ledgerConnection(authId, args as unknown as LedgerArguments<VobizFilter>, context, selection),
        ),
    }),
  }))
}
