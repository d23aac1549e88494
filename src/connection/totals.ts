import { type Grouping, type GroupSums, mergeGroups } from '../ledger/groups.ts'
import { MAX_ROWS } from '../ledger/ledger.ts'
import { mergeSummaries, type Summary } from '../ledger/summary.ts'
import { isUnopened, type OpenGroup, type Source } from './sources.ts'

/** Reserves a request for each of the lists, where there are several. */
function reserveLists<T>(groups: readonly OpenGroup<T>[]): void {
  for (const { group, sources } of groups) if (sources.length > 1) group.reserve?.(sources)
}

async function countSources<T>(sources: readonly Source<T>[]): Promise<number | null> {
  const counts = await Promise.all(sources.map((source) => source.count()))
  const total = counts.reduce<number | null>((sum, count) => (sum === null || count === null ? null : sum + count), 0)
  return total !== null && total <= MAX_ROWS ? total : null
}

/** The entries of one provider's lists, or of all; null where one of them cannot be counted, or was not opened. */
export async function countGroups<T>(groups: readonly OpenGroup<T>[], provider: string | null): Promise<number | null> {
  const counted = groups.filter(({ group }) => provider === null || group.provider === provider)
  const isMissing = ({ error, isDisabled }: OpenGroup<T>) => error !== null && !(isDisabled && provider === null)
  if (counted.some(isMissing)) return null
  // Where rows are left to check there is no total to read.
  reserveLists(counted.filter(({ sources }) => sources.every(({ accepts }) => accepts === null)))
  return countSources(counted.flatMap(({ sources }) => sources))
}

/**
 * The sums over all lists.
 * @throws the error of a provider that could not be opened or read: sums without it would be wrong
 */
export function summarizeGroups<T>(groups: readonly OpenGroup<T>[]): Promise<Summary> {
  const unopened = groups.find(isUnopened)
  if (unopened?.error) throw unopened.error
  return summarizeSources(groups)
}

/**
 * The sums over the lists of one provider.
 * @throws the error of the provider, also when it is not configured
 */
export function summarizeProvider<T>(groups: readonly OpenGroup<T>[], provider: string): Promise<Summary> {
  const own = groups.filter(({ group }) => group.provider === provider)
  const failed = own.find(({ error }) => error !== null)
  if (failed?.error) throw failed.error
  return summarizeSources(own)
}

async function summarizeSources<T>(groups: readonly OpenGroup<T>[]): Promise<Summary> {
  reserveLists(groups)
  const summaries = groups.flatMap(({ sources }) => sources.map((source) => source.summary?.()))
  return mergeSummaries((await Promise.all(summaries)).filter((summary) => summary !== undefined))
}

/**
 * The sums over all lists by what their entries have in common.
 * @throws the error of a provider that could not be opened or read: sums without it would be wrong
 */
export async function sumGroupsBy<T>(
  groups: readonly OpenGroup<T>[],
  grouping: Grouping,
): Promise<readonly GroupSums[]> {
  const unopened = groups.find(isUnopened)
  if (unopened?.error) throw unopened.error
  reserveLists(groups)
  const sums = await Promise.all(groups.flatMap(({ sources }) => sources.map((source) => source.sumsBy?.(grouping))))
  return mergeGroups(sums.flatMap((parts) => parts ?? []))
}
