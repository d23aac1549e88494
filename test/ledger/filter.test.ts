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
import { type DirectedRecord, rowDirection } from '../../src/ledger/transaction.ts'
import { parseInstant } from '../../src/values/instant.ts'
import { NO_CONDITIONS } from '../support/conditions.ts'

const entryOf = (amount: string) => ({ amount: { amount, currency: 'INR' } }) as DirectedRecord

afterEach(() => vi.restoreAllMocks())

describe('conditionsToCheck()', () => {
  it.each([
    [{ minAmount: '1.5' }, ['1.50', '2', '10', '1.5000001']],
    [{ maxAmount: '1.5' }, ['0', '1', '1.49', '1.50']],
    [{ minAmount: '1', maxAmount: '2' }, ['1', '1.49', '1.50', '1.5000001', '2']],
    [{ minAmount: '-3', maxAmount: '0.00' }, ['0']],
    [{ minAmount: '9'.repeat(100) }, []],
  ])('accepts amounts within %j, both ends included', (bounds, accepted) => {
    const accepts = conditionsToCheck<DirectedRecord>({ ...NO_CONDITIONS, ...bounds }, [], rowDirection)!
    const amounts = ['0', '1', '1.49', '1.50', '2', '10', '1.5000001']
    expect(amounts.filter((amount) => accepts(entryOf(amount)))).toEqual(
      amounts.filter((amount) => accepted.includes(amount)),
    )
  })

  it('scales each bound once, and the amount of each entry once', () => {
    const scaled = vi.spyOn(globalThis, 'BigInt')
    const accepts = conditionsToCheck<DirectedRecord>(
      { ...NO_CONDITIONS, minAmount: '1.25', maxAmount: '1000.125' },
      [],
      rowDirection,
    )!
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
    expect(mayMatch({ ...NO_CONDITIONS, ...conditions }, possible)).toBe(expected)
  })
})

/** A period, given as days and as RFC 3339 instants. */
const periodOf = (
  from: string | null,
  to: string | null,
  createdFrom: string | null,
  createdBefore: string | null,
) => ({
  from,
  to,
  createdFrom: createdFrom === null ? null : parseInstant(createdFrom)!.instant,
  createdBefore: createdBefore === null ? null : parseInstant(createdBefore)!.instant,
})

describe('a period', () => {
  it.each([
    [periodOf(null, null, null, null), { from: null, to: null, isExact: true }],
    [periodOf('2026-03-01', '2026-03-31', null, null), { from: '2026-03-01', to: '2026-03-31', isExact: true }],
    [
      periodOf(null, null, '2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z'),
      { from: '2026-03-01', to: '2026-03-31', isExact: true },
    ],
    [
      periodOf(null, null, '2026-03-01T00:00:00+11:00', '2026-04-01T00:00:00+11:00'),
      { from: '2026-02-28', to: '2026-03-31', isExact: false },
    ],
    [
      periodOf('2026-03-01', '2026-03-31', '2026-02-01T00:00:00Z', '2026-03-10T00:00:00.000000001Z'),
      { from: '2026-03-01', to: '2026-03-10', isExact: false },
    ],
    [periodOf('2026-03-01', null, '2026-03-05T12:00:00Z', null), { from: '2026-03-05', to: null, isExact: false }],
    [periodOf(null, null, '1969-12-31T23:59:59.5Z', null), { from: '1969-12-31', to: null, isExact: false }],
  ])('is covered by whole days, for example %#', (period, expected) => {
    expect(coveringDays(period)).toEqual(expected)
    expect(isEmptyPeriod(period)).toBe(false)
  })

  it('is empty when the days end before the instants begin', () => {
    const period = periodOf(null, '2026-03-01', '2026-03-02T00:00:00Z', null)
    const instant = parseInstant('2026-03-02T00:00:00Z')!.instant
    expect(isEmptyPeriod(period)).toBe(true)
    expect(boundsOf(period)).toEqual([instant, instant])
  })
})
