import { type Connection, createConnection, mapEdges } from '../../connection/connection.ts'
import type { Edge } from '../../connection/page.ts'
import { InvalidArgumentError } from '../../errors.ts'
import type { GatewayBuilder } from '../../graphql/builder.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { connectionArgs, type LedgerArguments, ledgerArgs } from '../../graphql/ledger-connection.ts'
import type { LoadNode } from '../../graphql/node.ts'
import { jsonValue } from '../../graphql/scalars.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import { cost, READ_WEIGHT } from '../../graphql/weight.ts'
import { parseInstant } from '../../values/instant.ts'
import type { KobbleSession } from './session.ts'
import { directionFor, type KobbleTransactionRecord } from './transaction.ts'
import type { KobbleWalletRecord } from './wallet.ts'

interface KobbleFilter {
  readonly from?: string | null | undefined
  readonly to?: string | null | undefined
}

const kobbleSession = (context: GatewayContext) => context.session('KOBBLE') as KobbleSession

/** An entry in a wallet's list, with the wallet that it is seen from. */
interface WalletEdge extends Edge<KobbleTransactionRecord> {
  readonly walletId: string
}

/** Adds what is Kobble's own to the schema: its entries and wallets, and the root fields that lead to them. */
export function defineKobbleTypes(builder: GatewayBuilder, shared: SharedTypes): void {
  const { Node, Transaction, Direction, Money, Order } = shared

  const KobbleTransaction = builder.objectRef<KobbleTransactionRecord>('KobbleTransaction')
  const KobbleWallet = builder.objectRef<KobbleWalletRecord>('KobbleWallet')
  const TransactionConnection = shared.ledgerConnection<KobbleTransactionRecord>({
    name: 'KobbleTransaction',
    node: KobbleTransaction,
    description: "A page of the client's transactions at Kobble.",
  })
  const WalletTransactionConnection = shared.ledgerConnection<KobbleTransactionRecord>({
    name: 'KobbleWalletTransaction',
    node: KobbleTransaction,
    description: 'The transactions of one wallet: direction is known here, because it is relative to the wallet.',
  })
  const WalletConnection = shared.connection<KobbleWalletRecord>({
    name: 'KobbleWallet',
    node: KobbleWallet,
    description: "A page of the client's wallets, in the order that Kobble lists them in.",
  })

  builder.objectField(WalletTransactionConnection.Edge, 'direction', (t) =>
    t.field({
      type: Direction,
      nullable: true,
      description: 'CREDIT when the wallet receives, DEBIT when it pays, INTERNAL when it does both.',
      resolve: (edge) => (edge.node instanceof Error ? null : directionFor((edge as WalletEdge).walletId, edge.node)),
    }),
  )

  const LedgerFilter = builder.inputType('KobbleLedgerFilter', {
    description: "Which of Kobble's transactions to list. Every condition that is given must hold.",
    fields: (t) => ({
      from: t.field({ type: 'DateTime', description: 'The first instant, included.' }),
      to: t.field({ type: 'DateTime', description: 'The last instant, included.' }),
    }),
  })

  function ledgerConnection(walletId: string | null, args: LedgerArguments<KobbleFilter>, context: GatewayContext) {
    const instantOf = (text: string | null | undefined) => (text ? (parseInstant(text)?.instant ?? null) : null)
    const from = instantOf(args.filter?.from)
    const to = instantOf(args.filter?.to)
    if (from !== null && to !== null && from > to) {
      throw new InvalidArgumentError(
        `Filter "from" must not be after "to"; got ${args.filter?.from} and ${args.filter?.to}.`,
      )
    }
    return createConnection({
      listKey: JSON.stringify(['kobbleTransactions', walletId, String(from), String(to), args.order]),
      groups: [kobbleSession(context).transactionList({ walletId, from, to })],
      order: args.order,
      args,
      onFailure: 'FAIL',
      scanLimit: context.scanLimit,
      cursors: context.cursors,
    })
  }

  KobbleTransaction.implement({
    description: 'One transaction at Kobble.',
    interfaces: [Node, Transaction],
    isTypeOf: (value) => (value as KobbleTransactionRecord).typename === 'KobbleTransaction',
    fields: (t) => ({
      asset: t.exposeString('asset', { description: 'What was moved, e.g. AUD.' }),
      assetClass: t.exposeString('assetClass', { description: 'The class of the asset, e.g. CURRENCY.' }),
      paymentType: t.exposeString('paymentType', {
        description: 'How it was paid, in the words of Kobble, e.g. CARD.',
      }),
      externalId: t.exposeString('externalId', { nullable: true, description: 'An identifier from elsewhere.' }),
      fromId: t.exposeID('fromId', { nullable: true, description: 'Where the money came from, usually a wallet.' }),
      toId: t.exposeID('toId', { nullable: true, description: 'Where the money went, usually a wallet.' }),
      from: t.field({
        type: KobbleWallet,
        nullable: true,
        description: 'Null where fromId is null or is not a wallet.',
        resolve: ({ fromId }, _, context) => (fromId === null ? null : kobbleSession(context).wallet(fromId)),
      }),
      to: t.field({
        type: KobbleWallet,
        nullable: true,
        description: 'Null where toId is null or is not a wallet.',
        resolve: ({ toId }, _, context) => (toId === null ? null : kobbleSession(context).wallet(toId)),
      }),
      metadata: t.field({
        type: 'JSON',
        description: 'What the client or Kobble attached to the transaction.',
        resolve: (entry) => jsonValue(entry.metadata),
      }),
      info: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What Kobble adds of its own.',
        resolve: (entry) => jsonValue(entry.info),
      }),
    }),
  })

  KobbleWallet.implement({
    description: 'A wallet at Kobble.',
    interfaces: [Node],
    isTypeOf: (value) => (value as KobbleWalletRecord).typename === 'KobbleWallet',
    fields: (t) => ({
      providerId: t.exposeID('providerId', { description: "The wallet's identifier as Kobble gives it." }),
      externalId: t.exposeString('externalId', {
        nullable: true,
        description: 'An identifier from elsewhere, for instance of the card that is linked to the wallet.',
      }),
      holderId: t.exposeID('holderId', { nullable: true, description: 'Who holds the wallet.' }),
      status: t.exposeString('status', { description: 'In the words of Kobble: ACTIVE, INACTIVE, SUSPENDED.' }),
      available: t.field({ type: Money, description: 'Spendable.', resolve: (wallet) => wallet.available }),
      reserved: t.field({
        type: Money,
        description: 'Set aside for purchases that are not settled yet.',
        resolve: (wallet) => wallet.reserved,
      }),
      total: t.field({
        type: Money,
        description: 'What is spendable and what is set aside.',
        resolve: (wallet) => wallet.total,
      }),
      createdAt: t.field({
        type: 'DateTime',
        description: 'When the wallet was opened.',
        resolve: (wallet) => wallet.createdAt,
      }),
      updatedAt: t.field({
        type: 'DateTime',
        description: 'When the wallet last changed.',
        resolve: (wallet) => wallet.updatedAt,
      }),
      transactions: t.field({
        type: WalletTransactionConnection.Connection,
        description: 'What the wallet paid and received.',
        args: ledgerArgs(t.arg, LedgerFilter, Order),
        resolve: ({ providerId }, args, context) => seenFrom(providerId, ledgerConnection(providerId, args, context)),
      }),
    }),
  })

  /** A connection whose edges know the wallet that they are seen from. */
  const seenFrom = (walletId: string, connection: Connection<KobbleTransactionRecord>) =>
    mapEdges(connection, (edge): WalletEdge => ({ node: edge.node, cursor: () => edge.cursor(), walletId }))

  const transaction: LoadNode = (id, context) => kobbleSession(context).transaction(id)
  const wallet: LoadNode = (id, context) => kobbleSession(context).wallet(id)
  shared.addNodeType('KobbleTransaction', transaction, { providerId: transaction })
  shared.addNodeType('KobbleWallet', wallet, { providerId: wallet })

  builder.queryFields((t) => ({
    kobbleTransactions: t.field({
      type: TransactionConnection.Connection,
      description: "All transactions of this client's at Kobble.",
      args: ledgerArgs(t.arg, LedgerFilter, Order),
      resolve: (_, args, context) => ledgerConnection(null, args, context),
    }),
    kobbleTransaction: t.field({
      type: KobbleTransaction,
      nullable: true,
      description: 'One transaction; null where there is none with this id.',
      args: { providerId: t.arg.id({ required: true, description: "The transaction's id at Kobble." }) },
      extensions: cost(READ_WEIGHT),
      resolve: (_, { providerId }, context) => kobbleSession(context).transaction(providerId),
    }),
    kobbleWallets: t.field({
      type: WalletConnection.Connection,
      description: "The client's wallets.",
      args: connectionArgs(t.arg),
      resolve: (_, args, context) =>
        createConnection({
          listKey: 'kobbleWallets',
          groups: [kobbleSession(context).wallets()],
          order: 'NEWEST_FIRST',
          args,
          onFailure: 'FAIL',
          scanLimit: context.scanLimit,
          cursors: context.cursors,
        }),
    }),
    kobbleWallet: t.field({
      type: KobbleWallet,
      nullable: true,
      description: 'One wallet; null where there is none with this id.',
      args: { providerId: t.arg.id({ required: true, description: "The wallet's id at Kobble." }) },
      extensions: cost(READ_WEIGHT),
      resolve: (_, { providerId }, context) => kobbleSession(context).wallet(providerId),
    }),
  }))
}
