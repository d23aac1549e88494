import type { TransactionRecord } from '../../../src/ledger/transaction.ts'
import type { FarthingRow } from './wire.ts'

/** One entry of the Farthing ledger. */
export interface FarthingTransactionRecord extends TransactionRecord {
  readonly provider: 'FARTHING'
  readonly typename: 'FarthingTransaction'
}

export function farthingTransaction(row: FarthingRow): FarthingTransactionRecord {
  const isIn = row.kind === 'in'
  const isBooked = row.state === 'booked'
  return {
    provider: 'FARTHING',
    typename: 'FarthingTransaction',
    locator: row.id,
    providerId: row.id,
    amount: { amount: row.value, currency: row.currency },
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
