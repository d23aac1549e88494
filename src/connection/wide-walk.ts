import { isAccepted } from '../ledger/ledger.ts'
import type { ScanDirection } from '../ledger/position.ts'
import type { ListCursors } from './cursor.ts'
import type { Cut } from './cut.ts'
import type { CutCursor, Tally } from './cut-cursor.ts'
import type { Merge, MergedRow, TakenRow } from './merge.ts'
import type { PageCursors, Walk } from './walk.ts'
import type { WalkMemory, WalkState } from './walk-memory.ts'
import { WideCursors } from './wide-cursors.ts'
import type { WideInput } from './wide-input.ts'

/** Where a walk over many sources begins. */
export interface WideOrigin {
  readonly direction: ScanDirection
  readonly cut: Cut | null
  readonly tally: Tally
  readonly marks: CutCursor['marks']
  /** True when every source is read in full with this page, so that rows can be counted from its cut on. */
  readonly isFullRead: boolean
  /** False where what was added in front of the cursor has still to be looked for. */
  readonly isVerified: boolean
  readonly isSorted: boolean
  /** What is known of sources, of those too that cannot be opened now. */
  readonly state: WalkState | null
}

/** A walk over many sources. */
export class WideWalk<T> implements Walk<T> {
  readonly inputs: readonly WideInput<T>[]
  readonly merge: Merge<T, WideInput<T>>
  readonly origin: WideOrigin
  /** The digests of providers that could not be opened. */
  readonly unopened: readonly string[]
  readonly memory: WalkMemory
  /** Rows in front of those of the merge, which were added behind the cursor where the walk had not looked again since. */
  readonly late: readonly TakenRow<T>[]
  /** The late rows that were taken, wanted or not. */
  lateTaken = 0

  constructor(
    merge: Merge<T, WideInput<T>>,
    origin: WideOrigin,
    { unopened, memory, late }: Pick<WideWalk<T>, 'unopened' | 'memory' | 'late'>,
  ) {
    this.inputs = merge.inputs
    this.merge = merge
    this.origin = origin
    this.unopened = unopened
    this.memory = memory
    this.late = late
  }

  get isBudgetExhausted(): boolean {
    return this.merge.isBudgetExhausted
  }

  async take(count: number): Promise<readonly MergedRow<T>[]> {
    const taken: MergedRow<T>[] = []
    while (this.lateTaken < this.late.length && taken.length < count) {
      const step = this.lateTaken - this.late.length
      const { input, row } = this.late[this.lateTaken++]!
      if (isAccepted(row.row, this.inputs[input]!.accepts)) taken.push({ input, row, next: null, step })
    }
    return taken.length === count ? taken : [...taken, ...(await this.merge.take(count - taken.length))]
  }

  async hasMore(): Promise<boolean> {
    return this.lateTaken < this.late.length || this.merge.hasMore()
  }

  hasBehind(): boolean {
    return this.origin.cut !== null
  }

  pageCursors(taken: readonly MergedRow<T>[], cursors: ListCursors): PageCursors {
    return new WideCursors(this, taken, cursors)
  }
}
