import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ConnectionPage } from '../../src/connection/page.ts'
import { WalkMemory } from '../../src/connection/walk-memory.ts'
import { type ModelEntry, printedPages } from '../support/model-ledger.ts'
import { RUNS } from '../support/runs.ts'
import {
  ModelAccount,
  ModelAccounts,
  runWideScenario,
  type WideChange,
  wideScenarioArbitrary,
} from '../support/wide-walk.ts'

const NUM_RUNS = RUNS.walks(40, 1 / 10)

const walks = (changes: readonly WideChange[], onFailure: 'FAIL' | 'PARTIAL' = 'FAIL', maxAccounts = 40) =>
  fc.assert(fc.asyncProperty(wideScenarioArbitrary(changes, onFailure, maxAccounts), runWideScenario), {
    numRuns: NUM_RUNS,
  })

describe('a walk over many accounts', () => {
  it('returns each entry once while they grow', () => walks(['grow']))
  it('returns each entry once over restarts', () => walks(['grow', 'restart']))
  it('loses no entry when others are back-dated', () => walks(['grow', 'backdate']))
  it('loses no entry when others are back-dated and the process restarts', () => walks(['grow', 'backdate', 'restart']))
  it('loses no entry when others are deleted', () => walks(['grow', 'delete', 'backdate', 'restart']))
  it.each(['FAIL', 'PARTIAL'] as const)('loses no entry when accounts fail under %s', (onFailure) =>
    walks(['grow', 'fail', 'close'], onFailure),
  )
  it.each(['FAIL', 'PARTIAL'] as const)('loses no entry in any trouble under %s', (onFailure) =>
    walks(['grow', 'backdate', 'fail', 'close', 'restart', 'add-account', 'delete'], onFailure),
  )
  it('returns each entry once of up to 300 accounts', () => walks(['grow', 'restart'], 'FAIL', 300))
})

describe('a page of 20 entries over 1,000 accounts', () => {
  const ACCOUNTS = 1_000
  const ENTRIES = 8
  const MAX_REQUESTS = 50
  let provider: ModelAccounts

  beforeEach(() => {
    const instantOf = (account: number, entry: number) => (entry * ACCOUNTS + ((account * 7919) % ACCOUNTS)) * 3
    provider = new ModelAccounts(
      Array.from({ length: ACCOUNTS }, (_, account) => {
        const entries = Array.from({ length: ENTRIES }, (__, entry) => ({
          id: `${account}-${entry}`,
          at: instantOf(account, entry),
        }))
        return new ModelAccount(`MANY/${account}`, printedPages, entries)
      }),
      true,
    )
  })

  /** Reads a page and returns its last cursor, its entries and the requests. */
  async function read(order: 'NEWEST_FIRST' | 'OLDEST_FIRST', walk: 'forward' | 'backward', cursor: string | null) {
    const before = provider.requests
    const args = walk === 'forward' ? { first: 20, after: cursor } : { last: 20, before: cursor }
    const page = await provider.connect(order, args).page()
    const next = walk === 'forward' ? page.endCursor() : page.startCursor()
    return {
      next: next!,
      ids: page.edges.map(({ node }) => node as { id: string }),
      requests: provider.requests - before,
    }
  }

  describe.each(['NEWEST_FIRST', 'OLDEST_FIRST'] as const)('in the order %s', (order) => {
    it.each(['forward', 'backward'] as const)('costs at most 50 requests after the first, %s', async (walk) => {
      const isNewestEnd = (order === 'NEWEST_FIRST') === (walk === 'forward')
      const first = await read(order, walk, null)
      // Only the total shows where the oldest entries of a list are.
      expect(first.requests).toBeLessThanOrEqual((isNewestEnd ? 1 : 2) * ACCOUNTS + 20)
      let { next } = first
      for (let page = 0; page < 20; page++) {
        const following = await read(order, walk, next)
        expect(following.ids).toHaveLength(20)
        expect(following.requests).toBeLessThanOrEqual(MAX_REQUESTS)
        expect(following.next.length).toBeLessThanOrEqual(256)
        next = following.next
      }
    })
  })

  it('costs more once after a restart, and returns the same entries', async () => {
    let { next } = await read('NEWEST_FIRST', 'forward', null)
    for (let page = 0; page < 5; page++) ({ next } = await read('NEWEST_FIRST', 'forward', next))
    const known = await read('NEWEST_FIRST', 'forward', next)
    provider.memory = new WalkMemory()
    const again = await read('NEWEST_FIRST', 'forward', next)
    expect(again.ids).toEqual(known.ids)
    expect(again.next).toBe(known.next)
    expect(again.requests).toBeLessThanOrEqual(2 * ACCOUNTS)
    expect((await read('NEWEST_FIRST', 'forward', again.next)).requests).toBeLessThanOrEqual(MAX_REQUESTS)
  })

  it('costs at most 50 requests when the walk turns round', async () => {
    const first = await read('NEWEST_FIRST', 'forward', null)
    const second = await read('NEWEST_FIRST', 'forward', first.next)
    const third = await read('NEWEST_FIRST', 'forward', second.next)
    const before = provider.requests
    const page = await provider.connect('NEWEST_FIRST', { last: 20, before: third.next }).page()
    const back = page.edges.map(({ node }) => node as { id: string })
    expect(back).toEqual([...second.ids.slice(-1), ...third.ids.slice(0, -1)])
    expect(provider.requests - before).toBeLessThanOrEqual(MAX_REQUESTS)
  })

  it('costs at most 50 requests after a cursor in the middle of a page', async () => {
    const first = await read('NEWEST_FIRST', 'forward', null)
    const page = await provider.connect('NEWEST_FIRST', { first: 20, after: first.next }).page()
    const middle = page.edges[9]!.cursor()
    const { ids, requests } = await read('NEWEST_FIRST', 'forward', middle)
    expect(ids.slice(0, 10)).toEqual(page.edges.slice(10).map(({ node }) => node))
    expect(requests).toBeLessThanOrEqual(MAX_REQUESTS)
  })
  it('goes on behind an entry of a page when smaller pages have ended with the same entry since', async () => {
    const page = await provider.connect('NEWEST_FIRST', { first: 20 }).page()
    const fifth = page.edges[4]!.cursor()
    for (const first of [10, 7]) {
      const part = await provider.connect('NEWEST_FIRST', { first }).page()
      const rest = await provider.connect('NEWEST_FIRST', { first: 20 - first, after: part.endCursor() }).page()
      expect(rest.endCursor()).not.toBe(page.endCursor())
    }
    const { ids } = await read('NEWEST_FIRST', 'forward', fifth)
    expect(ids.slice(0, 15)).toEqual(page.edges.slice(5).map(({ node }) => node))
  })
})

describe('a page under PARTIAL over 200 accounts', () => {
  it('has small cursors when all accounts fail as its flag is read, and loses no entry', async () => {
    const provider = new ModelAccounts(
      Array.from({ length: 200 }, (_, account) => {
        const entries = [2, 1].map((entry) => ({ id: `${account}-${entry}`, at: entry * 1_000 + account }))
        return new ModelAccount(`MANY/${account}`, printedPages, entries)
      }),
      false,
    )
    const seen = new Set<string>()
    let after: string | null = null
    async function readPage() {
      const page = await provider.connect('NEWEST_FIRST', { first: 100, after }, 'PARTIAL').page()
      for (const { node } of page.edges) seen.add((node as { id: string }).id)
      return page
    }
    for (let page = 0; page < 3; page++) after = (await readPage()).endCursor()
    // All known entries of this account were returned, so that only the end of the walk reads it again.
    provider.accounts[150]!.ledger.insert({ id: 'late', at: 1_050 })
    const last = await readPage()
    for (const account of provider.accounts) account.isFailing = true
    expect(await last.hasNextPage()).toBe(true)
    after = last.endCursor()
    expect(after!.length).toBeLessThanOrEqual(256)
    for (const account of provider.accounts) account.isFailing = false
    expect(await (await readPage()).hasNextPage()).toBe(false)
    expect(seen.size).toBe(401)
  })
})

describe('a walk over 17 accounts that turns round', () => {
  it('keeps the order of time each time it turns', async () => {
    const instants: Readonly<Record<number, readonly number[]>> = { 3: [10], 5: [1], 6: [0, 0, 0] }
    const provider = new ModelAccounts(
      Array.from({ length: 17 }, (_, account) => {
        const entries = (instants[account] ?? []).map((at, entry) => ({ id: `${account}-${entry}`, at }))
        return new ModelAccount(`MANY/${account}`, printedPages, entries)
      }),
      false,
    )
    const idsOf = (page: ConnectionPage<ModelEntry>) => page.edges.map(({ node }) => (node as ModelEntry).id)
    const first = await provider.connect('NEWEST_FIRST', { first: 3 }).page()
    expect(idsOf(first)).toEqual(['3-0', '5-0', '6-0'])
    const back = await provider.connect('NEWEST_FIRST', { last: 2, before: first.endCursor() }).page()
    expect(idsOf(back)).toEqual(['3-0', '5-0'])
    const again = await provider.connect('NEWEST_FIRST', { first: 1, after: back.endCursor() }).page()
    expect(idsOf(again)).toEqual(['6-0'])
    const last = await provider.connect('NEWEST_FIRST', { last: 10, before: again.endCursor() }).page()
    expect(idsOf(last)).toEqual(['3-0', '5-0'])
  })
})
