import { describe, expect, it } from 'vitest'
import { WalkMemory } from '../../src/connection/walk-memory.ts'
import { type ModelEntry, pages } from '../support/model-ledger.ts'
import { ModelAccount, ModelAccounts, runWideScenario, type WideScenario } from '../support/wide-walk.ts'

/** Accounts by the instants of their entries; all others of so many are empty. */
const accountsOf = (count: number, instants: Readonly<Record<number, readonly number[]>> = {}) =>
  Array.from({ length: count }, (_, account) => instants[account] ?? [])

const scenario = (given: Partial<WideScenario>): WideScenario => ({
  traits: pages,
  accounts: accountsOf(17),
  isNarrowing: false,
  order: 'NEWEST_FIRST',
  walk: 'forward',
  sizes: [1],
  onFailure: 'FAIL',
  changes: [],
  seed: [0],
  ...given,
})

/** Walks that once lost an entry, or returned one twice. */
const EXAMPLES: Readonly<Record<string, Partial<WideScenario>>> = {
  'entries that arrived at the newest end since the first page, after a restart': {
    order: 'OLDEST_FIRST',
    walk: 'backward',
    changes: ['grow', 'grow', 'grow', 'grow', 'restart'],
  },
  'a provider that could not be opened, after a restart': {
    accounts: accountsOf(17, { 16: [0] }),
    onFailure: 'PARTIAL',
    changes: ['close', 'restart'],
  },
  'a restart while the provider cannot be opened': {
    accounts: accountsOf(17, { 16: [0] }),
    walk: 'backward',
    onFailure: 'PARTIAL',
    changes: ['grow', 'close', 'restart'],
  },
  'a provider that is back, an account that fails, and a restart': {
    onFailure: 'PARTIAL',
    changes: ['grow', 'close', 'fail', 'close', 'restart'],
  },
  'an account that fails among entries of one instant': {
    accounts: accountsOf(19, { 13: [0], 15: [0, 0], 16: [0, 0], 17: [0, 0] }),
    walk: 'backward',
    sizes: [2],
    onFailure: 'PARTIAL',
    changes: ['grow', 'fail', 'grow', 'restart'],
    seed: [1878097547],
  },
  'an entry that is back-dated, and a restart while another account fails': {
    accounts: accountsOf(17, { 15: [0, 0], 16: [1] }),
    onFailure: 'PARTIAL',
    changes: ['backdate', 'fail', 'restart'],
  },
}

describe('a walk over many accounts returns each entry once in spite of', () => {
  it.each(Object.entries(EXAMPLES))('%s', (_, given) => runWideScenario(scenario(given)))
})

describe('a page that reads the heads of all accounts again', () => {
  it('loses no late entry when it is too short for them, and the process restarts', async () => {
    const entriesOf = (account: number) =>
      account === 0 ? [10_000, 0] : Array.from({ length: 60 }, (_, entry) => 1_200 - entry * 20 - account)
    const provider = new ModelAccounts(
      Array.from({ length: 20 }, (_, account) => {
        const entries = entriesOf(account).map((at) => ({ id: `${account}-${at}`, at }))
        return new ModelAccount(`MANY/${account}`, pages, entries)
      }),
      true,
    )
    const seen: string[] = []
    let cursor: string | null = null
    const read = async (first: number) => {
      const page = await provider.connect('NEWEST_FIRST', { first, after: cursor }).page()
      seen.push(...page.edges.map(({ node }) => (node as ModelEntry).id))
      cursor = page.endCursor() ?? cursor
      return page.hasNextPage()
    }
    await read(50)
    // Ahead of the walk, in an account that is not read before its next entry comes.
    for (let at = 900; at < 908; at++) provider.accounts[0]!.ledger.insert({ id: `late-${at}`, at })
    for (let page = 0; page < 9; page++) await read(50)
    await read(3)
    expect(seen.slice(-3)).toEqual(['late-907', 'late-906', 'late-905'])
    provider.memory = new WalkMemory()
    while (await read(50));
    const all = provider.accounts.flatMap(({ ledger }) => ledger.entries.map(({ id }) => id))
    expect(new Set(seen)).toEqual(new Set(all))
  })
})

describe('a cursor that holds a position for every account', () => {
  it('goes on when there are more accounts than such a cursor is made for', async () => {
    const accountAt = (account: number) =>
      new ModelAccount(
        `MANY/${account}`,
        pages,
        Array.from({ length: 5 }, (_, entry) => ({ id: `${account}-${entry}`, at: 1_000 - entry * 20 - account })),
      )
    const provider = new ModelAccounts(
      Array.from({ length: 16 }, (_, account) => accountAt(account)),
      true,
    )
    const seen: string[] = []
    let cursor: string | null = null
    for (let page = 0, hasMore = true; hasMore; page++) {
      if (page === 3) for (let account = 16; account < 20; account++) provider.accounts.push(accountAt(account))
      const read = await provider.connect('NEWEST_FIRST', { first: 7, after: cursor }).page()
      seen.push(...read.edges.map(({ node }) => (node as ModelEntry).id))
      hasMore = await read.hasNextPage()
      cursor = read.endCursor()
    }
    expect(new Set(seen).size).toBe(seen.length)
    const first = provider.accounts.slice(0, 16).flatMap(({ ledger }) => ledger.entries)
    expect(seen).toEqual(expect.arrayContaining(first.map(({ id }) => id)))
  })
})
