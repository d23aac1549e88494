import { expect, it } from 'vitest'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { mergeSummaries } from '../../src/ledger/summary.ts'
import { createSource, withSums } from '../../src/providers/source.ts'
import { findTimeZone } from '../../src/values/time-zone.ts'

it('withSums() adds sums that are read when they are selected', async () => {
  const summary = mergeSummaries([])
  const source = withSums(createSource({ key: 'X', ledger: {} as never, accounts: null }), {
    summary: async () => summary,
    sumsBy: async () => [],
  })
  expect(await source.summary()).toBe(summary)
  expect(await source.sumsBy({ by: new Set(), zone: findTimeZone('UTC')! })).toEqual([])
  expect(source.key).toBe('X')
})

it('createSource() counts with the provider, unless rows are left to check', async () => {
  const ledger = { count: async () => 7 } as Ledger<number>
  const counts = [null, (value: number) => value > 1].map((accepts) =>
    createSource({ key: 'X', ledger, accounts: ['a'], accepts }).count(),
  )
  expect(await Promise.all(counts)).toEqual([7, null])
})
