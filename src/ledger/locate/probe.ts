import { LimitExceededError } from '../../errors.ts'
import type { KeptAnswers, ListState } from '../../operation.ts'
import { type ListEnd, offsetsGrow, type ScanDirection } from '../position.ts'
import { exactTotal, type RangeSide, type RowRange, type RowRanges, type Slice } from '../row-range.ts'

/** A position in a list as one answer shows it: between `rows[index - 1]` and `rows[index]`. */
export interface SlicePosition<T> {
  readonly slice: Slice<T>
  readonly index: number
  /** True when the list is known not to have changed since the anchor was seen. */
  readonly isUnchanged?: boolean
}

const isSame = (a: ListState, b: ListState) => a.total === b.total && a.fingerprint === b.fingerprint

/** The most answers that one position may take, so that a list that changes faster than it is read ends in an error. */
const MAX_READS = 64

const reachesListEnd = <T>({ offset, rows, total }: Slice<T>) =>
  (total !== null && offset + rows.length >= total) || (rows.length === 0 && offset === 0)

/** Reads a list around a position, and interprets the answers in the direction of a scan. */
export class Probe<T> {
  readonly end: ListEnd
  readonly direction: ScanDirection
  /** True when offsets grow as the scan goes on. */
  readonly offsetsGrow: boolean
  /** The side of a range at which its rows are needed. */
  readonly side: RangeSide
  readonly #ranges: RowRanges<T>
  #reads = 0
  #isAnchored = false
  /** The state that the kept answers to further reads have to show; null for no kept answers. */
  #state: ListState | null = null

  constructor(ranges: RowRanges<T>, end: ListEnd, direction: ScanDirection) {
    this.end = end
    this.direction = direction
    this.offsetsGrow = offsetsGrow(end, direction)
    this.side = this.offsetsGrow ? 'start' : 'end'
    this.#ranges = ranges
  }

  /**
   * Begins to look for another position.
   *
   * @param isAnchored true when it is beside a row. Where that row is not found in the first answer, kept ones are not used.
   */
  reset(isAnchored: boolean): void {
    this.#reads = 0
    this.#isAnchored = isAnchored
    this.#state = null
  }

  /** Lets kept answers do for further reads as long as they show the list in the same state as this answer. */
  holdState(slice: Slice<T>): void {
    if (!this.#isAnchored) this.#state = slice
  }

  maxRows(): number {
    return this.#ranges.maxRows()
  }

  /**
   * @param first the kept answers that will do for the first read of a position
   * @throws {LimitExceededError} when one position took too many answers
   */
  read(range: RowRange, side: RangeSide = this.side, first: KeptAnswers = 'any'): Promise<Slice<T>> {
    this.#reads += 1
    if (this.#reads > MAX_READS) {
      throw new LimitExceededError(
        'The list changes faster than it can be read, or is unsorted. Start again from its end.',
      )
    }
    const isFirst = this.#reads === 1
    return this.#ranges.read(range, { side, fresh: !isFirst, kept: isFirst ? first : (this.#state ?? 'none') })
  }

  /** The range with `ahead` rows ahead of an offset, and the row behind it where that is needed to verify the position. */
  rangeAt(offset: number, ahead: number, behind: 0 | 1): RowRange {
    const start = Math.max(0, this.offsetsGrow ? offset - behind : offset - ahead)
    const stop = this.offsetsGrow ? offset + ahead : offset + behind
    return { end: this.end, offset: start, limit: Math.max(stop - start, 1) }
  }

  rowsAhead({ slice, index }: SlicePosition<T>): number {
    return this.offsetsGrow ? slice.rows.length - index : index
  }

  /** The index of the row behind a position. */
  behindOf(index: number): number {
    return this.offsetsGrow ? index - 1 : index
  }

  /** Returns true when a slice holds the last row that the scan can come to. */
  reachesEdge(slice: Slice<T>): boolean {
    return this.offsetsGrow ? reachesListEnd(slice) : slice.offset === 0
  }

  reachesListEnd(slice: Slice<T>): boolean {
    return reachesListEnd(slice)
  }

  /** Returns true when a position has rows ahead of it, or is at the end of the scan. */
  isUseful(position: SlicePosition<T>): boolean {
    return this.rowsAhead(position) > 0 || this.reachesEdge(position.slice)
  }

  /**
   * Without a total, nothing follows a row when a page that begins with it brings nothing else. A short page alone is
   * no proof: the provider may answer fewer rows than requested without saying so.
   */
  isLast({ slice, index }: SlicePosition<T>): boolean {
    return this.offsetsGrow && exactTotal(slice) === null && slice.rows.length < slice.limit && index <= 1
  }

  /** Adds a lookahead row where no total can be relied on, so that it shows whether the list goes on. */
  withLookahead(count: number, hasTotal: boolean): number {
    return this.offsetsGrow && !hasTotal && this.#ranges.mayOmitTotal ? count + 1 : count
  }

  /** Returns true when one request can bring the row behind an offset together with one ahead. Pages of a fixed size not always can. */
  canVerify(offset: number, count: number): boolean {
    const range = this.rangeAt(offset, count, 1)
    return range.limit === 1 || this.#ranges.fit(range, this.side).limit > 1
  }

  /**
   * Returns true when a page is so large that one request brings all of it only without the row behind it. Reading that row as well
   * would double the requests of every page, so that an equal total, and an equal fingerprint where there is one, have to do
   * as proof that the list is unchanged.
   */
  #isTooLargeToVerify(offset: number, count: number, list: ListState): boolean {
    const isWhole = (range: RowRange) => this.#ranges.fit(range, this.side).limit === range.limit
    return list.total !== null && !isWhole(this.rangeAt(offset, count, 1)) && isWhole(this.rangeAt(offset, count, 0))
  }

  /**
   * Reads the rows ahead of an offset at which a position was seen, or is expected. Reads again, shifted by the change of
   * the total, where it is not there.
   *
   * @param locate finds the position in a slice by the row behind it
   * @param wasSeen false where the offset is a guess
   * @returns null when the position is not near the offset
   */
  async readAhead(
    from: number,
    list: ListState,
    count: number,
    locate: (slice: Slice<T>) => SlicePosition<T> | null,
    wasSeen = true,
  ): Promise<SlicePosition<T> | null> {
    let offset = from
    let known = list
    let isSeen = wasSeen
    for (;;) {
      // The row behind is read first where it can never come along. An unchanged total then has to do as proof that the rows
      // ahead are still the same when they are read.
      const verifies = this.canVerify(offset, count) && !(isSeen && this.#isTooLargeToVerify(offset, count, known))
      const range = this.rangeAt(offset, verifies || isSeen ? count : 0, verifies || !isSeen ? 1 : 0)
      const slice = await this.read(range, this.side, known)
      const position = locate(slice)
      if (position && (this.isUseful(position) || (verifies && this.isLast(position)))) return position
      if (!verifies && isSeen && isSame(slice, known)) return { slice, index: offset - slice.offset, isUnchanged: true }
      const drift =
        this.end === 'newest' && slice.total !== null && known.total !== null ? slice.total - known.total : 0
      if (position) offset = slice.offset + position.index
      else if (drift !== 0) offset = Math.max(this.offsetsGrow ? 1 : 0, offset + drift)
      else return null
      isSeen = position !== null
      known = slice
    }
  }

  /** The same position with rows ahead of it, where the slice that shows it ends there. */
  continueFrom({ slice, index }: SlicePosition<T>, count: number): Promise<SlicePosition<T> | null> {
    const id = slice.rows[this.behindOf(index)]?.id
    const besideRow = (next: Slice<T>): SlicePosition<T> | null => {
      const row = next.rows.findIndex((other) => other.id === id)
      return row === -1 ? null : { slice: next, index: this.offsetsGrow ? row + 1 : row }
    }
    return this.readAhead(slice.offset + index, slice, count, besideRow)
  }
}
