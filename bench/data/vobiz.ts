import { amountOf, firstIndex, type List, majorUnits, uuidOf } from './list.ts'

/** Customers of the partner. */
export const CUSTOMERS = 1600
/** Entries of each customer. */
const ENTRIES = 400
const NEWEST = Date.UTC(2026, 5, 30, 18)
/** Interval between two entries of the global ledger. */
const STEP_MS = 37_000

export const CURRENCY = 'INR'
export const PARTNER = { authId: 'PA_BENCH001', token: 'bench-token-of-the-partner' }

/** A row of a Vobiz ledger, as documented. */
export interface VobizRow {
  readonly id: string
  readonly account_id: string
  readonly balance_id: string
  readonly type: 'credit' | 'debit'
  readonly amount: number
  readonly currency: string
  readonly description: string
  readonly reference?: string
  readonly reference_type?: string
  readonly status: string
  readonly processed_at: string
  readonly created_at: string
  readonly updated_at: string
}

/** Kinds of entries, in the order in which they repeat. */
const KINDS = [
  { type: 'debit', reference_type: 'cdr', text: 'Call to +910000000000, 3 minutes' },
  { type: 'debit', reference_type: 'cdr', text: 'Call to +910000000001, 12 minutes' },
  { type: 'credit', reference_type: 'payment', text: 'Payment' },
  { type: 'debit', reference_type: 'did_rental', text: 'Monthly rental of a number' },
  { type: 'credit', reference_type: 'transfer', text: 'Transfer from the partner' },
  { type: 'debit', reference_type: 'recording', text: 'Recording of a call' },
  { type: 'credit', reference_type: 'refund', text: 'Refund of a failed call' },
] as const

const kindOf = (index: number) => KINDS[index % KINDS.length]!

const STATUSES = ['completed', 'completed', 'completed', 'pending', 'completed', 'failed', 'completed'] as const

export const authIdOf = (customer: number): string => `MA_BENCH${String(customer).padStart(4, '0')}`

/** Returns the number of the customer with an auth id; -1 when there is none. */
export function customerOf(authId: string): number {
  const customer = Number(authId.slice(-4))
  return authId === authIdOf(customer) && customer < CUSTOMERS ? customer : -1
}

/** Writes an instant with six fraction digits. The last three are the same in all rows, and never zeros. */
const instant = (epochMs: number): string => new Date(epochMs).toISOString().replace('Z', '457Z')

function referenceOf(index: number, customer: number, epochMs: number): string {
  const { reference_type } = kindOf(index)
  if (reference_type === 'transfer') return `ptc:${PARTNER.authId}:${authIdOf(customer)}:${Math.floor(epochMs / 1000)}`
  return `${reference_type}-${index.toString(36)}`
}

function rowAt(index: number): VobizRow {
  const customer = index % CUSTOMERS
  const epochMs = NEWEST - index * STEP_MS + (index % 997)
  const kind = kindOf(index)
  return {
    id: uuidOf(1, index),
    account_id: authIdOf(customer),
    balance_id: uuidOf(2, customer),
    type: kind.type,
    amount: majorUnits(amountOf(index)),
    currency: CURRENCY,
    description: kind.text,
    reference: referenceOf(index, customer, epochMs),
    reference_type: kind.reference_type,
    status: STATUSES[(index >> 3) % STATUSES.length]!,
    processed_at: instant(epochMs + 250),
    created_at: instant(epochMs),
    updated_at: instant(epochMs + 250),
  }
}

/** A list of entries: every one of the partner's, or every one of a customer's, from a position on. */
export interface Ledger extends List<VobizRow> {
  /** Returns the position of an entry in the ledger over all customers. */
  globalIndex(index: number): number
}

const ledgerFrom = (length: number, globalIndex: (index: number) => number): Ledger => ({
  length,
  globalIndex,
  at: (index) => rowAt(globalIndex(index)),
})

/** The ledger over all customers, whose entries take turns. */
export const GLOBAL_LEDGER: Ledger = ledgerFrom(CUSTOMERS * ENTRIES, (index) => index)

/** Returns the ledger of one customer. */
export const ledgerOf = (customer: number): Ledger => ledgerFrom(ENTRIES, (index) => index * CUSTOMERS + customer)

/** Returns the entries of a period of UTC days, both included; null for an open end. */
export function inPeriod(ledger: Ledger, from: string | null, to: string | null): Ledger {
  const dayOf = ({ created_at }: VobizRow) => created_at.slice(0, 10)
  const start = to === null ? 0 : firstIndex(ledger, (row) => dayOf(row) <= to)
  const end = from === null ? ledger.length : firstIndex(ledger, (row) => dayOf(row) < from)
  return ledgerFrom(Math.max(0, end - start), (index) => ledger.globalIndex(start + index))
}

interface Sums {
  credit: number
  debit: number
  count: number
}

/** Returns Vobiz's summary of a ledger: all entries whatever their status, also by type of the reference. */
export function summaryOf(ledger: Ledger) {
  const groups = new Map<string, Sums>()
  const all: Sums = { credit: 0, debit: 0, count: 0 }
  for (let index = 0; index < ledger.length; index++) {
    // Without the rest of the row, which would take seconds for the ledger over all customers.
    const position = ledger.globalIndex(index)
    const { type, reference_type } = kindOf(position)
    const group = groups.get(reference_type) ?? { credit: 0, debit: 0, count: 0 }
    groups.set(reference_type, group)
    for (const sums of [group, all]) {
      sums[type] += amountOf(position)
      sums.count++
    }
  }
  return {
    total_transactions: all.count,
    total_debit: majorUnits(all.debit),
    total_credit: majorUnits(all.credit),
    net_amount: majorUnits(all.credit - all.debit),
    by_reference_type: [...groups].map(([reference_type, { credit, debit, count }]) => ({
      reference_type,
      total_debit: majorUnits(debit),
      total_credit: majorUnits(credit),
      count,
    })),
  }
}

/** Returns a customer as Vobiz lists it: with far more fields than the gateway shows, one of them a secret. */
export function accountAt(customer: number) {
  const authId = authIdOf(customer)
  const name = `Bench Customer ${customer}`
  return {
    id: String(1000 + customer),
    api_id: uuidOf(3, customer),
    auth_id: authId,
    auth_token: `not-a-real-token-of-customer-${customer}`,
    name,
    email: `accounts@customer-${customer}.example`,
    phone: `+91000000${String(customer).padStart(4, '0')}`,
    company: name,
    description: null,
    country: 'IN',
    address: null,
    city: null,
    state: null,
    zip_code: null,
    timezone: 'Asia/Kolkata',
    account_type: 'standard',
    role: 'customer',
    business_type: 'private_limited',
    billing_mode: 'prepaid',
    postpaid: false,
    auto_recharge: false,
    cash_credits: '250.00000',
    cps_limit: 2,
    concurrent_calls_limit: 20,
    is_active: customer % 10 !== 0,
    is_verified: true,
    is_trial_account: false,
    enabled: true,
    kyc_status: 'completed',
    created_at: `2025-09-${String(1 + (customer % 28)).padStart(2, '0')}T06:30:00.123456Z`,
    updated_at: '2025-10-01T06:30:00.123456Z',
    last_login: null,
    pricing_tier_id: 'tier_standard',
    pricing_tier: {
      id: 'tier_standard',
      name: 'Standard INR',
      currency: CURRENCY,
      inbound_rate: 0.35,
      outbound_rate: 0.45,
      did_rental_rate: 250,
      is_active: true,
      is_default: true,
      partner_id: PARTNER.authId,
    },
    partner_id: PARTNER.authId,
    resource_uri: `/v1/Account/${authId}/`,
    google_id: null,
  }
}

/** The customers of the partner, in Vobiz's order. */
export const ACCOUNTS: List<ReturnType<typeof accountAt>> = { length: CUSTOMERS, at: accountAt }
