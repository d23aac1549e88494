import type { DirectedRecord } from '../../../src/ledger/transaction.ts'
import { fromMinorUnits } from '../../../src/values/money.ts'
import type { ExampleRow } from './wire.ts'

/** One entry of the Example ledger. */
export interface ExampleTransactionRecord extends DirectedRecord {
  readonly provider: 'EXAMPLE'
  readonly typename: 'ExampleTransaction'
}

export function exampleTransaction(row: ExampleRow): ExampleTransactionRecord {
  const isIn = row.kind === 'in'
  const isBooked = row.state === 'booked'
  return {
    provider: 'EXAMPLE',
    typename: 'ExampleTransaction',
    locator: row.id,
    providerId: row.id,
    amount: { amount: fromMinorUnits(row.value, row.currency), currency: row.currency },
    direction: isIn ? 'CREDIT' : 'DEBIT',
    status: isBooked ? 'COMPLETED' : 'UNKNOWN',
    providerStatus: row.state,
    category: isIn ? 'TOP_UP' : 'USAGE',
    providerType: row.kind,
    reference: row.memo,
    createdAt: row.at.text,
    instant: row.at.instant,
    updatedAt: row.at.text,
    affectsBalance: isBooked,
    raw: row.raw,
  }
}
