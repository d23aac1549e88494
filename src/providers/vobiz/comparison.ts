import type { Period } from '../../graphql/period.ts'
import { haveSameSums, mergeSummaries, type Summary } from '../../ledger/summary.ts'
import { negated } from '../../values/decimal.ts'
import type { VobizCustomerRecord } from './account.ts'
import { addByVobizRule } from './sums.ts'
import { parseTransfer, type VobizTransactionRecord } from './transaction.ts'

/** The most entries that are listed on one side of one discrepancy. */
export const MAX_LISTED = 100

/** A customer, or another account, whose own ledger differs from its entries in the global one. */
export interface Discrepancy {
  /** Null when the account is none of the partner's customers. */
  readonly customer: VobizCustomerRecord | null
  readonly accountId: string
  readonly global: Summary
  readonly own: Summary
  readonly missingFromGlobal: MissingEntries
  readonly missingFromOwn: MissingEntries
}

/** The entries that one side of a discrepancy lacks. */
export interface MissingEntries {
  /** At most `MAX_LISTED`, in the order of the other side's ledger. */
  readonly listed: readonly VobizTransactionRecord[]
  /** The number of all of them. */
  readonly count: number
}

/** Returns true when entries are missing from either side that are not listed. */
export const isTruncated = ({ missingFromGlobal, missingFromOwn }: Discrepancy): boolean =>
  [missingFromGlobal, missingFromOwn].some(({ listed, count }) => count > listed.length)

/** The result of comparing the global ledger with the customers' own, for one period. */
export interface Reconciliation {
  readonly period: Period
  /** The customers' sums in the global ledger; null when Vobiz does not offer one. */
  readonly global: Summary | null
  readonly customers: Summary
  /** The partner's own sums in the global ledger; null when Vobiz does not offer one. */
  readonly partner: Summary | null
  readonly balanced: boolean | null
  readonly discrepancies: readonly Discrepancy[]
}

/** The sums of no entries. */
export const NO_SUMS: Summary = addByVobizRule([])

/** Subtracts a summary from another that it is part of. A currency without entries left is dropped. */
export function difference(whole: Summary, part: Summary): Summary {
  const negative = [...part.byCurrency].map(([currency, { count, credit, debit, internal }]) => {
    const sums = { count: -count, credit: negated(credit), debit: negated(debit), internal: negated(internal) }
    return [currency, sums] as const
  })
  const left = mergeSummaries([whole, { ...part, count: -part.count, byCurrency: new Map(negative) }])
  return { ...left, byCurrency: new Map([...left.byCurrency].filter(([, { count }]) => count !== 0)) }
}

/** Returns the entries whose ids are not among the others'. */
function without(
  entries: readonly VobizTransactionRecord[],
  others: readonly VobizTransactionRecord[],
): MissingEntries {
  const ids = new Set(others.map(({ providerId }) => providerId))
  const missing = entries.filter(({ providerId }) => !ids.has(providerId))
  return { listed: missing.slice(0, MAX_LISTED), count: missing.length }
}

/** Returns true for an entry of the partner itself: on its own account, or the paying side of a transfer. */
export function isPartnerEntry(
  { accountId, reference, direction }: VobizTransactionRecord,
  partnerId: string,
  customers: { has(authId: string): boolean },
): boolean {
  if (accountId === partnerId) return true
  return !customers.has(accountId) && direction === 'DEBIT' && parseTransfer(reference) !== null
}

/** Adds up the sums of the customers' own ledgers. */
export const addCustomers = (own: ReadonlyMap<string, Summary>): Summary => mergeSummaries([NO_SUMS, ...own.values()])

/** The sides of a comparison. */
interface Sides {
  readonly period: Period
  /** The customers' sums in the global ledger; null when Vobiz does not offer one. */
  readonly global: Summary | null
  /** The partner's own sums in the global ledger; null when Vobiz does not offer one. */
  readonly partner: Summary | null
  /** The sums of each customer's own ledger, by auth id. */
  readonly own: ReadonlyMap<string, Summary>
  readonly discrepancies?: readonly Discrepancy[]
}

/** Makes the result. It is balanced when the sums agree and there is no discrepancy; null without a global ledger. */
export function concludeReconciliation({ period, global, partner, own, discrepancies = [] }: Sides): Reconciliation {
  const customers = addCustomers(own)
  const balanced = global && discrepancies.length === 0 && haveSameSums(global, customers)
  return { period, global, customers, partner, balanced, discrepancies }
}

/** One account's entries on both sides. */
interface AccountEntries {
  readonly accountId: string
  /** Null when the account is none of the partner's customers. */
  readonly customer: VobizCustomerRecord | null
  readonly inGlobal: readonly VobizTransactionRecord[]
  readonly inOwn: readonly VobizTransactionRecord[]
}

/** Compares one account's entries on both sides. Returns null when they agree. */
export function compareAccount({ accountId, customer, inGlobal, inOwn }: AccountEntries): Discrepancy | null {
  const [global, own] = [addByVobizRule(inGlobal), addByVobizRule(inOwn)]
  const [missingFromGlobal, missingFromOwn] = [without(inOwn, inGlobal), without(inGlobal, inOwn)]
  if (haveSameSums(global, own) && missingFromGlobal.count === 0 && missingFromOwn.count === 0) return null
  return { customer, accountId, global, own, missingFromGlobal, missingFromOwn }
}
