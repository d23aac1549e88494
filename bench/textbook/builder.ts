import SchemaBuilder from '@pothos/core'
import type { KobbleRow, VobizRow } from './rows.ts'
import type { Loaders } from './upstream.ts'

export const builder = new SchemaBuilder<{
  Context: { readonly loaders: Loaders }
  DefaultFieldNullability: false
  Scalars: {
    DateTime: { Input: string; Output: string }
    Decimal: { Input: string; Output: string }
    JSON: { Input: unknown; Output: unknown }
    _Any: { Input: Record<string, string>; Output: never }
  }
}>({ defaultFieldNullability: false })

/** The types that the builder was created with. */
export type AllTypes = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never

builder.scalarType('DateTime', { serialize: (value) => value })
builder.scalarType('Decimal', { serialize: (value) => value })
builder.scalarType('JSON', { serialize: (value) => value })
builder.scalarType('_Any', { serialize: (value) => value, parseValue: (value) => value as Record<string, string> })

interface MoneyShape {
  readonly amount: number
  readonly currency: string
}

export const Money = builder.objectRef<MoneyShape>('Money').implement({
  fields: (t) => ({
    amount: t.field({ type: 'Decimal', resolve: ({ amount }) => String(amount) }),
    currency: t.exposeString('currency'),
  }),
})

const Provider = builder.enumType('Provider', { values: ['VOBIZ', 'KOBBLE'] as const })
const Direction = builder.enumType('TransactionDirection', { values: ['CREDIT', 'DEBIT', 'INTERNAL'] as const })
const Status = builder.enumType('TransactionStatus', {
  values: ['PENDING', 'COMPLETED', 'DECLINED', 'FAILED', 'CANCELLED', 'UNKNOWN'] as const,
})
const Category = builder.enumType('TransactionCategory', {
  values: [
    'TOP_UP',
    'USAGE',
    'REFUND',
    'TRANSFER',
    'CARD_SPEND',
    'RESERVATION',
    'REVERSAL',
    'SETTLEMENT',
    'MANUAL_CREDIT',
    'MANUAL_DEBIT',
  ] as const,
})

type EnumValue<Ref extends { readonly $inferType: unknown }> = Ref['$inferType']

/** An entry of either provider: its row, and the shared fields. */
interface EntryOf<Name extends string, Row> {
  readonly typename: Name
  readonly row: Row
  readonly id: string
  readonly provider: EnumValue<typeof Provider>
  readonly currency: string
  readonly direction: EnumValue<typeof Direction>
  readonly status: EnumValue<typeof Status>
  readonly category: EnumValue<typeof Category> | null
}

export type VobizEntry = EntryOf<'VobizTransaction', VobizRow>
export type KobbleEntry = EntryOf<'KobbleTransaction', KobbleRow>
export type Entry = VobizEntry | KobbleEntry

const encodeId = (typename: string, locator: string): string =>
  Buffer.from(`${typename}:${locator}`).toString('base64url')

/** Returns the part of an id behind the type. */
export const locatorOf = (id: string): string => Buffer.from(id, 'base64url').toString().split(':').slice(1).join(':')

const VOBIZ_STATUSES = { completed: 'COMPLETED', pending: 'PENDING', failed: 'FAILED', cancelled: 'CANCELLED' } as const

function vobizCategory({ type, reference, reference_type }: VobizRow): VobizEntry['category'] {
  if (reference?.startsWith('ptc:')) return 'TRANSFER'
  if (reference_type === 'refund') return 'REFUND'
  if (reference_type === 'payment') return 'TOP_UP'
  return type === 'debit' ? 'USAGE' : null
}

export const vobizEntry = (row: VobizRow): VobizEntry => ({
  typename: 'VobizTransaction',
  row,
  id: encodeId('VobizTransaction', `${row.account_id}/${row.created_at.slice(0, 10)}/${row.id}`),
  provider: 'VOBIZ',
  currency: row.currency,
  direction: row.type === 'credit' ? 'CREDIT' : 'DEBIT',
  status: VOBIZ_STATUSES[row.status as keyof typeof VOBIZ_STATUSES] ?? 'UNKNOWN',
  category: vobizCategory(row),
})

const KOBBLE_STATUSES = { ACCEPTED: 'COMPLETED', PENDING: 'PENDING', DECLINED: 'DECLINED' } as const

function kobbleDirection({ from, to }: KobbleRow): KobbleEntry['direction'] {
  if (from === null) return 'CREDIT'
  return to === null ? 'DEBIT' : 'INTERNAL'
}

export const kobbleEntry = (row: KobbleRow): KobbleEntry => ({
  typename: 'KobbleTransaction',
  row,
  id: encodeId('KobbleTransaction', row.id),
  provider: 'KOBBLE',
  currency: row.asset,
  direction: kobbleDirection(row),
  status: KOBBLE_STATUSES[row.status as keyof typeof KOBBLE_STATUSES] ?? 'UNKNOWN',
  category: row.type === 'INTER_WALLET' ? 'TRANSFER' : (row.type as KobbleEntry['category']),
})

export const Transaction = builder.interfaceRef<Entry>('Transaction').implement({
  resolveType: ({ typename }) => typename,
  fields: (t) => ({
    id: t.exposeID('id'),
    provider: t.expose('provider', { type: Provider }),
    providerId: t.id({ resolve: ({ row }) => row.id }),
    amount: t.field({ type: Money, resolve: ({ row, currency }) => ({ amount: row.amount, currency }) }),
    direction: t.expose('direction', { type: Direction, nullable: true }),
    status: t.expose('status', { type: Status }),
    providerStatus: t.string({ resolve: ({ row }) => row.status }),
    category: t.expose('category', { type: Category, nullable: true }),
    providerType: t.string({ resolve: ({ row }) => row.type }),
    reference: t.string({ nullable: true, resolve: ({ row }) => row.reference }),
    createdAt: t.field({ type: 'DateTime', resolve: ({ row }) => row.created_at }),
    updatedAt: t.field({ type: 'DateTime', resolve: ({ row }) => row.updated_at }),
    affectsBalance: t.boolean({ resolve: ({ status }) => status === 'COMPLETED' }),
    raw: t.field({ type: 'JSON', resolve: ({ row }) => row }),
  }),
})
