import type { Instant } from '../../values/instant.ts'
import { digestOf, isAhead, type OffsetAnchor, offsetsGrow, type ScanDirection } from '../position.ts'
import { instantsOf, type Slice } from '../row-range.ts'
import type { Probe, SlicePosition } from './probe.ts'
import { searchByTime, searchInstant } from './time-search.ts'

/** A position beside a row that was seen before. */
export interface AnchorSearchOptions {
  readonly anchor: OffsetAnchor
  readonly side: ScanDirection
  /** Rows that are wanted ahead of the position. */
  readonly count: number
  /** See `Ledger.stream`. */
  readonly boundary: Instant | null
}

/** Finds a position beside a row again: where the row was, where the change of the total says, and at last by its instant. */
export class AnchorSearch<T> {
  readonly #probe: Probe<T>
  readonly #anchor: OffsetAnchor
  readonly #boundary: Instant | null
  readonly #count: number
  /** Rows between the anchor and the position, seen from the end that offsets count from. */
  readonly #beyond: 0 | 1
  /** True when the scan comes to the anchor's own row first. */
  readonly #isInclusive: boolean

  constructor(probe: Probe<T>, { anchor, side, count, boundary }: AnchorSearchOptions) {
    this.#probe = probe
    this.#anchor = anchor
    this.#boundary = boundary
    this.#beyond = offsetsGrow(probe.end, side) ? 1 : 0
    this.#isInclusive = side !== probe.direction
    this.#count = probe.withLookahead(count, anchor.total !== null && anchor.totalIsExact)
  }

  async locate(): Promise<SlicePosition<T>> {
    const offset = this.#anchor.offset + this.#beyond
    const position = await this.#probe.readAhead(offset, this.#anchor, this.#count, (slice) => this.#positionIn(slice))
    if (position?.isUnchanged) return position
    return position ? this.#settle(position) : this.#locateByInstant(offset)
  }

  /** The position in a slice that shows the anchor. */
  #positionIn(slice: Slice<T>): SlicePosition<T> | null {
    const { instant: own, digest } = this.#anchor
    const row = slice.rows.findIndex(
      ({ id, instant }) => (instant === null || own === null || instant === own) && digestOf(id) === digest,
    )
    return row === -1 ? null : { slice, index: row + this.#beyond }
  }

  #isAheadOfBoundary(instant: Instant | null | undefined): boolean {
    return this.#boundary !== null && instant != null && isAhead(this.#probe.direction, instant, this.#boundary)
  }

  /** True from the boundary or the anchor on, whichever comes first. */
  #isPending(instant: Instant): boolean {
    const own = this.#anchor.instant
    return this.#isAheadOfBoundary(instant) || own === null || !isAhead(this.#probe.direction, own, instant)
  }

  /** The position from which on the list is pending by time. */
  #searchPending(guess: number, total: number | null): Promise<SlicePosition<T> | null> {
    const { offsetsGrow: grows } = this.#probe
    return searchByTime(this.#probe, (instant) => this.#isPending(instant) !== grows, {
      guess,
      count: this.#count,
      total,
    })
  }

  /** Includes rows that were added between the boundary and the anchor, and reads on where no row is ahead. */
  async #settle({ slice, index: start }: SlicePosition<T>): Promise<SlicePosition<T>> {
    const probe = this.#probe
    let index = start
    if (this.#isInclusive && this.#boundary !== null) {
      const instants = instantsOf(slice.rows)
      while (this.#isAheadOfBoundary(instants[probe.behindOf(index)])) index += probe.offsetsGrow ? -1 : 1
      const isOpen = probe.offsetsGrow
        ? index === 0 && slice.offset > 0
        : index === slice.rows.length && !probe.reachesListEnd(slice)
      // They go on beyond this page.
      const pending = isOpen ? await this.#searchPending(slice.offset + index, slice.total) : null
      if (pending) return pending
    }
    const position = { slice, index }
    if (probe.isUseful(position) || probe.isLast(position)) return position
    const offset = slice.offset + index
    const next = await probe.readAhead(offset, slice, this.#count, (other) => this.#positionIn(other))
    return next ?? this.#locateByInstant(offset)
  }

  /** In the last resort the anchor is looked for among the rows of its instant. */
  async #locateByInstant(guess: number): Promise<SlicePosition<T>> {
    const { instant } = this.#anchor
    if (instant === null) return this.#locateByScan(guess)
    for (;;) {
      const start = await searchInstant(this.#probe, instant, { guess, count: this.#count })
      if (!start) return this.#locateByScan(guess)
      const found = await this.#scanInstant(start, instant)
      if (found === 'gone') {
        const pending = this.#isInclusive && this.#boundary !== null ? await this.#searchPending(guess, null) : null
        return pending ?? start
      }
      if (found) return this.#settle(found)
    }
  }

  /**
   * Looks for the anchor among the rows of its instant.
   *
   * @returns `gone` when it is not there any more; null when the list changed meanwhile, so that the search starts again
   */
  async #scanInstant(start: SlicePosition<T>, instant: Instant): Promise<SlicePosition<T> | 'gone' | null> {
    const probe = this.#probe
    const { offsetsGrow: grows } = probe
    for (let at: SlicePosition<T> | null = start; at; ) {
      const { slice } = at
      const found = this.#positionIn(slice)
      if (found) return found
      let { index } = at
      const instants = instantsOf(slice.rows)
      const isTie = (row: number) => instants[row] === instant
      while (grows ? index < slice.rows.length && isTie(index) : index > 0 && isTie(index - 1)) index += grows ? 1 : -1
      const hasOthersAhead = grows ? index < slice.rows.length : index > 0
      if (hasOthersAhead || probe.reachesEdge(slice)) return 'gone'
      const next: SlicePosition<T> | null = await probe.continueFrom({ slice, index }, probe.maxRows() - 1)
      if (next && !probe.isUseful(next)) return 'gone'
      at = next
    }
    return null
  }

  /** Without instants there is nothing to search by: the list is read from its end. */
  async #locateByScan(guess: number): Promise<SlicePosition<T>> {
    const probe = this.#probe
    for (let offset = 0; ; ) {
      const slice = await probe.read({ end: probe.end, offset, limit: probe.maxRows() }, 'start')
      const found = this.#positionIn(slice)
      if (found) return this.#settle(found)
      offset += slice.rows.length
      if (slice.rows.length === 0 || (slice.total !== null && offset >= slice.total)) break
    }
    const slice = await probe.read(probe.rangeAt(guess, this.#count, 1))
    return { slice, index: Math.min(Math.max(guess - this.#beyond - slice.offset, 0), slice.rows.length) }
  }
}
