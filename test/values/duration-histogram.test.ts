import { describe, expect, it } from 'vitest'
import { DURATION_BOUNDS_MS, DurationHistogram } from '../../src/values/duration-histogram.ts'

const countsOf = (...durations: readonly number[]) => {
  const histogram = new DurationHistogram()
  for (const duration of durations) histogram.add(duration)
  return histogram.counts
}
const last = DURATION_BOUNDS_MS.length

describe('DurationHistogram', () => {
  it('has ascending bounds', () => {
    expect(DURATION_BOUNDS_MS).toEqual([...new Set(DURATION_BOUNDS_MS)].sort((a, b) => a - b))
  })

  it('counts a duration in the first bucket whose bound it does not exceed', () => {
    for (const [index, bound] of DURATION_BOUNDS_MS.entries()) {
      expect(countsOf(bound)[index]).toBe(1)
      expect(countsOf(bound + 0.001)[index + 1]).toBe(1)
    }
  })

  it('counts longer durations in the last bucket', () => {
    expect(countsOf(3_600_000)[last]).toBe(1)
  })

  it('adds up durations', () => {
    const histogram = new DurationHistogram()
    for (const duration of [0.5, 3, 3, 70_000]) histogram.add(duration)
    expect(histogram.sumMs).toBe(70_006.5)
    expect(histogram.counts.reduce((sum, count) => sum + count)).toBe(4)
  })
})
