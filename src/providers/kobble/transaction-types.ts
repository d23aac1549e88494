import type { ImplementableObjectRef, ObjectRef } from '@pothos/core'
import { accountIdOf } from '../../graphql/account-filter.ts'
import type { AllTypes, GatewayBuilder } from '../../graphql/builder.ts'
import { ledgerArgs } from '../../graphql/ledger-connection.ts'
import type { LoadNode } from '../../graphql/node.ts'
import { jsonValue } from '../../graphql/scalars.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import { cost, READ_WEIGHT } from '../../graphql/weight.ts'
import { type KobbleLedgerFilterRef, openKobbleLedger } from './ledger-types.ts'
import { kobbleSession } from './session.ts'
import { directionFor, type KobbleTransactionRecord } from './transaction.ts'
import { type KobbleWalletRecord, WALLET_IDS } from './wallet.ts'

/** Implements `KobbleTransaction`. */
export function implementKobbleTransaction(
  { Node, Transaction, Direction, addNodeType, nodeTypes }: SharedTypes,
  TransactionRef: ImplementableObjectRef<AllTypes, KobbleTransactionRecord>,
  Wallet: ObjectRef<AllTypes, KobbleWalletRecord>,
): void {
  TransactionRef.implement({
    description: 'Transaction at Kobble.',
    interfaces: [Node, Transaction],
    fields: (t) => ({
      direction: t.field({
        type: Direction,
        nullable: true,
        description:
          'Direction as seen by the client: INTERNAL when `fromId` and `toId` are both wallets of this client, CREDIT when only `toId` is, DEBIT when only `fromId` is; null when neither is. The list of wallets is read for it, and kept for five minutes. Null, with an error, when the wallets cannot be read.',
        resolve: (entry, _, context) => kobbleSession(context).direction(entry),
      }),
      directionFor: t.field({
        type: Direction,
        nullable: true,
        description:
          'Direction as seen from one wallet: CREDIT when it receives, DEBIT when it pays, INTERNAL when it does both; null when it is neither side. Reads nothing.',
        args: {
          walletId: t.arg.id({ required: true, description: "Id of a `KobbleWallet`, global or Kobble's own." }),
        },
        resolve: (entry, { walletId }) =>
          directionFor(new Set([accountIdOf('Argument "walletId"', WALLET_IDS, walletId, nodeTypes)]))(entry),
      }),
      asset: t.exposeString('asset', { description: 'Asset that was moved, e.g. AUD.' }),
      assetClass: t.exposeString('assetClass', { description: 'Class of the asset, e.g. CURRENCY.' }),
      paymentType: t.exposeString('paymentType', {
        description: "Kobble's own word for the means of payment, e.g. CARD.",
      }),
      externalId: t.exposeString('externalId', {
        nullable: true,
        description: 'Id of the transaction in another system; null when it has none.',
      }),
      fromId: t.exposeID('fromId', {
        nullable: true,
        description: 'Id of the paying side, usually a wallet; null when there is none.',
      }),
      toId: t.exposeID('toId', {
        nullable: true,
        description: 'Id of the receiving side, usually a wallet; null when there is none.',
      }),
      from: t.field({
        type: Wallet,
        nullable: true,
        description: 'Wallet that pays; null when `fromId` is null or is not a wallet.',
        resolve: ({ fromId }, _, context) => (fromId === null ? null : kobbleSession(context).wallet(fromId)),
      }),
      to: t.field({
        type: Wallet,
        nullable: true,
        description: 'Wallet that receives; null when `toId` is null or is not a wallet.',
        resolve: ({ toId }, _, context) => (toId === null ? null : kobbleSession(context).wallet(toId)),
      }),
      metadata: t.field({
        type: 'JSON',
        description: 'Data that the client or Kobble attached to the transaction.',
        resolve: (entry) => jsonValue(entry.metadata),
      }),
      info: t.field({
        type: 'JSON',
        nullable: true,
        description: 'Further data from Kobble; null when there is none.',
        resolve: (entry) => jsonValue(entry.info),
      }),
    }),
  })
  const load: LoadNode = (id, context) => kobbleSession(context).transaction(id)
  addNodeType('KobbleTransaction', {
    provider: 'KOBBLE',
    accountsOf: ({ fromId, toId }: KobbleTransactionRecord) => [fromId, toId].filter((id) => id !== null),
    accountType: 'KobbleWallet',
    load,
    keys: { providerId: load },
  })
}

/** Adds `Query.kobbleTransactions` and `Query.kobbleTransaction`. */
export function defineKobbleTransactionFields(
  builder: GatewayBuilder,
  shared: SharedTypes,
  Transaction: ObjectRef<AllTypes, KobbleTransactionRecord>,
  Filter: KobbleLedgerFilterRef,
): void {
  const { Connection } = shared.ledgerConnection<KobbleTransactionRecord>({
    name: 'KobbleTransaction',
    node: Transaction,
    description: 'Page of the transactions at Kobble.',
  })
  builder.queryFields((t) => ({
    kobbleTransactions: t.field({
      type: Connection,
      description: 'Kobble transactions that the caller may read.',
      args: ledgerArgs(t.arg, Filter, shared.Order),
      resolve: (_, args, context) => openKobbleLedger(null, args, context),
    }),
    kobbleTransaction: t.field({
      type: Transaction,
      nullable: true,
      description: 'Kobble transaction with this id; null when it does not exist.',
      args: { providerId: t.arg.id({ required: true, description: "Kobble's own id of the transaction." }) },
      extensions: cost(READ_WEIGHT),
      resolve: (_, { providerId }, context) => kobbleSession(context).transaction(providerId),
    }),
  }))
}
