import type { EntryGroup } from '../../../src/connection/sources.ts'
import type { ProviderSession } from '../../../src/graphql/context.ts'
import { EntrySums } from '../../../src/ledger/entry-sums.ts'
import {
  conditionsToCheck,
  type EntryValues,
  mayMatch,
  type TransactionConditions,
} from '../../../src/ledger/filter.ts'
import { createKeysetLedger, type KeysetRequest } from '../../../src/ledger/keyset.ts'
import { mapRows } from '../../../src/ledger/mapped-row.ts'
import { createBudget, readEntries } from '../../../src/ledger/scan.ts'
import { type DirectedRecord, rowDirection } from '../../../src/ledger/transaction.ts'
import type { Operation } from '../../../src/operation.ts'
import { createByIdLoader } from '../../../src/providers/loaders.ts'
import { createSource, withSums } from '../../../src/providers/source.ts'
import { instantText } from '../../../src/values/instant.ts'
import type { ExampleApi, ExampleListQuery } from './http.ts'
import { type ExampleTransactionRecord, exampleTransaction } from './transaction.ts'

/** The most entries that one page may have. */
const MAX_LIMIT = 100
const MILLISECOND_NS = 1_000_000n

/** Translates a request of the keyset strategy. Pages towards newer entries come in the order of the list, newest first. */
function queryOf({ direction, from, limit }: KeysetRequest): ExampleListQuery {
  const isOlder = direction === 'older'
  if (from === null) return { limit, order: isOlder ? 'desc' : 'asc' }
  if ('key' in from) return isOlder ? { limit, startingAfter: from.key } : { limit, endingBefore: from.key }
  // Times are sent in milliseconds; a page may begin too early and never too late.
  if (isOlder) return { limit, order: 'desc', to: instantText(from.instant + MILLISECOND_NS - 1n) }
  return { limit, order: 'asc', from: instantText(from.instant) }
}

/** Example has no entries with other values. */
const ENTRY_VALUES: EntryValues = {
  directions: ['CREDIT', 'DEBIT'],
  statuses: ['COMPLETED', 'UNKNOWN'],
  categories: ['TOP_UP', 'USAGE'],
}

/** Entries that one field may read for a sum. */
const SCAN_LIMIT = 10_000

/** One operation's reading of Example. */
export interface ExampleSession extends ProviderSession {
  /** Null when no entry can match, or the caller may not read the ledger. */
  ledger(conditions: TransactionConditions): EntryGroup<ExampleTransactionRecord> | null
  /** Null where there is no such entry. */
  transaction(id: string): Promise<ExampleTransactionRecord | null>
}

export function createExampleSession(api: ExampleApi, operation: Operation): ExampleSession {
  // Example has one account, so that a caller may read all of it or nothing.
  const isGranted = operation.grant.accounts === null
  const transactions = createByIdLoader<ExampleTransactionRecord>(
    async (id) => {
      const row = await api.getEntry(id, operation)
      return row && exampleTransaction(row)
    },
    operation.meter,
    ({ providerId }) => providerId,
  )
  const list = createKeysetLedger<ExampleTransactionRecord>(
    {
      maxRows: MAX_LIMIT,
      keyOf: ({ id }) => id,
      async fetchPage(request) {
        const query = queryOf(request)
        const page = await api.listEntries(query, operation)
        if (page === null) return null
        const rows = mapRows(page.rows, exampleTransaction)
        return { rows: query.endingBefore === undefined ? rows : rows.reverse(), hasMore: page.hasMore }
      },
    },
    (rows) => transactions.addRows(rows),
  )

  const ledger: ExampleSession['ledger'] = (conditions) => {
    if (!isGranted || !mayMatch(conditions, ENTRY_VALUES)) return null
    const accepts = conditionsToCheck<DirectedRecord>(conditions, {
      done: [],
      possible: ENTRY_VALUES,
      directionOf: rowDirection,
    })
    return {
      provider: 'EXAMPLE',
      async open() {
        const budget = createBudget(SCAN_LIMIT)
        const source = createSource<ExampleTransactionRecord>({ key: 'EXAMPLE', ledger: list, accounts: null, accepts })
        return [withSums(source, new EntrySums(() => readEntries(list, accepts, budget), rowDirection))]
      },
    }
  }
  return {
    ledger,
    transactions: ledger,
    transaction: async (id) => (isGranted ? transactions.load(id) : null),
  }
}
