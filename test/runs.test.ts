import { describe, expect, it } from 'vitest'
import { readRuns } from './support/runs.ts'

describe('readRuns()', () => {
  it('returns modest sizes and a fixed seed without variables', () => {
    const runs = readRuns({})
    expect([runs.walks(40), runs.walks(40, 0.1)]).toEqual([40, 40])
    expect(runs).toMatchObject({ isFull: false, areFaultsComplete: false, fuzzSeed: 1, soak: { isRequested: false } })
    expect(runs.promotionOperations).toBe(5_000)
  })

  it('multiplies WALKS by the share of a property, and runs each property at least once', () => {
    const { walks, isFull } = readRuns({ WALKS: '1000' })
    expect(isFull).toBe(true)
    expect([walks(40), walks(40, 1 / 20), walks(40, 0.0001)]).toEqual([1000, 50, 1])
  })

  it('multiplies DIFFERENTIAL by the share of a schema, and starts at the first seed', () => {
    expect(readRuns({}).differential(40, 0.7)).toBe(40)
    expect(readRuns({ DIFFERENTIAL: '1000' }).differential(40, 0.7)).toBe(700)
    expect([readRuns({}), readRuns({ DIFFERENTIAL_SEED: '5' })]).toMatchObject([
      { differentialSeed: 1 },
      { differentialSeed: 5 },
    ])
  })

  it('reads FAULTS, FUZZ, FUZZ_SEED, SOAK_SECONDS and PROMOTION', () => {
    expect(readRuns({ FAULTS: 'all', FUZZ: '7', FUZZ_SEED: '9', SOAK_SECONDS: '60', PROMOTION: '8' })).toMatchObject({
      areFaultsComplete: true,
      fuzzCases: 7,
      fuzzSeed: 9,
      soak: { seconds: 60, isRequested: true },
      promotionOperations: 8,
    })
  })

  it('reads KEPT_ANSWERS', () => {
    const read = (KEPT_ANSWERS?: string) => readRuns({ KEPT_ANSWERS }).keptAnswers
    expect([read(), read('closed'), read('open')]).toEqual([null, 'closed', 'open'])
    expect(() => read('some')).toThrow('KEPT_ANSWERS must be "closed" or "open"')
  })

  it.each(['WALKS', 'FUZZ', 'FUZZ_SEED', 'DIFFERENTIAL', 'DIFFERENTIAL_SEED', 'SOAK_SECONDS', 'PROMOTION', 'FAULTS'])(
    'rejects %s that is not valid, by its name',
    (name) => {
      for (const value of ['', 'many', '-1', '1.5'])
        expect(() => readRuns({ [name]: value })).toThrow(`${name} must be`)
    },
  )
})
