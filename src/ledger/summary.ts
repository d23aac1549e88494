import { compareDecimals, DecimalSum, sumOf } from '../values/decimal.ts'
import type { DirectionOf, TransactionDirection, TransactionRecord } from './transaction.ts'

/** The sums of one currency, exact. */
export interface CurrencySums {
  readonly count: number
  readonly credit: string
  readonly debit: string
  readonly internal: string
}

/** The rule by which sums were made; see the schema's enum of the same name. */
export type SummaryBasis = 'ENTRIES' | 'PROVIDER' | 'MIXED'

/** The sums of the entries of one kind in one currency. */
export interface KindSums extends CurrencySums {
  /** In the provider's words; null for entries without one. */
  readonly kind: string | null
  readonly currency: string
}

/** A count of entries, and their sums by currency. */
export interface Summary {
  readonly count: number
  readonly byCurrency: ReadonlyMap<string, CurrencySums>
  readonly basis: SummaryBasis
  /** The same sums in parts, which add up to them exactly; null where no kinds were requested, or the provider's do not add up. */
  readonly byKind: readonly KindSums[] | null
}

/** A provider's own sums over a whole list, in the list's only currency. */
export interface ProviderSums {
  readonly count: number
  readonly credit: string
  readonly debit: string
  /** The currency of the rows that came with the sums; null where none came. */
  readonly currency: string | null
  /** The same sums in parts; null where the provider sends none that add up to them. */
  readonly byKind: readonly Omit<KindSums, 'currency' | 'internal'>[] | null
}

const NOTHING: CurrencySums = { count: 0, credit: '0', debit: '0', internal: '0' }

function added(a: CurrencySums, b: CurrencySums): CurrencySums {
  return {
    count: a.count + b.count,
    credit: sumOf(a.credit, b.credit),
    debit: sumOf(a.debit, b.debit),
    internal: sumOf(a.internal, b.internal),
  }
}

/** One basis of several; that of no sums at all is `ENTRIES`. Empty lists do not count beside others: no rule changes them. */
function basisOf(summaries: readonly Summary[]): SummaryBasis {
  const filled = summaries.filter(({ count }) => count > 0)
  const [basis = 'ENTRIES', ...others] = new Set(
    (filled.length > 0 ? filled : summaries).map((summary) => summary.basis),
  )
  return others.length === 0 ? basis : 'MIXED'
}

/** One list of parts of several, each kind and currency once. */
function mergeKinds(parts: readonly KindSums[]): readonly KindSums[] {
  const merged = new Map<string, KindSums>()
  for (const part of parts) {
    const key = JSON.stringify([part.kind, part.currency])
    const known = merged.get(key)
    merged.set(key, known ? { ...part, ...added(known, part) } : part)
  }
  return [...merged.values()]
}

/** One summary of several. Currencies are kept apart, and so are kinds where all of the summaries have them. */
export function mergeSummaries(summaries: readonly Summary[]): Summary {
  const byCurrency = new Map<string, CurrencySums>()
  for (const summary of summaries) {
    for (const [currency, sums] of summary.byCurrency) {
      byCurrency.set(currency, added(byCurrency.get(currency) ?? NOTHING, sums))
    }
  }
  const kinds = summaries.map(({ byKind }) => byKind)
  return {
    count: summaries.reduce((sum, { count }) => sum + count, 0),
    byCurrency,
    basis: basisOf(summaries),
    byKind: kinds.every((parts) => parts !== null) ? mergeKinds(kinds.flat()) : null,
  }
}

/** Returns true when two summaries agree in every currency, to the last digit. */
export function haveSameSums(a: Summary, b: Summary): boolean {
  const currencies = new Set([...a.byCurrency.keys(), ...b.byCurrency.keys()])
  return [...currencies].every((currency) => {
    const [left, right] = [a.byCurrency.get(currency), b.byCurrency.get(currency)]
    return left !== undefined && right !== undefined && isSameSums(left, right)
  })
}

const isSameSums = (a: CurrencySums, b: CurrencySums) =>
  a.count === b.count &&
  (['credit', 'debit', 'internal'] as const).every((side) => compareDecimals(a[side], b[side]) === 0)

/**
 * The summary that a provider made itself. A list without entries has no currency either.
 *
 * @param fallback the currency of sums that came without a row
 */
export function summaryOf({ count, credit, debit, currency, byKind }: ProviderSums, fallback: string): Summary {
  const byCurrency = new Map<string, CurrencySums>()
  const ofList = currency ?? fallback
  if (count > 0) byCurrency.set(ofList, { count, credit, debit, internal: '0' })
  const parts = byKind && mergeKinds(byKind.map((part) => ({ ...part, internal: '0', currency: ofList })))
  return { count, byCurrency, basis: 'PROVIDER', byKind: count > 0 ? parts : [] }
}

/** The part of an entry that its sums depend on. */
export type SummedEntry = Pick<TransactionRecord, 'amount' | 'affectsBalance'>

/** The kind of an entry in its provider's words; null where it has none. */
export type KindOf<T> = (entry: T) => string | null

/**
 * The summary of entries in parts, one for each kind and currency; see `summarize`.
 *
 * @param kindOf the kind of an entry
 * @param directionOf see `summarize`
 */
export function summarizeByKind<T extends SummedEntry>(
  entries: readonly T[],
  kindOf: KindOf<T>,
  directionOf: DirectionOf<T>,
): Summary {
  const kinds = [...Map.groupBy(entries, kindOf)].map(([kind, group]) => ({
    kind,
    summary: summarize(group, directionOf),
  }))
  const whole = mergeSummaries(kinds.map(({ summary }) => summary))
  const byKind = kinds.flatMap(({ kind, summary }) =>
    [...summary.byCurrency].map(([currency, sums]): KindSums => ({ kind, currency, ...sums })),
  )
  return { ...whole, basis: 'ENTRIES', byKind }
}

/** The sums of one currency while entries are added. */
type Accumulator = { count: number } & Readonly<Record<TransactionDirection, DecimalSum>>

const sumsOf = ({ count, CREDIT, DEBIT, INTERNAL }: Accumulator): CurrencySums => ({
  count,
  credit: CREDIT.text(),
  debit: DEBIT.text(),
  internal: INTERNAL.text(),
})

/**
 * The summary of entries, one by one. Those that do not affect a balance are counted and not added, and so are those that
 * do not say which way the money went.
 *
 * @param directionOf the side on which an entry is added, for instance as seen from one of two accounts
 */
export function summarize<T extends SummedEntry>(entries: Iterable<T>, directionOf: DirectionOf<T>): Summary {
  const accumulators = new Map<string, Accumulator>()
  let count = 0
  for (const entry of entries) {
    const { amount, currency } = entry.amount
    const direction = entry.affectsBalance ? directionOf(entry) : null
    let accumulator = accumulators.get(currency)
    if (!accumulator) {
      accumulator = { count: 0, CREDIT: new DecimalSum(), DEBIT: new DecimalSum(), INTERNAL: new DecimalSum() }
      accumulators.set(currency, accumulator)
    }
    count += 1
    accumulator.count += 1
    if (direction !== null) accumulator[direction].add(amount)
  }
  const byCurrency = new Map([...accumulators].map(([currency, sums]) => [currency, sumsOf(sums)]))
  return { count, byCurrency, basis: 'ENTRIES', byKind: null }
}
