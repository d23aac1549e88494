import { expect, it } from 'vitest'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { mergeSummaries } from '../../src/ledger/summary.ts'
import { createSource, withSummary } from '../../src/providers/source.ts'

it('withSummary() reads the sums once, only when they are selected', async () => {
  let reads = 0
  const source = withSummary(createSource({ key: 'X', ledger: {} as never, accounts: null }), async () => {
    reads += 1
    return mergeSummaries([])
  })
  expect(reads).toBe(0)
  const [first, second] = await Promise.all([source.summary(), source.summary()])
  expect([reads, first === second, source.key]).toEqual([1, true, 'X'])
})

it('createSource() counts with the provider, unless rows are left to check', async () => {
  const ledger = { count: async () => 7 } as Ledger<number>
  const counts = [null, (value: number) => value > 1].map((accepts) =>
    createSource({ key: 'X', ledger, accounts: ['a'], accepts }).count(),
  )
  expect(await Promise.all(counts)).toEqual([7, null])
})
