import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Cursor, createCursorCodec, sourceDigest } from '../src/connection/cursor.ts'
import { deriveCursorKey } from '../src/connection/cursor-key.ts'
import { createGateway, type Gateway } from '../src/gateway.ts'
import { createApiKey, hashApiKey } from '../src/server/auth/api-keys.ts'
import { environmentOf, NO_REQUESTS, startGateway, type TestGateway } from './support/gateway.ts'
import { walkPages } from './support/pages.ts'

const CURSOR_SECRET = 'a secret of more than 32 characters'
const DOCUMENT =
  'query($after: String) { transactions(first: 20, after: $after) { nodes { id } pageInfo { endCursor } } }'
const LIST = JSON.stringify(['transactions', [], 'NEWEST_FIRST'])

interface Page {
  readonly transactions: {
    readonly nodes: readonly { readonly id: string }[]
    readonly pageInfo: { readonly endCursor: string; readonly hasNextPage?: boolean }
  }
}

let at: TestGateway
const others: Gateway[] = []
afterEach(async () => {
  await Promise.all(others.splice(0).map((gateway) => gateway.close()))
  await at.close()
})

/** Another gateway over the same upstreams, as after a restart, or in another process. */
function another(environment: Readonly<Record<string, string>> = {}) {
  const gateway = createGateway({
    environment: { LOG_LEVEL: 'silent', ...environmentOf(at.sandboxes), ...environment },
  })
  others.push(gateway)
  return async (after: string) => {
    const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: DOCUMENT, variables: { after } }),
    })
    const answer = (await response.json()) as { data: Page | null; errors?: { extensions: { code: string } }[] }
    return answer.errors?.map(({ extensions }) => extensions.code).join() ?? answer.data!.transactions.nodes
  }
}

const firstCursor = async () => (await at.ask<Page>(DOCUMENT)).transactions.pageInfo.endCursor

describe('the cursors of a gateway', () => {
  it.each([
    ["the providers' credentials", {}],
    ['CURSOR_SECRET', { CURSOR_SECRET }],
  ])('stay valid after a restart with the same configuration, authenticated by %s', async (_, environment) => {
    at = await startGateway({ environment })
    const after = await firstCursor()
    const { transactions } = await at.ask<Page>(DOCUMENT, { after })
    expect(await another(environment)(after)).toEqual(transactions.nodes)
  })

  it('stay valid when credentials change and CURSOR_SECRET does not', async () => {
    at = await startGateway({ environment: { CURSOR_SECRET } })
    const after = await firstCursor()
    const ask = another({ CURSOR_SECRET, VOBIZ_AUTH_TOKEN: 'rotated' })
    expect(await ask(after)).not.toBe('INVALID_CURSOR')
  })

  it.each([
    ['other credentials', { VOBIZ_AUTH_TOKEN: 'other' }],
    ['a CURSOR_SECRET', { CURSOR_SECRET }],
  ])('are refused before any upstream request by a gateway with %s', async (_, environment) => {
    at = await startGateway()
    const after = await firstCursor()
    const before = at.requests()
    expect(await another(environment)(after)).toBe('INVALID_CURSOR')
    expect(at.requests()).toEqual(before)
  })

  it('are refused before any upstream request when they were made with a guessed key', async () => {
    at = await startGateway({ environment: { CURSOR_SECRET } })
    const own = codecOf(CURSOR_SECRET).decode(await firstCursor())!
    const keys = [Buffer.alloc(32), deriveCursorKey('guessed', new Map()), deriveCursorKey(null, new Map())]
    for (const key of keys) {
      const forged = createCursorCodec({ key, omitInexactTotals: false }).forList(LIST).encode(own)
      const { errors, requests } = await at.query(DOCUMENT, { after: forged })
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INVALID_CURSOR'])
      expect(requests).toEqual(NO_REQUESTS)
    }
  })
})

const codecOf = (secret: string, list = LIST) =>
  createCursorCodec({ key: deriveCursorKey(secret, new Map()), omitInexactTotals: false }).forList(list)

describe('the cursors of lists that are filtered', () => {
  const MARCH = '1772323200000000000'

  it.each([
    ['transactions', '', '["transactions",[],"NEWEST_FIRST"]', ['VOBIZ', 'KOBBLE']],
    [
      'transactions',
      'filter: { to: "2026-03-31", from: "2026-03-01", statuses: [COMPLETED, PENDING], referenceContains: "a" }',
      '["transactions",[["from","2026-03-01"],["referenceContains","a"],["statuses",["COMPLETED","PENDING"]],["to","2026-03-31"]],"NEWEST_FIRST"]',
      ['VOBIZ', 'KOBBLE'],
    ],
    [
      'transactions',
      'filter: { categories: [TOP_UP, USAGE] }',
      '["transactions",[["categories",["TOP_UP","USAGE"]]],"NEWEST_FIRST"]',
      ['VOBIZ/type:recharge', 'VOBIZ/type:debit'],
    ],
    [
      'transactions',
      'filter: { vobizCustomers: ["MA_RA7D5QLF"], createdFrom: "2026-03-01T00:00:00Z" }, order: OLDEST_FIRST',
      '["transactions",[["createdFrom","2026-03-01T00:00:00Z"],["vobizCustomers",["MA_RA7D5QLF"]]],"OLDEST_FIRST"]',
      ['VOBIZ/MA_RA7D5QLF'],
    ],
    [
      'vobizTransactions',
      '',
      '["vobizTransactions",{"accountId":null,"from":null,"to":null,"type":null},"NEWEST_FIRST"]',
      ['VOBIZ'],
    ],
    [
      'vobizTransactions',
      'filter: { type: RECHARGE, from: "2026-03-01" }',
      '["vobizTransactions",{"accountId":null,"from":"2026-03-01","to":null,"type":"recharge"},"NEWEST_FIRST"]',
      ['VOBIZ'],
    ],
    ['kobbleTransactions', '', '["kobbleTransactions",null,"null","null","NEWEST_FIRST"]', ['KOBBLE']],
    [
      'kobbleTransactions',
      'filter: { from: "2026-03-01T00:00:00Z" }, order: OLDEST_FIRST',
      `["kobbleTransactions",null,"${MARCH}","null","OLDEST_FIRST"]`,
      ['KOBBLE'],
    ],
  ])('belong to one list and its sources in all versions: %s(%s)', async (field, args, list, sources) => {
    at = await startGateway({ environment: { CURSOR_SECRET } })
    const document = `query ($after: String) { ${field}(first: 3, after: $after, ${args}) { nodes { id } pageInfo { endCursor } } }`
    const first = await at.ask<Record<string, Page['transactions']>>(document)
    const cursors = codecOf(CURSOR_SECRET, list)
    const cursor = cursors.decode(first[field]!.pageInfo.endCursor) as Cursor
    expect([...cursor.positions.keys()].sort()).toEqual(sources.map(sourceDigest).sort())
    const next = await at.ask<Record<string, Page['transactions']>>(document, { after: cursors.encode(cursor) })
    expect(next[field]!.nodes).toHaveLength(3)
  })

  it('go on where their values were not sorted yet, with the accounts in the order of the filter', async () => {
    at = await startGateway({
      sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } },
      environment: { CURSOR_SECRET },
    })
    const [second, first] = [at.kobble.addWallet({ id: 'wallet-b' }).id, at.kobble.addWallet({ id: 'wallet-a' }).id]
    for (let index = 0; index < 40; index++) {
      // Entries of both wallets, and of one instant each.
      const created_at = `2026-03-01T00:00:0${Math.floor(index / 5)}Z`
      at.kobble.add({
        created_at,
        ...(index % 2 === 0 ? { to: first, from: second } : { to: index % 3 === 0 ? first : second }),
      })
    }
    const former = codecOf(CURSOR_SECRET, '["transactions",[["kobbleWallets",["wallet-b","wallet-a"]]],"NEWEST_FIRST"]')
    const start = former.encode({ edge: null, instant: null, positions: new Map(), lagging: new Map() })
    const document = `query ($first: Int, $after: String) {
      transactions(first: $first, after: $after, filter: { kobbleWallets: ["wallet-b", "wallet-a"] }) {
        nodes { id } pageInfo { hasNextPage endCursor }
      }
    }`
    for (const size of [1, 3, 7]) {
      const ids: string[] = []
      for await (const { nodes, pageInfo } of walkPages(
        async (cursor) => (await at.ask<Page>(document, { first: size, after: cursor ?? start })).transactions,
      )) {
        ids.push(...nodes.map(({ id }) => id))
        expect(former.decode(pageInfo.endCursor)).not.toBeNull()
      }
      expect([ids.length, new Set(ids).size]).toEqual([40, 40])
    }
  })

  it('are of another list when a condition differs', async () => {
    at = await startGateway()
    const document = (filter: string) =>
      `query ($after: String) { transactions(first: 3, after: $after, filter: { ${filter} }) { pageInfo { endCursor } } }`
    const { transactions } = await at.ask<Page>(document('affectsBalance: true'))
    const after = transactions.pageInfo.endCursor
    for (const filter of ['affectsBalance: false', 'uncategorized: false', 'statuses: [COMPLETED]', '']) {
      const { errors, requests } = await at.query(document(filter), { after })
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INVALID_CURSOR'])
      expect(requests).toEqual(NO_REQUESTS)
    }
  })
})

describe('the cursors of a bound caller', () => {
  it('hold no total that may count rows of other wallets, and walk every entry once', async () => {
    const [own, foreign] = ['wallet-own', 'wallet-foreign']
    const keys = { bound: createApiKey(), whole: createApiKey() }
    const folder = mkdtempSync(join(tmpdir(), 'cursors-'))
    const file = join(folder, 'keys.json')
    const grants = { KOBBLE: { accounts: [own] } }
    const entries = [
      { name: 'bound', sha256: hashApiKey(keys.bound).toString('hex'), grants },
      { name: 'whole', sha256: hashApiKey(keys.whole).toString('hex') },
    ]
    writeFileSync(file, JSON.stringify({ keys: entries }))
    at = await startGateway({
      sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty', traits: { totalIgnoresFilters: true } } },
      environment: { CURSOR_SECRET, AUTH_MODE: 'api-key', API_KEYS_FILE: file },
    })
    for (const id of [own, foreign]) at.kobble.addWallet({ id })
    for (let index = 0; index < 60; index++) at.kobble.add({ to: index % 3 === 0 ? own : foreign })
    const walk = async (caller: keyof typeof keys) => {
      const totals: (number | null)[] = []
      const ids: string[] = []
      const document = DOCUMENT.replace('first: 20', 'first: 7').replace('{ endCursor }', '{ endCursor hasNextPage }')
      const read = async (after: string | null) => {
        const answer = await at.query<Page>(document, { after }, { authorization: `Bearer ${keys[caller]}` })
        expect(answer.errors).toEqual([])
        return answer.data!.transactions
      }
      for await (const { nodes, pageInfo } of walkPages(read)) {
        ids.push(...nodes.map(({ id }) => id))
        const cursor = codecOf(CURSOR_SECRET).decode(pageInfo.endCursor) as Cursor
        for (const position of cursor.positions.values()) {
          if (position.at === 'anchor' && position.anchor.by === 'offset') totals.push(position.anchor.total)
        }
        if (pageInfo.hasNextPage) at.kobble.add({ to: foreign })
      }
      return { totals: [...new Set(totals)], entries: ids.length, ids: new Set(ids).size }
    }
    expect(await walk('bound')).toEqual({ totals: [null], entries: 20, ids: 20 })
    expect((await walk('whole')).totals).not.toContain(null)
    rmSync(folder, { recursive: true })
  })
})
