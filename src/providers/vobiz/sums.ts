import {
  haveSameSums,
  type ProviderSums,
  type Summary,
  type SummedEntry,
  summarize,
  summarizeByKind,
  summaryOf,
} from '../../ledger/summary.ts'
import { type DirectedRecord, rowDirection } from '../../ledger/transaction.ts'
import { compareDecimals, sumOf } from '../../values/decimal.ts'
import type { VobizSummary } from './summary-wire.ts'
import type { VobizTransactionRecord } from './transaction.ts'
import type { VobizTransactionPage } from './wire.ts'

/** The name in Vobiz's breakdown for entries without a reference type. */
const NO_TYPE = 'unknown'

/** Returns the kind of a part of Vobiz's sums; null for entries without a reference type. */
const typeOf = (referenceType: string | null) => (referenceType === NO_TYPE ? null : referenceType || null)

const isZero = (decimal: string) => compareDecimals(decimal, '0') === 0

/** Reads Vobiz's breakdown by reference type; null when it does not add up to the sums that it is part of. */
function partsOf({
  byReferenceType,
  totalTransactions,
  totalCredit,
  totalDebit,
}: VobizSummary): ProviderSums['byKind'] {
  const parts = byReferenceType.map(({ referenceType, count, totalCredit: credit, totalDebit: debit }) => ({
    kind: typeOf(referenceType),
    count,
    credit,
    debit,
  }))
  const isWhole =
    parts.reduce((sum, { count }) => sum + count, 0) === totalTransactions &&
    compareDecimals(sumOf(...parts.map(({ credit }) => credit)), totalCredit) === 0 &&
    compareDecimals(sumOf(...parts.map(({ debit }) => debit)), totalDebit) === 0
  if (!isWhole) return null
  return parts.filter(({ count, credit, debit }) => count > 0 || !isZero(credit) || !isZero(debit))
}

/**
 * Reads Vobiz's own sums of the whole window; null when there are none, or when they contradict themselves: in the number
 * of entries, or with a net amount that is not the difference. Vobiz adds amounts whatever their currencies, so sums beside
 * rows of several currencies are rejected, too.
 */
export function sumsOf({ sums, total, rows }: VobizTransactionPage): ProviderSums | null {
  const { summary } = sums
  if (summary === null || summary.totalTransactions !== total) return null
  const { totalCredit, totalDebit, netAmount } = summary
  if (compareDecimals(sumOf(totalDebit, netAmount), totalCredit) !== 0) return null
  const isZeroed = total > 0 && [totalCredit, totalDebit].every(isZero)
  const currencies = new Set(rows.flatMap(({ value }) => (value instanceof Error ? [] : [value.currency])))
  if (isZeroed || currencies.size > 1) return null
  const [currency = null] = currencies
  return { count: total, credit: totalCredit, debit: totalDebit, currency, byKind: partsOf(summary) }
}

type TypedEntry = SummedEntry & Pick<DirectedRecord, 'direction'> & Pick<VobizTransactionRecord, 'referenceType'>

/** Yields entries as Vobiz adds them in its own sums: each on its side, settled or not. */
function* asVobizAdds(entries: Iterable<VobizTransactionRecord>): Generator<TypedEntry> {
  for (const { amount, direction, referenceType } of entries) {
    yield { amount, direction, referenceType, affectsBalance: true }
  }
}

/** Sums entries by the rule of Vobiz's own sums. */
export const addByVobizRule = (entries: Iterable<VobizTransactionRecord>): Summary => ({
  ...summarize(asVobizAdds(entries), rowDirection),
  basis: 'PROVIDER',
})

/**
 * Sums a list's entries by reference type. When the entries add up to Vobiz's own sums by Vobiz's rule, these remain the
 * sums, so that selecting the parts does not change the whole; otherwise the entries are added by the rule for entries, and
 * `basis` is `ENTRIES`.
 *
 * @param own Vobiz's own sums of the same entries; null when they cannot be used
 * @param fallback the currency of sums that came without a row
 */
export function summarizeByReferenceType(
  entries: readonly VobizTransactionRecord[],
  own: ProviderSums | null,
  fallback: string,
): Summary {
  const kindOf = ({ referenceType }: TypedEntry) => typeOf(referenceType)
  if (own !== null) {
    const summary = summarizeByKind([...asVobizAdds(entries)], kindOf, rowDirection)
    if (haveSameSums(summary, summaryOf(own, fallback))) return { ...summary, basis: 'PROVIDER' }
  }
  return summarizeByKind(entries, kindOf, rowDirection)
}
