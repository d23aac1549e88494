import { productOf, roundHalfEven } from './decimal.ts'

/** Digits of the minor unit of most currencies: a hundredth. */
const USUAL_DIGITS = 2

/**
 * Currencies with another minor unit, by its number of digits (ISO 4217, list one).
 * `Intl.NumberFormat` is no source for it: it returns the digits of written prices, which differ, e.g. 0 for HUF.
 */
const UNUSUAL_DIGITS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
    3: 'BHD IQD JOD KWD LYD OMR TND',
    4: 'CLF UYW',
  }).flatMap(([digits, currencies]) => currencies.split(' ').map((currency) => [currency, Number(digits)] as const)),
)

/** Returns the fraction digits of a currency's minor unit, e.g. 2 for INR, 0 for JPY; 2 for unknown codes. */
export const minorUnitDigits = (currency: string): number => UNUSUAL_DIGITS.get(currency) ?? USUAL_DIGITS

/** Returns an amount in major units, rounded half to even, with exactly the digits of the currency's minor unit. */
export function roundToMinorUnit(amount: string, currency: string): string {
  return roundHalfEven(amount, minorUnitDigits(currency))
}

/** Returns an amount in major units, exactly, for a whole number of minor units: `1250` INR is `12.50`. */
export function fromMinorUnits(units: string, currency: string): string {
  const digits = minorUnitDigits(currency)
  return productOf(units, digits === 0 ? '1' : `0.${'1'.padStart(digits, '0')}`)
}
