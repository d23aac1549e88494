import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  boundsOf,
  type Condition,
  conditionsToCheck,
  coveringDays,
  type EntryValues,
  isEmptyPeriod,
  mayMatch,
  type TransactionConditions,
} from '../../src/ledger/filter.ts'
import {
  affectsBalance,
  type DirectedRecord,
  rowDirection,
  type TransactionCategory,
} from '../../src/ledger/transaction.ts'
import { parseInstant } from '../../src/values/instant.ts'
import { NO_CONDITIONS } from '../support/conditions.ts'

const ALL_VALUES: EntryValues = {
  directions: ['CREDIT', 'DEBIT', 'INTERNAL'],
  statuses: ['PENDING', 'COMPLETED', 'DECLINED', 'UNKNOWN'],
  categories: ['TOP_UP', 'USAGE', 'RESERVATION', null],
}

const entryOf = (amount: string) => ({ amount: { amount, currency: 'INR' } }) as DirectedRecord

/** Returns the residual predicate for a provider that filters by some conditions itself. */
const checksOf = (conditions: Partial<TransactionConditions>, done: readonly Condition[] = [], possible = ALL_VALUES) =>
  conditionsToCheck<DirectedRecord>({ ...NO_CONDITIONS, ...conditions }, { done, possible, directionOf: rowDirection })

afterEach(() => vi.restoreAllMocks())

describe('conditionsToCheck()', () => {
  it.each([
    [{ minAmount: '1.5' }, ['1.50', '2', '10', '1.5000001']],
    [{ maxAmount: '1.5' }, ['0', '1', '1.49', '1.50']],
    [{ minAmount: '1', maxAmount: '2' }, ['1', '1.49', '1.50', '1.5000001', '2']],
    [{ minAmount: '-3', maxAmount: '0.00' }, ['0']],
    [{ minAmount: '9'.repeat(100) }, []],
  ])('accepts amounts within %j, both ends included', (bounds, accepted) => {
    const accepts = checksOf(bounds)!
    const amounts = ['0', '1', '1.49', '1.50', '2', '10', '1.5000001']
    expect(amounts.filter((amount) => accepts(entryOf(amount)))).toEqual(
      amounts.filter((amount) => accepted.includes(amount)),
    )
  })

  it('scales each bound once, and the amount of each entry once', () => {
    const scaled = vi.spyOn(globalThis, 'BigInt')
    const accepts = checksOf({ minAmount: '1.25', maxAmount: '1000.125' })!
    const entries = Array.from({ length: 50 }, (_, index) => entryOf(`${index}.5`))
    expect(entries.filter(accepts)).toHaveLength(49)
    expect(scaled).toHaveBeenCalledTimes(2 + entries.length)
  })
})

/** The conditions of a filter, each spelled out over one entry. */
const SPELLED_OUT: Partial<Record<Condition, (entry: DirectedRecord, conditions: TransactionConditions) => boolean>> = {
  direction: ({ direction }, { directions }) => !directions || (direction !== null && directions.includes(direction)),
  status: ({ status }, { statuses, excludeStatuses }) =>
    (!statuses || statuses.includes(status)) && !(excludeStatuses ?? []).includes(status),
  category: ({ category }, { categories, excludeCategories, uncategorized }) =>
    (!categories || (category !== null && categories.includes(category))) &&
    !(excludeCategories ?? []).includes(category as TransactionCategory) &&
    (uncategorized === null || (uncategorized ? category === null : category !== null)),
  balance: (entry, wanted) => wanted.affectsBalance === null || entry.affectsBalance === wanted.affectsBalance,
  reference: ({ reference }, { referenceContains, references }) =>
    (!referenceContains || (reference ?? '').toLowerCase().includes(referenceContains.toLowerCase())) &&
    (!references || references.some((wanted) => wanted === reference)),
}
const CONDITIONS = Object.keys(SPELLED_OUT) as Condition[]

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 3 })
const someOf = <T>(values: readonly T[]) => maybe(fc.subarray([...values]))
const REFERENCES = ['cdr:1', 'CDR:1', 'pay_1', '']

const conditionsArbitrary: fc.Arbitrary<TransactionConditions> = fc
  .record({
    directions: someOf(['CREDIT', 'DEBIT', 'INTERNAL'] as const),
    statuses: someOf(['PENDING', 'COMPLETED', 'FAILED'] as const),
    excludeStatuses: someOf(['PENDING', 'COMPLETED', 'CANCELLED'] as const),
    categories: someOf(['TOP_UP', 'RESERVATION', 'REFUND'] as const),
    excludeCategories: someOf(['TOP_UP', 'USAGE', 'TRANSFER'] as const),
    uncategorized: maybe(fc.boolean()),
    affectsBalance: maybe(fc.boolean()),
    referenceContains: maybe(fc.constantFrom('cdr', 'PAY', ':')),
    references: someOf(REFERENCES),
  })
  .map((given) => ({ ...NO_CONDITIONS, ...given }))

/** Values of which a provider has at least one each. */
const valuesArbitrary: fc.Arbitrary<EntryValues> = fc.record({
  directions: fc.subarray([...ALL_VALUES.directions], { minLength: 1 }),
  statuses: fc.subarray([...ALL_VALUES.statuses], { minLength: 1 }),
  categories: fc.subarray([...ALL_VALUES.categories], { minLength: 1 }),
})

/** Returns one entry of each kind that a provider with these values can have. */
const entriesWith = ({ directions, statuses, categories }: EntryValues) =>
  [...directions, null].flatMap((direction) =>
    statuses.flatMap((status) =>
      categories.flatMap((category) =>
        [...REFERENCES, null].map(
          (reference) =>
            ({
              direction,
              status,
              category,
              reference,
              affectsBalance: affectsBalance({ status, category }),
            }) as DirectedRecord,
        ),
      ),
    ),
  )

describe('a filter over entries of all kinds', () => {
  it('accepts what brute force accepts, whichever conditions the provider has applied', () =>
    fc.assert(
      fc.property(conditionsArbitrary, valuesArbitrary, fc.subarray(CONDITIONS), (conditions, possible, done) => {
        const passes = (names: readonly Condition[]) => (entry: DirectedRecord) =>
          names.every((name) => SPELLED_OUT[name]!(entry, conditions))
        const entries = entriesWith(possible)
        const wanted = entries.filter(passes(CONDITIONS))
        const accepts = checksOf(conditions, done, possible) ?? (() => true)
        expect(entries.filter(passes(done)).filter(accepts)).toEqual(wanted)
        if (wanted.length > 0) expect(mayMatch(conditions, possible)).toBe(true)
      }),
      { numRuns: 500 },
    ))

  it('has nothing left to check exactly where every entry passes, and may not match where none does', () =>
    fc.assert(
      fc.property(conditionsArbitrary, valuesArbitrary, (given, possible) => {
        const conditions = { ...given, directions: null, references: null, referenceContains: null }
        const entries = entriesWith(possible)
        const passing = entries.filter((entry) =>
          CONDITIONS.every((name) => SPELLED_OUT[name]!(entry, conditions)),
        ).length
        expect(mayMatch(conditions, possible)).toBe(passing > 0)
        expect(checksOf(conditions, [], possible) === null).toBe(passing === entries.length)
      }),
      { numRuns: 500 },
    ))
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
