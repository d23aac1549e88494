import { FieldError, readCount, readDecimal, readList, readWord } from '../../upstream/fields.ts'
import { contentHash, type JsonObject } from '../../upstream/wire.ts'
import { canonicalJson, isJsonObject } from '../../values/exact-json.ts'

/** Vobiz's own sums over the whole filtered window, as exact decimals. */
export interface VobizSummary {
  readonly totalTransactions: number
  readonly totalDebit: string
  readonly totalCredit: string
  readonly netAmount: string
  readonly byReferenceType: readonly {
    readonly referenceType: string
    readonly totalDebit: string
    readonly totalCredit: string
    readonly count: number
  }[]
}

/** The sums of a page, and what changes whenever they do. */
export interface SummaryOfPage {
  /** Null when Vobiz sent none, or one that failed to compute. */
  readonly summary: VobizSummary | null
  /** Changes whenever the sums of the window do; null without a summary. */
  readonly fingerprint: string | null
}

export const NO_SUMMARY: SummaryOfPage = { summary: null, fingerprint: null }

/**
 * Reads the sums of one reference type.
 * @throws {FieldError} when one of them is not as documented
 */
function readPart(json: unknown): VobizSummary['byReferenceType'][number] {
  if (!isJsonObject(json)) throw new FieldError(null, 'expected an object')
  return {
    referenceType: readWord(json.reference_type, 'reference_type'),
    totalDebit: readDecimal(json.total_debit, 'total_debit'),
    totalCredit: readDecimal(json.total_credit, 'total_credit'),
    count: readCount(json.count, 'count'),
  }
}

/** Returns what `read` does; null when a field is not as documented. */
function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof FieldError) return null
    throw error
  }
}

/** Reads the sums. Those by reference type are empty when one of them is not as documented. */
function readSums(json: JsonObject): VobizSummary {
  return {
    totalTransactions: readCount(json.total_transactions, 'total_transactions'),
    totalDebit: readDecimal(json.total_debit, 'total_debit'),
    totalCredit: readDecimal(json.total_credit, 'total_credit'),
    netAmount: readDecimal(json.net_amount, 'net_amount'),
    byReferenceType: orNull(() => readList(json.by_reference_type, 'by_reference_type').map(readPart)) ?? [],
  }
}

/**
 * Reads the summary. Zeros beside rows mean that Vobiz failed to compute it, not that the sums are zero.
 * @see the account-level ledger's page in Vobiz's documentation
 */
export function readSummary(json: unknown, hasRows: boolean): SummaryOfPage {
  const summary = isJsonObject(json) ? orNull(() => readSums(json)) : null
  if (summary === null) return NO_SUMMARY
  const isZero = [summary.totalDebit, summary.totalCredit].every((sum) => !/[1-9]/.test(sum))
  if (hasRows && summary.totalTransactions === 0 && isZero) return NO_SUMMARY
  return { summary, fingerprint: fingerprintOf(json) }
}

/** Hashes a summary. The order of its breakdown is not documented, so it is ignored. */
function fingerprintOf(json: unknown): string {
  const parts = isJsonObject(json) && Array.isArray(json.by_reference_type) ? json.by_reference_type : []
  const sorted = { ...(json as object), by_reference_type: parts.map(canonicalJson).sort() }
  return contentHash(sorted).slice(0, 8)
}
