import { type Position, type ScanDirection, startOf } from '../ledger/position.ts'
import { type Cursor, isCutCursor, sourceDigest } from './cursor.ts'
import { boundAtCut, type Cut, cutAt, furtherCut, isBeyondCut, NO_ROW, startAt } from './cut.ts'
import type { CutCursor, Tally } from './cut-cursor.ts'
import { lateRows } from './late-rows.ts'
import { Merge, type TakenRow } from './merge.ts'
import { boundAt, positionInSource, type SourcePosition, tieAt } from './source-position.ts'
import { reserveRequests } from './sources.ts'
import type { Walk, WalkOptions } from './walk.ts'
import type { SourceStart, WalkState } from './walk-memory.ts'
import { type NamedSource, WideInput, type WideSource } from './wide-input.ts'
import { type WideOrigin, WideWalk } from './wide-walk.ts'

/** Rows after which every source is read again, for each source: as many can be read again with one request each. */
const ROWS_PER_SOURCE = 5
const MIN_TALLY_ROWS = 500

/** The tally of a walk from a cut on that has taken nothing yet. */
const emptyTally = (cut: Cut | null): Tally => ({ cut, includesRow: false, rows: 0, sum: 0n })

/** How far a walk had come in a source when a cursor was made; null where nothing was read of it. */
function markIn<T>({ marks, cut }: Pick<CutCursor, 'marks' | 'cut'>, named: WideSource<T>): Cut | null {
  for (const key of [named.digest, named.providerDigest]) {
    const mark = marks.get(key)
    if (mark !== undefined) return mark
  }
  return cut
}

/** The start of a walk at a cut in one source. */
function startFrom<T>(
  cut: Cut | null,
  { source, digest }: WideSource<T>,
  direction: ScanDirection,
  { end = startOf(direction), includesRow = false } = {},
): SourceStart {
  if (cut === null) return { position: { at: 'end', end }, skipped: null, watermark: null, cut, window: null }
  const window = source.narrowed ? cut.instant : null
  return { ...startAt(cut, digest, direction, includesRow), watermark: cut.instant, cut, window }
}

/** The place in the merge up to which a source was read by a cursor that holds a position for every source. */
function cutOfPosition({ position, watermark }: SourcePosition, digest: string, direction: ScanDirection): Cut | null {
  if (position.at === 'anchor' && position.side === direction && position.anchor.instant !== null) {
    return { instant: position.anchor.instant, source: digest, row: position.anchor.digest }
  }
  return watermark === null ? null : { instant: watermark, source: digest, row: NO_ROW }
}

/** The furthest row that a cursor with a position for every source is behind. */
function cutOfPositions({ instant, positions }: Cursor, direction: ScanDirection, open: ReadonlySet<string>): Cut {
  let cut = cutAt(instant, direction)
  for (const [source, position] of positions) {
    if (position.at !== 'anchor' || position.side !== direction || !open.has(source)) continue
    if (position.anchor.instant !== instant) continue
    const own: Cut = { instant, source, row: position.anchor.digest }
    if (isBeyondCut(cut, instant, source, direction)) cut = own
  }
  return cut
}

/** The start of a walk from a cursor that holds a position for every source. */
function originOfPositions(from: Cursor | null, direction: ScanDirection, open: ReadonlySet<string>): WideOrigin {
  const marks = new Map<string, Cut | null>()
  for (const [digest, watermark] of from?.lagging ?? []) {
    const position: Position = from?.positions.get(digest) ?? { at: 'end', end: startOf(direction) }
    marks.set(digest, cutOfPosition({ position, watermark }, digest, direction))
  }
  const cut = from && cutOfPositions(from, direction, open)
  return {
    direction,
    cut,
    tally: emptyTally(cut),
    marks,
    isFullRead: false,
    isVerified: true,
    isSorted: true,
    state: null,
  }
}

/** Opens the sources of a list where a walk begins, and bounds them where it ends. */
class WideOpening<T> {
  readonly #named: readonly WideSource<T>[]
  readonly #open: ReadonlySet<string>
  readonly #unopened: readonly string[]
  readonly #options: WalkOptions

  constructor(named: readonly WideSource<T>[], unopened: readonly string[], options: WalkOptions) {
    // Rows of one instant go by the digests of their sources, whatever the order in which a provider lists them.
    this.#named = [...named].sort((a, b) => (a.digest < b.digest ? -1 : 1))
    this.#open = new Set(named.map(({ digest }) => digest))
    this.#unopened = unopened
    this.#options = options
  }

  async open(): Promise<WideWalk<T>> {
    const { from, direction, memory } = this.#options
    if (from === null || !isCutCursor(from)) return this.#openPositions(from)
    // Between lists that are split in another way, rows of one instant have no common order.
    const isSplit = from.cut !== null && !this.#open.has(from.cut.source) && this.#unopened.length === 0
    const cursor = isSplit ? { ...from, cut: cutAt(from.cut.instant, direction) } : from
    const state = memory.get(cursor.page)
    if (cursor.direction !== direction) return this.#openTurned(cursor, state)
    const isLong = cursor.tally.rows >= Math.max(MIN_TALLY_ROWS, this.#named.length * ROWS_PER_SOURCE)
    if (state === null) return this.#readAgain(cursor)
    // A late entry that the page took behind the cursor's own lies in front of the cursor: only its tally shows it.
    if (state.isSorted && cursor.steps < state.lateStep) return this.#readAgain(cursor)
    return this.#openKnown(cursor, state, isLong && state.isSorted && cursor.cut !== null)
  }

  #walk(inputs: readonly WideInput<T>[], origin: WideOrigin, late: readonly TakenRow<T>[] = []): WideWalk<T> {
    this.#bound(inputs, origin)
    const { scanLimit, memory } = this.#options
    return new WideWalk(this.#merge(inputs, scanLimit), origin, { unopened: this.#unopened, memory, late })
  }

  #merge(inputs: readonly WideInput<T>[], budget: number): Merge<T, WideInput<T>> {
    return new Merge(inputs, { direction: this.#options.direction, budget, onRead: reserveRequests })
  }

  #openPositions(from: Cursor | null): WideWalk<T> {
    const { direction } = this.#options
    const inputs = this.#named.map((named) => {
      const context = { digest: named.digest, open: this.#open, direction }
      const found = positionInSource(from, context)
      const cut = cutOfPosition(found, named.digest, direction)
      return new WideInput(named, direction, { ...found, cut, window: null, skipped: null })
    })
    return this.#walk(inputs, originOfPositions(from, direction, this.#open))
  }

  /** Goes on from a page that is remembered. */
  #openKnown(cursor: CutCursor, state: WalkState, isFullRead: boolean): WideWalk<T> {
    const { direction } = this.#options
    const { sources, lastSteps, isSorted } = state
    const inputs = this.#named.map((named) => {
      const known = sources.get(named.digest)
      if (known === undefined || (lastSteps.get(named.digest) ?? 0) > cursor.steps) {
        return new WideInput(named, direction, startFrom(markIn(cursor, named), named, direction))
      }
      // The cursor may be that of an earlier row of the page.
      const { cut } = known.start
      const isLater = cut !== null && cursor.cut !== null && furtherCut(cursor.cut, cut, direction) === cut
      const start =
        cut !== null && isLater ? { ...known.start, watermark: cursor.cut.instant, cut: cursor.cut } : known.start
      return new WideInput(named, direction, start, { ...known, start, ahead: isFullRead ? null : known.ahead })
    })
    return this.#walk(inputs, { ...cursor, isFullRead, isVerified: true, isSorted, state })
  }

  /** Goes back from a cursor that a walk in the other direction made. */
  #openTurned(cursor: CutCursor, state: WalkState | null): WideWalk<T> {
    const { direction } = this.#options
    const { cut, marks } = cursor
    const inputs = this.#named.map((named) => {
      const options = { end: startOf(cursor.direction), includesRow: !cursor.isEdge }
      const start = startFrom(markIn(cursor, named), named, direction, options)
      // What is known of the entry's own list counts the entry to the other side of the cursor.
      const isEdge = cursor.isEdge && cut?.source === named.digest
      const known = isEdge ? undefined : state?.sources.get(named.digest)
      const isSeen = known !== undefined && (state?.lastSteps.get(named.digest) ?? 0) <= cursor.steps
      const turned = isSeen && state?.direction === cursor.direction
      return new WideInput(named, direction, start, turned ? { start, ahead: known.behind, behind: known.ahead } : null)
    })
    const tally = emptyTally(cut)
    const isSorted = state?.isSorted ?? true
    return this.#walk(inputs, {
      direction,
      cut,
      tally,
      marks,
      isFullRead: false,
      isVerified: true,
      isSorted,
      state: null,
    })
  }

  /**
   * Goes on from a page that is not remembered: reads the rows again that were taken since every source was last read, and
   * compares them with the cursor's tally. Rows that were added since then are returned first.
   */
  async #readAgain(cursor: CutCursor): Promise<WideWalk<T>> {
    const { tally } = cursor
    // Without all of the sources there is nothing to compare.
    if (this.#unopened.length > 0) return this.#openUnverified(cursor)
    const inputs = this.#named.map((named) => this.#inputFromTally(cursor, named))
    const merge = this.#merge(inputs, Number.POSITIVE_INFINITY)
    await merge.drain(Math.ceil((2 * tally.rows) / Math.max(1, inputs.length)))
    if (inputs.some(({ error }) => error !== null)) return this.#openUnverified(cursor)
    const late = lateRows(merge.takenRows(), tally)
    if (late === null) return this.#startAgain(cursor)
    for (const input of inputs) input.resume(markIn(cursor, input.named)?.instant ?? null)
    return this.#walk(inputs, { ...cursor, isFullRead: false, isVerified: true, isSorted: true, state: null }, late)
  }

  /** Goes on from a cursor alone. What was added in front of it is looked for later, when every source can be read. */
  #openUnverified(cursor: CutCursor): WideWalk<T> {
    const { direction } = this.#options
    const inputs = this.#named.map(
      (named) => new WideInput(named, direction, startFrom(markIn(cursor, named), named, direction)),
    )
    return this.#walk(inputs, { ...cursor, isFullRead: false, isVerified: false, isSorted: true, state: null })
  }

  /** Opens a source where the rows of a tally begin, and bounds it where the cursor is. */
  #inputFromTally(cursor: CutCursor, named: WideSource<T>): WideInput<T> {
    const { direction } = this.#options
    const { cut, includesRow } = cursor.tally
    const mark = markIn(cursor, named)
    const isBehind = mark === null || (cut !== null && isBeyondCut(cut, mark.instant, mark.source, direction) === false)
    const input = new WideInput(
      named,
      direction,
      isBehind ? startFrom(mark, named, direction) : startFrom(cut, named, direction, { includesRow }),
    )
    input.isBeyondBound = isBehind ? () => true : boundAtCut(mark, named.digest, direction, true)
    return input
  }

  /** Continues at the first row of a tally, because rows that were added or removed since cannot be distinguished from it. */
  #startAgain(cursor: CutCursor): WideWalk<T> {
    const { direction } = this.#options
    const { cut, includesRow } = cursor.tally
    const isBehind = ([, mark]: [string, Cut | null]) =>
      mark === null || (cut !== null && isBeyondCut(cut, mark.instant, mark.source, direction) === false)
    const marks = new Map([...cursor.marks].filter(isBehind))
    const inputs = this.#named.map(
      (named) =>
        new WideInput(named, direction, startFrom(markIn({ marks, cut }, named), named, direction, { includesRow })),
    )
    const tally = { ...emptyTally(cut), includesRow }
    return this.#walk(inputs, {
      direction,
      cut,
      tally,
      marks,
      isFullRead: false,
      isVerified: true,
      isSorted: true,
      state: null,
    })
  }

  /** Ends each source where the walk ends. */
  #bound(inputs: readonly WideInput<T>[], { cut }: WideOrigin): void {
    const { to, direction } = this.#options
    if (to === null) return
    for (const input of inputs) {
      const { digest, start } = input
      if (!isCutCursor(to)) {
        const context = { digest, open: this.#open, direction }
        input.isBeyondBound = boundAt(to, start.position, context)
        input.tie = tieAt(to, start.position, context)
        continue
      }
      const mark = markIn(to, input.named)
      const includesRow = !to.isEdge && to.direction === direction
      const isSameRow = cut !== null && mark?.source === cut.source && mark.row === cut.row
      if (mark === null || isSameRow) input.isBeyondBound = () => isSameRow || to.direction === direction
      else input.isBeyondBound = boundAtCut(mark, digest, direction, includesRow)
      const isTie = mark?.source === digest && cut?.source === digest && mark.instant === cut.instant
      if (isTie && !isSameRow && mark.instant !== null) input.tie = { instant: mark.instant, digest: mark.row }
    }
  }
}

/** Starts a walk over many sources. What is not remembered is read, and nothing else before rows are taken. */
export function openWideWalk<T>(
  named: readonly NamedSource<T>[],
  unopened: readonly string[],
  options: WalkOptions,
): Promise<Walk<T>> {
  const providers = new Map(
    [...new Set(named.map(({ group }) => group))].map((group) => [group, sourceDigest(group.provider)]),
  )
  const sources = named.map((source) => ({ ...source, providerDigest: providers.get(source.group)! }))
  return new WideOpening(sources, unopened, options).open()
}
