import type { ListSums } from '../../ledger/entry-sums.ts'
import { type Grouping, type GroupSums, groupEntries } from '../../ledger/groups.ts'
import type { Accepts, Ledger } from '../../ledger/ledger.ts'
import { readEntries, type ScanBudget } from '../../ledger/scan.ts'
import { type Summary, summarize, summaryOf } from '../../ledger/summary.ts'
import { type DirectedRecord, rowDirection } from '../../ledger/transaction.ts'
import type { VobizLedgerQuery } from './ledger.ts'
import { type PeriodReader, type PeriodSums, readPeriodSums, unitOf } from './period-sums.ts'
import { addByVobizRule, summarizeByReferenceType } from './sums.ts'
import type { VobizTransactionRecord } from './transaction.ts'

/** The sums of a list that an operation selects. All of them follow one rule, so that they add up. */
export interface SelectedSums {
  readonly byReferenceType?: boolean
  readonly groupings?: readonly Grouping[]
}

/** One list whose sums are read. */
export interface SummedList extends Pick<PeriodReader, 'open' | 'reserve' | 'currency'> {
  readonly query: VobizLedgerQuery
  readonly ledger: Ledger<VobizTransactionRecord>
  /** The conditions to check on each row; null for none. */
  readonly accepts: Accepts<DirectedRecord> | null
  /** The rows that may be read for a sum. */
  readonly budget: ScanBudget
  readonly selected: SelectedSums
}

/** The entries of a list, and their sums. */
interface SummedEntries {
  readonly entries: readonly VobizTransactionRecord[]
  readonly summary: Summary
}

/**
 * The sums of one list of Vobiz: its own where it has them for just this list, else from the entries. Sums in groups are
 * Vobiz's own sums of periods, or from the entries; the whole is made in the same way then.
 */
export class VobizListSums implements ListSums {
  readonly #list: SummedList
  #summary: Promise<Summary> | null = null
  #entries: Promise<SummedEntries> | null = null
  #periods: Promise<PeriodSums | null> | null = null

  constructor(list: SummedList) {
    this.#list = list
  }

  summary(): Promise<Summary> {
    this.#summary ??= this.#read()
    return this.#summary
  }

  async sumsBy(grouping: Grouping): Promise<readonly GroupSums[]> {
    const unit = unitOf([grouping])
    const periods = unit === null ? null : await this.#readPeriods()
    if (periods !== null && (periods.unit === 'day' || unit === 'month')) return periods.sumsBy(grouping)
    const { entries, summary } = await this.#readEntries()
    if (summary.basis === 'ENTRIES') return groupEntries(entries, grouping, rowDirection)
    return groupEntries(entries, grouping, rowDirection, addByVobizRule)
  }

  async #read(): Promise<Summary> {
    const { ledger, accepts, currency, selected } = this.#list
    const { byReferenceType = false, groupings = [] } = selected
    if (groupings.length > 0) return (await this.#readPeriods())?.summary ?? (await this.#readEntries()).summary
    const sums = accepts === null ? await ledger.sums() : null
    if (sums && (sums.byKind || !byReferenceType)) return summaryOf(sums, currency)
    return (await this.#readEntries()).summary
  }

  /** Reads Vobiz's own sums of periods; null when not all selected groups can be made of them. */
  #readPeriods(): Promise<PeriodSums | null> {
    this.#periods ??= this.#choosePeriods()
    return this.#periods
  }

  async #choosePeriods(): Promise<PeriodSums | null> {
    const { query, ledger, accepts, budget, selected, open, reserve, currency } = this.#list
    const unit = unitOf(selected.groupings ?? [])
    if (unit === null || accepts !== null) return null
    const rowsLeft = budget.limit - budget.spent
    const sums = await readPeriodSums({ query, ledger, open, reserve, currency, rowsLeft }, unit)
    return selected.byReferenceType && sums?.summary.byKind === null ? null : sums
  }

  #readEntries(): Promise<SummedEntries> {
    this.#entries ??= this.#sumEntries()
    return this.#entries
  }

  /** Reads the entries, and adds them by Vobiz's rule where that makes Vobiz's own sums. */
  async #sumEntries(): Promise<SummedEntries> {
    const { ledger, accepts, budget, currency, selected } = this.#list
    const entries = await readEntries<VobizTransactionRecord>(ledger, accepts, budget)
    const isPlain = !selected.byReferenceType && !selected.groupings?.length
    if (isPlain) return { entries, summary: summarize(entries, rowDirection) }
    const own = accepts === null ? await ledger.sums() : null
    return { entries, summary: summarizeByReferenceType(entries, own, currency) }
  }
}
