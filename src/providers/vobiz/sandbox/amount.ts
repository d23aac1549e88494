/** Fraction digits that sums are exact to. */
export const SCALE = 30

/** A JSON number in units of 10⁻³⁰. */
export function scaledAmount(literal: string): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? []
  const zeros = SCALE + Number(exponent) - fraction.length
  if (whole === '' || zeros < 0) throw new RangeError(`Not an amount of at most ${SCALE} fraction digits: ${literal}`)
  const units = BigInt(whole + fraction + '0'.repeat(zeros))
  return sign === '-' ? -units : units
}

/**
 * Checks an amount when it is added, so that no later answer fails.
 * @throws {RangeError} when it cannot be sent or added up
 */
export function checkAmount(literal: string): void {
  scaledAmount(literal)
}

export function plainDecimal(units: bigint): string {
  const digits = String(units < 0n ? -units : units).padStart(SCALE + 1, '0')
  const text = `${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`.replace(/\.?0+$/, '')
  return units < 0n ? `-${text}` : text
}
