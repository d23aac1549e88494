import { afterEach, describe, expect, it } from 'vitest'
import { createKobbleSandbox } from '../../src/providers/kobble/sandbox/index.ts'
import { createVobizSandbox } from '../../src/providers/vobiz/sandbox/index.ts'
import { LedgerSandbox } from '../../src/sandbox/ledger-sandbox.ts'
import { createRandom } from '../../src/sandbox/random.ts'
import { startUpstream, type UpstreamServer } from '../../src/sandbox/server.ts'
import { createTimeline } from '../../src/sandbox/timeline.ts'
import { startGateway } from '../support/gateway.ts'

const DAY_MS = 86_400_000
const YEAR_END = Date.UTC(2026, 10, 1)

interface Row {
  readonly id: string
  readonly created_at: string
}

const CREATORS = { Vobiz: createVobizSandbox, Kobble: createKobbleSandbox }

/** Returns the entries of a sandbox that starts at a moment, newest first. */
async function entriesAt(create: (typeof CREATORS)[keyof typeof CREATORS], until?: number): Promise<readonly Row[]> {
  const sandbox = await create(until === undefined ? {} : { until })
  try {
    return sandbox.entries
  } finally {
    await sandbox.close()
  }
}

const timeOf = ({ created_at }: Row) => Date.parse(created_at)

describe.each(Object.entries(CREATORS))('the history of %s', (_, create) => {
  it.each([
    ['the day after the year', Date.UTC(2026, 10, 1, 23)],
    ['a leap day', Date.UTC(2028, 1, 29, 12)],
    ['the middle of a day', Date.UTC(2026, 10, 22, 9, 30)],
  ])('reaches up to the start and no further: %s', async (_title, until) => {
    const entries = await entriesAt(create, until)
    const days = new Set(entries.map((entry) => Math.floor(timeOf(entry) / DAY_MS)))
    const recent = Array.from({ length: 30 }, (_, age) => Math.floor(until / DAY_MS) - age)
    expect(timeOf(entries[0]!)).toBeLessThanOrEqual(until)
    expect(until - timeOf(entries[0]!)).toBeLessThan(3 * DAY_MS)
    expect(recent.filter((day) => days.has(day)).length).toBeGreaterThan(20)
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
  })

  it('has the same entries on a past day, whatever the day of the start', async () => {
    const [early, late] = [Date.UTC(2026, 10, 22, 9, 30), Date.UTC(2027, 5, 3, 17)]
    const before = await entriesAt(create, early)
    const after = await entriesAt(create, late)
    expect(after.length).toBeGreaterThan(before.length + 500)
    expect(after.filter((entry) => timeOf(entry) <= early)).toEqual(before)
  })

  it('begins with a year that does not change, and ends with it without a moment, or with an earlier one', async () => {
    const year = await entriesAt(create)
    expect(timeOf(year[0]!)).toBeLessThan(YEAR_END)
    expect(await entriesAt(create, Date.UTC(2026, 2, 1))).toEqual(year)
    const longer = await entriesAt(create, Date.UTC(2027, 0, 1))
    expect(longer.filter((entry) => timeOf(entry) < YEAR_END)).toEqual(year)
  })

  it('holds for years', async () => {
    const entries = await entriesAt(create, Date.UTC(2035, 11, 31, 12))
    const months = new Set(entries.map(({ created_at }) => created_at.slice(0, 7)))
    expect(months.size).toBe(10 * 12 + 2)
  })
})

describe('the days behind the year', () => {
  it('are balanced in the reconciliation, and sum up in the month of the start', async () => {
    const started = { until: Date.UTC(2026, 11, 20, 12) }
    const at = await startGateway({ sandboxes: { vobiz: started, kobble: started } })
    try {
      const month = '{ from: "2026-11-01", to: "2026-11-30" }'
      const data = await at.ask<{ vobizReconciliation: object; transactions: { sources: { totalCount: number }[] } }>(
        `{ vobizReconciliation(period: ${month}) { balanced discrepancies { customer { authId } } }
           transactions(filter: { from: "2026-11-21", to: "2026-12-20" }) { sources { totalCount } } }`,
      )
      expect(data.vobizReconciliation).toEqual({ balanced: true, discrepancies: [] })
      for (const { totalCount } of data.transactions.sources) expect(totalCount).toBeGreaterThan(50)
    } finally {
      await at.close()
    }
  })
})

describe('loadLater()', () => {
  const NO_TALLY = { add() {}, subtract() {} }
  let server: UpstreamServer
  afterEach(() => server.close())

  class TestSandbox extends LedgerSandbox<Row, typeof NO_TALLY> {
    readonly environment = {}
    grow(): void {}
    protected complete(): Row {
      throw new Error('not needed')
    }
    protected checkChange(): void {}
    makeLater(makeEntries: () => Iterable<Row>): void {
      this.loadLater(makeEntries)
    }
  }

  it('makes the entries up with the first read, and once', async () => {
    server = await startUpstream({ handle: () => ({ status: 200 }) })
    const ledger = createTimeline<Row, typeof NO_TALLY>(() => NO_TALLY)
    const sandbox = new TestSandbox({ ledger, servers: [server], random: createRandom(1) })
    let made = 0
    sandbox.makeLater(() => {
      made += 1
      return [{ id: 'a', created_at: '2026-01-01T00:00:00Z' }]
    })
    expect(made).toBe(0)
    expect([sandbox.entryIds(), sandbox.entryIds()]).toEqual([['a'], ['a']])
    expect(made).toBe(1)
  })
})
