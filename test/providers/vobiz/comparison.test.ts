import { describe, expect, it } from 'vitest'
import {
  addCustomers,
  compareAccount,
  concludeReconciliation,
  difference,
  isPartnerEntry,
  isTruncated,
  MAX_LISTED,
  type MissingEntries,
  NO_SUMS,
} from '../../../src/providers/vobiz/comparison.ts'
import { addByVobizRule } from '../../../src/providers/vobiz/sums.ts'
import type { VobizTransactionRecord } from '../../../src/providers/vobiz/transaction.ts'

const period = { from: '2026-01-01', to: '2026-01-31' }

/** An entry as far as a comparison reads it. */
const entry = (providerId: string, amount: string, fields: Partial<VobizTransactionRecord> = {}) =>
  ({
    providerId,
    accountId: 'MA_1',
    amount: { amount, currency: 'INR' },
    direction: 'DEBIT',
    affectsBalance: true,
    reference: null,
    ...fields,
  }) as VobizTransactionRecord

/** The fields of a transfer. */
const transfer = { reference: 'ptc:PA:MA_1:1767312000' }
const sumsIn = (currency: string, summary: ReturnType<typeof addByVobizRule>) => summary.byCurrency.get(currency)

describe('addByVobizRule()', () => {
  it('adds entries whatever their status, as Vobiz does', () => {
    const summary = addByVobizRule([entry('a', '1.5'), entry('b', '2', { affectsBalance: false })])
    expect(summary).toMatchObject({ count: 2, basis: 'PROVIDER' })
    expect(sumsIn('INR', summary)).toEqual({ count: 2, credit: '0', debit: '3.5', internal: '0' })
  })
})

describe('difference()', () => {
  it('subtracts each currency and drops one without entries left', () => {
    const dollars = { amount: { amount: '7', currency: 'USD' } }
    const part = [entry('b', '2.25'), entry('c', '7', dollars)]
    const rest = difference(addByVobizRule([entry('a', '1.5'), ...part]), addByVobizRule(part))
    expect([rest.count, [...rest.byCurrency.keys()]]).toEqual([1, ['INR']])
    expect(sumsIn('INR', rest)).toMatchObject({ count: 1, debit: '1.50' })
  })
})

describe('isPartnerEntry()', () => {
  const customers = new Set(['MA_1'])
  it.each([
    ['an entry on the account of the partner', { accountId: 'PA' }, true],
    ['the paying side of a transfer on an unknown account', { accountId: 'X', ...transfer }, true],
    [
      'the receiving side of a transfer on an unknown account',
      { accountId: 'X', ...transfer, direction: 'CREDIT' },
      false,
    ],
    ['a debit of an unknown account', { accountId: 'X' }, false],
    ['the paying side of a transfer on a customer account', { ...transfer }, false],
  ] as const)('classifies %s', (_, fields, expected) => {
    expect(isPartnerEntry(entry('a', '1', fields), 'PA', customers)).toBe(expected)
  })
})

describe('compareAccount()', () => {
  const account = { accountId: 'MA_1', customer: null }
  it.each([
    ['the same entries', ['a', 'b'], ['b', 'a'], null],
    ['an entry missing from the global ledger', ['a'], ['a', 'b'], { missingFromGlobal: ['b'], missingFromOwn: [] }],
    ['an entry missing from the own ledger', ['a', 'b'], ['a'], { missingFromGlobal: [], missingFromOwn: ['b'] }],
    ['other entries of the same sums', ['a'], ['b'], { missingFromGlobal: ['b'], missingFromOwn: ['a'] }],
    ['no entries', [], [], null],
  ])('finds %s', (_, inGlobal, inOwn, expected) => {
    const entriesOf = (ids: readonly string[]) => ids.map((id) => entry(id, '1'))
    const found = compareAccount({ ...account, inGlobal: entriesOf(inGlobal), inOwn: entriesOf(inOwn) })
    const idsOf = ({ listed, count }: MissingEntries) => {
      expect(count).toBe(listed.length)
      return listed.map(({ providerId }) => providerId)
    }
    const shown = found && {
      missingFromGlobal: idsOf(found.missingFromGlobal),
      missingFromOwn: idsOf(found.missingFromOwn),
    }
    expect(shown).toEqual(expected)
  })

  it('reports an entry whose amounts differ between the ledgers, with nothing missing', () => {
    const found = compareAccount({ ...account, inGlobal: [entry('a', '1')], inOwn: [entry('a', '1.01')] })
    expect(found).toMatchObject({ missingFromGlobal: { count: 0 }, missingFromOwn: { count: 0 } })
    expect(found && [found.global, found.own].map((sums) => sumsIn('INR', sums)?.debit)).toEqual(['1', '1.01'])
  })

  it.each([
    [MAX_LISTED, MAX_LISTED, false],
    [MAX_LISTED + 1, MAX_LISTED, true],
    [MAX_LISTED + 5, MAX_LISTED, true],
  ])('counts %i missing entries on either side, and lists %i: truncated is %s', (count, listed, truncated) => {
    const entries = Array.from({ length: count }, (_, index) => entry(`e${index}`, '1'))
    for (const [side, sides] of [
      ['missingFromGlobal', { inGlobal: [], inOwn: entries }],
      ['missingFromOwn', { inGlobal: entries, inOwn: [] }],
    ] as const) {
      const found = compareAccount({ ...account, ...sides })!
      expect(found[side].count).toBe(count)
      expect(found[side].listed).toEqual(entries.slice(0, listed))
      expect(isTruncated(found)).toBe(truncated)
    }
  })
})

describe('concludeReconciliation()', () => {
  const sums = addByVobizRule([entry('a', '1')])
  const own = new Map([['MA_1', sums]])
  const discrepancy = compareAccount({ accountId: 'X', customer: null, inGlobal: [entry('b', '2')], inOwn: [] })!
  it.each([
    ['is balanced when the sums agree', sums, [], true],
    ['is not balanced when the sums differ', NO_SUMS, [], false],
    ['is not balanced when an account differs though the sums agree', sums, [discrepancy], false],
    ['is undecided without a global ledger', null, [], null],
  ])('%s', (_, global, discrepancies, balanced) => {
    const result = concludeReconciliation({ period, global, partner: global && NO_SUMS, own, discrepancies })
    expect(result).toMatchObject({ period, balanced, discrepancies, customers: addCustomers(own) })
  })
})
