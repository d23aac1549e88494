import type { Instant } from '../values/instant.ts'
import { type Accepts, isAccepted, type Row, type RowStream, type StreamRow } from './ledger.ts'
import { locate } from './locate/locate.ts'
import { Probe, type SlicePosition } from './locate/probe.ts'
import { digestOf, endFor, type OffsetAnchor, type Position, type ScanDirection } from './position.ts'
import { exactTotal, instantsOf, type RowRanges, type Slice } from './row-range.ts'

/** The anchor of one row of a slice. */
function anchorIn<T>({ end, offset, rows, total, totalIsExact, fingerprint }: Slice<T>, index: number): OffsetAnchor {
  const { id, instant } = rows[index]!
  return { by: 'offset', end, offset: offset + index, total, totalIsExact, digest: digestOf(id), instant, fingerprint }
}

/** A row of a slice. */
class SliceRow<T> implements StreamRow<T> {
  readonly row: Row<T>
  readonly instant: Instant | null
  readonly #slice: Slice<T>
  readonly #index: number

  constructor(slice: Slice<T>, index: number, instant: Instant | null) {
    this.row = slice.rows[index]!
    this.instant = instant
    this.#slice = slice
    this.#index = index
  }

  anchor(): OffsetAnchor {
    return anchorIn(this.#slice, this.#index)
  }
}

/** A stream over row ranges: every read continues from the last row of the one before. */
export class RangeStream<T> implements RowStream<T> {
  readonly buffer: StreamRow<T>[] = []
  isEnded = false
  hasMore = false
  rowsRead = 0
  readonly #probe: Probe<T>
  readonly #start: Position
  readonly #boundary: Instant | null
  /** The last row that was read, from which the next read continues. */
  #last: StreamRow<T> | null = null
  #first: SlicePosition<T> | null = null
  #lastInstant: Instant | null = null

  constructor(ranges: RowRanges<T>, start: Position, direction: ScanDirection, boundary: Instant | null) {
    this.#probe = new Probe(ranges, endFor(ranges.ends, start, direction), direction)
    this.#start = start
    this.#boundary = boundary
  }

  async fill(count: number): Promise<void> {
    while (!this.isEnded && this.buffer.length < count) {
      await this.#readOn(Math.min(count - this.buffer.length, this.#probe.maxRows()))
    }
  }

  async #readOn(count: number): Promise<void> {
    const probe = this.#probe
    const last = this.#last
    const from: Position = last ? { at: 'anchor', anchor: last.anchor(), side: probe.direction } : this.#start
    const position = await locate(probe, from, count, this.#boundary)
    this.#first ??= position
    const { slice, index } = position
    const ahead = probe.rowsAhead(position)
    /** Those of rows without an own one, which hardly any list has. */
    let instants: readonly (Instant | null)[] | null = null
    for (let step = 0; step < ahead; step++) {
      const at = probe.offsetsGrow ? index + step : index - 1 - step
      let { instant } = slice.rows[at]!
      if (instant === null) {
        instants ??= instantsOf(slice.rows)
        instant = instants[at] ?? this.#lastInstant
      }
      this.#lastInstant = instant
      this.buffer.push(new SliceRow(slice, at, this.#lastInstant))
    }
    this.rowsRead += ahead
    this.isEnded = ahead === 0 || probe.reachesEdge(slice)
    this.hasMore = !this.isEnded && (!probe.offsetsGrow || exactTotal(slice) !== null)
    if (ahead > 0) this.#last = this.buffer.at(-1) ?? null
  }

  startPosition(): Position {
    const [start, first] = [this.#start, this.#first]
    if (start.at !== 'anchor' || start.anchor.by !== 'offset' || first === null || first.isUnchanged) return start
    const { slice, index } = first
    const at = (start.side === this.#probe.direction) === this.#probe.offsetsGrow ? index - 1 : index
    const row = slice.rows[at]
    return row && digestOf(row.id) === start.anchor.digest ? { ...start, anchor: anchorIn(slice, at) } : start
  }

  hasPrevious(accepts: Accepts<T> | null): boolean | null {
    const [start, first, probe] = [this.#start, this.#first, this.#probe]
    if (first === null || first.slice.limit === 0) return null
    const { slice, index } = first
    const total = exactTotal(slice)
    const offset = slice.offset + index
    if (probe.offsetsGrow ? offset === 0 : total !== null && offset >= total) return false
    const neighbour = slice.rows[probe.behindOf(index)]
    if (neighbour && isAccepted(neighbour, accepts)) return true
    // In an unchanged list the entry that the cursor was made for is still there.
    if (first.isUnchanged && start.at === 'anchor' && start.side === probe.direction) return true
    return accepts === null && (probe.offsetsGrow || total !== null) ? true : null
  }
}
