import type { Row } from './ledger.ts'
import type { RangeReader } from './row-range.ts'

/** Row ranges over a list that the provider answers whole, whatever range is requested. */
export function createUnpagedReader<T>(fetchRows: () => Promise<readonly Row<T>[]>): RangeReader<T> {
  return {
    ends: ['newest'],
    mayOmitTotal: false,
    maxRows: () => Number.MAX_SAFE_INTEGER,
    fit: (range) => range,
    async fetch() {
      const rows = await fetchRows()
      const total = rows.length
      return { end: 'newest', offset: 0, rows, limit: total, total, totalIsExact: true, fingerprint: null }
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
    return values.flatMap(({ id, value }): Row<T>[] => {
      const isShown = value !== null && (value instanceof Error || accepts(value))
      return isShown ? [{ id, instant: null, value }] : []
    })
  })
}
