import type { GatewayBuilder } from '../../graphql/builder.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import { defineKobbleLedgerFilter } from './ledger-types.ts'
import type { KobbleTransactionRecord } from './transaction.ts'
import { defineKobbleTransactionFields, implementKobbleTransaction } from './transaction-types.ts'
import type { KobbleWalletRecord } from './wallet.ts'
import { defineKobbleWalletFields, implementKobbleWallet } from './wallet-types.ts'

/** Adds Kobble's types to the schema: its transactions and wallets, with their root fields. */
export function defineKobbleTypes(builder: GatewayBuilder, shared: SharedTypes): void {
  const Transaction = builder.objectRef<KobbleTransactionRecord>('KobbleTransaction')
  const Wallet = builder.objectRef<KobbleWalletRecord>('KobbleWallet')
  const Filter = defineKobbleLedgerFilter(builder, shared)
  implementKobbleTransaction(shared, Transaction, Wallet)
  implementKobbleWallet(builder, shared, Wallet, Transaction, Filter)
  defineKobbleTransactionFields(builder, shared, Transaction, Filter)
  defineKobbleWalletFields(builder, shared, Wallet)
}
