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

/** By `type`, `reference` and `reference_type` of a row: the category of the entry. */
export const ROW_CATEGORIES = [
  ['credit', 'ptc:p:c:1', 'refund', 'TRANSFER'],
  ['debit', 'ptc:whatever', null, 'TRANSFER'],
  ['credit', null, 'refund', 'REFUND'],
  ['debit', null, 'refund', 'REFUND'],
  ['credit', 'pay_1', 'payment', 'TOP_UP'],
  ['credit', null, 'manual_adjustment', 'ADJUSTMENT'],
  ['debit', null, 'manual_adjustment', 'ADJUSTMENT'],
  ['debit', 'cdr:1', 'cdr', 'USAGE'],
  ['debit', null, 'did_purchase', 'USAGE'],
  ['debit', null, 'ncc', 'USAGE'],
  ['debit', null, 'unknown', 'USAGE'],
  ['debit', null, null, 'USAGE'],
  ['credit', 'cdr:1', 'cdr', null],
  ['credit', null, 'unknown', null],
  ['credit', 'xptc:', null, null],
  ['did_rental', null, 'did_rental', null],
  ['credit', 'ptc:p:c:1', null, 'TRANSFER'],
  ['debit', 'did:1', 'did_rental', 'USAGE'],
  ['debit', 'cdr:1', 'stream_cdr', 'USAGE'],
  ['credit', null, null, null],
] as const
