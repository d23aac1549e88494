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

/** A decimal as a whole number of units of its last digit. */
interface Scaled {
  readonly units: bigint
  readonly scale: number
}

function scaled(decimal: string): Scaled {
  const [whole = '', fraction = ''] = decimal.split('.')
  return { units: BigInt(whole + fraction), scale: fraction.length }
}

const unitsAt = ({ units, scale }: Scaled, to: number) => units * 10n ** BigInt(to - scale)

function plain({ units, scale }: Scaled): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`
}

/** The exact sum of plain decimals, with as many fraction digits as the longest of them has. */
export function sumOf(...decimals: readonly string[]): string {
  const parts = decimals.map(scaled)
  const scale = Math.max(0, ...parts.map((part) => part.scale))
  return plain({ units: parts.reduce((sum, part) => sum + unitsAt(part, scale), 0n), scale })
}

/** The same number with the other sign. */
export function negated(decimal: string): string {
  const { units, scale } = scaled(decimal)
  return plain({ units: -units, scale })
}

/** The exact product of two plain decimals. */
export function productOf(a: string, b: string): string {
  const [left, right] = [scaled(a), scaled(b)]
  return plain({ units: left.units * right.units, scale: left.scale + right.scale })
}

/** A plain decimal rounded half to even, with exactly so many fraction digits. */
export function roundHalfEven(decimal: string, digits: number): string {
  const { units, scale } = scaled(decimal)
  if (scale <= digits) return plain({ units: unitsAt({ units, scale }, digits), scale: digits })
  const step = 10n ** BigInt(scale - digits)
  const magnitude = units < 0n ? -units : units
  const [quotient, rest] = [magnitude / step, magnitude % step]
  const isUp = rest * 2n > step || (rest * 2n === step && quotient % 2n === 1n)
  const rounded = quotient + (isUp ? 1n : 0n)
  return plain({ units: units < 0n ? -rounded : rounded, scale: digits })
}

/** Less than, equal to or greater than zero as the first plain decimal is less than, equal to or greater than the second. */
export function compareDecimals(a: string, b: string): number {
  const difference = scaled(sumOf(a, negated(b))).units
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
