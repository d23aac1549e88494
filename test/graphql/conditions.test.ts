import { describe, expect, it } from 'vitest'
import { InvalidArgumentError } from '../../src/errors.ts'
import { canonicalFilter, conditionsOf, unsortedFilter } from '../../src/graphql/conditions.ts'
import { NO_CONDITIONS } from '../support/conditions.ts'

describe('canonicalFilter()', () => {
  it('returns the same text for fields and values in any order, and for repeated values', () => {
    const one = { to: '2026-01-02', statuses: ['FAILED', 'PENDING'], from: '2026-01-01', currency: null }
    const other = {
      from: '2026-01-01',
      statuses: ['PENDING', 'FAILED', 'PENDING'],
      to: '2026-01-02',
      minAmount: undefined,
    }
    expect(JSON.stringify(canonicalFilter(one))).toBe(JSON.stringify(canonicalFilter(other)))
  })
})

describe('unsortedFilter()', () => {
  it('returns the fields sorted by name, and the values of each list once, in the given order', () => {
    const filter = { to: '2026-01-02', statuses: ['PENDING', 'FAILED', 'PENDING'], currency: null }
    expect(JSON.stringify(unsortedFilter(filter))).toBe('{"statuses":["PENDING","FAILED"],"to":"2026-01-02"}')
  })
})

describe('conditionsOf()', () => {
  it('returns null for each condition that is not given, and for an empty search text', () => {
    expect(conditionsOf({})).toEqual(NO_CONDITIONS)
    expect(conditionsOf({ referenceContains: '', currency: 'INR' })).toEqual({ ...NO_CONDITIONS, currency: 'INR' })
  })

  it('accepts ranges of a single day and of a single amount', () => {
    const range = { from: '2026-01-01', to: '2026-01-01', minAmount: '1.0', maxAmount: '1.00' }
    expect(conditionsOf(range)).toEqual({ ...NO_CONDITIONS, ...range })
  })

  it.each([
    [{ from: '2026-01-02', to: '2026-01-01' }, 'Filter "from" must not be after "to"; got 2026-01-02 and 2026-01-01.'],
    [{ minAmount: '10', maxAmount: '9.99' }, 'Filter "minAmount" must not be over "maxAmount"; got 10 and 9.99.'],
    [{ referenceContains: 'x'.repeat(201) }, 'Filter "referenceContains" takes at most 200 characters; got 201.'],
    [{ references: ['', 'x'.repeat(201)] }, 'Filter "references" takes at most 200 characters; got 201.'],
    [
      { references: Array.from({ length: 101 }, () => '') },
      'Filter "references" takes at most 100 texts; got 101. Request the others in further operations.',
    ],
  ])('rejects %o', (filter, message) => {
    expect(() => conditionsOf(filter)).toThrow(new InvalidArgumentError(message))
  })
})
