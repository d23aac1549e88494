import type { ListSums } from '../../ledger/entry-sums.ts'
import type { Accepts, Ledger } from '../../ledger/ledger.ts'
import { readEntries, type ScanBudget } from '../../ledger/scan.ts'
import { type Summary, summarize, summaryOf } from '../../ledger/summary.ts'
import { type DirectedRecord, rowDirection } from '../../ledger/transaction.ts'
import { summarizeByReferenceType } from './sums.ts'
import type { VobizTransactionRecord } from './transaction.ts'

/** One list whose sums are read. */
export interface SummedList {
  readonly ledger: Ledger<VobizTransactionRecord>
  /** The conditions to check on each row; null for none. */
  readonly accepts: Accepts<DirectedRecord> | null
  /** The rows that may be read for a sum. */
  readonly budget: ScanBudget
  /** The partner's currency, for sums that carry none. */
  readonly currency: string
  /** True when the sums by reference type are read as well. */
  readonly byReferenceType: boolean
}

/** The sums of one list of Vobiz: its own where it has them for just this list, else from the entries. */
export class VobizListSums implements ListSums {
  readonly #list: SummedList
  #summary: Promise<Summary> | null = null

  constructor(list: SummedList) {
    this.#list = list
  }

  summary(): Promise<Summary> {
    this.#summary ??= this.#list.byReferenceType ? this.#readByType() : this.#read()
    return this.#summary
  }

  async #read(): Promise<Summary> {
    const { ledger, accepts, budget, currency } = this.#list
    const sums = accepts === null ? await ledger.sums() : null
    return sums ? summaryOf(sums, currency) : summarize(await readEntries(ledger, accepts, budget), rowDirection)
  }

  /** The sums with their parts by reference type: the parts that Vobiz sends, else from the entries. */
  async #readByType(): Promise<Summary> {
    const { ledger, accepts, budget, currency } = this.#list
    const sums = accepts === null ? await ledger.sums() : null
    if (sums?.byKind) return summaryOf(sums, currency)
    const entries = await readEntries<VobizTransactionRecord>(ledger, accepts, budget)
    return summarizeByReferenceType(entries, accepts === null ? await ledger.sums() : null, currency)
  }
}
