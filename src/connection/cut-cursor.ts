import type { ScanDirection } from '../ledger/position.ts'
import type { ByteReader, ByteWriter } from './cursor-bytes.ts'
import type { Cut } from './cut.ts'

/** The rows that a walk took from some point on, by which they can be recognised when they are read again. */
export interface Tally {
  /** The point; null where no row was taken yet. */
  readonly cut: Cut | null
  /** True when the row of the cut is the first of the rows. */
  readonly includesRow: boolean
  readonly rows: number
  /** Sum of the digests of the rows' ids. */
  readonly sum: bigint
}

/**
 * A position in a list of many sources, whose size does not depend on their number: the position in a source follows from
 * the cut, unless a mark says otherwise.
 */
export interface CutCursor {
  /** The direction of the walk that made the cursor. */
  readonly direction: ScanDirection
  /** The furthest row that the walk has come to; null where it has taken none. */
  readonly cut: Cut | null
  /** True when the cursor is that of an entry, the row of `cut`; false where the walk stopped between rows. */
  readonly isEdge: boolean
  /** The rows since every source was last read up to one point. */
  readonly tally: Tally
  /**
   * How far the walk has come in sources that failed, by their digest or by that of a whole provider; null where nothing
   * was read. Only for those that are not where the cut says.
   */
  readonly marks: ReadonlyMap<string, Cut | null>
  /** Identifies the page in the memory of walks. */
  readonly page: string
  /** The rows of the page that were taken before, and with, the cursor's own. */
  readonly steps: number
}

/** The page of a cursor that has none in the memory. */
export const NO_PAGE = '0'.repeat(12)

const HAS_CUT = 1
const IS_EDGE = 2
const IS_NEWER = 4
const HAS_TALLY_CUT = 8
const INCLUDES_ROW = 16
const SOURCE_BYTES = 5
const DIGEST_BYTES = 6

function writeCut(writer: ByteWriter, { instant, source, row }: Cut): void {
  writer.byte(instant === null ? 0 : 1)
  if (instant !== null) writer.signed(instant)
  writer.hex(source)
  writer.hex(row)
}

function readCut(reader: ByteReader): Cut {
  const instant = reader.byte() === 1 ? reader.signed() : null
  return { instant, source: reader.hex(SOURCE_BYTES), row: reader.hex(DIGEST_BYTES) }
}

export function writeCutCursor(writer: ByteWriter, cursor: CutCursor): void {
  const { direction, cut, isEdge, tally, marks, page, steps } = cursor
  writer.byte(
    (cut === null ? 0 : HAS_CUT) |
      (isEdge ? IS_EDGE : 0) |
      (direction === 'newer' ? IS_NEWER : 0) |
      (tally.cut === null ? 0 : HAS_TALLY_CUT) |
      (tally.includesRow ? INCLUDES_ROW : 0),
  )
  if (cut !== null) writeCut(writer, cut)
  if (tally.cut !== null) writeCut(writer, tally.cut)
  writer.count(tally.rows)
  writer.number(tally.sum)
  writer.count(marks.size)
  for (const [key, mark] of marks) {
    writer.hex(key)
    writer.byte(mark === null ? 0 : 1)
    if (mark !== null) writeCut(writer, mark)
  }
  writer.hex(page)
  writer.count(steps)
}

/** Reads what `writeCutCursor` wrote. */
export function readCutCursor(reader: ByteReader): CutCursor {
  const flags = reader.byte()
  const cut = flags & HAS_CUT ? readCut(reader) : null
  const tallyCut = flags & HAS_TALLY_CUT ? readCut(reader) : null
  const includesRow = (flags & INCLUDES_ROW) !== 0
  const tally: Tally = { cut: tallyCut, includesRow, rows: reader.count(), sum: reader.number() }
  const marks = new Map<string, Cut | null>()
  for (let left = reader.count(); left > 0; left--) {
    const key = reader.hex(SOURCE_BYTES)
    marks.set(key, reader.byte() === 1 ? readCut(reader) : null)
  }
  const page = reader.hex(DIGEST_BYTES)
  const direction = flags & IS_NEWER ? 'newer' : 'older'
  return { direction, cut, isEdge: (flags & IS_EDGE) !== 0, tally, marks, page, steps: reader.count() }
}
