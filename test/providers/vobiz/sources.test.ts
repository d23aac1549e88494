import { describe, expect, it } from 'vitest'
import type { DirectedRecord, TransactionCategory } from '../../../src/ledger/transaction.ts'
import { listParts } from '../../../src/providers/vobiz/sources.ts'
import { NO_CONDITIONS } from '../../support/conditions.ts'

const entryOf = (category: TransactionCategory, currency: string) =>
  ({ category, amount: { amount: '1', currency } }) as DirectedRecord

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
    const parts = listParts({ ...NO_CONDITIONS, categories, currency }).map(({ type, accepts }) => [
      type,
      accepts === null
        ? 'all'
        : (['REFUND', 'ADJUSTMENT'] as const).filter((category) => accepts(entryOf(category, 'INR'))),
    ])
    expect(parts).toEqual(expected)
  })
})
