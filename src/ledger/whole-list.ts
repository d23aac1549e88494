import type { RangeReader, Row } from './ledger.ts'

/** Row ranges over a list that comes whole, whatever range is asked for. */
export function createWholeListReader<T>(fetchRows: () => Promise<readonly Row<T>[]>): RangeReader<T> {
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

/** The list of the things that these ids name, in the order of the ids, without those that are not there. */
export function createListOf<T>(
  ids: readonly string[],
  load: (id: string) => Promise<T | null>,
  accepts: (value: T) => boolean = () => true,
): RangeReader<T> {
  return createWholeListReader(async () => {
    const values = await Promise.all(
      ids.map(async (id) => ({ id, value: await load(id).catch((error: Error) => error) })),
    )
    return values.flatMap(({ id, value }): Row<T>[] => {
      const isShown = value !== null && (value instanceof Error || accepts(value))
      return isShown ? [{ id, instant: null, value }] : []
    })
  })
}
