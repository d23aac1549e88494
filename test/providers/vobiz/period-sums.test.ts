import { describe, expect, it } from 'vitest'
import type { TransactionGrouping } from '../../../src/ledger/groups.ts'
import { countPeriods, splitPeriod, unitOf } from '../../../src/providers/vobiz/period-sums.ts'
import { addDays } from '../../../src/values/instant.ts'
import { findTimeZone } from '../../../src/values/time-zone.ts'

describe('splitPeriod()', () => {
  it.each([
    [
      '2026-02-27',
      '2026-03-02',
      'day',
      ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02'].map((day) => [day, day]),
    ],
    ['2026-02-27', '2026-02-27', 'month', [['2026-02-27', '2026-02-27']]],
    ['2026-02-01', '2026-02-28', 'month', [['2026-02-01', '2026-02-28']]],
    [
      '2023-12-31',
      '2024-03-01',
      'month',
      [
        ['2023-12-31', '2023-12-31'],
        ['2024-01-01', '2024-01-31'],
        ['2024-02-01', '2024-02-29'],
        ['2024-03-01', '2024-03-01'],
      ],
    ],
  ] as const)('splits %s to %s by %s', (from, to, unit, expected) => {
    expect(splitPeriod({ from, to }, unit).map((part) => [part.from, part.to])).toEqual(expected)
  })

  it('has as many parts as countPeriods() says, which leave out no day', () => {
    for (let days = 0; days < 800; days += 7) {
      const period = { from: '2023-11-15', to: addDays('2023-11-15', days) }
      for (const unit of ['day', 'month'] as const) {
        const parts = splitPeriod(period, unit)
        expect(parts).toHaveLength(countPeriods(period, unit))
        expect([parts[0]!.from, parts.at(-1)!.to]).toEqual([period.from, period.to])
        expect(parts.slice(1).map(({ from }) => from)).toEqual(parts.slice(0, -1).map(({ to }) => addDays(to, 1)))
      }
    }
  })
})

describe('unitOf()', () => {
  const groupings = (...all: readonly (readonly TransactionGrouping[])[]) =>
    all.map((by) => ({ by: new Set(by), zone: findTimeZone('UTC')! }))

  it('is the shorter of the periods that groups need', () => {
    expect(unitOf(groupings(['MONTH']))).toBe('month')
    expect(unitOf(groupings(['DAY']))).toBe('day')
    expect(unitOf(groupings(['MONTH'], ['DAY', 'MONTH']))).toBe('day')
  })

  it('is null when groups need the entries', () => {
    expect(unitOf(groupings(['DAY', 'CATEGORY']))).toBeNull()
    expect(unitOf(groupings(['DAY'], ['STATUS']))).toBeNull()
    expect(unitOf([{ by: new Set(['DAY'] as const), zone: findTimeZone('Europe/London')! }])).toBeNull()
    expect(unitOf([{ by: new Set(['DAY'] as const), zone: findTimeZone('Etc/UTC')! }])).toBe('day')
  })
})
