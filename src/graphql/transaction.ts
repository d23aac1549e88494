import type { EnumRef } from '@pothos/core'
import type { ListOrder } from '../connection/connection.ts'
import type { TransactionRecord } from '../ledger/transaction.ts'
import type { AllTypes, GatewayBuilder, InterfaceRef } from './builder.ts'
import { encodeGlobalId, type NodeRecord } from './node.ts'
import { jsonValue } from './scalars.ts'

const DIRECTIONS = {
  CREDIT: 'Money came in to the account.',
  DEBIT: 'Money went out of the account.',
  INTERNAL: 'Money moved between two accounts of the same provider.',
} as const

const STATUSES = {
  PENDING: 'Not settled yet; it may still become any of the others.',
  COMPLETED: 'Settled.',
  DECLINED: 'Refused before any money moved.',
  FAILED: 'Tried, and did not go through.',
  CANCELLED: 'Called off.',
  UNKNOWN: 'The provider sent a status that this schema does not know; see providerStatus.',
} as const

const CATEGORIES = {
  TOP_UP: 'Money paid in.',
  USAGE: 'What was used: calls, numbers, recordings.',
  REFUND: 'Money given back.',
  TRANSFER: 'Money moved from one account to another.',
  CARD_SPEND: 'A purchase by card.',
  RESERVATION: 'An amount set aside for a purchase; its settlement is an entry of its own.',
  REVERSAL: 'An entry that takes back an earlier one.',
  SETTLEMENT: 'The final booking of a reserved amount.',
  MANUAL_CREDIT: 'Money put in by hand.',
  MANUAL_DEBIT: 'Money taken out by hand.',
  ADJUSTMENT: 'A correction by the provider.',
} as const

const ORDERS = {
  NEWEST_FIRST: 'From the newest entry to the oldest.',
  OLDEST_FIRST: 'From the oldest entry to the newest.',
} as const

/** An enum whose values and descriptions stand in a table. */
export function defineEnum<Value extends string>(
  builder: GatewayBuilder,
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
): EnumRef<AllTypes, Value> {
  const entries = Object.entries<string>(values).map(([value, text]) => [value, { value, description: text }] as const)
  const ref = builder.enumType(name, { description, values: Object.fromEntries(entries) as never })
  return ref as unknown as EnumRef<AllTypes, Value>
}

/** Adds the interface that entries of all providers share, and the types that it is made of. */
export function defineTransaction(
  builder: GatewayBuilder,
  Node: InterfaceRef<NodeRecord>,
  providers: Readonly<Record<string, string>>,
) {
  const Provider = defineEnum(builder, 'Provider', 'Whose ledger an entry is in.', providers)
  const Direction = defineEnum(builder, 'TransactionDirection', 'Which way the money went.', DIRECTIONS)
  const Status = defineEnum(builder, 'TransactionStatus', 'How far an entry has come.', STATUSES)
  const Category = defineEnum(
    builder,
    'TransactionCategory',
    'What an entry is for, in words that all providers share.',
    CATEGORIES,
  )
  const Order = defineEnum<ListOrder>(builder, 'TransactionOrder', 'The order of a list, by createdAt.', ORDERS)

  const Money = builder.objectRef<{ amount: string; currency: string }>('Money').implement({
    description: 'A non-negative amount of one currency, in major units.',
    fields: (t) => ({
      amount: t.field({
        type: 'Decimal',
        description: 'Exact, in major units such as rupees or dollars.',
        resolve: (money) => money.amount,
      }),
      currency: t.field({
        type: 'CurrencyCode',
        description: 'The currency of the amount.',
        resolve: (money) => money.currency,
      }),
    }),
  })

  const Transaction = builder.interfaceRef<TransactionRecord>('Transaction').implement({
    description: "One entry of a provider's ledger.",
    interfaces: [Node],
    resolveType: ({ typename }) => typename,
    fields: (t) => ({
      id: t.id({
        description: 'Opaque and permanent; holds what is needed to fetch the entry again.',
        resolve: ({ typename, locator }) => encodeGlobalId(typename, locator),
      }),
      provider: t.field({
        type: Provider,
        description: 'Whose ledger the entry is in.',
        resolve: (entry) => entry.provider,
      }),
      providerId: t.id({
        description: "The entry's identifier as the provider gives it.",
        resolve: (entry) => entry.providerId,
      }),
      amount: t.field({
        type: Money,
        description: 'The magnitude; the sign is in direction.',
        resolve: (entry) => entry.amount,
      }),
      direction: t.field({
        type: Direction,
        nullable: true,
        description: "Null where the provider's row does not say.",
        resolve: (entry) => entry.direction,
      }),
      status: t.field({ type: Status, description: 'How far the entry has come.', resolve: (entry) => entry.status }),
      providerStatus: t.string({
        description: "The provider's own word for the status.",
        resolve: (entry) => entry.providerStatus,
      }),
      category: t.field({
        type: Category,
        nullable: true,
        description: "Null where the provider's row does not say.",
        resolve: (entry) => entry.category,
      }),
      providerType: t.string({
        description: "The provider's own word for the type.",
        resolve: (entry) => entry.providerType,
      }),
      reference: t.string({
        nullable: true,
        description: 'What the entry refers to, in the words of whoever made it.',
        resolve: (entry) => entry.reference,
      }),
      createdAt: t.field({
        type: 'DateTime',
        description: 'When the entry was made. Lists are ordered by it.',
        resolve: (entry) => entry.createdAt,
      }),
      updatedAt: t.field({
        type: 'DateTime',
        description: 'When the entry last changed, for instance its status.',
        resolve: (entry) => entry.updatedAt,
      }),
      affectsBalance: t.boolean({
        description:
          'False for declined, failed and cancelled entries, and for reservations, whose settlement is an entry of its own.',
        resolve: (entry) => entry.affectsBalance,
      }),
      raw: t.field({
        type: 'JSON',
        description: 'The row exactly as the provider sent it.',
        resolve: (entry) => jsonValue(entry.raw),
      }),
    }),
  })
  return { Provider, Direction, Status, Category, Order, Money, Transaction }
}
