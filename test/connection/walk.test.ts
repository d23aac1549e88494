import fc from 'fast-check'
import { describe, it } from 'vitest'
import { runScenario, scenarioArbitrary } from '../support/walk.ts'

const RUNS = Number(process.env.WALKS ?? 300)

describe('walking a connection from end to end', () => {
  it('returns each entry once while nothing changes', () =>
    fc.assert(fc.asyncProperty(scenarioArbitrary([]), runScenario), { numRuns: RUNS }))
  it('returns each entry once while entries arrive at the head', () =>
    fc.assert(fc.asyncProperty(scenarioArbitrary(['grow']), runScenario), { numRuns: RUNS }))
  it('returns each entry once while entries arrive anywhere', () =>
    fc.assert(fc.asyncProperty(scenarioArbitrary(['grow', 'backdate']), runScenario), { numRuns: RUNS }))
  it('loses none while entries come and go', () =>
    fc.assert(fc.asyncProperty(scenarioArbitrary(['grow', 'backdate', 'delete']), runScenario), { numRuns: RUNS }))
})
