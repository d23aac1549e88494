import { sumOf } from './decimal.ts'
import type { TransactionDirection, TransactionRecord } from './transaction.ts'

/** The sums of one currency, exact. */
export interface CurrencySums {
  readonly count: number
  readonly credit: string
  readonly debit: string
  readonly internal: string
}

/** A count of entries, and their sums by currency. */
export interface Summary {
  readonly count: number
  readonly byCurrency: ReadonlyMap<string, CurrencySums>
}

/** What a provider says of a whole list itself, in the list's only currency. */
export interface ProviderSums {
  readonly count: number
  readonly credit: string
  readonly debit: string
  /** As the rows that came with the sums say; null where none did. */
  readonly currency: string | null
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

/** One summary of several. Currencies are kept apart. */
export function mergeSummaries(summaries: readonly Summary[]): Summary {
  const byCurrency = new Map<string, CurrencySums>()
  for (const summary of summaries) {
    for (const [currency, sums] of summary.byCurrency) {
      byCurrency.set(currency, added(byCurrency.get(currency) ?? NOTHING, sums))
    }
  }
  return { count: summaries.reduce((sum, { count }) => sum + count, 0), byCurrency }
}

/**
 * The summary that a provider made itself. A list without entries has no currency either.
 *
 * @param fallback the currency of sums that came without a row
 */
export function summaryOf({ count, credit, debit, currency }: ProviderSums, fallback: string): Summary {
  const byCurrency = new Map<string, CurrencySums>()
  if (count > 0) byCurrency.set(currency ?? fallback, { count, credit, debit, internal: '0' })
  return { count, byCurrency }
}

/**
 * The summary of entries, one by one. Those that do not affect a balance are counted and not added, and so are those that
 * do not say which way the money went.
 *
 * @param directionOf an entry's direction where it is not its own, for instance as seen from one of two accounts
 */
export function summarize<T extends TransactionRecord>(
  entries: Iterable<T>,
  directionOf: (entry: T) => TransactionDirection | null = ({ direction }) => direction,
): Summary {
  const byCurrency = new Map<string, CurrencySums>()
  let count = 0
  for (const entry of entries) {
    const { amount, currency } = entry.amount
    const direction = entry.affectsBalance ? directionOf(entry) : null
    count += 1
    const one: CurrencySums = {
      count: 1,
      credit: direction === 'CREDIT' ? amount : '0',
      debit: direction === 'DEBIT' ? amount : '0',
      internal: direction === 'INTERNAL' ? amount : '0',
    }
    byCurrency.set(currency, added(byCurrency.get(currency) ?? NOTHING, one))
  }
  return { count, byCurrency }
}
