/** An amount as the gateway sends it: a decimal as text, which no number type holds exactly. */
export interface Money {
  readonly rounded: string
  readonly currency: string
  readonly minorUnitDigits: number
}

/** Formats a decimal of a currency for people. `format` takes decimals as text and keeps every digit. */
export function formatDecimal(decimal: string, currency: string, digits?: number): string {
  const fraction = digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits }
  const formatter = new Intl.NumberFormat('en', { style: 'currency', currency, ...fraction })
  return formatter.format(decimal as Intl.StringNumericLiteral)
}

/** Formats an amount with the digits of its currency's minor unit. */
export const formatMoney = ({ rounded, currency, minorUnitDigits }: Money): string =>
  formatDecimal(rounded, currency, minorUnitDigits)
