import { DAY_MS, makeHistory, startOfDay, YEAR_DAYS } from '../../../sandbox/history.ts'
import type { Random } from '../../../sandbox/random.ts'
import type { VobizSandboxAccount } from './account.ts'
import { plainDecimal, SCALE } from './amount.ts'
import { entryFrom, instantText, type VobizSandboxEntry } from './entry.ts'
import { PARTNER } from './partner.ts'

const SEED = 0x2025_11_01

/** Profile of one customer of the made-up history. Days count from its start. */
interface YearCustomer {
  account: Partial<VobizSandboxAccount>
  /** Phone numbers rented by the month; all of them are billed in the same instant. */
  numbers: number
  /** One more number, rented by the day. */
  dailyRental: boolean
  /** Its share of all calls. */
  calls: number
  /** The day of its last entry. */
  lastDay: number
}

export const YEAR_CUSTOMERS: readonly YearCustomer[] = [
  yearCustomer('Neelkanth Freight Lines', 'Pune', 'Maharashtra', '4812.38500', {
    numbers: 9,
    calls: 5,
    dailyRental: true,
  }),
  yearCustomer('Saffron Lane Hotels', 'Jaipur', 'Rajasthan', '1300.00000', { numbers: 6, calls: 3 }),
  yearCustomer('Kaveri Valley Diagnostics', 'Mysuru', 'Karnataka', '27650.05125', {
    numbers: 8,
    calls: 6,
    dailyRental: true,
  }),
  yearCustomer('Tamarind Loom Textiles', 'Surat', 'Gujarat', '88.90000', { numbers: 4, calls: 2 }),
  yearCustomer('Peepal Shade Finance', 'Mumbai', 'Maharashtra', '1310442.17300', { numbers: 7, calls: 6 }),
  yearCustomer('Monsoon Wheels Mobility', 'Kochi', 'Kerala', '0.00000', {
    numbers: 3,
    calls: 2,
    lastDay: 170,
    account: { is_active: false, enabled: false },
  }),
  yearCustomer('Serendib Hill Teas', 'Colombo', 'Western Province', '640.25000', {
    numbers: 2,
    calls: 1,
    account: { country: 'LK', timezone: 'Asia/Colombo' },
  }),
  yearCustomer('Banyan Court Legal', 'New Delhi', 'Delhi', '0.00000', {
    account: { kyc_status: 'pending', is_verified: false, is_trial_account: true },
  }),
]

function yearCustomer(
  name: string,
  city: string,
  state: string,
  cashCredits: string,
  rest: Partial<YearCustomer>,
): YearCustomer {
  return {
    numbers: 0,
    dailyRental: false,
    calls: 0,
    lastDay: Number.POSITIVE_INFINITY,
    ...rest,
    account: { name, city, state, cash_credits: cashCredits, timezone: 'Asia/Kolkata', ...rest.account },
  }
}

/** A number of 10⁻⁵ rupees as decimal text without needless zeros. */
function rupees(hundredThousandths: number): string {
  return plainDecimal(BigInt(hundredThousandths) * 10n ** BigInt(SCALE - 5))
}

export function callDebit(random: Random): Partial<VobizSandboxEntry> {
  const seconds = random.integer(4, 900)
  // Most calls are billed by the minute at 0.45; those of the second kind by the second.
  const bySecond = random.chance(0.15)
  const stream = random.chance(0.2)
  return {
    type: 'debit',
    transaction_type: 'debit',
    amount: bySecond ? rupees(seconds * 747) : rupees(Math.ceil(seconds / 60) * 45_000),
    description: stream ? `Stream session (${seconds}s)` : `Outbound call (${seconds}s)`,
    reference: `cdr:${random.uuid()}`,
    reference_type: stream ? 'stream_cdr' : 'cdr',
  }
}

export function recharge(random: Random): Partial<VobizSandboxEntry> {
  return {
    type: 'credit',
    transaction_type: 'recharge',
    amount: random.pick(['500', '1000', '1000', '2500', '5000', '10000', '25000.5', '749.99']),
    description: `Wallet recharge by ${random.pick(['UPI', 'UPI', 'net banking', 'card'])}`,
    reference: `pay_${random.text('0123456789abcdef', 14)}`,
    reference_type: 'payment',
    status: random.chance(0.06) ? 'failed' : random.chance(0.04) ? 'cancelled' : 'completed',
  }
}

export function refund(random: Random, epochMs: number): Partial<VobizSandboxEntry> {
  return {
    type: 'credit',
    transaction_type: 'refund',
    amount: rupees(random.integer(1, 40) * 45_000),
    description: `Refund for dropped calls on ${new Date(epochMs - DAY_MS).toISOString().slice(0, 10)}`,
    reference_type: 'refund',
  }
}

function manualAdjustment(random: Random): Partial<VobizSandboxEntry> {
  return {
    type: random.chance(0.5) ? 'credit' : 'debit',
    transaction_type: null,
    amount: rupees(random.integer(100, 20_000) * 1000),
    description: random.pick(['Goodwill adjustment', 'Correction of a billing error', 'Rounding correction']),
    reference_type: 'manual_adjustment',
  }
}

function rental(number: string, period: 'Monthly' | 'Daily'): Partial<VobizSandboxEntry> {
  return {
    type: 'debit',
    transaction_type: 'debit',
    amount: period === 'Monthly' ? '250' : '8.33333',
    description: `${period} rental of ${number}`,
    reference: `did:${number}`,
    reference_type: 'did_rental',
  }
}

/** A customer with its profile. */
interface ProfiledCustomer extends Omit<YearCustomer, 'account'> {
  readonly account: VobizSandboxAccount
  readonly index: number
}

/**
 * Entries from 2025-11-01 on, UTC, for the customers of `YEAR_CUSTOMERS`: those of the first year, and those of the days behind it
 * up to a moment. A day has the same ones on every start.
 */
export function historyOfEntries(accounts: readonly VobizSandboxAccount[], until: number): VobizSandboxEntry[] {
  const customers = YEAR_CUSTOMERS.map((customer, index) => ({ ...customer, account: accounts[index]!, index }))
  return makeHistory(SEED, until, {
    year(random) {
      const days = Array.from({ length: YEAR_DAYS }, (_, day) => entriesOfDay(day, random, customers))
      return [...days.flat(), ...singleEntries(accounts, random)]
    },
    day: (day, random) => entriesOfDay(day, random, customers),
  })
}

const makeEntry = (random: Random, account_id: string, created_at: string, made: Partial<VobizSandboxEntry>) =>
  entryFrom({ id: random.uuid(), account_id, created_at, ...made })

/** Makes up a day. Every value follows from the order of the calls of the generator. */
function entriesOfDay(day: number, random: Random, customers: readonly ProfiledCustomer[]): VobizSandboxEntry[] {
  const entries: VobizSandboxEntry[] = []
  const midnight = startOfDay(day)
  const weekend = new Date(midnight).getUTCDay() % 6 === 0
  const open = customers.filter(({ lastDay, calls }) => calls > 0 && day <= lastDay)
  const callers = customers.flatMap((customer) => Array.from({ length: customer.calls }, () => customer))
  /** An instant of the Indian working day. */
  const sometime = () => instantText(midnight + random.integer(3.5 * 3_600_000, 14 * 3_600_000), random.integer(0, 999))
  const file = (account: string, created_at: string, made: Partial<VobizSandboxEntry>) =>
    entries.push(makeEntry(random, account, created_at, made))

  for (const customer of open) {
    const { account, index } = customer
    for (const made of rentalsOfDay(day, customer)) file(account.auth_id, instantText(midnight), made)
    if ((day + index * 4) % 17 === 3) file(account.auth_id, sometime(), recharge(random))
  }
  for (let calls = random.integer(1, weekend ? 3 : 8); calls > 0; calls -= 1) {
    const { account, lastDay } = random.pick(callers)
    if (day <= lastDay) file(account.auth_id, sometime(), callDebit(random))
  }
  if (random.chance(0.1)) file(random.pick(open).account.auth_id, sometime(), refund(random, midnight))
  if (random.chance(0.06)) file(random.pick(open).account.auth_id, sometime(), manualAdjustment(random))
  if (random.chance(0.2)) {
    const created_at = sometime()
    for (const leg of transfer(random.pick(open).account, created_at, random)) file(leg.account_id, created_at, leg)
  }
  return entries
}

/** Makes up the rentals that a customer is billed for at the midnight of a day. */
function rentalsOfDay(day: number, { index, numbers, dailyRental }: ProfiledCustomer): Partial<VobizSandboxEntry>[] {
  const isFirstOfMonth = new Date(startOfDay(day)).getUTCDate() === 1
  const number = (ordinal: number) => `+9100${index}0000${String(ordinal).padStart(3, '0')}`
  const monthly = Array.from({ length: isFirstOfMonth ? numbers : 0 }, (_, position) => {
    // The first bill of the history still uses the legacy word in one row of each of two customers.
    const isLegacy = day === 0 && position === 0 && index < 2
    return { ...rental(number(position + 1), 'Monthly'), ...(isLegacy && { type: 'did_rental' }) }
  })
  return dailyRental ? [...monthly, rental(number(0), 'Daily')] : monthly
}

/** Makes up the entries of the first year that follow no pattern. */
function singleEntries(accounts: readonly VobizSandboxAccount[], random: Random): VobizSandboxEntry[] {
  const entries: VobizSandboxEntry[] = []
  const file = (account: VobizSandboxAccount, created_at: string, made: Partial<VobizSandboxEntry>) =>
    entries.push(makeEntry(random, account.auth_id, created_at, made))
  const finance = accounts[4]!
  file(finance, '2026-03-31T11:42:09.118204Z', { ...recharge(random), amount: '1234567.89', status: 'completed' })
  file(finance, '2026-09-30T10:05:51.730016Z', { ...recharge(random), amount: '2500000', status: 'completed' })
  for (const [index, created_at] of [
    '2026-07-14T09:31:27.660781Z',
    '2026-10-29T08:12:44.019336Z',
    '2026-10-30T16:20:11.004512Z',
    '2026-10-31T17:58:40.250003Z',
  ].entries()) {
    file(accounts[index]!, created_at, { ...recharge(random), status: 'pending' })
  }
  // The one entry that the global ledger lacks.
  file(accounts[1]!, '2026-08-19T10:47:33.508127Z', {
    type: 'debit',
    transaction_type: 'debit',
    amount: '12.6',
    description: 'Outbound call (1653s)',
    reference: `cdr:${random.uuid()}`,
    reference_type: 'cdr',
    ledger: 'own',
  })
  return entries
}

/** Both legs of a transfer from the partner to a customer. */
function transfer(customer: VobizSandboxAccount, created_at: string, random: Random) {
  const shared = {
    amount: random.pick(['250', '500', '1500', '2000', '12500.75']),
    transaction_type: 'transfer',
    reference: `ptc:${PARTNER.id}:${customer.auth_id}:${Math.floor(Date.parse(created_at) / 1000)}`,
  } as const
  const note = random.pick(['monthly top-up', 'promotional credit', 'advance for campaign'])
  return [
    {
      ...shared,
      account_id: PARTNER.authId,
      type: 'debit',
      description: `Transfer to customer ${customer.name}: ${note}`,
    },
    {
      ...shared,
      account_id: customer.auth_id,
      type: 'credit',
      description: `Transfer from partner ${PARTNER.name}: ${note}`,
    },
  ]
}
