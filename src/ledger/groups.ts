import { takeTurn } from '../event-loop.ts'
import type { TimeZone } from '../values/time-zone.ts'
import { ROWS_PER_PAGE_ROW } from './scan.ts'
import { mergeSummaries, type Summary, type SummedEntry, summarize } from './summary.ts'
import type {
  DirectionOf,
  TransactionCategory,
  TransactionDirection,
  TransactionRecord,
  TransactionStatus,
} from './transaction.ts'

/** A property by which entries are grouped; see the schema's enum of the same name. */
export type TransactionGrouping = 'CATEGORY' | 'DIRECTION' | 'STATUS' | 'DAY' | 'MONTH'

/** The properties by which entries are grouped, and the zone of their days. */
export interface Grouping {
  readonly by: ReadonlySet<TransactionGrouping>
  readonly zone: TimeZone
}

/** The values that the entries of a group share; null for a property by which they are not grouped, or that they lack. */
export interface GroupKey {
  /** `YYYY-MM` */
  readonly month: string | null
  /** `YYYY-MM-DD` */
  readonly day: string | null
  readonly category: TransactionCategory | null
  readonly direction: TransactionDirection | null
  readonly status: TransactionStatus | null
}

/** The sums of one group. */
export interface GroupSums extends GroupKey {
  readonly summary: Summary
}

/** The part of an entry that its group and its sums depend on. */
export type GroupedEntry = SummedEntry & Pick<TransactionRecord, 'category' | 'status' | 'instant'>

/** The order of the properties in which groups are sorted. */
const KEYS = ['month', 'day', 'category', 'direction', 'status'] as const satisfies readonly (keyof GroupKey)[]

const identityOf = (key: GroupKey) => KEYS.map((name) => key[name] ?? '').join(' ')

/** Returns the month of a day. */
const monthOf = (day: string) => day.slice(0, -'-DD'.length)

/** Returns the key of a group of entries that are grouped by nothing but time, given a day of it. */
export function periodKey(day: string, { by }: Grouping): GroupKey {
  return {
    month: by.has('MONTH') ? monthOf(day) : null,
    day: by.has('DAY') ? day : null,
    category: null,
    direction: null,
    status: null,
  }
}

const NO_DAY: GroupKey = { month: null, day: null, category: null, direction: null, status: null }

/** Returns a function that returns the key of an entry's group. */
function keyReader<T extends GroupedEntry>(grouping: Grouping, directionOf: DirectionOf<T>): (entry: T) => GroupKey {
  const { by, zone } = grouping
  const hasDays = by.has('DAY') || by.has('MONTH')
  const [hasCategory, hasDirection, hasStatus] = [by.has('CATEGORY'), by.has('DIRECTION'), by.has('STATUS')]
  return (entry) => ({
    ...(hasDays ? periodKey(zone.dayOf(entry.instant), grouping) : NO_DAY),
    category: hasCategory ? entry.category : null,
    direction: hasDirection ? directionOf(entry) : null,
    status: hasStatus ? entry.status : null,
  })
}

function compareKeys(a: GroupKey, b: GroupKey): number {
  for (const name of KEYS) {
    const [left, right] = [a[name], b[name]]
    if (left === right) continue
    if (left === null || right === null) return left === null ? 1 : -1
    return left < right ? -1 : 1
  }
  return 0
}

/** Merges groups with the same key, and sorts them by month, day, category, direction and status, those without one last. */
export function mergeGroups(groups: readonly GroupSums[]): readonly GroupSums[] {
  const merged = Map.groupBy(groups, identityOf)
  return [...merged.values()]
    .map((same) => (same.length === 1 ? same[0]! : { ...same[0]!, summary: mergeSummaries(same.map(summaryOf)) }))
    .sort(compareKeys)
}

const summaryOf = ({ summary }: GroupSums) => summary

/**
 * Groups entries in a turn of the event loop, and sums each group; see `mergeGroups` for the order. The sums of the groups
 * add up to those of all entries.
 *
 * @param directionOf see `summarize`; also the direction by which entries are grouped
 * @param summarizeGroup sums the entries of one group
 */
export async function groupEntries<T extends GroupedEntry>(
  entries: readonly T[],
  grouping: Grouping,
  directionOf: DirectionOf<T>,
  summarizeGroup: (entries: readonly T[]) => Summary = (own) => summarize(own, directionOf),
): Promise<readonly GroupSums[]> {
  await takeTurn(entries.length / ROWS_PER_PAGE_ROW)
  const keyOf = keyReader(grouping, directionOf)
  const groups = new Map<string, { readonly key: GroupKey; readonly entries: T[] }>()
  for (const entry of entries) {
    const key = keyOf(entry)
    const identity = identityOf(key)
    const group = groups.get(identity)
    if (group) group.entries.push(entry)
    else groups.set(identity, { key, entries: [entry] })
  }
  return mergeGroups([...groups.values()].map(({ key, entries: own }) => ({ ...key, summary: summarizeGroup(own) })))
}
