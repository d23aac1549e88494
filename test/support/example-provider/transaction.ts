import {
  affectsBalance,
  type DirectedRecord,
  type TransactionCategory,
  type TransactionStatus,
} from '../../../src/ledger/transaction.ts'
import { fromMinorUnits } from '../../../src/values/money.ts'
import type { ExampleRow } from './wire.ts'

/** One entry of the Example ledger. */
export interface ExampleTransactionRecord extends DirectedRecord {
  readonly provider: 'EXAMPLE'
  readonly typename: 'ExampleTransaction'
}

export function exampleTransaction(row: ExampleRow): ExampleTransactionRecord {
  const isIn = row.kind === 'in'
  const status: TransactionStatus = row.state === 'booked' ? 'COMPLETED' : 'UNKNOWN'
  const category: TransactionCategory = isIn ? 'TOP_UP' : 'USAGE'
  return {
    provider: 'EXAMPLE',
    typename: 'ExampleTransaction',
    locator: row.id,
    providerId: row.id,
    amount: { amount: fromMinorUnits(row.value, row.currency), currency: row.currency },
    direction: isIn ? 'CREDIT' : 'DEBIT',
    status,
    providerStatus: row.state,
    category,
    providerType: row.kind,
    reference: row.memo,
    createdAt: row.at.text,
    instant: row.at.instant,
    updatedAt: row.at.text,
    affectsBalance: affectsBalance({ status, category }),
    raw: row.raw,
  }
}
