import type { CacheableAnswer, CachePolicy, Evidence } from '../../cache/policy.ts'
import { listStateText } from '../../operation.ts'
import { parseInstant } from '../../values/instant.ts'
import type { KobbleTransactionQuery } from './http.ts'
import type { KobbleTransactionPage, KobbleWalletPage } from './wire.ts'

const PAGING = ['offset', 'limit', 'order']
const TOTAL = 'x-total-count'
const PAGING_HEADERS = [TOTAL, 'x-offset', 'x-limit']

/** An entry with another status may change: `PENDING`, and those that are not documented. */
const FINAL_STATUSES = new Set(['ACCEPTED', 'DECLINED'])

const MILLISECOND_NS = 1_000_000n

/** Returns true when an answer is the requested part of the list, and has as many rows as the total demands. */
function hasAllRows(request: KobbleTransactionQuery, { rows, total, offset, limit }: KobbleTransactionPage): boolean {
  if (total === null || (offset ?? request.offset) !== request.offset) return false
  const left = Math.max(0, total - request.offset)
  // Kobble may apply a smaller limit, which it states.
  return rows.length === left || (rows.length < left && rows.length === Math.min(request.limit, limit || request.limit))
}

/**
 * Returns the policy for a part of a list of transactions. Kobble sends no sums over a list, so that its total alone shows
 * its state: entries may change in a list of which one that is not final is kept.
 *
 * @param read reads the answer
 */
export function transactionsPolicy(
  query: KobbleTransactionQuery,
  read: (answer: CacheableAnswer) => KobbleTransactionPage,
): CachePolicy {
  const end = query.to === undefined ? null : (parseInstant(query.to)?.instant ?? null)
  /** A row from after the period shows that Kobble did not apply the filter. */
  const isFinalRow = ({ value }: KobbleTransactionPage['rows'][number]) =>
    !(value instanceof Error) && FINAL_STATUSES.has(value.status) && end !== null && value.created_at.instant <= end
  return {
    paging: PAGING,
    headers: PAGING_HEADERS,
    periodEnd: end === null ? null : Number(end / MILLISECOND_NS) + 1,
    inspect(answer): Evidence | null {
      const page = read(answer)
      const { rows, total } = page
      const state = listStateText({ total, fingerprint: null })
      if (state === null) return null
      return {
        state,
        isSound: hasAllRows(query, page) && !rows.some(({ value }) => value instanceof Error),
        isFinal: rows.every(isFinalRow),
        isWhole: rows.length === total,
      }
    },
  }
}

/**
 * Returns the policy for the list of wallets, which may change at any time and comes in one answer.
 *
 * @param read reads the answer
 */
export const walletsPolicy = (read: (answer: CacheableAnswer) => KobbleWalletPage): CachePolicy => ({
  paging: [],
  headers: [TOTAL],
  periodEnd: null,
  inspect(answer): Evidence | null {
    const { rows } = read(answer)
    const state = listStateText({ total: rows.length, fingerprint: null })
    if (state === null) return null
    const isSound = !rows.some(({ value }) => value instanceof Error)
    return { state, isSound, isFinal: false, isWhole: true }
  },
})
