import type { TransactionConditions } from '../../src/ledger/filter.ts'

/** Conditions that every entry meets. */
export const NO_CONDITIONS: TransactionConditions = {
  from: null,
  to: null,
  createdFrom: null,
  createdBefore: null,
  directions: null,
  statuses: null,
  excludeStatuses: null,
  categories: null,
  excludeCategories: null,
  uncategorized: null,
  affectsBalance: null,
  currency: null,
  minAmount: null,
  maxAmount: null,
  referenceContains: null,
  references: null,
}
