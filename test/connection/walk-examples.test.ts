import { describe, it } from 'vitest'
import { boundedRanges, keyset, type ModelTraits, pages, ranges, untoldRanges } from '../support/model-ledger.ts'
import { type GroupScenario, runScenario, type Scenario } from '../support/walk.ts'

/** A provider of an example. */
const group = (traits: ModelTraits, instants: readonly number[], rest: Partial<GroupScenario> = {}): GroupScenario => ({
  traits,
  instants,
  parts: 0,
  wanted: null,
  isDefensiveFilter: false,
  ...rest,
})

/** Walks through an example, in pages of one entry forwards from the newest, where it does not say otherwise. */
const walk = (groups: readonly GroupScenario[], rest: Partial<Scenario> = {}) =>
  runScenario({
    groups,
    order: 'NEWEST_FIRST',
    walk: 'forward',
    sizes: [1],
    scanLimit: 10_000,
    onFailure: 'FAIL',
    omitsTotals: false,
    changes: [],
    when: 'requests',
    seed: [0],
    ...rest,
  })

/** Scenarios that once went wrong, each as small as it could be made. */
describe('a walk', () => {
  it('goes on from where the budget for reading ran out', () =>
    walk([group(ranges, [0, 0, 0, 10], { wanted: 20 })], { order: 'OLDEST_FIRST', walk: 'backward', scanLimit: 3 }))

  it('finds the end of a list without a total on the way back', () =>
    walk([group(untoldRanges, [0, 0, 0, 0, 0, 0], { wanted: 1000 })], { scanLimit: 6 }))

  it('finds the end of a list without a total on the way back from a page with an upper bound', () =>
    walk([group(boundedRanges, [0], { wanted: 1000 }), group(ranges, [0, 0])], { scanLimit: 3 }))

  it('takes in what was back-dated to before an entry that is gone', () =>
    walk([group(boundedRanges, [0, 0, 0, 0]), group(ranges, []), group(pages, [])], {
      walk: 'backward',
      sizes: [6, 1],
      changes: ['grow', 'backdate', 'grow', 'delete', 'backdate', 'grow', 'backdate'],
      seed: [1_009_887_770],
    }))

  it('moves on when the row that a keyset page continues from is deleted among entries of one instant', () =>
    walk([group(keyset, []), group({ ...keyset, max: 2 }, Array(11).fill(0))], {
      order: 'OLDEST_FIRST',
      walk: 'backward',
      sizes: [3],
      changes: ['grow', 'grow', 'grow', 'grow', 'grow', 'grow', 'delete'],
      seed: [577_051_763, 30, 0],
    }))

  it('keeps the place of a row that does not say when it was made', () =>
    walk([group(ranges, []), group({ ...untoldRanges, dated: 'some' }, [0])], {
      order: 'OLDEST_FIRST',
      walk: 'backward',
      sizes: [4],
      changes: ['grow', 'grow', 'grow', 'grow', 'grow'],
      seed: [0, 1_420_028_912, 49_681_889, 14, 717_065_317, 0],
    }))

  it('keeps the place of a failed source whose rows do not say when they were made', () =>
    walk([group(pages, []), group({ ...pages, max: 2, dated: 'none' }, [0, 0, 0])], {
      sizes: [3, 1],
      onFailure: 'PARTIAL',
      changes: ['grow', 'fail', 'fail', 'fail', 'grow'],
      seed: [0, 187_850_805, 0],
    }))
})

describe('a walk under PARTIAL', () => {
  it('knows of entries behind it while they cannot be read', () =>
    walk([group(pages, [0, 0])], { onFailure: 'PARTIAL', changes: ['close'], when: 'pages' }))

  it('takes in what was back-dated in a source while it failed', () =>
    walk([group(ranges, []), group(pages, [10]), group(ranges, [0, 0, 0, 0])], {
      order: 'OLDEST_FIRST',
      sizes: [2, 1, 1],
      onFailure: 'PARTIAL',
      changes: ['grow', 'fail', 'backdate'],
      when: 'pages',
      seed: [0, 1_762_176_845, 1_021_422_619],
    }))

  it('goes on after a refused list cannot be opened in parts either', () =>
    walk([group(pages, [0, 0], { parts: 1, wanted: 1 })], {
      order: 'OLDEST_FIRST',
      walk: 'backward',
      scanLimit: 3,
      onFailure: 'PARTIAL',
      changes: ['close', 'refuse'],
    }))
})

describe('a walk over a list that comes whole and in parts', () => {
  it('repeats only entries of the current instant', () =>
    walk([group(pages, [0, 10], { parts: 1 }), group(pages, [10, 0], { parts: 1 })], {
      order: 'OLDEST_FIRST',
      sizes: [3, 2],
      changes: ['refuse'],
      when: 'pages',
    }))

  it('repeats nothing after an entry that came late', () =>
    walk(
      [group(pages, [0], { parts: 1 }), group(pages, [0, 10], { parts: 1 }), group(ranges, [0, 0, 0, 0], { parts: 1 })],
      {
        order: 'OLDEST_FIRST',
        sizes: [1, 2],
        changes: ['backdate', 'refuse', 'backdate', 'delete', 'grow', 'backdate'],
        when: 'pages',
        seed: [0, 0, 0, 0, 0, 382_700_719, 0],
      },
    ))

  it('answers hasNextPage when the list is refused only then', () =>
    walk([group(boundedRanges, [], { parts: 1 })], { sizes: [2], changes: ['grow', 'refuse'], seed: [69_013_717] }))

  it('waits for a part that failed when the list comes whole again', () =>
    walk([group({ ...pages, fixed: 5 }, [], { parts: 1 }), group(pages, [0, 10], { parts: 2 })], {
      order: 'OLDEST_FIRST',
      onFailure: 'PARTIAL',
      changes: ['refuse', 'refuse', 'refuse', 'refuse', 'fail'],
      seed: [264_155_835, 146_808_855, 0],
    }))

  it('waits for the whole list that failed while other parts are not yet read', () =>
    walk([group({ ...pages, fixed: 5 }, [0, 10], { parts: 2 })], {
      onFailure: 'PARTIAL',
      changes: ['refuse', 'refuse', 'fail', 'fail', 'fail', 'grow', 'refuse', 'fail'],
    }))

  it('waits for a list that has not yet caught up', () =>
    walk([group(ranges, [10], { parts: 1 }), group(ranges, [0], { parts: 1 }), group(ranges, [], { parts: 1 })], {
      order: 'OLDEST_FIRST',
      walk: 'backward',
      scanLimit: 3,
      onFailure: 'PARTIAL',
      changes: ['fail', 'fail', 'fail', 'refuse', 'backdate'],
      seed: [0, 1_450_681_634, 0],
    }))
})
