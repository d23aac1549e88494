import type { ImplementableObjectRef, ObjectRef } from '@pothos/core'
import type { AllTypes, GatewayBuilder } from '../../graphql/builder.ts'
import { encodeGlobalId, invalidIdError } from '../../graphql/node.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import type { VobizCustomerRecord } from './account.ts'
import { vobizSession } from './session.ts'
import {
  parseTransfer,
  parseVobizLocator,
  type VobizTransactionRecord,
  type VobizTransferRecord,
} from './transaction.ts'

/** Adds `VobizTransfer`. */
function defineTransfer(builder: GatewayBuilder) {
  return builder.objectRef<VobizTransferRecord>('VobizTransfer').implement({
    description: "Transfer from the partner's balance to a customer's, as encoded in the entry's reference.",
    fields: (t) => ({
      partnerId: t.exposeID('partnerId', { description: 'Id of the partner.' }),
      customerAuthId: t.exposeID('customerAuthId', { description: 'Auth id of the customer who received it.' }),
      requestedAt: t.expose('requestedAt', {
        type: 'DateTime',
        description: 'Instant of the request, in whole seconds.',
      }),
    }),
  })
}

/** Implements `VobizTransaction`. */
export function implementVobizTransaction(
  builder: GatewayBuilder,
  { Node, Transaction, addNodeType }: SharedTypes,
  TransactionRef: ImplementableObjectRef<AllTypes, VobizTransactionRecord>,
  Customer: ObjectRef<AllTypes, VobizCustomerRecord>,
): void {
  const Transfer = defineTransfer(builder)
  TransactionRef.implement({
    description: 'Entry of a Vobiz ledger.',
    interfaces: [Node, Transaction],
    fields: (t) => ({
      accountId: t.exposeID('accountId', {
        description: "Auth id of the account whose ledger holds the entry: a customer's, or the partner's own.",
      }),
      customer: t.field({
        type: Customer,
        nullable: true,
        description: 'Customer whose ledger holds the entry; null when the account is not a customer of this partner.',
        resolve: ({ accountId }, _, context) => vobizSession(context).customer(accountId),
      }),
      balanceId: t.exposeID('balanceId', {
        nullable: true,
        description: "Id of the account's wallet; null when the row has none.",
      }),
      description: t.exposeString('description', {
        nullable: true,
        description: 'Free text for people; null when the row has none.',
      }),
      referenceType: t.exposeString('referenceType', {
        nullable: true,
        description: "Vobiz's own word for the type of the reference, e.g. cdr or payment; null when the row has none.",
      }),
      processedAt: t.expose('processedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Instant at which the entry was settled; null when the row has none.',
      }),
      transfer: t.field({
        type: Transfer,
        nullable: true,
        description:
          "Transfer that is encoded in the entry's reference, ptc:<partner>:<customer>:<unix seconds>; null for any other reference.",
        resolve: ({ reference }) => parseTransfer(reference),
      }),
    }),
  })
  addNodeType('VobizTransaction', {
    provider: 'VOBIZ',
    accountsOf: ({ accountId }: VobizTransactionRecord) => [accountId],
    accountType: 'VobizCustomer',
    load: async (locator, context) => {
      if (parseVobizLocator(locator) === null) throw invalidIdError(encodeGlobalId('VobizTransaction', locator))
      return vobizSession(context).transaction(locator)
    },
  })
}
