import type { StreamRow } from '../ledger/ledger.ts'
import { isAhead } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'
import type { ListCursors } from './cursor.ts'
import { type Cut, furtherCut, isBeyondCut } from './cut.ts'
import { type CutCursor, NO_PAGE, type Tally } from './cut-cursor.ts'
import { rowDigest } from './late-rows.ts'
import type { MergedRow, TakenRow } from './merge.ts'
import type { Outlook } from './merge-input.ts'
import { lagOf, positionOf } from './source-position.ts'
import type { PageCursors } from './walk.ts'
import type { SourceState, WalkState } from './walk-memory.ts'
import type { WideInput } from './wide-input.ts'
import type { WideWalk } from './wide-walk.ts'

/** Rows of a source whose instants are remembered. */
const MAX_OUTLOOK = 8

/** How far a walk has come with a number of rows. */
interface Progress {
  /** The furthest row. */
  readonly cut: Cut | null
  /** The last row. */
  readonly last: Cut | null
  /** Rows since the cursor's own tally began. */
  readonly tally: Tally
  /** Rows beyond the cursor that the walk began at. */
  readonly ownTally: Tally
}

/** Returns the instants of rows for as long as they have one. */
function outlookOf<T>(rows: readonly StreamRow<T>[], isEnded: boolean): Outlook | null {
  const instants: Instant[] = []
  for (const { instant } of rows.slice(0, MAX_OUTLOOK)) {
    if (instant === null) break
    instants.push(instant)
  }
  const isEnd = isEnded && instants.length === rows.length
  return instants.length > 0 || isEnd ? { instants, isEnd } : null
}

/** Returns a tally with one row more. */
const withRow = ({ cut, includesRow, rows, sum }: Tally, row: Cut): Tally => ({
  cut: cut ?? row,
  includesRow: includesRow || cut === null,
  rows: rows + 1,
  sum: sum + BigInt(`0x${row.row}`),
})

/** The cursors of a page over many sources. Making one of them remembers how far the page has come in every source. */
export class WideCursors<T> implements PageCursors {
  readonly #walk: WideWalk<T>
  readonly #taken: readonly MergedRow<T>[]
  readonly #cursors: ListCursors
  /** Rows that the page has taken, wanted or not; late ones first. */
  readonly #rows: readonly TakenRow<T>[]
  /** Rows of the merge among them. */
  readonly #steps: number
  /** The inputs that had failed when the page was read. One that fails when a flag is read is where the page left it. */
  readonly #failed: ReadonlySet<WideInput<T>>
  /** The inputs that had not been read by then. */
  readonly #unread: ReadonlySet<WideInput<T>>
  #progress: readonly Progress[] | null = null
  #page: string | null = null

  constructor(walk: WideWalk<T>, taken: readonly MergedRow<T>[], cursors: ListCursors) {
    this.#walk = walk
    this.#taken = taken
    this.#cursors = cursors
    const merged = walk.merge.takenRows()
    this.#rows = [...walk.late.slice(0, walk.lateTaken), ...merged]
    this.#steps = merged.length
    this.#failed = new Set(walk.inputs.filter(({ error }) => error !== null))
    this.#unread = new Set(walk.inputs.filter(({ isOpen }) => !isOpen))
  }

  ofRow(index: number): CutCursor {
    const { input, row, step } = this.#taken[index]!
    const rows = this.#walk.late.length + step + 1
    const cut = this.#progressAt(rows).cut
    return this.#cursorAt(rows, cut?.source === this.#walk.inputs[input]!.digest && cut.row === rowDigest(row))
  }

  ofStop(): CutCursor {
    return this.#cursorAt(this.#rows.length, false)
  }

  #cursorAt(rows: number, isEdge: boolean): CutCursor {
    const late = this.#walk.late.length
    // Late rows that are still to come, or that were not looked for, are found only by reading everything again.
    const isKept = rows >= late && this.#walk.lateTaken === late && this.#walk.origin.isVerified
    this.#page ??= isKept ? this.#remember() : null
    const cursor = this.#unnamedCursor(rows, isEdge)
    return isKept && this.#page !== null ? { ...cursor, page: this.#page, steps: rows - late } : cursor
  }

  #unnamedCursor(rows: number, isEdge: boolean): CutCursor {
    const { direction, isFullRead, cut: start } = this.#walk.origin
    const { cut, last, tally, ownTally } = this.#progressAt(rows)
    const hasAdvanced = cut !== start
    return {
      direction,
      cut,
      isEdge,
      // Once it is beyond the cut, nothing that was added in front of it is missing any more.
      tally: isFullRead && hasAdvanced ? ownTally : tally,
      marks: this.#marksAt(last, hasAdvanced),
      page: NO_PAGE,
      steps: 0,
    }
  }

  /** How far the walk had come with so many rows. */
  #progressAt(rows: number): Progress {
    this.#progress ??= this.#readProgress()
    return this.#progress[rows]!
  }

  #readProgress(): readonly Progress[] {
    const { origin } = this.#walk
    const { direction, cut: start } = origin
    const isBeyond = (cut: Cut | null, { instant, source }: Cut) =>
      cut === null || isBeyondCut(cut, instant, source, direction) !== false
    let now: Progress = {
      cut: start,
      last: null,
      tally: origin.tally,
      ownTally: { cut: start, includesRow: false, rows: 0, sum: 0n },
    }
    const progress = [now]
    for (const { input, row } of this.#rows) {
      const last = this.#cutOf(input, row)
      now = {
        last,
        cut: isBeyond(now.cut, last) ? last : now.cut,
        tally: isBeyond(now.tally.cut, last) ? withRow(now.tally, last) : now.tally,
        ownTally: isBeyond(start, last) ? withRow(now.ownTally, last) : now.ownTally,
      }
      progress.push(now)
    }
    return progress
  }

  /** How far the walk has come in sources that are not where its cut says. */
  #marksAt(last: Cut | null, hasAdvanced: boolean): ReadonlyMap<string, Cut | null> {
    const { origin, inputs, unopened } = this.#walk
    const { direction } = origin
    const open = new Set([...inputs.map(({ digest }) => digest), ...inputs.map(({ providerDigest }) => providerDigest)])
    const marks = new Map<string, Cut | null>()
    for (const [key, mark] of origin.marks) {
      if (!open.has(key)) {
        if (unopened.length > 0) marks.set(key, mark)
      } else if (!hasAdvanced) marks.set(key, furtherCut(mark, last, direction))
    }
    for (const key of unopened) if (!marks.has(key)) marks.set(key, origin.cut)
    for (const [index, input] of inputs.entries()) {
      if (this.#failed.has(input)) marks.set(input.digest, this.#markOf(index, last))
    }
    return marks
  }

  /** How far the walk had come in a source that failed, when it took a row. */
  #markOf(index: number, last: Cut | null): Cut | null {
    const { origin, inputs, merge } = this.#walk
    const input = inputs[index]!
    const start = input.start.cut
    const row = merge.inputAt(index, this.#steps).last ?? input.before
    const own = row && this.#cutOf(index, row)
    if (own === null || last === null) return start
    const isLater = isBeyondCut(last, own.instant, own.source, origin.direction) === true
    return isLater ? furtherCut(start, last, origin.direction) : own
  }

  #cutOf(index: number, row: StreamRow<T>): Cut {
    return { instant: row.instant, source: this.#walk.inputs[index]!.digest, row: rowDigest(row) }
  }

  /** Remembers how far this page has come. Returns its name. */
  #remember(): string {
    const { origin, inputs, merge, memory } = this.#walk
    const page = this.#pageName()
    const sources = new Map(origin.state?.sources)
    const lastSteps = new Map<string, number>()
    let isSorted = origin.isSorted
    for (const [index, input] of inputs.entries()) {
      if (!input.isOpen || (input.error !== null && this.#unread.has(input))) {
        if (input.known) sources.set(input.digest, input.known)
        else sources.delete(input.digest)
        continue
      }
      sources.set(input.digest, this.#stateOf(index))
      isSorted &&= this.#isSorted(index)
      const step = merge.lastStep(index, this.#steps)
      if (step > 0) lastSteps.set(input.digest, step)
    }
    const state: WalkState = { direction: origin.direction, sources, lastSteps, lateStep: this.#lateStep(), isSorted }
    memory.set(page, state)
    return page
  }

  #lateStep(): number {
    const index = this.#rows.findLastIndex((_, at) => this.#progressAt(at + 1).cut === this.#progressAt(at).cut)
    return Math.max(0, index + 1 - this.#walk.late.length)
  }

  /** Pages of different sizes may end at the same row. Their steps are counted from different rows, so they are not the same. */
  #pageName(): string {
    const rows = this.#rows.map((_, index) => this.#progressAt(index + 1).last!)
    const digests = rows.map(({ source, row }) => source + row).join('')
    return this.#cursors.pageOf(this.#unnamedCursor(this.#rows.length, false), digests)
  }

  #isSorted(index: number): boolean {
    const { merge, origin } = this.#walk
    const { last, following } = merge.inputAt(index, 0)
    const instants = [last, ...following].flatMap((row) => row?.instant ?? [])
    return instants.every((instant, at) => at === 0 || !isAhead(origin.direction, instants[at - 1]!, instant))
  }

  /** How far the page has come in a source that it read. */
  #stateOf(index: number): SourceState {
    const { origin, inputs, merge } = this.#walk
    const { direction } = origin
    const input = inputs[index]!
    const { start, known, watermark, stream } = input
    const { last: taken, following } = merge.inputAt(index, this.#steps)
    const last = taken ?? input.before
    const hasFailed = this.#failed.has(input)
    const end = this.#progressAt(this.#rows.length)
    const reached = end.cut?.instant ?? null
    const lag = lagOf({ watermark, hasFailed, last, next: following[0] ?? null }, reached, {
      direction,
      from: origin.cut?.instant,
    })
    const incoming = start.position.at === 'end' ? null : start.position
    const position = positionOf(
      { incoming, hasFailed, last, next: following[0] ?? null, startPosition: () => stream.startPosition() },
      reached,
      direction,
    )
    return {
      start: {
        position,
        skipped: position === incoming ? start.skipped : null,
        watermark: lag === undefined ? reached : lag,
        cut: hasFailed
          ? this.#markOf(index, end.last)
          : lag === undefined
            ? end.cut
            : last
              ? this.#cutOf(index, last)
              : start.cut,
        window: start.window,
      },
      ahead: hasFailed ? null : outlookOf(following, stream.isEnded),
      behind: last
        ? outlookOf([last], false)
        : (known?.behind ?? (incoming === null ? { instants: [], isEnd: true } : null)),
    }
  }
}
