/** By `status` of a row: the status of the entry, and whether it affects the balance. */
export const STATUSES = [
  ['completed', 'COMPLETED', true],
  ['pending', 'PENDING', false],
  ['failed', 'FAILED', false],
  ['cancelled', 'CANCELLED', false],
  ['reversed', 'UNKNOWN', false],
  ['', 'UNKNOWN', false],
] as const

/** By `type` of a row: the direction of the entry. */
export const DIRECTIONS = [
  ['credit', 'CREDIT'],
  ['debit', 'DEBIT'],
  ['recharge', null],
  ['did_rental', null],
  ['CREDIT', null],
] as const

/** By `transaction_type`, which Vobiz filters by and does not send: the category that selects the entry. */
export const SELECTED_CATEGORIES = [
  ['recharge', 'TOP_UP'],
  ['debit', 'USAGE'],
  ['refund', 'REFUND'],
  ['transfer', 'TRANSFER'],
] as const
