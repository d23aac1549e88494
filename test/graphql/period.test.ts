import { describe, expect, it } from 'vitest'
import { InvalidArgumentError } from '../../src/errors.ts'
import { assertPeriod } from '../../src/graphql/period.ts'
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
