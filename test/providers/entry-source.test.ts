import { expect, it } from 'vitest'
import { mergeSummaries } from '../../src/ledger/summary.ts'
import { withSummary } from '../../src/providers/entry-source.ts'

it('withSummary() reads the sums once, only when they are selected', async () => {
  let reads = 0
  const source = withSummary(
    { key: 'X', ledger: {} as never, accounts: null, accepts: null, isDefensiveFilter: false, count: async () => 0 },
    async () => {
      reads += 1
      return mergeSummaries([])
    },
  )
  expect(reads).toBe(0)
  const [first, second] = await Promise.all([source.summary(), source.summary()])
  expect([reads, first === second, source.key]).toEqual([1, true, 'X'])
})
