import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareDecimals,
  DecimalSum,
  negated,
  parseDecimal,
  productOf,
  roundHalfEven,
  sumOf,
} from '../../src/values/decimal.ts'

/** Returns a decimal as an integer in units of its last fraction digit. */
interface Scaled {
  readonly units: bigint
  readonly digits: number
}

/** Generates numbers in plain notation from digits and a sign. */
function plain({ units, digits }: Scaled): string {
  const all = String(units < 0n ? -units : units).padStart(digits + 1, '0')
  const text = digits === 0 ? all : `${all.slice(0, -digits)}.${all.slice(-digits)}`
  return units < 0n ? `-${text}` : text
}

const scaled: fc.Arbitrary<Scaled> = fc.record({
  units: fc.oneof(fc.bigInt(-(10n ** 6n), 10n ** 6n), fc.bigInt(-(10n ** 40n), 10n ** 40n)),
  digits: fc.nat(24),
})

const unitsAt = ({ units, digits }: Scaled, to: number) => units * 10n ** BigInt(to - digits)

const RUNS = { numRuns: 2000 }

describe('sumOf()', () => {
  it('returns the exact sum, with the digits of the longest fraction', () =>
    fc.assert(
      fc.property(fc.array(scaled, { maxLength: 8 }), (parts) => {
        const digits = Math.max(0, ...parts.map((part) => part.digits))
        const units = parts.reduce((sum, part) => sum + unitsAt(part, digits), 0n)
        expect(sumOf(...parts.map(plain))).toBe(plain({ units, digits }))
      }),
      RUNS,
    ))

  it.each([
    [[], '0'],
    [['0'], '0'],
    [['0.00'], '0.00'],
    [['0.1', '0.2'], '0.3'],
    [['1', '-1.00'], '0.00'],
    [['-0.5', '0.25'], '-0.25'],
    [['9007199254740993', '0.000000001'], '9007199254740993.000000001'],
    [['999.99', '0.01'], '1000.00'],
    [['-0.01', '-0.09'], '-0.10'],
  ])('of %j is %s', (parts, sum) => {
    expect(sumOf(...parts)).toBe(sum)
  })

  it('adds decimals that parseDecimal() read with exponents', () => {
    expect(sumOf(parseDecimal('1e-7')!, parseDecimal('12E2')!, parseDecimal('-0.0')!)).toBe('1200.0000001')
  })
})

describe('DecimalSum', () => {
  it('equals sumOf() of all decimals and zero', () =>
    fc.assert(
      fc.property(fc.array(scaled, { maxLength: 8 }), (parts) => {
        const sum = new DecimalSum()
        for (const part of parts) sum.add(plain(part))
        expect(sum.text()).toBe(sumOf('0', ...parts.map(plain)))
      }),
      RUNS,
    ))
})

describe('negated()', () => {
  it('changes the sign and nothing else', () =>
    fc.assert(
      fc.property(scaled, (number) => {
        expect(negated(plain(number))).toBe(plain({ ...number, units: -number.units }))
        expect(negated(negated(plain(number)))).toBe(plain(number))
      }),
      RUNS,
    ))

  it.each([
    ['0', '0'],
    ['0.00', '0.00'],
    ['1.10', '-1.10'],
    ['-0.001', '0.001'],
  ])('of %s is %s', (decimal, other) => {
    expect(negated(decimal)).toBe(other)
  })
})

describe('productOf()', () => {
  it('returns the exact product, with the digits of both fractions', () =>
    fc.assert(
      fc.property(scaled, scaled, (a, b) => {
        const product = { units: a.units * b.units, digits: a.digits + b.digits }
        expect(productOf(plain(a), plain(b))).toBe(plain(product))
        expect(productOf(plain(b), plain(a))).toBe(plain(product))
      }),
      RUNS,
    ))

  it.each([
    ['0.1', '0.1', '0.01'],
    ['-1.5', '2', '-3.0'],
    ['-0.5', '-0.5', '0.25'],
    ['0', '-5.5', '0.0'],
    ['1234567890123.45', '1.2', '1481481468148.140'],
  ])('of %s and %s is %s', (a, b, product) => {
    expect(productOf(a, b)).toBe(product)
  })
})

describe('roundHalfEven()', () => {
  it('returns the nearest number with that many digits; of two equally near ones, the even one', () =>
    fc.assert(
      fc.property(scaled, fc.nat(30), (number, digits) => {
        const rounded = roundHalfEven(plain(number), digits)
        expect(rounded).toMatch(digits === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${digits}}$`))
        expect(rounded).not.toMatch(/^-[0.]+$/)
        const scale = Math.max(digits, number.digits)
        const units = BigInt(rounded.replace('.', ''))
        const distance = (other: bigint) => {
          const between = unitsAt({ units: other, digits }, scale) - unitsAt(number, scale)
          return between < 0n ? -between : between
        }
        for (const neighbour of [units - 1n, units + 1n]) {
          const isCloser = distance(units) < distance(neighbour)
          const isEven = distance(units) === distance(neighbour) && units % 2n === 0n
          expect(isCloser || isEven, `${plain(number)} to ${digits} digits is ${rounded}`).toBe(true)
        }
      }),
      RUNS,
    ))

  it('breaks ties towards the even digit, wherever they are', () =>
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.nat(6), fc.nat(6), (units, digits, zeros) => {
        const even = units % 2n === 0n ? units : units < 0n ? units - 1n : units + 1n
        const sign = units < 0n ? -1n : 1n
        const half = { units: (units * 10n + sign * 5n) * 10n ** BigInt(zeros), digits: digits + 1 + zeros }
        expect(roundHalfEven(plain(half), digits)).toBe(plain({ units: even, digits }))
      }),
      RUNS,
    ))

  it.each([
    ['0.125', 2, '0.12'],
    ['0.135', 2, '0.14'],
    ['-0.125', 2, '-0.12'],
    ['-0.135', 2, '-0.14'],
    ['0.1250000001', 2, '0.13'],
    ['0.1249999999', 2, '0.12'],
    ['-0.004', 2, '0.00'],
    ['9.995', 2, '10.00'],
    ['0.5', 0, '0'],
    ['1.5', 0, '2'],
    ['-0.5', 0, '0'],
    ['7', 2, '7.00'],
    ['7.1', 2, '7.10'],
  ])('of %s to %i digits is %s', (decimal, digits, rounded) => {
    expect(roundHalfEven(decimal, digits)).toBe(rounded)
  })
})

describe('compareDecimals()', () => {
  it('orders numbers by value, whatever their digits', () =>
    fc.assert(
      fc.property(scaled, scaled, fc.nat(9), (a, b, zeros) => {
        const digits = Math.max(a.digits, b.digits)
        const [left, right] = [unitsAt(a, digits), unitsAt(b, digits)]
        expect(compareDecimals(plain(a), plain(b))).toBe(left < right ? -1 : left > right ? 1 : 0)
        expect(compareDecimals(plain(b), plain(a))).toBe(left < right ? 1 : left > right ? -1 : 0)
        const longer = plain({ units: a.units * 10n ** BigInt(zeros), digits: a.digits + zeros })
        expect(compareDecimals(plain(a), longer)).toBe(0)
      }),
      RUNS,
    ))

  it.each([
    ['0', '-0.00', 0],
    ['1.10', '1.1', 0],
    ['-1', '0.5', -1],
    ['-1', '-2', 1],
    ['10', '9.999999999999999999999', 1],
    ['9007199254740992', '9007199254740993', -1],
  ])('of %s and %s is %i', (a, b, order) => {
    expect(compareDecimals(a, b)).toBe(order)
  })
})
