import type { End, Keep, RangeReader, Row, RowRange, Slice } from './ledger.ts'

/** What a provider answers to an offset and a limit. */
export interface OffsetPage<T> {
  readonly rows: readonly Row<T>[]
  /** Null where the provider does not tell. */
  readonly total: number | null
  /** The limit that the provider applied; null where it does not say. */
  readonly limit: number | null
}

/** The largest limit that a provider honours, as far as is known. Learned from its answers, for all its lists. */
export interface LimitSize {
  max: number
}

/** How a list with offset and limit is read. */
export interface OffsetLimitOptions<T> {
  readonly size: LimitSize
  readonly ends: readonly End[]
  /** False where the total may count rows that the list's filter leaves out. */
  readonly totalIsExact: boolean
  fetchRows(range: RowRange): Promise<OffsetPage<T>>
}

/**
 * Row ranges over a list with offset and limit: a range is one request. Where the provider clamps the limit, the smaller
 * one is learned; a range whose end matters is then asked for again, nearer to its end.
 */
export function createOffsetLimitReader<T>({
  size,
  ends,
  totalIsExact,
  fetchRows,
}: OffsetLimitOptions<T>): RangeReader<T> {
  const clamp = ({ end, offset, limit }: RowRange, keep: Keep): RowRange => {
    const rows = Math.min(limit, size.max)
    return { end, offset: keep === 'start' ? offset : offset + limit - rows, limit: rows }
  }

  async function fetchSlice(range: RowRange): Promise<Slice<T>> {
    const { end, offset } = range
    const { rows, total, limit: told } = await fetchRows(range)
    const limit = Math.min(told || range.limit, range.limit)
    if (limit < range.limit) size.max = limit
    return { end, offset, rows, limit, total, totalIsExact, fingerprint: null }
  }

  /** True when an answer brings fewer rows than it has room for, though the list may well go on after them. */
  function isCut({ offset, rows, limit, total }: Slice<T>): boolean {
    const reachesListEnd = total !== null && totalIsExact && offset + rows.length >= total
    return rows.length > 0 && rows.length < limit && !reachesListEnd
  }

  async function fetch(wanted: RowRange, keep: Keep): Promise<Slice<T>> {
    for (let attempt = 0; ; attempt++) {
      const range = clamp(wanted, keep)
      const slice = await fetchSlice(range)
      if (keep === 'start') return slice
      if (slice.limit < range.limit && attempt < 3) continue
      if (!isCut(slice)) return slice
      // Nothing is learned from this: the list may just be shorter than it was.
      const rows = slice.rows.length
      const nearer = await fetchSlice({ ...range, offset: range.offset + range.limit - rows, limit: rows })
      return nearer.rows.length > 0 ? nearer : slice
    }
  }

  return { ends, mayOmitTotal: true, maxRows: () => size.max, fit: clamp, fetch }
}
