const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/

/**
 * Exact decimal text in plain notation, or null where the text is not a decimal number. Digits stay as they were
 * given, trailing zeros too; an exponent is written out (`1e-7` becomes `0.0000001`), and leading zeros go.
 */
export function parseDecimal(text: string): string | null {
  const match = DECIMAL.exec(text)
  if (!match) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const shift = Number(exponent)
  if (Math.abs(shift) > 1000) return null
  let digits = whole + fraction
  let scale = fraction.length - shift
  if (scale < 0) {
    digits = digits.padEnd(digits.length - scale, '0')
    scale = 0
  }
  digits = digits.padStart(scale + 1, '0')
  const integer = digits.slice(0, digits.length - scale).replace(/^0+(?=\d)/, '')
  const rest = digits.slice(digits.length - scale)
  const zero = /^0*$/.test(digits)
  return `${sign === '-' && !zero ? '-' : ''}${integer}${rest === '' ? '' : `.${rest}`}`
}

/** The magnitude of a plain decimal. */
export function absolute(decimal: string): string {
  return decimal.startsWith('-') ? decimal.slice(1) : decimal
}

/** Less than, equal to or greater than zero as the first plain decimal is less than, equal to or greater than the second. */
export function compareDecimals(a: string, b: string): number {
  const scale = Math.max(...[a, b].map((decimal) => decimal.split('.')[1]?.length ?? 0))
  const scaled = (decimal: string) => {
    const [whole = '', fraction = ''] = decimal.split('.')
    return BigInt(whole + fraction.padEnd(scale, '0'))
  }
  const difference = scaled(a) - scaled(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
