import type { EntrySource, Source } from '../connection/sources.ts'
import type { Summary } from '../ledger/summary.ts'

/**
 * Adds sums to a source of entries. They are read once, however many fields select them.
 *
 * @param readSummary reads the sums over all entries that match
 */
export function withSummary<T>(source: Source<T>, readSummary: () => Promise<Summary>): EntrySource<T> {
  let summary: Promise<Summary> | null = null
  return {
    ...source,
    summary() {
      summary ??= readSummary()
      return summary
    },
  }
}
