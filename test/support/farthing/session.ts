import DataLoader from 'dataloader'
import type { EntryGroup } from '../../../src/connection/sources.ts'
import type { ProviderSession } from '../../../src/graphql/context.ts'
import { AdaptiveLimit } from '../../../src/ledger/adaptive-limit.ts'
import { conditionsToCheck } from '../../../src/ledger/filter.ts'
import type { Accepts } from '../../../src/ledger/ledger.ts'
import { createOffsetLimitReader } from '../../../src/ledger/offset-limit.ts'
import { createRangeLedger } from '../../../src/ledger/range-ledger.ts'
import { createBudget, readEntries } from '../../../src/ledger/scan.ts'
import { summarize } from '../../../src/ledger/summary.ts'
import type { TransactionRecord } from '../../../src/ledger/transaction.ts'
import type { Operation } from '../../../src/operation.ts'
import { mapRow } from '../../../src/upstream/wire.ts'
import type { FarthingApi } from './http.ts'
import { type FarthingTransactionRecord, farthingTransaction } from './transaction.ts'

/** What the process has learned of Farthing. */
export interface FarthingKnowledge {
  readonly maxLimit: AdaptiveLimit<number>
}

export const createFarthingKnowledge = (): FarthingKnowledge => ({ maxLimit: new AdaptiveLimit(100) })

/** Entries that one field may read for a sum. */
const SCAN_LIMIT = 10_000

/** One operation's reading of Farthing. */
export interface FarthingSession extends ProviderSession {
  ledger(accepts?: Accepts<TransactionRecord> | null): EntryGroup<FarthingTransactionRecord>
  /** Null where there is no such entry. */
  transaction(id: string): Promise<FarthingTransactionRecord | null>
}

export function createFarthingSession(
  api: FarthingApi,
  { maxLimit }: FarthingKnowledge,
  operation: Operation,
): FarthingSession {
  // Farthing has one account, so that a caller may read all of it or nothing.
  const isGranted = operation.grant.accounts === null
  const transactions = new DataLoader<string, FarthingTransactionRecord | null>((ids) =>
    Promise.all(
      ids.map(async (id) => {
        const row = await api.getEntry(id, operation).catch((error: Error) => error)
        return row instanceof Error || row === null ? row : farthingTransaction(row)
      }),
    ),
  )
  const list = createRangeLedger(
    createOffsetLimitReader<FarthingTransactionRecord>({
      maxLimit,
      ends: ['newest'],
      totalIsExact: false,
      async fetchRows({ offset, limit }) {
        const rows = await api.listEntries({ skip: offset, take: limit }, operation)
        return { rows: rows.map((row) => mapRow(row, farthingTransaction)), total: null, limit: null }
      },
    }),
    ({ rows }) => {
      for (const { value } of rows) if (!(value instanceof Error)) transactions.prime(value.providerId, value)
    },
  )

  const ledger: FarthingSession['ledger'] = (accepts = null) => ({
    provider: 'FARTHING',
    async open() {
      if (!isGranted) return []
      const budget = createBudget(SCAN_LIMIT)
      const summary = async () => summarize(await readEntries(list, accepts, budget))
      return [{ key: 'FARTHING', ledger: list, accepts, isDefensiveFilter: false, count: async () => null, summary }]
    },
  })
  return {
    ledger,
    transactions: (conditions) => (isGranted ? ledger(conditionsToCheck(conditions, [])) : null),
    transaction: async (id) => (isGranted ? transactions.load(id) : null),
  }
}
