import { describe, expect, it } from 'vitest'
import type { DirectedRecord, TransactionCategory } from '../../../src/ledger/transaction.ts'
import { listParts } from '../../../src/providers/vobiz/list-parts.ts'
import { NO_CONDITIONS } from '../../support/conditions.ts'

const entryOf = (category: TransactionCategory, currency: string) =>
  ({ category, amount: { amount: '1', currency } }) as DirectedRecord

/** Returns the type of each part, and which entries in rupees it accepts. */
const partsOf = (
  categories: readonly TransactionCategory[] | null,
  currency: string | null,
  types: Parameters<typeof listParts>[1],
) =>
  listParts({ ...NO_CONDITIONS, categories, currency }, types).map(({ type, accepts }) => [
    type,
    accepts === null
      ? 'all'
      : (['REFUND', 'ADJUSTMENT'] as const).filter((category) => accepts(entryOf(category, 'INR'))),
  ])

describe('listParts()', () => {
  it.each([
    ['reads the whole ledger without a category', null, null, [[null, 'all']]],
    [
      'reads one list for each category that Vobiz filters by',
      ['TOP_UP', 'USAGE'],
      null,
      [
        ['recharge', 'all'],
        ['debit', 'all'],
      ],
    ],
    ['reads the list of a repeated category once', ['REFUND', 'REFUND'], null, [['refund', 'all']]],
    ['reads the whole ledger for adjustments', ['ADJUSTMENT'], null, [[null, ['ADJUSTMENT']]]],
    [
      'excludes adjustments from other lists when they are read too',
      ['REFUND', 'ADJUSTMENT'],
      null,
      [
        ['refund', ['REFUND']],
        [null, ['ADJUSTMENT']],
      ],
    ],
    [
      'checks the conditions that Vobiz has no filter for',
      ['REFUND', 'ADJUSTMENT'],
      'USD',
      [
        ['refund', []],
        [null, []],
      ],
    ],
  ] as const)('%s', (_, categories, currency, expected) => {
    expect(partsOf(categories, currency, null)).toEqual(expected)
  })

  it.each([
    [
      'reads the list of each type',
      null,
      [
        ['debit', 'all'],
        ['refund', 'all'],
      ],
    ],
    ['reads nothing of the types whose category is not wanted', ['REFUND'], [['refund', 'all']]],
    ['reads nothing for categories of other types', ['TOP_UP', 'TRANSFER'], []],
    [
      'accepts the adjustments that are listed under a type',
      ['REFUND', 'ADJUSTMENT'],
      [
        ['refund', 'all'],
        ['debit', ['ADJUSTMENT']],
      ],
    ],
  ] as const)('with types, %s', (_, categories, expected) => {
    expect(partsOf(categories, null, ['debit', 'refund'])).toEqual(expected)
  })

  it('reads nothing when no entry can match', () => {
    const conditions = { ...NO_CONDITIONS, statuses: ['PENDING'], affectsBalance: true } as const
    expect(listParts(conditions, null)).toEqual([])
    expect(listParts(NO_CONDITIONS, [])).toEqual([])
  })
})
