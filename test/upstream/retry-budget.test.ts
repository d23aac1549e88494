import { describe, expect, it } from 'vitest'
import { createRetryBudget } from '../../src/upstream/retry-budget.ts'

/** Counts the retries that a budget grants in a row. */
const granted = (budget: ReturnType<typeof createRetryBudget>) => {
  let count = 0
  while (budget.spend()) count++
  return count
}

describe('createRetryBudget()', () => {
  it('begins with its reserve', () => {
    expect(granted(createRetryBudget(3, 5))).toBe(3)
  })

  it.each([
    [4, 0],
    [5, 1],
    [14, 2],
    [15, 3],
  ])('earns one for every five calls: of %i calls %i', (calls, retries) => {
    const budget = createRetryBudget(10, 5)
    granted(budget)
    for (let i = 0; i < calls; i++) budget.earn()
    expect(granted(budget)).toBe(retries)
  })

  it('holds no more than its reserve', () => {
    const budget = createRetryBudget(3, 5)
    for (let i = 0; i < 1000; i++) budget.earn()
    expect(granted(budget)).toBe(3)
  })

  it('keeps retries to a fifth of the calls when everything fails', () => {
    const budget = createRetryBudget(10, 5)
    let retries = 0
    for (let i = 0; i < 1000; i++) {
      budget.earn()
      for (let k = 0; k < 2; k++) if (budget.spend()) retries++
    }
    expect(retries).toBeLessThanOrEqual(10 + 1000 / 5)
  })
})
