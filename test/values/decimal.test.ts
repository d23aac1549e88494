import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { absolute, compareDecimals, parseDecimal } from '../../src/values/decimal.ts'

describe('parseDecimal()', () => {
  it.each([
    ['0', '0'],
    ['12', '12'],
    ['-12.50', '-12.50'],
    ['+12.50', '12.50'],
    ['0.10', '0.10'],
    ['007.5', '7.5'],
    ['00', '0'],
    ['0.000', '0.000'],
    ['-0', '0'],
    ['-0.00', '0.00'],
    ['-0.01', '-0.01'],
    ['1e3', '1000'],
    ['1.5E+3', '1500'],
    ['1.2345e2', '123.45'],
    ['1.50e1', '15.0'],
    ['1e-7', '0.0000001'],
    ['-1.5e-3', '-0.0015'],
    ['0e5', '0'],
    ['12345678901234567890.12345678901234567890', '12345678901234567890.12345678901234567890'],
    ['1e99', `1${'0'.repeat(99)}`],
    ['1e-99', `0.${'0'.repeat(98)}1`],
    ['9'.repeat(100), '9'.repeat(100)],
    [`-${'1'.repeat(50)}.${'2'.repeat(50)}`, `-${'1'.repeat(50)}.${'2'.repeat(50)}`],
    // Long as text, short as a number.
    [`+1.${'0'.repeat(99)}e-0000`, `1.${'0'.repeat(99)}`],
  ])('reads %s as %s', (text, decimal) => {
    expect(parseDecimal(text)).toBe(decimal)
  })

  it.each([
    '',
    ' 1',
    '1 ',
    '1\n',
    '.5',
    '5.',
    '1,5',
    '1_000',
    '--1',
    '1e',
    '1e1.5',
    '1e100',
    '1e-100',
    '1e1000',
    '1e99999',
    '0e100',
    '9'.repeat(101),
    '0'.repeat(101),
    `0.${'0'.repeat(99)}1`,
    `${'1'.repeat(50)}e51`,
    '0x10',
    'NaN',
    'Infinity',
    '١',
  ])('refuses "%s"', (text) => {
    expect(parseDecimal(text)).toBeNull()
  })

  it('rejects a long text by its length alone, without reading its digits', () => {
    const exec = vi.spyOn(RegExp.prototype, 'exec')
    const refused = [parseDecimal('9'.repeat(1_000_000)), parseDecimal(`1${'0'.repeat(200)}e-200`)]
    const calls = exec.mock.calls.length
    exec.mockRestore()
    expect([refused, calls]).toEqual([[null, null], 0])
  })

  it('returns for any text what it does with a written exponent of zero', () => {
    const digits = fc.oneof(fc.stringMatching(/^[0-9]{0,8}$/), fc.stringMatching(/^0{0,3}[0-9]{90,101}$/))
    const near = fc
      .tuple(fc.constantFrom('', '-', '+', '--', ' '), digits, fc.constantFrom('', '.', '..', ','), digits)
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(near, (text) => {
        expect(parseDecimal(text)).toBe(parseDecimal(`${text}e0`))
      }),
      { numRuns: 5000 },
    )
  })

  it('keeps the value of every number of JSON that has at most 100 digits, in plain notation', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e99, max: 1e99 }), (value) => {
        const decimal = parseDecimal(JSON.stringify(value))
        if (value !== 0 && Math.abs(value) < 1e-80) {
          expect(decimal === null || Number(decimal) === value).toBe(true)
          return
        }
        expect(decimal).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/)
        expect(Number(decimal)).toBe(value === 0 ? 0 : value)
      }),
    )
  })
})

describe('absolute()', () => {
  it.each([
    ['1.50', '1.50'],
    ['-1.50', '1.50'],
    ['0', '0'],
  ])('is, of %s, %s', (decimal, magnitude) => {
    expect(absolute(decimal)).toBe(magnitude)
  })
})

describe('compareDecimals()', () => {
  it.each<[string, string, number]>([
    ['1', '2', -1],
    ['10', '9', 1],
    ['1.50', '1.5', 0],
    ['0.00', '0', 0],
    ['-1', '1', -1],
    ['-1.5', '-1.25', -1],
    ['-0.5', '0.25', -1],
    ['0.1', '0.09', 1],
    ['12345678901234567890.1', '12345678901234567890.2', -1],
  ])('puts %s beside %s', (a, b, sign) => {
    expect([compareDecimals(a, b), compareDecimals(b, a)]).toEqual([sign, -sign + 0])
  })

  it('agrees with whole numbers of the smallest unit', () => {
    const units = fc.integer({ min: -100_000, max: 100_000 })
    const plain = (cents: number) => {
      const digits = String(Math.abs(cents)).padStart(3, '0')
      return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
    }
    fc.assert(
      fc.property(units, units, (a, b) => {
        expect(compareDecimals(plain(a), plain(b))).toBe(Math.sign(a - b))
      }),
    )
  })
})
