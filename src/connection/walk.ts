import { opposite, type ScanDirection } from '../ledger/position.ts'
import { type AnyCursor, isCutCursor, type ListCursors, sourceDigest } from './cursor.ts'
import { MAX_NARROW, type MergedRow } from './merge.ts'
import { openNarrowWalk } from './narrow-walk.ts'
import { isUnopened, type OpenGroup, type Source } from './sources.ts'
import type { WalkMemory } from './walk-memory.ts'
import { openWideWalk } from './wide-opening.ts'

/** Makes the cursors of a page. */
export interface PageCursors {
  /** The cursor of a row, by its index among those that the walk took for the page. */
  ofRow(index: number): AnyCursor
  /** The cursor of the place where the walk stopped, which may be beyond its last row. */
  ofStop(): AnyCursor
}

/** A merge over all sources from one cursor on, up to another one. */
export interface Walk<T> {
  /** The provider and the accounts of each source, and why it could not be read. */
  readonly inputs: readonly {
    readonly provider: string
    readonly digest: string
    readonly accounts: Source<T>['accounts']
    readonly error: Error | null
  }[]
  /** True when the budget for reading ran out before the walk came to its end. */
  readonly isBudgetExhausted: boolean
  /** Takes the next wanted rows; fewer when the sources end, fail, or the budget is exhausted. */
  take(count: number): Promise<readonly MergedRow<T>[]>
  /** Returns true when another wanted row follows, and when something hides whether one does. */
  hasMore(): Promise<boolean>
  /** Returns true when rows precede the walk; null where what was read does not show it. */
  hasBehind(): boolean | null
  /** Returns the cursors of the page whose rows have just been taken. */
  pageCursors(taken: readonly MergedRow<T>[], cursors: ListCursors): PageCursors
}

/** Direction and bounds of a walk. */
export interface WalkOptions {
  readonly direction: ScanDirection
  /** Null for the end of the list. */
  readonly from: AnyCursor | null
  readonly to: AnyCursor | null
  /** Rows that may be read to find wanted ones among them. */
  readonly scanLimit: number
  readonly memory: WalkMemory
  /** True when the walk begins with the entry that `from` was made for, instead of behind it. */
  readonly isEdgeIncluded?: boolean
}

/** Returns a walk's opposite: from where it began, that entry included, the other way. */
export const turnedOptions = (options: WalkOptions): WalkOptions => ({
  ...options,
  direction: opposite(options.direction),
  to: null,
  isEdgeIncluded: true,
})

/**
 * Starts a walk. Of a list of many sources, rows that were taken before may be read; nothing else is read before rows are
 * taken.
 */
export function openWalk<T>(groups: readonly OpenGroup<T>[], options: WalkOptions): Walk<T> | Promise<Walk<T>> {
  const { from, to } = options
  const named = groups.flatMap(({ group, sources }) =>
    sources.map((source) => ({ group, source, digest: sourceDigest(source.key) })),
  )
  const unopened = groups.filter(isUnopened).map(({ group }) => sourceDigest(group.provider))
  const isFromWide = from !== null && isCutCursor(from)
  const isToWide = to !== null && isCutCursor(to)
  if (!isFromWide && !isToWide && named.length <= MAX_NARROW) {
    return openNarrowWalk(named, unopened, { ...options, from, to })
  }
  return openWideWalk(named, unopened, options)
}
