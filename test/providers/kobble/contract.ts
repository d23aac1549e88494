/** By `status` of a row: the status of the entry, and whether it affects the balance. */
export const STATUSES = [
  ['ACCEPTED', 'COMPLETED', true],
  ['PENDING', 'PENDING', false],
  ['DECLINED', 'DECLINED', false],
  ['accepted', 'UNKNOWN', false],
  ['SETTLED', 'UNKNOWN', false],
] as const

/** By `type` of a row: the category of the entry, and whether an accepted one affects the balance. */
export const CATEGORIES = [
  ['INTER_WALLET', 'TRANSFER', true],
  ['REFUND', 'REFUND', true],
  ['RESERVATION', 'RESERVATION', false],
  ['REVERSAL', 'REVERSAL', true],
  ['SETTLEMENT', 'SETTLEMENT', true],
  ['MANUAL_CREDIT', 'MANUAL_CREDIT', true],
  ['MANUAL_DEBIT', 'MANUAL_DEBIT', true],
  ['CARD_SPEND', 'CARD_SPEND', true],
  ['CHARGEBACK', null, true],
  ['toString', null, true],
] as const

/** By the sides of a row that are named: the direction of the entry. */
export const DIRECTIONS = [
  [null, 'w', 'CREDIT'],
  ['w', null, 'DEBIT'],
  ['w', 'v', 'INTERNAL'],
  ['w', 'w', 'INTERNAL'],
  [null, null, null],
  ['', 'w', 'CREDIT'],
] as const
