import { AdaptiveLimit } from '../../ledger/adaptive-limit.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { createOffsetLimitReader } from '../../ledger/offset-limit.ts'
import { createRangeLedger } from '../../ledger/range-ledger.ts'
import { createUnpagedReader } from '../../ledger/unpaged.ts'
import type { RequestContext } from '../../operation.ts'
import { mapRow } from '../../upstream/wire.ts'
import { type Instant, instantText } from '../../values/instant.ts'
import type { KobbleApi } from './http.ts'
import { type KobbleTransactionRecord, kobbleTransaction } from './transaction.ts'
import { type KobbleWalletRecord, kobbleWallet } from './wallet.ts'

/** The largest limit that is asked for. What Kobble allows is not documented; it tells what it applied. */
const MAX_LIMIT = 200
/** By how much a period is widened: whether its bounds are part of it is not documented. */
const MARGIN_NS = 1_000_000_000n

/** A bound of a period as Kobble takes it; left out beyond the years that RFC 3339 can write, where nothing lies. */
function boundText(instant: Instant): string | undefined {
  const text = instantText(instant)
  return /^\d{4}-/.test(text) ? text : undefined
}

/** A list of transactions, as far as Kobble filters it itself. */
export interface KobbleLedgerQuery {
  /** A wallet's id; null for all transactions of the client. */
  readonly walletId: string | null
  /** Both included; null where the period is open. */
  readonly from: Instant | null
  readonly to: Instant | null
}

/** What the process has learned of Kobble, for all operations. */
export interface KobbleCapabilities {
  readonly maxLimit: AdaptiveLimit<number>
}

export const createKobbleCapabilities = (): KobbleCapabilities => ({ maxLimit: new AdaptiveLimit(MAX_LIMIT) })

/** Kobble's lists for the length of one operation. */
export interface KobbleLedgers {
  /** May hold entries from up to a second outside the period. */
  transactions(query: KobbleLedgerQuery): Ledger<KobbleTransactionRecord>
  wallets(): Ledger<KobbleWalletRecord>
}

/** Who is told of single rows that came with a list. */
export interface FoundRows {
  transaction(record: KobbleTransactionRecord): void
  wallet(record: KobbleWalletRecord): void
}

export function createKobbleLedgers(
  api: KobbleApi,
  capabilities: KobbleCapabilities,
  context: RequestContext,
  found: FoundRows,
): KobbleLedgers {
  const ledgers = new Map<string, Ledger<KobbleTransactionRecord>>()
  let walletList: Ledger<KobbleWalletRecord> | null = null

  function transactions({ walletId, from, to }: KobbleLedgerQuery): Ledger<KobbleTransactionRecord> {
    const period = {
      from: from === null ? undefined : boundText(from - MARGIN_NS),
      to: to === null ? undefined : boundText(to + MARGIN_NS),
    }
    const key = JSON.stringify([walletId, period])
    const known = ledgers.get(key)
    if (known) return known
    const created = createRangeLedger(
      createOffsetLimitReader<KobbleTransactionRecord>({
        maxLimit: capabilities.maxLimit,
        ends: ['newest', 'oldest'],
        // Whether X-Total-Count heeds the filter is not documented.
        totalIsExact: walletId === null && from === null && to === null,
        async fetchRows({ end, offset, limit }) {
          const order = end === 'newest' ? 'desc' : 'asc'
          const query = { wallet: walletId ?? undefined, offset, limit, order, ...period } as const
          const answer = await api.listTransactions(query, context)
          return { ...answer, rows: answer.rows.map((row) => mapRow(row, kobbleTransaction)) }
        },
      }),
      ({ rows }) => {
        for (const { value } of rows) if (!(value instanceof Error)) found.transaction(value)
      },
    )
    ledgers.set(key, created)
    return created
  }

  /** Kobble answers with all wallets at once. */
  async function readWallets() {
    const answer = await api.listWallets(context)
    // In which order they come is not documented, so that their dates say nothing about their places.
    const rows = answer.rows.map((row) => ({ ...mapRow(row, kobbleWallet), instant: null }))
    for (const { value } of rows) if (!(value instanceof Error)) found.wallet(value)
    return rows
  }

  return {
    transactions,
    wallets() {
      walletList ??= createRangeLedger(createUnpagedReader(readWallets))
      return walletList
    },
  }
}
