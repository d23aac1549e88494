import { expect, it } from 'vitest'
import { EntrySums } from '../../src/ledger/entry-sums.ts'
import { rowDirection } from '../../src/ledger/transaction.ts'
import { findTimeZone } from '../../src/values/time-zone.ts'

const entry = {
  amount: { amount: '1.50', currency: 'INR' },
  direction: 'CREDIT',
  affectsBalance: true,
  category: 'USAGE',
  status: 'COMPLETED',
  instant: 0n,
} as const

it('EntrySums reads the entries once, only when their sums are selected', async () => {
  let reads = 0
  const sums = new EntrySums(async () => {
    reads += 1
    return [entry, entry]
  }, rowDirection)
  expect(reads).toBe(0)
  const grouping = { by: new Set(['MONTH'] as const), zone: findTimeZone('UTC')! }
  const [first, second, groups] = await Promise.all([sums.summary(), sums.summary(), sums.sumsBy(grouping)])
  expect(reads).toBe(1)
  expect(second).toBe(first)
  expect(first).toMatchObject({ count: 2, basis: 'ENTRIES' })
  expect(first.byCurrency.get('INR')).toEqual({ count: 2, credit: '3.00', debit: '0', internal: '0' })
  expect(groups).toEqual([
    { month: '1970-01', day: null, category: null, direction: null, status: null, summary: first },
  ])
})
