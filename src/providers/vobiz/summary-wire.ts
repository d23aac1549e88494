import { hash } from 'node:crypto'
import { FieldError, readCount, readDecimal, readList, readWord } from '../../upstream/fields.ts'
import type { JsonObject } from '../../upstream/wire.ts'
import { isJsonObject } from '../../values/exact-json.ts'

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

/** The sums without their parts. */
type Totals = Omit<VobizSummary, 'byReferenceType'>

const readTotals = (json: JsonObject): Totals => ({
  totalTransactions: readCount(json.total_transactions, 'total_transactions'),
  totalDebit: readDecimal(json.total_debit, 'total_debit'),
  totalCredit: readDecimal(json.total_credit, 'total_credit'),
  netAmount: readDecimal(json.net_amount, 'net_amount'),
})

const isZero = ({ totalTransactions, totalDebit, totalCredit }: Totals) =>
  totalTransactions === 0 && !/[1-9]/.test(totalDebit + totalCredit)

/** A summary that is read when it is needed: most operations select no sums, and need a fingerprint only for a cursor. */
class SentSummary implements SummaryOfPage {
  readonly #json: JsonObject
  readonly #hasRows: boolean
  #totals: Totals | null | undefined
  #fingerprint: string | null = null

  constructor(json: JsonObject, hasRows: boolean) {
    this.#json = json
    this.#hasRows = hasRows
  }

  get summary(): VobizSummary | null {
    const totals = this.#readTotals()
    const json = this.#json.by_reference_type
    // The parts are empty when one of them is not as documented.
    return (
      totals && { ...totals, byReferenceType: orNull(() => readList(json, 'by_reference_type').map(readPart)) ?? [] }
    )
  }

  get fingerprint(): string | null {
    if (this.#readTotals() !== null) this.#fingerprint ??= fingerprintOf(this.#json)
    return this.#fingerprint
  }

  /** Zeros beside rows mean that Vobiz failed to compute the summary, not that the sums are zero. */
  #readTotals(): Totals | null {
    if (this.#totals === undefined) {
      const totals = orNull(() => readTotals(this.#json))
      this.#totals = totals !== null && this.#hasRows && isZero(totals) ? null : totals
    }
    return this.#totals
  }
}

/**
 * Reads the summary.
 * @see the account-level ledger's page in Vobiz's documentation
 */
export const readSummary = (json: unknown, hasRows: boolean): SummaryOfPage =>
  isJsonObject(json) ? new SentSummary(json, hasRows) : NO_SUMMARY

/** Hashes the documented fields of a summary. The order of its breakdown is not documented, so it is ignored. */
function fingerprintOf(json: JsonObject): string {
  const parts = Array.isArray(json.by_reference_type) ? json.by_reference_type : []
  const totals = [json.total_transactions, json.total_debit, json.total_credit, json.net_amount]
  return hash('sha256', JSON.stringify([totals, parts.map(partText).sort()])).slice(0, 8)
}

const partText = (part: unknown): string =>
  JSON.stringify(isJsonObject(part) ? [part.reference_type, part.count, part.total_debit, part.total_credit] : part)
