import { describe, expect, it } from 'vitest'
import { InvalidArgumentError } from '../../src/errors.ts'
import { type AccountFilter, accountsOf, withOwnAccountIds } from '../../src/graphql/account-filter.ts'
import { encodeGlobalId } from '../../src/graphql/node.ts'

const PURSES: AccountFilter = {
  field: 'purses',
  description: 'Purse ids.',
  typename: 'Purse',
  isId: (text) => /^[a-z]{1,3}$/.test(text),
  idForm: 'one to three letters',
}
const CHESTS: AccountFilter = { ...PURSES, field: 'chests', typename: 'Chest' }
const FILTERS = [PURSES, CHESTS]

const NODE_TYPES = new Set(['Purse', 'Chest', 'Coin'])

const purse = (id: string) => encodeGlobalId('Purse', id)
const chest = (id: string) => encodeGlobalId('Chest', id)
const read = (filter: object) => withOwnAccountIds({ ...filter }, FILTERS, NODE_TYPES)

describe('withOwnAccountIds()', () => {
  it.each<[object, object]>([
    [{}, {}],
    [{ purses: ['a', 'b'] }, { purses: ['a', 'b'] }],
    [{ purses: [purse('a'), 'b'] }, { purses: ['a', 'b'] }],
    [{ accounts: [purse('a'), chest('b')] }, { purses: ['a'], chests: ['b'] }],
    [
      { accounts: [purse('a')], purses: ['b'], from: '2026-01-01' },
      { purses: ['b', 'a'], from: '2026-01-01' },
    ],
    [{ accounts: [], chests: [chest('c')] }, { chests: ['c'] }],
    [{ accounts: [] }, { purses: [], chests: [] }],
    [{ accounts: null, purses: null }, { purses: null }],
  ])('returns the accounts of %j by the ids of their providers', (filter, expected) => {
    expect(read(filter)).toEqual(expected)
  })

  it.each([
    [
      { purses: ['a', 'long'] },
      'Filter "purses" takes global ids of Purse, or ids of one to three letters; got something else.',
    ],
    [
      { purses: [purse('long')] },
      'Filter "purses" takes global ids of Purse, or ids of one to three letters; got something else.',
    ],
    [
      { purses: [chest('a')] },
      'Filter "purses" takes global ids of Purse, or ids of one to three letters; got an id of Chest.',
    ],
    [
      { purses: [encodeGlobalId('Coin', 'a')] },
      'Filter "purses" takes global ids of Purse, or ids of one to three letters; got an id of Coin.',
    ],
    [{ accounts: ['a'] }, 'Filter "accounts" takes global ids of Purse or Chest; got something else.'],
    [{ accounts: [purse('long')] }, 'Filter "accounts" takes global ids of Purse or Chest; got something else.'],
    [
      { accounts: [purse('a'), encodeGlobalId('Coin', 'a')] },
      'Filter "accounts" takes global ids of Purse or Chest; got an id of Coin.',
    ],
    ...['purses', 'accounts'].map((field): [object, string] => [
      { [field]: Array.from({ length: 101 }, () => purse('a')) },
      `Filter "${field}" takes at most 100 ids; got 101. Request the others in further operations.`,
    ]),
  ])('rejects %j', (filter, message) => {
    expect(() => read(filter)).toThrow(new InvalidArgumentError(message))
  })
})

describe('accountsOf()', () => {
  it('returns the accounts of one provider', () => {
    expect(accountsOf({ purses: ['a'] }, PURSES)).toEqual(['a'])
  })

  it('returns null without accounts, and for a provider without an account filter', () => {
    expect(accountsOf({}, PURSES)).toBeNull()
    expect(accountsOf({ purses: ['a'] }, null)).toBeNull()
  })
})
