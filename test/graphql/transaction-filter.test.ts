import { describe, expect, it } from 'vitest'
import type { AccountFilter } from '../../src/graphql/account-filter.ts'
import { encodeGlobalId } from '../../src/graphql/node.ts'
import { readFilter } from '../../src/graphql/transaction-filter.ts'

const PURSES: AccountFilter = {
  field: 'purses',
  description: 'Purse ids.',
  typename: 'Purse',
  isId: () => true,
  idForm: 'any form',
}
const NODE_TYPES = new Set(['Purse'])

describe('readFilter()', () => {
  it('returns the given fields in the order of their names, whatever order they came in', () => {
    const filter = { to: '2026-01-02', from: '2026-01-01', currency: null, minAmount: undefined }
    expect(Object.entries(readFilter(filter, [PURSES], NODE_TYPES))).toEqual([
      ['from', '2026-01-01'],
      ['to', '2026-01-02'],
    ])
  })

  it('returns each entry of a list once, in one order', () => {
    expect(readFilter({ purses: ['b', 'a', 'b'], statuses: ['FAILED', 'FAILED'] }, [PURSES], NODE_TYPES)).toEqual({
      purses: ['a', 'b'],
      statuses: ['FAILED'],
    })
  })

  it('returns the same for an account by its own id, by its global id, and among those of all providers', () => {
    const id = encodeGlobalId('Purse', 'a')
    const read = [{ purses: ['b', 'a'] }, { purses: [id, 'b', 'a'] }, { purses: ['b'], accounts: [id] }].map((filter) =>
      JSON.stringify(readFilter(filter, [PURSES], NODE_TYPES)),
    )
    expect(read).toEqual(Array(3).fill('{"purses":["a","b"]}'))
  })
})
