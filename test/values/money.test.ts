import { describe, expect, it } from 'vitest'
import { fromMinorUnits, roundToMinorUnit } from '../../src/values/money.ts'

describe('roundToMinorUnit()', () => {
  it.each([
    ['JPY', '2.5', '2'],
    ['JPY', '-3.5', '-4'],
    ['INR', '1.005', '1.00'],
    ['INR', '1.015', '1.02'],
    ['INR', '7', '7.00'],
    ['KWD', '0.0125', '0.012'],
    ['UYW', '0.00015', '0.0002'],
    ['HUF', '0.125', '0.12'],
    ['XXX', '0.125', '0.12'],
  ])('rounds an amount in %s half to even: %s to %s', (currency, amount, rounded) => {
    expect(roundToMinorUnit(amount, currency)).toBe(rounded)
  })
})

describe('fromMinorUnits()', () => {
  it.each([
    ['INR', '1250', '12.50'],
    ['INR', '-5', '-0.05'],
    ['INR', '0', '0.00'],
    ['JPY', '1250', '1250'],
    ['KWD', '12', '0.012'],
    ['UYW', '1', '0.0001'],
    ['EUR', '900719925474099312345', '9007199254740993123.45'],
  ])('returns the exact major amount of minor units in %s: %s is %s', (currency, units, amount) => {
    expect(fromMinorUnits(units, currency)).toBe(amount)
  })
})
