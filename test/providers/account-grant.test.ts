import { describe, expect, it } from 'vitest'
import { AccountGrant } from '../../src/providers/account-grant.ts'

describe('AccountGrant', () => {
  it.each([
    ['everything', null, { b: true, any: true, none: true, selected: ['b', 'a'], isEmpty: false }],
    ['some accounts', ['a', 'c'], { b: false, any: true, none: false, selected: ['a'], isEmpty: false }],
    ['no accounts', [], { b: false, any: false, none: false, selected: [], isEmpty: true }],
  ])('of %s allows and selects only what it holds', (_, accounts, expected) => {
    const grant = new AccountGrant({ accounts })
    expect(grant.list()).toEqual(accounts)
    expect({
      b: grant.allows('b'),
      any: grant.allowsAny([null, 'b', 'c']),
      none: grant.allowsAny([null]),
      selected: grant.select(['b', 'a', 'b']),
      isEmpty: grant.isEmpty(),
    }).toEqual(expected)
  })
})
