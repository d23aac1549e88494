import type { KeptAnswers, KeptPart } from '../operation.ts'
import type { Row } from './ledger.ts'
import type { RangeReader } from './row-range.ts'

/** The answer of a provider with a whole list. */
export interface WholeList<T> {
  readonly rows: readonly Row<T>[]
  /** See `Slice`. */
  readonly kept?: KeptPart | undefined
}

/** Row ranges over a list that the provider answers whole, whatever range is requested. */
export function createUnpagedReader<T>(fetchRows: (kept: KeptAnswers) => Promise<WholeList<T>>): RangeReader<T> {
  return {
    ends: ['newest'],
    mayOmitTotal: false,
    maxRows: () => Number.MAX_SAFE_INTEGER,
    fit: (range) => range,
    async fetch(_range, _side, kept = 'any') {
      const { rows, kept: part } = await fetchRows(kept)
      const total = rows.length
      return { end: 'newest', offset: 0, rows, limit: total, total, totalIsExact: true, fingerprint: null, kept: part }
    },
  }
}

/** The list of the objects with these ids, in the order of the ids, without those that do not exist. */
export function createByIdsReader<T>(
  ids: readonly string[],
  load: (id: string) => Promise<T | null>,
  accepts: (value: T) => boolean = () => true,
): RangeReader<T> {
  return createUnpagedReader(async () => {
    const values = await Promise.all(
      ids.map(async (id) => ({ id, value: await load(id).catch((error: Error) => error) })),
    )
    const rows = values.flatMap(({ id, value }): Row<T>[] => {
      const isShown = value !== null && (value instanceof Error || accepts(value))
      return isShown ? [{ id, instant: null, value }] : []
    })
    return { rows }
  })
}
