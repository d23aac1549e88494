import { DAY_MS, makeHistory, startOfDay, YEAR_DAYS } from '../../../sandbox/history.ts'
import type { Random } from '../../../sandbox/random.ts'
import { entryFrom, type KobbleSandboxEntry } from './entry.ts'
import type { KobbleSandboxWallet } from './wallet.ts'

const SEED = 0x2025_11_01

/** Sides of transactions that are no wallets of this client. */
const CARD_SCHEME = '5d0b7c9e-41f2-4a7d-8c36-0e9f1a2b3c4d'

const OUTSIDE_ACCOUNTS = [
  '8a1f0c2e-7b3d-4e5f-9a6b-1c2d3e4f5a6b',
  'b47e92d0-3c1a-4f8b-a5d6-7e8f90a1b2c3',
  '1e6d5c4b-a392-4871-b605-f4e3d2c1b0a9',
]

export const YEAR_WALLETS: readonly Partial<KobbleSandboxWallet>[] = [
  { total_amount: '48210.35', amount: '47922.85', reserved_amount: '287.5', external_id: 'card-4242' },
  { total_amount: '1377.08', amount: '1377.08', external_id: 'card-0119' },
  { total_amount: '260945.6', amount: '260945.6' },
  { total_amount: '12.4', amount: '12.4', status: 'SUSPENDED' },
  { total_amount: '0', amount: '0', status: 'INACTIVE' },
  { total_amount: '0', amount: '0', account_number: null, bank_code_type: null, bank_code: null },
]

/**
 * The wallet that pays others, the day of the last transaction of each wallet, and the last four digits of its card.
 */
const PAYING_WALLET = 2

const LAST_DAYS = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 250, 120, -1]

export const CARDS = ['4242', '0119', '7730', '5508', '9921', '0000']

const PAYOUTS_PER_MONTH = 33

const MERCHANTS = [
  { name: 'Wattle Corner Grocer', city: 'Brunswick', mcc: '5411' },
  { name: 'Magpie Espresso', city: 'Fitzroy', mcc: '5814' },
  { name: 'Bluegum Hardware', city: 'Geelong', mcc: '5251' },
  { name: 'Coolabah Fuel Stop', city: 'Dubbo', mcc: '5541' },
  { name: 'Southern Cross Stationers', city: 'Hobart', mcc: '5943' },
  { name: 'Billabong Software Market', city: 'Sydney', mcc: '5734' },
  { name: 'Kookaburra Air', city: 'Brisbane', mcc: '4511' },
  { name: 'Lighthouse Pharmacy', city: 'Fremantle', mcc: '5912' },
]

/** Cents as decimal text without needless zeros. */
function dollars(cents: number): string {
  return String(cents / 100)
}

/** Makes up the fields that all transactions of one purchase by card share. */
export function cardPurchase(random: Random, last4 = random.pick(CARDS)) {
  const { name, city, mcc } = random.pick(MERCHANTS)
  return {
    payment_type: 'CARD',
    amount: dollars(random.chance(0.1) ? random.integer(10_000, 250_000) : random.integer(250, 12_000)),
    external_id: random.chance(0.5) ? random.uuid() : random.text('123456789', 3),
    reference: random.chance(0.7) ? name : '',
    metadata: { merchant: { name, city, country: 'AUS', mcc }, card: { last4 } },
  }
}

export function topUp(random: Random) {
  return {
    type: 'MANUAL_CREDIT',
    payment_type: 'MANUAL_CREDIT',
    amount: dollars(random.pick([5_000, 10_000, 25_000, 100_000, 149_950, 12_500_000])),
    reference: random.pick(['top-up', 'account funding', '']),
  }
}

/**
 * Transactions from 2025-11-01 on, UTC, for the wallets of `YEAR_WALLETS`: those of the first year, and those of the days behind it
 * up to a moment. A day has the same ones on every start.
 */
export function historyOfEntries(wallets: readonly KobbleSandboxWallet[], until: number): KobbleSandboxEntry[] {
  return makeHistory(SEED, until, {
    year(random) {
      const year = new Days(wallets, random, startOfDay(YEAR_DAYS))
      for (let day = 0; day < YEAR_DAYS; day += 1) year.addDay(day)
      return year.entries
    },
    day(day, random) {
      const later = new Days(wallets, random, null)
      later.addDay(day)
      return later.entries
    },
  })
}

/** Makes up days. Every value follows from the order of the calls of the generator. */
class Days {
  readonly entries: KobbleSandboxEntry[] = []
  readonly #wallets: readonly KobbleSandboxWallet[]
  readonly #random: Random
  /** The end of the days, in epoch milliseconds: later transactions are left out. Null when all are kept. */
  readonly #end: number | null

  constructor(wallets: readonly KobbleSandboxWallet[], random: Random, end: number | null) {
    this.#wallets = wallets
    this.#random = random
    this.#end = end
  }

  addDay(day: number): void {
    const random = this.#random
    const midnight = startOfDay(day)
    const open = this.#wallets.filter((_, index) => day <= LAST_DAYS[index]!)
    const sometime = () => midnight + random.integer(0, DAY_MS - 1)
    const someWallet = () => random.pick(open).id

    for (let purchases = random.integer(0, 3); purchases > 0; purchases -= 1) {
      const wallet = someWallet()
      this.#buyByCard(sometime(), wallet, CARDS[this.#wallets.findIndex(({ id }) => id === wallet)])
    }
    if (random.chance(0.7)) {
      const made = this.#transfer(open)
      this.#file(sometime(), { ...made, reference: random.pick(['rent', 'invoice 12', '']) })
    }
    if (random.chance(0.4)) this.#file(sometime(), { ...topUp(random), to: someWallet() })
    if (day % 40 === 7) {
      this.#file(sometime(), { from: someWallet(), amount: dollars(random.integer(1, 5_000)), reference: 'fee' })
    }
    const tomorrow = new Date(midnight + DAY_MS)
    if (tomorrow.getUTCDate() === 1) this.#payOut(midnight, open)
  }

  #file(epochMs: number, made: Partial<KobbleSandboxEntry>): void {
    if (this.#end !== null && epochMs >= this.#end) return
    this.entries.push(entryFrom({ id: this.#random.uuid(), created_at: new Date(epochMs).toISOString(), ...made }))
  }

  /** Makes up a purchase: a decline, or a reservation with a reversal, or with a settlement and perhaps a refund. */
  #buyByCard(epochMs: number, wallet: string, last4: string | undefined): void {
    const random = this.#random
    const purchase = cardPurchase(random, last4)
    if (random.chance(0.07)) {
      const reason = random.pick(['INSUFFICIENT_FUNDS', 'CARD_BLOCKED', 'LIMIT_EXCEEDED'])
      this.#file(epochMs, { ...purchase, type: 'CARD_SPEND', status: 'DECLINED', from: wallet, info: { reason } })
      return
    }
    // Settlements are posted in one batch at 16:00, one to three days later.
    const midnight = epochMs - (epochMs % DAY_MS)
    const settledAt = midnight + random.integer(1, 3) * DAY_MS + 16 * 3_600_000
    const isOpen = this.#end !== null && settledAt >= this.#end
    // Without an end a reservation does not show when it was settled: it would not be the same on every start.
    const changedAt = isOpen || this.#end === null ? epochMs : settledAt
    this.#file(epochMs, {
      ...purchase,
      type: 'RESERVATION',
      from: wallet,
      status: isOpen ? 'PENDING' : 'ACCEPTED',
      updated_at: new Date(changedAt).toISOString(),
    })
    if (random.chance(0.08)) {
      this.#file(epochMs + random.integer(60_000, DAY_MS), { ...purchase, type: 'REVERSAL', to: wallet })
      return
    }
    const info = { batch: new Date(settledAt).toISOString().slice(0, 10) }
    this.#file(settledAt, { ...purchase, type: 'SETTLEMENT', from: wallet, to: CARD_SCHEME, info })
    if (random.chance(0.07)) {
      const refundedAt = settledAt + random.integer(DAY_MS, 9 * DAY_MS)
      const from = random.chance(0.5) ? CARD_SCHEME : null
      this.#file(refundedAt, { ...purchase, type: 'REFUND', from, to: wallet })
    }
  }

  /** Makes up a transfer. Now and then both sides are the same wallet, or one side is an account elsewhere. */
  #transfer(open: readonly KobbleSandboxWallet[]) {
    const random = this.#random
    const from = random.chance(0.06) ? random.pick(OUTSIDE_ACCOUNTS) : random.pick(open).id
    const others = open.filter(({ id }) => id !== from)
    const to = random.chance(0.05) ? from : random.chance(0.08) ? random.pick(OUTSIDE_ACCOUNTS) : random.pick(others).id
    const status = random.chance(0.04) ? 'PENDING' : random.chance(0.04) ? 'DECLINED' : 'ACCEPTED'
    return { type: 'INTER_WALLET', from, to, status, amount: dollars(random.integer(100, 400_000)) }
  }

  /** Makes up the payouts of a month, all in the same instant. */
  #payOut(midnight: number, open: readonly KobbleSandboxWallet[]): void {
    const random = this.#random
    const paying = this.#wallets[PAYING_WALLET]!.id
    const paid = open.filter(({ id }) => id !== paying)
    for (let payout = 1; payout <= PAYOUTS_PER_MONTH; payout += 1) {
      this.#file(midnight + 7 * 3_600_000, {
        type: 'INTER_WALLET',
        from: paying,
        to: payout % 3 === 0 ? random.pick(paid).id : random.pick(OUTSIDE_ACCOUNTS),
        amount: dollars(random.integer(50_000, 900_000)),
        reference: `payout ${payout}`,
        metadata: { run: new Date(midnight).toISOString().slice(0, 7) },
      })
    }
  }
}
