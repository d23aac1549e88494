import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createCursorCodec } from '../src/connection/cursor.ts'
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

const codecOf = (secret: string) =>
  createCursorCodec({ key: deriveCursorKey(secret, new Map()), omitInexactTotals: false }).forList(LIST)

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
        for (const position of codecOf(CURSOR_SECRET).decode(pageInfo.endCursor)!.positions.values()) {
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
