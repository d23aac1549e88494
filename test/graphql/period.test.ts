import { describe, expect, it } from 'vitest'
import { InvalidArgumentError } from '../../src/errors.ts'
import { assertPeriod, choosePeriod, periodOfMonth } from '../../src/graphql/period.ts'
import { parseInstant } from '../../src/values/instant.ts'

const instantOf = (text: string) => parseInstant(text)!.instant

describe('assertPeriod()', () => {
  it.each([
    {},
    { from: '2026-01-02' },
    { from: null, to: '2026-01-02' },
    { from: '2026-01-02', to: '2026-01-02' },
    { from: '2026-01-02', to: '2026-01-03' },
  ])('accepts %o', (period) => {
    expect(() => assertPeriod('Filter', period)).not.toThrow()
  })

  it('rejects a period that ends before it begins, with both ends', () => {
    expect(() => assertPeriod('Period', { from: '2026-01-02', to: '2026-01-01' })).toThrow(
      new InvalidArgumentError('Period "from" must not be after "to"; got 2026-01-02 and 2026-01-01.'),
    )
  })

  it('compares instants as instants, though their texts compare otherwise', () => {
    const [whole, later] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z']
    expect(whole > later).toBe(true)
    expect(() => assertPeriod('Filter', { from: whole, to: later }, instantOf)).not.toThrow()
    expect(() => assertPeriod('Filter', { from: later, to: whole }, instantOf)).toThrow(InvalidArgumentError)
  })
})

describe('periodOfMonth()', () => {
  it.each([
    ['2026-09', '2026-09-01', '2026-09-30'],
    ['2026-12', '2026-12-01', '2026-12-31'],
    ['2024-02', '2024-02-01', '2024-02-29'],
    ['2100-02', '2100-02-01', '2100-02-28'],
    ['0004-02', '0004-02-01', '0004-02-29'],
    ['9999-12', '9999-12-01', '9999-12-31'],
  ])('of %s is %s to %s', (month, from, to) => {
    expect(periodOfMonth(month)).toEqual({ from, to })
  })

  it.each(['', '2026', '2026-9', '2026-00', '2026-13', '2026-09-01', '26-09', ' 2026-09', '2026-09\n', '٢٠٢٦-٠٩'])(
    'rejects %j',
    (month) => {
      expect(() => periodOfMonth(month)).toThrow(InvalidArgumentError)
    },
  )

  it('repeats no more than the beginning of a long text', () => {
    expect(() => periodOfMonth('x'.repeat(1000))).toThrow(/got "x{20}"\.$/)
  })
})

describe('choosePeriod()', () => {
  const period = { from: '2026-09-01', to: '2026-09-30' }

  it('takes a period or a month', () => {
    expect(choosePeriod(period, null)).toEqual(period)
    expect(choosePeriod(undefined, '2026-09')).toEqual(period)
  })

  it.each([
    [null, null],
    [undefined, undefined],
    [period, '2026-09'],
  ])('rejects %j with %j', (given, month) => {
    expect(() => choosePeriod(given, month)).toThrow('Give exactly one of the arguments "period" and "month".')
  })

  it('rejects a period that ends before it begins', () => {
    expect(() => choosePeriod({ from: '2026-09-02', to: '2026-09-01' }, null)).toThrow('Period "from"')
  })
})
