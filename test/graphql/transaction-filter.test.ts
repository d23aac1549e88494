import { describe, expect, it } from 'vitest'
import { InvalidArgumentError } from '../../src/errors.ts'
import { type AccountFilter, accountsOf, readFilter } from '../../src/graphql/transaction-filter.ts'

const ACCOUNTS: AccountFilter = {
  field: 'purses',
  description: 'Purse ids.',
  isId: (text) => /^[a-z]{1,3}$/.test(text),
  idForm: 'one to three letters',
}

describe('readFilter()', () => {
  it('returns the given fields in the order of their names, whatever order they came in', () => {
    const read = readFilter({ to: '2026-01-02', from: '2026-01-01', currency: null, minAmount: undefined }, [ACCOUNTS])
    expect(Object.entries(read)).toEqual([
      ['from', '2026-01-01'],
      ['to', '2026-01-02'],
    ])
  })

  it('returns each entry of a list once, in one order', () => {
    expect(readFilter({ purses: ['b', 'a', 'b'], statuses: ['FAILED', 'FAILED'] }, [ACCOUNTS])).toEqual({
      purses: ['a', 'b'],
      statuses: ['FAILED'],
    })
  })

  it.each([
    [['a', 'long'], 'Filter "purses" takes ids of one to three letters; got something else.'],
    [
      Array.from({ length: 101 }, () => 'a'),
      'Filter "purses" takes at most 100 ids; got 101. Request the others in further operations.',
    ],
  ])('rejects invalid accounts, for example %#', (purses, message) => {
    expect(() => readFilter({ purses }, [ACCOUNTS])).toThrow(new InvalidArgumentError(message))
  })
})

describe('accountsOf()', () => {
  it('returns the accounts of one provider', () => {
    expect(accountsOf({ purses: ['a'] }, ACCOUNTS)).toEqual(['a'])
  })

  it('returns null without accounts, and for a provider without an account filter', () => {
    expect(accountsOf({}, ACCOUNTS)).toBeNull()
    expect(accountsOf({ purses: ['a'] }, null)).toBeNull()
  })
})
