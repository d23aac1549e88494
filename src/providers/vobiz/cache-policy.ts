import type { CacheableAnswer, CachePolicy, Evidence } from '../../cache/policy.ts'
import { assessPageSize, type PageRequest } from '../../ledger/page-size.ts'
import { listStateText } from '../../operation.ts'
import { addDays, startOfDay } from '../../values/instant.ts'
import type { VobizAccountQuery, VobizTransactionQuery } from './http.ts'
import type { VobizAccountPage, VobizTransactionPage } from './wire.ts'

const PAGING = ['page', 'per_page']

/** An entry with another status may change: `pending`, and those that are not documented. */
const FINAL_STATUSES = new Set(['completed', 'failed', 'cancelled'])

/** A day ends in the westernmost time zone 12 hours after it ends in UTC. Vobiz does not document the zone of its days. */
const WESTERNMOST_MS = 12 * 3_600_000

const MILLISECOND_NS = 1_000_000n

/** Returns the end of a UTC day in all time zones, in epoch milliseconds. */
export const endOfDay = (day: string): number => Number(startOfDay(addDays(day, 1)) / MILLISECOND_NS) + WESTERNMOST_MS

/** Returns true when an answer has as many rows as its total demands, and its page size is certain. */
function hasAllRows(request: PageRequest, page: VobizAccountPage | VobizTransactionPage): boolean {
  const { kind } = assessPageSize(request, { rows: page.rows.length, total: page.total, perPage: page.perPage })
  return kind === 'as-requested' || kind === 'whole-list'
}

const hasInvalidRow = ({ rows }: VobizAccountPage | VobizTransactionPage): boolean =>
  rows.some(({ value }) => value instanceof Error)

/**
 * Returns the policy for a page of a ledger.
 *
 * @param read reads the answer
 */
export function ledgerPolicy(
  query: VobizTransactionQuery,
  read: (answer: CacheableAnswer) => VobizTransactionPage,
): CachePolicy {
  const periodEnd = query.toDate === undefined ? null : endOfDay(query.toDate)
  /** A row from after the period shows that Vobiz did not apply the filter. */
  const isFinalRow = ({ value }: VobizTransactionPage['rows'][number]) =>
    !(value instanceof Error) &&
    FINAL_STATUSES.has(value.status) &&
    periodEnd !== null &&
    value.created_at.instant < BigInt(periodEnd) * MILLISECOND_NS
  return {
    paging: PAGING,
    headers: [],
    periodEnd,
    inspect(answer): Evidence | null {
      const page = read(answer)
      const { rows, total, sums } = page
      const state = listStateText({ total, fingerprint: sums.fingerprint })
      if (state === null) return null
      return {
        state,
        isSound: hasAllRows(query, page) && !hasInvalidRow(page),
        isFinal: rows.every(isFinalRow),
        isWhole: rows.length === total,
      }
    },
  }
}

/**
 * Returns the policy for a page of customers, which may change at any time.
 *
 * @param read reads the answer
 */
export function accountsPolicy(
  query: VobizAccountQuery,
  read: (answer: CacheableAnswer) => VobizAccountPage,
): CachePolicy {
  return {
    paging: PAGING,
    headers: [],
    periodEnd: null,
    inspect(answer): Evidence | null {
      const page = read(answer)
      const { rows, total } = page
      const state = listStateText({ total, fingerprint: null })
      if (state === null) return null
      return {
        state,
        isSound: hasAllRows(query, page) && !hasInvalidRow(page),
        isFinal: false,
        isWhole: rows.length === total,
      }
    },
  }
}
