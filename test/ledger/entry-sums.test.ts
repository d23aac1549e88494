import { expect, it } from 'vitest'
import { EntrySums } from '../../src/ledger/entry-sums.ts'
import { rowDirection } from '../../src/ledger/transaction.ts'

const entry = { amount: { amount: '1.50', currency: 'INR' }, direction: 'CREDIT', affectsBalance: true } as const

it('EntrySums reads the entries once, only when their sums are selected', async () => {
  let reads = 0
  const sums = new EntrySums(async () => {
    reads += 1
    return [entry, entry]
  }, rowDirection)
  expect(reads).toBe(0)
  const [first, second] = await Promise.all([sums.summary(), sums.summary()])
  expect(reads).toBe(1)
  expect(second).toBe(first)
  expect(first).toMatchObject({ count: 2, basis: 'ENTRIES' })
  expect(first.byCurrency.get('INR')).toEqual({ count: 2, credit: '3.00', debit: '0', internal: '0' })
})
