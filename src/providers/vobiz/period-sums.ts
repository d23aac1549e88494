import { type Grouping, type GroupSums, mergeGroups, periodKey } from '../../ledger/groups.ts'
import type { Ledger, Row } from '../../ledger/ledger.ts'
import { haveSameSums, mergeSummaries, type Summary, summaryOf } from '../../ledger/summary.ts'
import { addDays, dayOf, startOfDay } from '../../values/instant.ts'
import type { VobizLedgerQuery } from './ledger.ts'
import type { VobizTransactionRecord } from './transaction.ts'

const DAY_NS = 86_400_000_000_000n
/** Pages that are so many that a request for the first day of a list may save some of them. */
const PAGES_WORTH_PROBING = 10

/** The length of the periods that Vobiz sums: UTC days, or calendar months. */
export type PeriodUnit = 'day' | 'month'

/** Whole UTC days, both included. */
interface Days {
  readonly from: string
  readonly to: string
}

/** Vobiz's own sums of one list, period by period. */
export interface PeriodSums {
  readonly unit: PeriodUnit
  /** The sums of all periods. */
  readonly summary: Summary
  sumsBy(grouping: Grouping): readonly GroupSums[]
}

/** Access to the sums of a list of which Vobiz sums any period. */
export interface PeriodReader {
  readonly query: VobizLedgerQuery
  readonly ledger: Ledger<VobizTransactionRecord>
  /** The list of another period. */
  open(days: Days): Ledger<VobizTransactionRecord>
  /** The rows that may still be read for the sums. */
  readonly rowsLeft: number
  /** The partner's currency, for sums that carry none. */
  readonly currency: string
  /**
   * Reserves one request for each period.
   * @throws {LimitExceededError} when the operation may not send as many
   */
  reserve(unit: PeriodUnit, requests: number): void
}

/** Returns the unit of the periods whose sums make the groups; null when nothing but the entries shows the groups. */
export function unitOf(groupings: readonly Grouping[]): PeriodUnit | null {
  const isOnlyTime = ({ by, zone }: Grouping) =>
    zone.isUtc && [...by].every((name) => name === 'DAY' || name === 'MONTH')
  if (!groupings.every(isOnlyTime)) return null
  return groupings.some(({ by }) => by.has('DAY')) ? 'day' : 'month'
}

const monthNumber = (day: string) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7))

/** Returns the number of days, or of months, that hold a day of a period. */
export function countPeriods({ from, to }: Days, unit: PeriodUnit): number {
  if (unit === 'day') return Number((startOfDay(to) - startOfDay(from)) / DAY_NS) + 1
  return monthNumber(to) - monthNumber(from) + 1
}

/** Returns the last day of a day's month. */
const monthEnd = (day: string) => addDays(`${addDays(`${day.slice(0, 8)}01`, 31).slice(0, 8)}01`, -1)

/** Splits a period into days, or into months, the first and the last cut where the period begins and ends. */
export function splitPeriod({ from, to }: Days, unit: PeriodUnit): Days[] {
  const parts: Days[] = []
  for (let start = from; start <= to; ) {
    const end = unit === 'day' ? start : monthEnd(start)
    parts.push({ from: start, to: end < to ? end : to })
    start = addDays(end, 1)
  }
  return parts
}

/** Returns the days of rows, earliest first. */
const sortedDays = (rows: readonly Row<unknown>[]) =>
  rows.flatMap(({ instant }) => (instant === null ? [] : [dayOf(instant)])).sort()

/** Returns the day of the oldest row. */
async function firstDayOf({ ledger }: PeriodReader, count: number): Promise<string | null> {
  const { rows, offset } = await ledger.ranges!.read({ end: 'newest', offset: count - 1, limit: 1 }, { side: 'start' })
  return sortedDays(rows.slice(count - 1 - offset))[0] ?? null
}

/** The entries of a list, as its first page shows them. */
interface Extent {
  readonly count: number
  /** Requests for the pages behind the first. */
  readonly pages: number
  /** True when they are few enough to be read. */
  readonly isReadable: boolean
}

/**
 * Returns the days from the first to the last entry, within the list's filter; null where they are not known, or where
 * finding them out is not worth a request.
 */
async function daysOf(reader: PeriodReader, newestDay: string, extent: Extent): Promise<Days | null> {
  const { from, to } = reader.query
  const { count, pages, isReadable } = extent
  const isWorthwhile = !isReadable || pages > PAGES_WORTH_PROBING
  const first = from ?? (isWorthwhile ? await firstDayOf(reader, count) : null)
  const last = to !== null && to < newestDay ? to : newestDay
  return first === null || last < first ? null : { from: first, to: last }
}

/** Reads the sums of every period, one small request each; null when Vobiz has none of one of them. */
async function readParts({ open, currency }: PeriodReader, periods: readonly Days[]) {
  const sums = await Promise.all(periods.map(async ({ from, to }) => ({ from, sums: await open({ from, to }).sums() })))
  const parts = sums.flatMap((part) =>
    part.sums ? [{ from: part.from, summary: summaryOf(part.sums, currency) }] : [],
  )
  return parts.length === periods.length ? parts : null
}

/** Returns true when the sums of the whole list are other ones than before: it has changed. */
async function hasChanged({ ledger, currency }: PeriodReader, before: Summary): Promise<boolean> {
  const slice = await ledger.ranges!.read({ end: 'newest', offset: 0, limit: 1 }, { side: 'start', fresh: true })
  const now = slice.sums?.() ?? null
  return now !== null && !haveSameSums(summaryOf(now, currency), before)
}

/**
 * Reads Vobiz's own sums of a list in periods, where that takes fewer requests than reading the entries, or where the
 * entries are more than may be read. The first page is read in any case: it shows how many entries there are.
 *
 * @returns null when the entries are to be read: they are fewer requests, or Vobiz's sums cannot be used
 * @throws {LimitExceededError} when neither is allowed
 */
export async function readPeriodSums(reader: PeriodReader, unit: PeriodUnit): Promise<PeriodSums | null> {
  const { ledger, rowsLeft, currency } = reader
  const limit = Math.max(1, Math.min(ledger.maxRows(), rowsLeft))
  const range = { end: 'newest', offset: 0, limit } as const
  const known = await ledger.ranges!.read(range, { side: 'start' })
  // The sums of a kept page may have changed since, although its rows have not.
  const first = known.kept === 'rows' ? await ledger.ranges!.read(range, { side: 'start', fresh: true }) : known
  const own = first.sums?.() ?? null
  const newestDay = sortedDays(first.rows).at(-1)
  if (own === null || newestDay === undefined) return null
  const pages = Math.ceil((own.count - first.rows.length) / ledger.maxRows())
  const isReadable = own.count <= rowsLeft
  if (isReadable && pages < 2) return null
  const days = await daysOf(reader, newestDay, { count: own.count, pages, isReadable })
  if (days === null) return null
  const count = countPeriods(days, unit)
  if (isReadable && count >= pages) return null
  reader.reserve(unit, count)
  const parts = await readParts(reader, splitPeriod(days, unit))
  if (parts === null) return null
  const summary = mergeSummaries(parts.map((part) => part.summary))
  const whole = summaryOf(own, currency)
  // Entries may have arrived since the first page. Sums that differ for another reason cannot be used.
  if (!haveSameSums(summary, whole) && !(await hasChanged(reader, whole))) return null
  const filled = parts.filter((part) => part.summary.count > 0)
  return {
    unit,
    summary,
    sumsBy: (grouping) =>
      mergeGroups(filled.map((part) => ({ ...periodKey(part.from, grouping), summary: part.summary }))),
  }
}
