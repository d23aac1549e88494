import type { ObjectRef } from '@pothos/core'
import type { Connection } from '../../connection/connection.ts'
import type { AllTypes, GatewayBuilder } from '../../graphql/builder.ts'
import {
  addedFields,
  type ConditionEnums,
  type ConditionsInput,
  canonicalFilter,
  conditionFields,
  conditionsOf,
} from '../../graphql/conditions.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { selectedGroupings } from '../../graphql/groups.ts'
import { type LedgerArguments, openList } from '../../graphql/ledger-connection.ts'
import { isSelected, type SelectionInfo } from '../../graphql/selection.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import { defineEnum } from '../../graphql/transaction.ts'
import { cost, READ_WEIGHT } from '../../graphql/weight.ts'
import type { VobizTransactionTypeFilter } from './http.ts'
import { defineReferenceTypes } from './reference-types.ts'
import { vobizSession } from './session.ts'
import type { VobizTransactionRecord } from './transaction.ts'

const TYPES = {
  RECHARGE: "Top-ups of a customer's wallet.",
  DEBIT: 'Usage: calls and number fees, per call or in daily batches.',
  REFUND: 'Credits for disputes and outages.',
  TRANSFER: "Transfers from the partner's balance to a customer's.",
} as const

type TransactionType = keyof typeof TYPES

/** Values of `VobizLedgerFilter`. */
export interface VobizFilter extends ConditionsInput {
  readonly type?: TransactionType | null | undefined
  readonly types?: readonly TransactionType[] | null | undefined
}

/** Returns a type as Vobiz's filter spells it. */
const wireType = (type: TransactionType) => type.toLowerCase() as VobizTransactionTypeFilter

/**
 * Opens the ledger of an account, or that of all customers.
 *
 * @param accountId null for all customers
 * @throws {InvalidArgumentError} when a range of the filter ends before it begins, or one of its texts is too long
 */
export function openVobizLedger(
  accountId: string | null,
  args: LedgerArguments<VobizFilter>,
  context: GatewayContext,
  info: SelectionInfo,
): Connection<VobizTransactionRecord> {
  const filter = canonicalFilter(args.filter ?? {})
  const { from = null, to = null } = filter
  const type = filter.type ? wireType(filter.type) : null
  const added = addedFields(filter, ['from', 'to', 'type'])
  const list = { accountId, conditions: conditionsOf(filter), type, types: filter.types?.map(wireType) ?? null }
  const selected = { byReferenceType: isSelected(info, 'byReferenceType'), groupings: selectedGroupings(info) }
  return openList(context, {
    listKey: JSON.stringify(['vobizTransactions', { accountId, from, to, type }, ...added, args.order]),
    groups: [vobizSession(context).ledgers(list, selected)],
    order: args.order,
    args,
  })
}

/** Adds `VobizLedgerFilter`. */
function defineLedgerFilter(builder: GatewayBuilder, enums: ConditionEnums) {
  const TransactionType = defineEnum(
    builder,
    'VobizTransactionType',
    "Values of Vobiz's `transaction_type` filter. DEBIT selects usage. An entry is of the type under which Vobiz lists it, even if the row alone does not say so. Values may be added.",
    TYPES,
  )
  return builder.inputType('VobizLedgerFilter', {
    description: 'Conditions on entries of a Vobiz ledger. All that are given must hold.',
    fields: (t) => ({
      from: t.field({ type: 'Date', description: 'First UTC day, inclusive.' }),
      to: t.field({ type: 'Date', description: 'Last UTC day, inclusive.' }),
      type: t.field({ type: TransactionType, description: 'Type of the entries; all types by default.' }),
      types: t.field({
        type: [TransactionType],
        description: 'Types of the entries, of which each is read as a list of its own.',
        extensions: cost(READ_WEIGHT),
      }),
      ...conditionFields(t, enums),
    }),
  })
}

/** Adds `VobizTransactionConnection` and `VobizLedgerFilter`. */
export function defineVobizLedger(
  builder: GatewayBuilder,
  shared: SharedTypes,
  Transaction: ObjectRef<AllTypes, VobizTransactionRecord>,
) {
  const { Connection: ConnectionRef } = shared.ledgerConnection<VobizTransactionRecord>({
    name: 'VobizTransaction',
    node: Transaction,
    description: 'Page of a Vobiz ledger: of one customer, or of all.',
  })
  defineReferenceTypes(builder, ConnectionRef)
  return { Connection: ConnectionRef, Filter: defineLedgerFilter(builder, shared) }
}

/** The types of a Vobiz ledger as a field. */
export type VobizLedgerTypes = ReturnType<typeof defineVobizLedger>
