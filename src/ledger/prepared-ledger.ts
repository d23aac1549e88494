import type { Instant } from '../values/instant.ts'
import { DerivedStream } from './derived-stream.ts'
import type { Accepts, Ledger, Row, RowStream } from './ledger.ts'
import type { Position, ScanDirection } from './position.ts'
import type { RangeSide, RowRange, RowRanges, Slice } from './row-range.ts'

/** Reads what selecting and adding up entries depends on beside the entries themselves. */
export interface Preparation<T> {
  /** Returns true when an entry can be selected and added up without waiting. */
  isPrepared(value: T): boolean
  /** Reads what these entries depend on; `isPrepared` is true for each of them afterwards. */
  prepare(values: readonly T[]): Promise<void>
}

/** Prepares the values of rows, as far as they are not prepared yet. */
async function prepareRows<T>(rows: readonly Row<T>[], preparation: Preparation<T>): Promise<void> {
  const values = rows.flatMap(({ value }) => (value instanceof Error || preparation.isPrepared(value) ? [] : [value]))
  if (values.length > 0) await preparation.prepare(values)
}

/** A stream whose buffer holds prepared rows only. */
class PreparedStream<T> extends DerivedStream<T> {
  readonly #preparation: Preparation<T>

  constructor(stream: RowStream<T>, preparation: Preparation<T>) {
    super(stream)
    this.#preparation = preparation
  }

  async fill(count: number): Promise<void> {
    await this.stream.fill(count)
    await prepareRows(
      this.stream.buffer.map(({ row }) => row),
      this.#preparation,
    )
  }

  /** Rows behind the start are not prepared: where one of them decides, the answer is null. */
  hasPrevious(accepts: Accepts<T> | null): boolean | null {
    if (accepts === null) return this.stream.hasPrevious(null)
    let isUndecided = false
    const answer = this.stream.hasPrevious((value) => {
      if (this.#preparation.isPrepared(value)) return accepts(value)
      isUndecided = true
      return false
    })
    return answer === false && isUndecided ? null : answer
  }
}

/** Returns ranges whose slices hold prepared rows only. */
function prepareRanges<T>(ranges: RowRanges<T>, preparation: Preparation<T>): RowRanges<T> {
  return {
    ends: ranges.ends,
    mayOmitTotal: ranges.mayOmitTotal,
    maxRows: () => ranges.maxRows(),
    fit: (range: RowRange, side: RangeSide) => ranges.fit(range, side),
    async read(range: RowRange, options): Promise<Slice<T>> {
      const slice = await ranges.read(range, options)
      await prepareRows(slice.rows, preparation)
      return slice
    },
  }
}

/**
 * Returns a ledger whose rows are prepared before they are selected and added up. It reads through the given ledger, so that
 * fields which need no preparation share its requests, and do not fail when the preparation does.
 */
export function withPreparation<T>(ledger: Ledger<T>, preparation: Preparation<T>): Ledger<T> {
  const { ranges } = ledger
  return {
    maxRows: () => ledger.maxRows(),
    stream: (start: Position, direction: ScanDirection, boundary: Instant | null) =>
      new PreparedStream(ledger.stream(start, direction, boundary), preparation),
    count: () => ledger.count(),
    sums: () => ledger.sums(),
    ...(ranges && { ranges: prepareRanges(ranges, preparation) }),
  }
}
