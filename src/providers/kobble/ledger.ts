import { AdaptiveLimit } from '../../ledger/adaptive-limit.ts'
import type { Ledger, Row } from '../../ledger/ledger.ts'
import { mapRows, mapUnorderedRows } from '../../ledger/mapped-row.ts'
import { createOffsetLimitReader } from '../../ledger/offset-limit.ts'
import { createRangeLedger } from '../../ledger/range-ledger.ts'
import { createUnpagedReader } from '../../ledger/unpaged.ts'
import { type KeptAnswers, type RequestContext, withKeptAnswers, withoutCache } from '../../operation.ts'
import { type Instant, instantText } from '../../values/instant.ts'
import type { KobbleApi } from './http.ts'
import { type KobbleTransactionRecord, kobbleTransaction } from './transaction.ts'
import { type KobbleWalletRecord, kobbleWallet } from './wallet.ts'

/** The largest limit that is requested. The maximum is not documented; `X-Limit` reports the limit that was applied. */
const MAX_LIMIT = 200
/** Widening of a period at both ends: it is not documented whether a period includes its bounds. */
const MARGIN_NS = 1_000_000_000n

/**
 * Formats a bound of a period for Kobble; undefined beyond the years that RFC 3339 can write, which hold no entries.
 */
function boundText(instant: Instant): string | undefined {
  const text = instantText(instant)
  return /^\d{4}-/.test(text) ? text : undefined
}

/** A list of transactions, as far as Kobble filters it itself. */
export interface KobbleLedgerQuery {
  /** A wallet's id; null for all transactions of the client. */
  readonly walletId: string | null
  /** Both inclusive; null for an open end. */
  readonly from: Instant | null
  readonly to: Instant | null
  /** True for a part that a walk reads in place of a list: answers of another state than the list's are not kept. */
  readonly isPart?: boolean
}

/** Capabilities of Kobble that answers have shown, shared by all operations of the process. */
export interface KobbleCapabilities {
  readonly maxLimit: AdaptiveLimit<number>
}

export const createKobbleCapabilities = (): KobbleCapabilities => ({ maxLimit: new AdaptiveLimit(MAX_LIMIT) })

/** Kobble's lists for the length of one operation. */
export interface KobbleLedgers {
  /** Opens a list. It may hold entries from up to a second outside the period. */
  transactions(query: KobbleLedgerQuery): Ledger<KobbleTransactionRecord>
  wallets(): Ledger<KobbleWalletRecord>
}

/** Receives the rows that came with lists, for the loaders of single objects. */
export interface FoundRows {
  transactions(rows: readonly Row<KobbleTransactionRecord>[]): void
  wallets(rows: readonly Row<KobbleWalletRecord>[]): void
}

export function createKobbleLedgers(
  api: KobbleApi,
  capabilities: KobbleCapabilities,
  context: RequestContext,
  found: FoundRows,
): KobbleLedgers {
  const ledgers = new Map<string, Ledger<KobbleTransactionRecord>>()
  let walletList: Ledger<KobbleWalletRecord> | null = null

  function transactions({ walletId, from, to, isPart = false }: KobbleLedgerQuery): Ledger<KobbleTransactionRecord> {
    const period = {
      from: from === null ? undefined : boundText(from - MARGIN_NS),
      to: to === null ? undefined : boundText(to + MARGIN_NS),
    }
    const key = JSON.stringify([walletId, period, isPart])
    const known = ledgers.get(key)
    if (known) return known
    const listContext = isPart ? withoutCache(context) : context
    const created = createRangeLedger(
      createOffsetLimitReader<KobbleTransactionRecord>({
        maxLimit: capabilities.maxLimit,
        ends: ['newest', 'oldest'],
        // It is not documented whether X-Total-Count applies the filter.
        totalIsExact: walletId === null && from === null && to === null,
        async fetchRows({ end, offset, limit }, kept) {
          const order = end === 'newest' ? 'desc' : 'asc'
          const query = { wallet: walletId ?? undefined, offset, limit, order, ...period } as const
          const answer = await api.listTransactions(query, withKeptAnswers(listContext, kept))
          return { ...answer, rows: mapRows(answer.rows, kobbleTransaction) }
        },
      }),
      (rows) => found.transactions(rows),
    )
    ledgers.set(key, created)
    return created
  }

  /** Reads all wallets with one request: the list has no pages. */
  async function readWallets(kept: KeptAnswers) {
    const answer = await api.listWallets(withKeptAnswers(context, kept))
    return { rows: mapUnorderedRows(answer.rows, kobbleWallet), kept: answer.kept }
  }

  return {
    transactions,
    wallets() {
      walletList ??= createRangeLedger(createUnpagedReader(readWallets), (rows) => found.wallets(rows))
      return walletList
    },
  }
}
