import type { GatewayBuilder } from '../../graphql/builder.ts'
import { ledgerArgs } from '../../graphql/ledger-connection.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import type { VobizCustomerRecord } from './account.ts'
import { defineVobizCustomerFields, implementVobizCustomer } from './customer-types.ts'
import { defineVobizLedger, openVobizLedger } from './ledger-types.ts'
import { defineVobizPartner } from './partner-types.ts'
import { defineReconciliation } from './reconciliation-types.ts'
import { defineStatement } from './statement.ts'
import type { VobizTransactionRecord } from './transaction.ts'
import { implementVobizTransaction } from './transaction-types.ts'

/** Adds Vobiz's types to the schema: its ledger, customers, statements and reconciliation, with their root fields. */
export function defineVobizTypes(builder: GatewayBuilder, shared: SharedTypes): void {
  const Transaction = builder.objectRef<VobizTransactionRecord>('VobizTransaction')
  const Customer = builder.objectRef<VobizCustomerRecord>('VobizCustomer')
  const ledger = defineVobizLedger(builder, shared, Transaction)
  implementVobizTransaction(builder, shared, Transaction, Customer)
  implementVobizCustomer(shared, Customer, ledger)
  defineStatement(builder, shared, Customer)
  defineReconciliation(builder, shared, Customer, Transaction)
  builder.queryField('vobizTransactions', (t) =>
    t.field({
      type: ledger.Connection,
      description:
        "Ledger over all customers that the caller may read. Without a global ledger at Vobiz, it is merged from the customers' ledgers.",
      args: ledgerArgs(t.arg, ledger.Filter, shared.Order),
      resolve: (_, args, context, info) => openVobizLedger(null, args, context, info),
    }),
  )
  defineVobizCustomerFields(builder, shared, Customer)
  defineVobizPartner(builder, shared)
}
