import { describe, expect, it } from 'vitest'
import {
  type GroupedEntry,
  type Grouping,
  groupEntries,
  mergeGroups,
  type TransactionGrouping,
} from '../../src/ledger/groups.ts'
import { type DirectedRecord, rowDirection } from '../../src/ledger/transaction.ts'
import { parseInstant } from '../../src/values/instant.ts'
import { findTimeZone } from '../../src/values/time-zone.ts'

type Entry = GroupedEntry & Pick<DirectedRecord, 'direction'>

const grouping = (by: readonly TransactionGrouping[], zone = 'UTC'): Grouping => ({
  by: new Set(by),
  zone: findTimeZone(zone)!,
})

function entry(createdAt: string, amount: string, values: Partial<Entry> = {}): Entry {
  return {
    amount: { amount, currency: 'INR' },
    affectsBalance: true,
    category: 'USAGE',
    direction: 'DEBIT',
    status: 'COMPLETED',
    instant: parseInstant(createdAt)!.instant,
    ...values,
  }
}

const ENTRIES: readonly Entry[] = [
  entry('2026-10-01T13:30:00Z', '1'),
  entry('2026-09-30T14:00:00Z', '2', { category: null, direction: null }),
  entry('2026-09-30T13:59:59.999999999Z', '4', { category: 'TOP_UP', direction: 'CREDIT' }),
  entry('2026-10-01T00:00:00Z', '8', { status: 'PENDING', affectsBalance: false }),
  entry('2026-10-01T23:59:59.999Z', '16', { amount: { amount: '16', currency: 'AUD' } }),
]

/** Returns the groups of the entries, each as its key and its count. */
async function groupsOf(by: readonly TransactionGrouping[], zone?: string) {
  const groups = await groupEntries(ENTRIES, grouping(by, zone), rowDirection)
  return groups.map(({ summary, ...key }) => [...Object.values(key).filter((value) => value !== null), summary.count])
}

describe('groupEntries()', () => {
  it.each([
    [
      ['DAY'],
      'UTC',
      [
        ['2026-09-30', 2],
        ['2026-10-01', 3],
      ],
    ],
    [
      ['DAY'],
      'Australia/Sydney',
      [
        ['2026-09-30', 1],
        ['2026-10-01', 3],
        ['2026-10-02', 1],
      ],
    ],
    [
      ['MONTH'],
      'UTC',
      [
        ['2026-09', 2],
        ['2026-10', 3],
      ],
    ],
    [
      ['MONTH'],
      'Australia/Sydney',
      [
        ['2026-09', 1],
        ['2026-10', 4],
      ],
    ],
    [
      ['DAY', 'MONTH'],
      'UTC',
      [
        ['2026-09', '2026-09-30', 2],
        ['2026-10', '2026-10-01', 3],
      ],
    ],
    // Those without one are last.
    [['CATEGORY'], 'UTC', [['TOP_UP', 1], ['USAGE', 3], [1]]],
    [['DIRECTION'], 'UTC', [['CREDIT', 1], ['DEBIT', 3], [1]]],
    [
      ['STATUS'],
      'UTC',
      [
        ['COMPLETED', 4],
        ['PENDING', 1],
      ],
    ],
    [
      ['STATUS', 'MONTH', 'DIRECTION'],
      'UTC',
      [
        ['2026-09', 'CREDIT', 'COMPLETED', 1],
        ['2026-09', 'COMPLETED', 1],
        ['2026-10', 'DEBIT', 'COMPLETED', 2],
        ['2026-10', 'DEBIT', 'PENDING', 1],
      ],
    ],
  ] as const)('groups by %j in %s, in order', async (by, zone, expected) => {
    expect(await groupsOf(by, zone)).toEqual(expected)
  })

  it('sums each group, and keeps currencies apart', async () => {
    const [, october] = await groupEntries(ENTRIES, grouping(['MONTH']), rowDirection)
    expect(Object.fromEntries(october!.summary.byCurrency)).toEqual({
      AUD: { count: 1, credit: '0', debit: '16', internal: '0' },
      INR: { count: 2, credit: '0', debit: '1', internal: '0' },
    })
  })

  it('groups and adds by the direction as the list shows it', async () => {
    const groups = await groupEntries(ENTRIES.slice(0, 2), grouping(['DIRECTION']), () => 'INTERNAL')
    expect(groups.map(({ direction, summary }) => [direction, summary.byCurrency.get('INR')?.internal])).toEqual([
      ['INTERNAL', '3'],
    ])
  })

  it('has no groups without entries', async () => {
    expect(await groupEntries([], grouping(['DAY']), rowDirection)).toEqual([])
  })
})

it('mergeGroups() adds groups with the same key, of whatever list', async () => {
  const by = grouping(['MONTH'])
  const parts = await Promise.all(
    [ENTRIES.slice(0, 2), ENTRIES.slice(2)].map((part) => groupEntries(part, by, rowDirection)),
  )
  const merged = mergeGroups(parts.toReversed().flat())
  expect(merged.map(({ month, summary }) => [month, summary.count])).toEqual([
    ['2026-09', 2],
    ['2026-10', 3],
  ])
  expect(merged).toEqual(await groupEntries(ENTRIES, by, rowDirection))
})
