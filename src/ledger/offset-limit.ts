import type { KeptAnswers, KeptPart } from '../operation.ts'
import type { AdaptiveLimit } from './adaptive-limit.ts'
import type { Row } from './ledger.ts'
import type { ListEnd } from './position.ts'
import type { RangeReader, RangeSide, RowRange, Slice } from './row-range.ts'

/** The answer of a provider to an offset and a limit. */
export interface OffsetPage<T> {
  readonly rows: readonly Row<T>[]
  /** Null where the provider does not report it. */
  readonly total: number | null
  /** The limit that the provider applied; null where it does not say. */
  readonly limit: number | null
  /** See `Slice`. */
  readonly kept?: KeptPart | undefined
}

/** The requests by which a list with offset and limit is read. */
export interface OffsetLimitOptions<T> {
  /** The largest limit that the provider honours; shared by all its lists. */
  readonly maxLimit: AdaptiveLimit<number>
  readonly ends: readonly ListEnd[]
  /** False where the total may count rows that the list's filter leaves out. */
  readonly totalIsExact: boolean
  fetchRows(range: RowRange, kept: KeptAnswers): Promise<OffsetPage<T>>
}

/**
 * True when an answer proves that the provider clamps the limit to the one that it states: it has as many rows, and the
 * list goes on after them. A stated limit beside fewer rows, or beside the last ones, may just count the rows.
 */
export function provesClamp({ offset, limit }: RowRange, { rows, total, limit: stated }: OffsetPage<unknown>): boolean {
  const isFull = stated !== null && stated > 0 && stated < limit && rows.length === stated
  return isFull && (total === null || offset + rows.length < total)
}

/**
 * Row ranges over a list with offset and limit: a range is one request. A limit that the provider clamps is learned; a
 * range whose end matters is then read again, nearer to its end.
 */
export function createOffsetLimitReader<T>({
  maxLimit,
  ends,
  totalIsExact,
  fetchRows,
}: OffsetLimitOptions<T>): RangeReader<T> {
  const clamp = ({ end, offset, limit }: RowRange, side: RangeSide, most = maxLimit.value()): RowRange => {
    const rows = Math.min(limit, most)
    return { end, offset: side === 'start' ? offset : offset + limit - rows, limit: rows }
  }

  async function fetchSlice(range: RowRange, accepted: KeptAnswers): Promise<Slice<T>> {
    const { end, offset } = range
    const page = await fetchRows(range, accepted)
    const { rows, total, kept } = page
    const limit = Math.min(page.limit || range.limit, range.limit)
    if (provesClamp(range, page)) maxLimit.learn(limit)
    return { end, offset, rows, limit, total, totalIsExact, fingerprint: null, kept }
  }

  const reachesListEnd = ({ offset, rows, total }: Slice<T>) =>
    total !== null && totalIsExact && rows.length > 0 && offset + rows.length >= total

  /** True when an answer brings fewer rows than it has room for, though the list may well go on after them. */
  function isCut(slice: Slice<T>): boolean {
    const { rows, limit } = slice
    return rows.length > 0 && rows.length < limit && !reachesListEnd(slice)
  }

  async function fetch(wanted: RowRange, side: RangeSide, kept: KeptAnswers = 'any'): Promise<Slice<T>> {
    let most = maxLimit.value()
    for (let attempt = 0; ; attempt++) {
      const range = clamp(wanted, side, most)
      const slice = await fetchSlice(range, attempt === 0 ? kept : 'none')
      if (side === 'start') return slice
      if (slice.limit < range.limit && !reachesListEnd(slice) && attempt < 3) {
        most = slice.limit
        continue
      }
      if (!isCut(slice)) return slice
      // Nothing is learned from this: the list may just be shorter than it was.
      const rows = slice.rows.length
      const nearer = await fetchSlice({ ...range, offset: range.offset + range.limit - rows, limit: rows }, 'none')
      return nearer.rows.length > 0 ? nearer : slice
    }
  }

  return {
    ends,
    mayOmitTotal: true,
    maxRows: () => maxLimit.value(),
    fit: (range, side) => clamp(range, side),
    fetch,
  }
}
