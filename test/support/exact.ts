import type { KobbleSandboxEntry } from '../../src/providers/kobble/sandbox/index.ts'
import type { VobizSandboxEntry } from '../../src/providers/vobiz/sandbox/index.ts'
import { directionBy } from '../providers/kobble/contract.ts'

/** Fraction digits that numbers are held with here. */
const DIGITS = 40

/** A decimal number as a whole number of units of its 40th fraction digit, worked out apart from the gateway's own arithmetic. */
export function unitsOf(literal: string): bigint {
  const [, sign, whole, fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? []
  const zeros = DIGITS - fraction.length + Number(exponent)
  if (whole === undefined || zeros < 0) throw new RangeError(`Not a decimal number that fits: ${literal}`)
  return BigInt(`${sign}${whole}${fraction}${'0'.repeat(zeros)}`)
}

/** One currency's sums as the gateway answers them, or as they should be. */
export interface Totals {
  readonly currency: string
  readonly count: number
  readonly credit: string | bigint
  readonly debit: string | bigint
  readonly internal: string | bigint
  readonly net: string | bigint
}

/** A `TransactionSummary`, as the gateway answers it or as it should be. */
export interface Summary {
  readonly count: number
  readonly totals: readonly Totals[]
}

export const SUMMARY = 'summary { count totals { currency count credit debit internal net } }'

/** A summary in which equal numbers are equal, however many zeros they end with. */
export function exactly({ count, totals }: Summary): Summary {
  const units = (value: string | bigint) => (typeof value === 'bigint' ? value : unitsOf(value))
  return {
    count,
    totals: totals.map((sums) => ({
      currency: sums.currency,
      count: sums.count,
      credit: units(sums.credit),
      debit: units(sums.debit),
      internal: units(sums.internal),
      net: units(sums.net),
    })),
  }
}

/** The contribution of an entry to a sum. */
export interface Addend {
  readonly currency: string
  readonly amount: string
  /** Null where it is counted and not added. */
  readonly direction: string | null
}

/** Brute force over entries. */
export function sumUp(addends: readonly Addend[]): Summary {
  const currencies = [...new Set(addends.map(({ currency }) => currency))].sort()
  return {
    count: addends.length,
    totals: currencies.map((currency) => {
      const own = addends.filter((addend) => addend.currency === currency)
      const sum = (direction: string) =>
        own.reduce((units, addend) => units + (addend.direction === direction ? unitsOf(addend.amount) : 0n), 0n)
      const [credit, debit, internal] = ['CREDIT', 'DEBIT', 'INTERNAL'].map(sum) as [bigint, bigint, bigint]
      return { currency, count: own.length, credit, debit, internal, net: credit - debit }
    }),
  }
}

const magnitude = (amount: string) => amount.replace(/^-/, '')

/** One part of `VobizTransactionConnection.byReferenceType`. */
export interface TypeTotals extends Omit<Totals, 'internal'> {
  readonly referenceType: string | null
}

export const BY_TYPE = 'byReferenceType { referenceType currency count credit debit net }'

/** Parts in which equal numbers are equal. */
export const exactParts = (parts: readonly TypeTotals[]): readonly TypeTotals[] =>
  parts.map(({ referenceType, ...part }) => {
    const { internal: _, ...sums } = exactly({ count: 0, totals: [{ ...part, internal: '0' }] }).totals[0]!
    return { referenceType, ...sums }
  })

/** Brute force by reference type: by its name, entries without one last. */
export function sumUpByType(
  entries: readonly VobizSandboxEntry[],
  addendOf: (entry: VobizSandboxEntry) => Addend,
): readonly TypeTotals[] {
  const types = [...new Set(entries.map(({ reference_type }) => reference_type))]
  types.sort((a, b) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
  return types.flatMap((referenceType) => {
    const own = entries.filter(({ reference_type }) => reference_type === referenceType)
    return sumUp(own.map(addendOf)).totals.map(({ internal: _, ...sums }) => ({ referenceType, ...sums }))
  })
}

/** An entry as its row is added: only what is settled, and only what says which way the money went. */
export function byRow({ type, status, currency, amount }: VobizSandboxEntry): Addend {
  const direction = type === 'credit' ? 'CREDIT' : type === 'debit' ? 'DEBIT' : null
  return { currency, amount: magnitude(amount), direction: status === 'completed' ? direction : null }
}

/** An entry as Vobiz's own sums have it: whatever its status, and as a debit unless it is a credit. */
export const byBlock = ({ type, currency, amount }: VobizSandboxEntry): Addend => ({
  currency,
  amount,
  direction: type === 'credit' ? 'CREDIT' : 'DEBIT',
})

/** An entry as the holder of wallets adds it: what is settled and no reservation. */
export function ofKobble(wallets: readonly string[], entry: KobbleSandboxEntry): Addend {
  const { asset, amount, status, type } = entry
  const isAdded = status === 'ACCEPTED' && type !== 'RESERVATION'
  return { currency: asset, amount, direction: isAdded ? directionBy(entry, wallets) : null }
}
