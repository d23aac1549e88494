import type { KobbleRow } from '../data/kobble.ts'
import { PARTNER, type VobizRow } from '../data/vobiz.ts'
import { OPAQUE } from './compare.ts'

/** The fields of a type: how each is selected, and its value for a row of the provider. */
type Fields<Row> = Readonly<Record<string, { readonly selection?: string; value(row: Row): unknown }>>

const MONEY = '{ amount currency }'

const VOBIZ_STATUSES: Readonly<Record<string, string>> = {
  completed: 'COMPLETED',
  pending: 'PENDING',
  failed: 'FAILED',
}

/** Categories by reference type; a debit with any other one is usage. */
const VOBIZ_CATEGORIES: Readonly<Record<string, string>> = { payment: 'TOP_UP', refund: 'REFUND', transfer: 'TRANSFER' }

function transferOf({ reference, account_id }: VobizRow): unknown {
  if (!reference?.startsWith('ptc:')) return null
  const requestedAt = new Date(Number(reference.split(':')[3]) * 1000).toISOString().replace('.000Z', 'Z')
  return { partnerId: PARTNER.authId, customerAuthId: account_id, requestedAt }
}

export const VOBIZ_FIELDS = {
  id: { value: () => OPAQUE },
  provider: { value: () => 'VOBIZ' },
  providerId: { value: (row) => row.id },
  amount: { selection: MONEY, value: (row) => ({ amount: String(row.amount), currency: row.currency }) },
  direction: { value: (row) => row.type.toUpperCase() },
  status: { value: (row) => VOBIZ_STATUSES[row.status] },
  providerStatus: { value: (row) => row.status },
  category: { value: (row) => VOBIZ_CATEGORIES[row.reference_type ?? ''] ?? 'USAGE' },
  providerType: { value: (row) => row.type },
  reference: { value: (row) => row.reference },
  createdAt: { value: (row) => row.created_at },
  updatedAt: { value: (row) => row.updated_at },
  affectsBalance: { value: (row) => row.status === 'completed' },
  raw: { value: (row) => row },
  accountId: { value: (row) => row.account_id },
  balanceId: { value: (row) => row.balance_id },
  description: { value: (row) => row.description },
  referenceType: { value: (row) => row.reference_type },
  processedAt: { value: (row) => row.processed_at },
  transfer: { selection: '{ partnerId customerAuthId requestedAt }', value: transferOf },
} as const satisfies Fields<VobizRow>

const KOBBLE_STATUSES: Readonly<Record<string, string>> = {
  ACCEPTED: 'COMPLETED',
  PENDING: 'PENDING',
  DECLINED: 'DECLINED',
}

function directionOf({ from, to }: KobbleRow): string {
  if (from === null) return 'CREDIT'
  return to === null ? 'DEBIT' : 'INTERNAL'
}

export const KOBBLE_FIELDS = {
  id: { value: () => OPAQUE },
  provider: { value: () => 'KOBBLE' },
  providerId: { value: (row) => row.id },
  amount: { selection: MONEY, value: (row) => ({ amount: String(row.amount), currency: row.asset }) },
  direction: { value: directionOf },
  status: { value: (row) => KOBBLE_STATUSES[row.status] },
  category: { value: (row) => (row.type === 'INTER_WALLET' ? 'TRANSFER' : row.type) },
  providerType: { value: (row) => row.type },
  reference: { value: (row) => row.reference },
  createdAt: { value: (row) => row.created_at },
  updatedAt: { value: (row) => row.updated_at },
  paymentType: { value: (row) => row.payment_type },
  externalId: { value: (row) => row.external_id },
  fromId: { value: (row) => row.from },
  toId: { value: (row) => row.to },
  metadata: { value: (row) => row.metadata },
} as const satisfies Fields<KobbleRow>

/** A selection of fields, and the object that they make of a row. */
export interface Selection<Row> {
  readonly text: string
  expected(row: Row): object
}

/** Selects fields of a type, by name. */
function select<Row>(fields: Fields<Row>, names: readonly string[]): Selection<Row> {
  const chosen = names.map((name) => [name, fields[name]!] as const)
  return {
    text: chosen.map(([name, { selection }]) => (selection === undefined ? name : `${name} ${selection}`)).join(' '),
    expected: (row) => Object.fromEntries(chosen.map(([name, field]) => [name, field.value(row)])),
  }
}

export const selectVobiz = (...names: readonly (keyof typeof VOBIZ_FIELDS)[]): Selection<VobizRow> =>
  select(VOBIZ_FIELDS, names)

export const selectKobble = (...names: readonly (keyof typeof KOBBLE_FIELDS)[]): Selection<KobbleRow> =>
  select(KOBBLE_FIELDS, names)
