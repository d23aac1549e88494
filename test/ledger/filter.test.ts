import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  boundsOf,
  conditionsToCheck,
  coveringDays,
  type EntryValues,
  isEmptyPeriod,
  mayMatch,
  type TransactionConditions,
} from '../../src/ledger/filter.ts'
import type { TransactionRecord } from '../../src/ledger/transaction.ts'
import { parseInstant } from '../../src/values/instant.ts'

const NONE: TransactionConditions = {
  from: null,
  to: null,
  createdFrom: null,
  createdBefore: null,
  directions: null,
  statuses: null,
  categories: null,
  currency: null,
  minAmount: null,
  maxAmount: null,
  referenceContains: null,
}

const entryOf = (amount: string) => ({ amount: { amount, currency: 'INR' } }) as TransactionRecord

afterEach(() => vi.restoreAllMocks())

describe('conditionsToCheck()', () => {
  it.each([
    [{ minAmount: '1.5' }, ['1.50', '2', '10', '1.5000001']],
    [{ maxAmount: '1.5' }, ['0', '1', '1.49', '1.50']],
    [{ minAmount: '1', maxAmount: '2' }, ['1', '1.49', '1.50', '1.5000001', '2']],
    [{ minAmount: '-3', maxAmount: '0.00' }, ['0']],
    [{ minAmount: '9'.repeat(100) }, []],
  ])('accepts amounts within %j, both ends included', (bounds, accepted) => {
    const accepts = conditionsToCheck({ ...NONE, ...bounds }, [])!
    const amounts = ['0', '1', '1.49', '1.50', '2', '10', '1.5000001']
    expect(amounts.filter((amount) => accepts(entryOf(amount)))).toEqual(
      amounts.filter((amount) => accepted.includes(amount)),
    )
  })

  it('scales each bound once, and the amount of each entry once', () => {
    const scaled = vi.spyOn(globalThis, 'BigInt')
    const accepts = conditionsToCheck({ ...NONE, minAmount: '1.25', maxAmount: '1000.125' }, [])!
    const entries = Array.from({ length: 50 }, (_, index) => entryOf(`${index}.5`))
    expect(entries.filter(accepts)).toHaveLength(49)
    expect(scaled).toHaveBeenCalledTimes(2 + entries.length)
  })
})

describe('mayMatch()', () => {
  const possible: EntryValues = {
    directions: ['CREDIT', 'DEBIT'],
    statuses: ['PENDING', 'COMPLETED'],
    categories: ['TOP_UP'],
  }

  it.each<[Partial<TransactionConditions>, boolean]>([
    [{}, true],
    [{ currency: 'XXX' }, true],
    [{ directions: ['CREDIT'], statuses: ['FAILED', 'PENDING'], categories: ['USAGE', 'TOP_UP'] }, true],
    [{ directions: ['INTERNAL'] }, false],
    [{ statuses: ['FAILED'] }, false],
    [{ categories: ['USAGE'] }, false],
    [{ directions: [] }, false],
    [{ directions: ['CREDIT'], statuses: ['FAILED'] }, false],
    [{ from: '2026-03-02', to: '2026-03-01' }, false],
  ])('of %j is %s', (conditions, expected) => {
    expect(mayMatch({ ...NONE, ...conditions }, possible)).toBe(expected)
  })
})
