import type { StreamRow } from '../ledger/ledger.ts'
import { digestOf } from '../ledger/position.ts'
import type { Tally } from './cut-cursor.ts'
import type { TakenRow } from './merge.ts'

/** The digest of a row's id, as cuts and tallies hold it. */
export const rowDigest = ({ row }: StreamRow<unknown>) => digestOf(row.id)

/**
 * Returns the rows that were added among those of a tally; null where that does not follow from its sum.
 *
 * @param rows the rows in place of those of the tally
 */
export function lateRows<T>(rows: readonly TakenRow<T>[], tally: Tally): readonly TakenRow<T>[] | null {
  const digests = rows.map(({ row }) => BigInt(`0x${rowDigest(row)}`))
  const more = digests.reduce((sum, digest) => sum + digest, -tally.sum)
  const added = rows.length - tally.rows
  if (added === 0) return more === 0n ? [] : null
  if (added === 1) {
    const index = digests.indexOf(more)
    return index === -1 ? null : [rows[index]!]
  }
  if (added !== 2) return null
  const indices = new Map(digests.map((digest, index) => [digest, index]))
  for (const [index, digest] of digests.entries()) {
    const other = indices.get(more - digest)
    if (other !== undefined && other > index) return [rows[index]!, rows[other]!]
  }
  return null
}
