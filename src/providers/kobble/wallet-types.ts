import type { ImplementableObjectRef, ObjectRef } from '@pothos/core'
import { type Connection, mapEdges } from '../../connection/connection.ts'
import type { Edge } from '../../connection/page.ts'
import type { AllTypes, GatewayBuilder } from '../../graphql/builder.ts'
import { connectionArgs, ledgerArgs, openList } from '../../graphql/ledger-connection.ts'
import type { LoadNode } from '../../graphql/node.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import { cost, READ_WEIGHT } from '../../graphql/weight.ts'
import type { DirectionOf } from '../../ledger/transaction.ts'
import { isPlainId } from '../plain-id.ts'
import { type KobbleLedgerFilterRef, openKobbleLedger } from './ledger-types.ts'
import { kobbleSession } from './session.ts'
import { directionFor, type KobbleTransactionRecord } from './transaction.ts'
import type { KobbleWalletRecord } from './wallet.ts'

/** An entry in the list of a wallet, with its direction as seen from the wallet. */
interface WalletEdge extends Edge<KobbleTransactionRecord> {
  readonly directionOf: DirectionOf<KobbleTransactionRecord>
}

/** Returns a connection whose edges have the direction as seen from the wallet. */
function seenFrom(walletId: string, connection: Connection<KobbleTransactionRecord>) {
  const directionOf = directionFor(new Set([walletId]))
  return mapEdges(connection, (edge): WalletEdge => ({ node: edge.node, cursor: () => edge.cursor(), directionOf }))
}

/** Adds `KobbleWalletTransactionConnection`. */
function defineWalletTransactionConnection(
  builder: GatewayBuilder,
  shared: SharedTypes,
  Transaction: ObjectRef<AllTypes, KobbleTransactionRecord>,
) {
  const { Connection: ConnectionRef, Edge: EdgeRef } = shared.ledgerConnection<KobbleTransactionRecord>({
    name: 'KobbleWalletTransaction',
    node: Transaction,
    description: 'Page of the transactions of one wallet. The direction of its edges is relative to the wallet.',
    summary: 'Totals as seen from this wallet, over all matching entries.',
  })
  builder.objectField(EdgeRef, 'direction', (t) =>
    t.field({
      type: shared.Direction,
      nullable: true,
      description:
        'Direction as seen from the wallet: CREDIT when it receives, DEBIT when it pays, INTERNAL when it does both. Null when `node` is null. Reads no other wallets, unlike `node.direction`.',
      resolve: (edge) => (edge.node instanceof Error ? null : (edge as WalletEdge).directionOf(edge.node)),
    }),
  )
  return ConnectionRef
}

/** Implements `KobbleWallet`. */
export function implementKobbleWallet(
  builder: GatewayBuilder,
  shared: SharedTypes,
  Wallet: ImplementableObjectRef<AllTypes, KobbleWalletRecord>,
  Transaction: ObjectRef<AllTypes, KobbleTransactionRecord>,
  Filter: KobbleLedgerFilterRef,
): void {
  const { Node, Account, Money, Order } = shared
  const ConnectionRef = defineWalletTransactionConnection(builder, shared, Transaction)
  Wallet.implement({
    description:
      'Wallet at Kobble. Kobble has no names for wallets, so `displayName` is the word Wallet with the first group of the id.',
    interfaces: [Node, Account],
    fields: (t) => ({
      providerId: t.exposeID('providerId', { description: "Kobble's own id of the wallet." }),
      externalId: t.exposeString('externalId', {
        nullable: true,
        description: 'Id of the card or other entity that the wallet is linked to; null until it is linked.',
      }),
      holderId: t.exposeID('holderId', {
        nullable: true,
        description: 'Id of the end user who holds the wallet; null when Kobble does not send it.',
      }),
      status: t.exposeString('status', {
        description: "Kobble's own word for the status: ACTIVE, INACTIVE or SUSPENDED. Values may be added.",
      }),
      available: t.expose('available', { type: Money, description: 'Amount that can be spent.' }),
      reserved: t.expose('reserved', {
        type: Money,
        description: 'Amount reserved for purchases that are not settled yet.',
      }),
      total: t.expose('total', { type: Money, description: 'Sum of `available` and `reserved`.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Instant at which the wallet was opened.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'Instant at which the wallet last changed.' }),
      transactions: t.field({
        type: ConnectionRef,
        description: 'Transactions that the wallet pays or receives.',
        args: ledgerArgs(t.arg, Filter, Order),
        resolve: ({ providerId }, args, context) => seenFrom(providerId, openKobbleLedger(providerId, args, context)),
      }),
    }),
  })
  const load: LoadNode = (id, context) => kobbleSession(context).wallet(id)
  shared.addNodeType('KobbleWallet', {
    provider: 'KOBBLE',
    accountsOf: ({ locator }) => [locator],
    canBeAccount: isPlainId,
    load,
    keys: { providerId: load },
  })
}

/** Adds `Query.kobbleWallets` and `Query.kobbleWallet`. */
export function defineKobbleWalletFields(
  builder: GatewayBuilder,
  shared: SharedTypes,
  Wallet: ObjectRef<AllTypes, KobbleWalletRecord>,
): void {
  const { Connection: ConnectionRef } = shared.connection<KobbleWalletRecord>({
    name: 'KobbleWallet',
    node: Wallet,
    description: "Page of the wallets at Kobble, in Kobble's own order.",
  })
  builder.queryFields((t) => ({
    kobbleWallets: t.field({
      type: ConnectionRef,
      description: 'Kobble wallets that the caller may read.',
      args: connectionArgs(t.arg),
      resolve: (_, args, context) =>
        openList(context, {
          listKey: 'kobbleWallets',
          groups: [kobbleSession(context).wallets()],
          order: 'NEWEST_FIRST',
          args,
        }),
    }),
    kobbleWallet: t.field({
      type: Wallet,
      nullable: true,
      description: 'Kobble wallet with this id; null when it does not exist.',
      args: { providerId: t.arg.id({ required: true, description: "Kobble's own id of the wallet." }) },
      extensions: cost(READ_WEIGHT),
      resolve: (_, { providerId }, context) => kobbleSession(context).wallet(providerId),
    }),
  }))
}
