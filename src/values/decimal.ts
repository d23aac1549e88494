const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/

const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39

/** The most digits of a decimal in plain notation. Arithmetic on longer ones would block the process. */
export const MAX_DECIMAL_DIGITS = 100
/** The longest text of such a decimal: its digits, two signs, a point, and an exponent of four digits with its letter. */
const MAX_TEXT = MAX_DECIMAL_DIGITS + 8

/**
 * Returns the decimal in plain notation, exactly, or null when the text is not a decimal number or has more than
 * `MAX_DECIMAL_DIGITS` digits. Digits are kept, trailing zeros included; an exponent is written out (`1e-7` becomes
 * `0.0000001`), and leading zeros are removed.
 */
export function parseDecimal(text: string): string | null {
  if (text.length > MAX_TEXT) return null
  return isPlain(text) ? text : parseAnyDecimal(text)
}

/** Returns true for most decimals that are in plain notation already; false for every other text, valid or not. */
function isPlain(text: string): boolean {
  if (text.length > MAX_DECIMAL_DIGITS) return false
  const start = text.charCodeAt(0) === MINUS ? 1 : 0
  let point = text.length
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === POINT && point === text.length) point = at
    else if (code < ZERO || code > NINE) return false
  }
  if (point === start || point === text.length - 1) return false
  // A leading zero is the only digit before the point, and zero has no sign.
  return text.charCodeAt(start) !== ZERO || (start === 0 && point === 1)
}

/** Parses a decimal with an exponent, a plus sign or leading zeros. */
function parseAnyDecimal(text: string): string | null {
  const match = DECIMAL.exec(text)
  if (!match) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  let digits = whole + fraction
  let scale = fraction.length - Number(exponent)
  if (Math.max(digits.length, digits.length - scale, scale + 1) > MAX_DECIMAL_DIGITS) return null
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

/** Returns the magnitude of a plain decimal. */
export function absolute(decimal: string): string {
  return decimal.startsWith('-') ? decimal.slice(1) : decimal
}

/** A decimal as a whole number of units of its last digit. */
export interface ScaledDecimal {
  readonly units: bigint
  readonly scale: number
}

/** Converts a plain decimal for arithmetic. Scale a decimal once when it is compared with many. */
export function scaleDecimal(decimal: string): ScaledDecimal {
  const point = decimal.indexOf('.')
  if (point === -1) return { units: toBigInt(decimal), scale: 0 }
  return { units: toBigInt(decimal.slice(0, point) + decimal.slice(point + 1)), scale: decimal.length - point - 1 }
}

/** Converts a whole number; a short one by way of a double, which is faster and just as exact. */
function toBigInt(digits: string): bigint {
  return BigInt(digits.length <= 15 ? Number(digits) : digits)
}

/** Cached powers of ten by exponent. Scales are bounded, so there are few. */
const POWERS_OF_TEN: bigint[] = [1n]

function powerOfTen(exponent: number): bigint {
  while (POWERS_OF_TEN.length <= exponent) POWERS_OF_TEN.push(POWERS_OF_TEN.at(-1)! * 10n)
  return POWERS_OF_TEN[exponent]!
}

const unitsAt = ({ units, scale }: ScaledDecimal, to: number) => units * powerOfTen(to - scale)

function plain({ units, scale }: ScaledDecimal): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`
}

/** Returns the exact sum of plain decimals, with as many fraction digits as the longest of them has. */
export function sumOf(...decimals: readonly string[]): string {
  const parts = decimals.map(scaleDecimal)
  const scale = Math.max(0, ...parts.map((part) => part.scale))
  return plain({ units: parts.reduce((sum, part) => sum + unitsAt(part, scale), 0n), scale })
}

/** Sums plain decimals one by one; `text` equals `sumOf` of all of them and zero. */
export class DecimalSum {
  #units = 0n
  #scale = 0

  add(decimal: string): void {
    const { units, scale } = scaleDecimal(decimal)
    if (scale > this.#scale) {
      this.#units = unitsAt({ units: this.#units, scale: this.#scale }, scale)
      this.#scale = scale
    }
    this.#units += scale === this.#scale ? units : unitsAt({ units, scale }, this.#scale)
  }

  text(): string {
    return plain({ units: this.#units, scale: this.#scale })
  }
}

/** Returns the number with the other sign. */
export function negated(decimal: string): string {
  const { units, scale } = scaleDecimal(decimal)
  return plain({ units: -units, scale })
}

/** Returns the exact product of two plain decimals. */
export function productOf(a: string, b: string): string {
  const [left, right] = [scaleDecimal(a), scaleDecimal(b)]
  return plain({ units: left.units * right.units, scale: left.scale + right.scale })
}

/** Rounds a plain decimal half to even, to exactly `digits` fraction digits. */
export function roundHalfEven(decimal: string, digits: number): string {
  const { units, scale } = scaleDecimal(decimal)
  if (scale <= digits) return plain({ units: unitsAt({ units, scale }, digits), scale: digits })
  const step = powerOfTen(scale - digits)
  const magnitude = units < 0n ? -units : units
  const [quotient, rest] = [magnitude / step, magnitude % step]
  const isUp = rest * 2n > step || (rest * 2n === step && quotient % 2n === 1n)
  const rounded = quotient + (isUp ? 1n : 0n)
  return plain({ units: units < 0n ? -rounded : rounded, scale: digits })
}

/** Compares two decimals for sorting: -1, 0 or 1. */
export function compareScaled(a: ScaledDecimal, b: ScaledDecimal): number {
  const scale = Math.max(a.scale, b.scale)
  const [left, right] = [unitsAt(a, scale), unitsAt(b, scale)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** Compares two plain decimals for sorting: -1, 0 or 1. */
export function compareDecimals(a: string, b: string): number {
  return compareScaled(scaleDecimal(a), scaleDecimal(b))
}
