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

/** By the sides of a row, each a wallet of the viewer, an account elsewhere, or nothing: the direction of the entry. */
export const DIRECTIONS = [
  ['own', 'own', 'INTERNAL'],
  ['own', 'elsewhere', 'DEBIT'],
  ['own', null, 'DEBIT'],
  ['elsewhere', 'own', 'CREDIT'],
  [null, 'own', 'CREDIT'],
  ['elsewhere', 'elsewhere', null],
  ['elsewhere', null, null],
  [null, 'elsewhere', null],
  [null, null, null],
] as const

/** Returns the direction of a row by the contract table, as seen by the holder of wallets. */
export function directionBy(
  { from, to }: { readonly from: string | null; readonly to: string | null },
  wallets: readonly string[],
): string | null {
  const [payer, receiver] = [from, to].map((id) => id && (wallets.includes(id) ? 'own' : 'elsewhere'))
  return DIRECTIONS.find(([pays, receives]) => pays === payer && receives === receiver)![2]
}
