import fc from 'fast-check'
import { describe, it } from 'vitest'
import { RUNS } from '../support/runs.ts'
import { runScenario, type ScenarioOptions, scenarioArbitrary } from '../support/walk.ts'

/** Walks per property; more of them find more. */
const NUM_RUNS = RUNS.walks(40)

const walks = (options: ScenarioOptions) =>
  fc.assert(fc.asyncProperty(scenarioArbitrary(options), runScenario), { numRuns: NUM_RUNS })

describe('walking a connection from end to end', () => {
  it('returns each entry once while nothing changes', () => walks({}))
  it('returns each entry once while entries arrive at the head', () => walks({ changes: ['grow'] }))
  it('returns each entry once while entries arrive anywhere', () => walks({ changes: ['grow', 'backdate'] }))
  it('loses none while entries come and go', () => walks({ changes: ['grow', 'backdate', 'delete'] }))
})

describe('walking a filtered connection within a budget', () => {
  it('returns each wanted entry once while nothing changes', () => walks({ hasFilters: true }))
  it('returns each wanted entry once while entries arrive', () =>
    walks({ hasFilters: true, changes: ['grow', 'backdate'] }))
  it('loses none while entries come and go', () => walks({ hasFilters: true, changes: ['grow', 'backdate', 'delete'] }))
})

describe('walking a connection whose sources fail', () => {
  it.each(['FAIL', 'PARTIAL'] as const)('returns each entry once under %s', (onFailure) =>
    walks({ onFailure, changes: ['fail', 'close', 'grow'] }),
  )
  it.each(['FAIL', 'PARTIAL'] as const)('returns each wanted entry once under %s', (onFailure) =>
    walks({ onFailure, hasFilters: true, changes: ['fail', 'close', 'grow'] }),
  )
})

describe('walking a connection whose whole ledger is refused at times', () => {
  it('loses none, and repeats entries of one instant at most', () => walks({ changes: ['refuse', 'grow'] }))
  it.each(['FAIL', 'PARTIAL'] as const)('loses none when parts fail under %s', (onFailure) =>
    walks({ onFailure, changes: ['refuse', 'grow', 'fail'] }),
  )
})
