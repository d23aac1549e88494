import type { EnumRef, ObjectRef } from '@pothos/core'
import type { ListOrder } from '../connection/connection.ts'
import type {
  Money,
  TransactionCategory,
  TransactionDirection,
  TransactionRecord,
  TransactionStatus,
} from '../ledger/transaction.ts'
import { minorUnitDigits, roundToMinorUnit } from '../values/money.ts'
import { type AccountRecord, defineAccount, MAX_ACCOUNTS_OF_ENTRY, resolveAccounts } from './account.ts'
import type { AllTypes, GatewayBuilder, InterfaceRef } from './builder.ts'
import { encodeGlobalId, type NodeRecord, type NodeTypes } from './node.ts'
import { jsonValue } from './scalars.ts'
import { labelOf, MAX_LABEL_CHARACTERS } from './transaction-label.ts'
import { listSize } from './weight.ts'

const DIRECTIONS = {
  CREDIT: 'Money entered the account.',
  DEBIT: 'Money left the account.',
  INTERNAL: 'Both sides are accounts of the client. As seen from given accounts, both are among these.',
} as const

const STATUSES = {
  PENDING: 'The entry is not settled yet; its status may still change.',
  COMPLETED: 'The entry is settled.',
  DECLINED: 'The entry was rejected before any money moved.',
  FAILED: 'The entry was attempted without success.',
  CANCELLED: 'The entry was cancelled.',
  UNKNOWN: 'The provider sent a status that this schema does not know; see `providerStatus`.',
} as const

const CATEGORIES = {
  TOP_UP: 'Payment into an account.',
  USAGE: 'Charge for usage: calls, numbers, recordings.',
  REFUND: 'Refund of an earlier payment or charge.',
  TRANSFER: 'Transfer between accounts.',
  CARD_SPEND: 'Purchase by card.',
  RESERVATION: 'Amount reserved for a purchase; it settles as an entry of its own.',
  REVERSAL: 'Reversal of an earlier entry.',
  SETTLEMENT: 'Final booking of a reserved amount.',
  MANUAL_CREDIT: 'Credit that was entered by hand.',
  MANUAL_DEBIT: 'Debit that was entered by hand.',
  ADJUSTMENT: 'Correction by the provider.',
} as const

const ORDERS = {
  NEWEST_FIRST: 'Newest entry first.',
  OLDEST_FIRST: 'Oldest entry first.',
} as const

/** Adds an enum, given its values with their descriptions. */
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

/** Adds `Money`. */
function defineMoney(builder: GatewayBuilder) {
  return builder.objectRef<Money>('Money').implement({
    description: 'Exact amount in major units of one currency. Entry amounts are magnitudes; balances may be negative.',
    fields: (t) => ({
      amount: t.field({
        type: 'Decimal',
        description: 'Exact decimal in major units, such as rupees or dollars.',
        resolve: (money) => money.amount,
      }),
      currency: t.field({
        type: 'CurrencyCode',
        description: 'Currency of the amount.',
        resolve: (money) => money.currency,
      }),
      minorUnitDigits: t.int({
        description:
          "Fraction digits of the currency's minor unit by ISO 4217, e.g. 2 for INR and 0 for JPY; 2 for a code that the standard does not list.",
        resolve: ({ currency }) => minorUnitDigits(currency),
      }),
      rounded: t.field({
        type: 'Decimal',
        description:
          '`amount` rounded half to even, with exactly `minorUnitDigits` fraction digits: 0.125 INR is 0.12. For display; add up `amount`, since rounded amounts need not add up to the rounded total.',
        resolve: ({ amount, currency }) => roundToMinorUnit(amount, currency),
      }),
    }),
  })
}

/** The types of the fields of `Transaction`. */
interface TransactionParts {
  readonly nodeTypes: NodeTypes
  readonly Account: InterfaceRef<AccountRecord>
  readonly Node: InterfaceRef<NodeRecord>
  readonly Provider: EnumRef<AllTypes, string>
  readonly Direction: EnumRef<AllTypes, TransactionDirection>
  readonly Status: EnumRef<AllTypes, TransactionStatus>
  readonly Category: EnumRef<AllTypes, TransactionCategory>
  readonly Money: ObjectRef<AllTypes, Money>
}

/** Adds the interface `Transaction`. */
function defineTransactionInterface(
  builder: GatewayBuilder,
  { nodeTypes, Node, Account, Provider, Direction, Status, Category, Money }: TransactionParts,
) {
  return builder.interfaceRef<TransactionRecord>('Transaction').implement({
    description: "Entry of a provider's ledger.",
    interfaces: [Node],
    resolveType: ({ typename }) => typename,
    fields: (t) => ({
      id: t.id({
        description: 'Opaque, permanent id; it holds everything that is needed to fetch the entry again.',
        resolve: ({ typename, locator }) => encodeGlobalId(typename, locator),
      }),
      provider: t.field({
        type: Provider,
        description: 'Provider whose ledger holds the entry.',
        resolve: (entry) => entry.provider,
      }),
      providerId: t.id({
        description: "The provider's own id of the entry.",
        resolve: (entry) => entry.providerId,
      }),
      accounts: t.field({
        type: [Account],
        description:
          'Accounts of the entry that the caller may read: the one whose ledger holds it, or the accounts among the two sides of a movement. Empty when there is none. A selection of only `id`, `provider` and `__typename` reads nothing, and may include a side that is no account of the client, such as a card scheme. Any other field is read for all entries together; such sides are then left out.',
        extensions: listSize(MAX_ACCOUNTS_OF_ENTRY),
        resolve: (entry, _, context, info) => resolveAccounts(entry, nodeTypes, context, info) as AccountRecord[],
      }),
      amount: t.field({
        type: Money,
        description: 'Magnitude of the entry; `direction` holds its sign.',
        resolve: (entry) => entry.amount,
      }),
      direction: t.field({
        type: Direction,
        nullable: true,
        description:
          "Direction in which money moved, as seen from the accounts of the ledger; null when the provider's row does not say.",
      }),
      status: t.field({
        type: Status,
        description: 'Processing state of the entry.',
        resolve: (entry) => entry.status,
      }),
      providerStatus: t.string({
        description: "The provider's own word for the status.",
        resolve: (entry) => entry.providerStatus,
      }),
      category: t.field({
        type: Category,
        nullable: true,
        description: 'Purpose of the entry. Null when no shared category applies; see `providerType`.',
        resolve: (entry) => entry.category,
      }),
      providerType: t.string({
        description: "The provider's own word for the type.",
        resolve: (entry) => entry.providerType,
      }),
      reference: t.string({
        nullable: true,
        description: 'Reference that the author of the entry gave it; null when there is none.',
        resolve: (entry) => entry.reference,
      }),
      label: t.string({
        description: `Text for people that says what the entry is: the provider's description, else the reference, else the category in words, else \`providerType\`. One line, never empty, at most ${MAX_LABEL_CHARACTERS} characters; a longer text ends with an ellipsis.`,
        resolve: labelOf,
      }),
      createdAt: t.field({
        type: 'DateTime',
        description: 'Instant at which the entry was made. Lists are ordered by it.',
        resolve: (entry) => entry.createdAt,
      }),
      updatedAt: t.field({
        type: 'DateTime',
        description: 'Instant at which the entry last changed, e.g. its status.',
        resolve: (entry) => entry.updatedAt,
      }),
      affectsBalance: t.boolean({
        description: 'True for completed entries, except reservations, which settle as entries of their own.',
        resolve: (entry) => entry.affectsBalance,
      }),
      raw: t.field({
        type: 'JSON',
        description: 'Row exactly as the provider sent it.',
        resolve: (entry) => jsonValue(entry.raw),
      }),
    }),
  })
}

/** Adds the interface `Transaction` and the types of its fields. */
export function defineTransaction(
  builder: GatewayBuilder,
  { Node, nodeTypes }: Pick<TransactionParts, 'Node' | 'nodeTypes'>,
  providers: Readonly<Record<string, string>>,
) {
  const Provider = defineEnum(builder, 'Provider', 'Provider of a ledger. Values may be added.', providers)
  const Direction = defineEnum(builder, 'TransactionDirection', 'Direction in which money moved.', DIRECTIONS)
  const Status = defineEnum(
    builder,
    'TransactionStatus',
    'Processing state of an entry. Values may be added.',
    STATUSES,
  )
  const Category = defineEnum(
    builder,
    'TransactionCategory',
    'Purpose of an entry, in words that all providers share. Values may be added.',
    CATEGORIES,
  )
  const Order = defineEnum<ListOrder>(builder, 'TransactionOrder', 'Order of a list, by `createdAt`.', ORDERS)
  const Money = defineMoney(builder)
  const Account = defineAccount(builder, Node, Provider, nodeTypes)
  const parts = { nodeTypes, Node, Account, Provider, Direction, Status, Category, Money }
  const Transaction = defineTransactionInterface(builder, parts)
  return { Account, Provider, Direction, Status, Category, Order, Money, Transaction }
}
