import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApiKey, hashApiKey } from '../../../src/server/auth/api-keys.ts'
import { collectRows } from '../pages.ts'
import { at, type ConformanceSuite, idsOf, inOrder, ORDERS } from './suite.ts'

/** An account of no provider. */
const UNKNOWN_ACCOUNT = 'an-account-of-no-one'

/** Callers with an API key each. */
type CallerName = 'everything' | 'first account' | 'second account' | 'another provider'

/** Checks what callers see whose grants cover a part of the provider, or nothing of it. */
export function describeGrants({ traits, subject, restart, query, listIn }: ConformanceSuite): void {
  const { provider, accounts, account } = traits
  const [first, second] = accounts ?? [UNKNOWN_ACCOUNT, UNKNOWN_ACCOUNT]
  const keys: Record<CallerName, string> = {
    everything: createApiKey(),
    'first account': createApiKey(),
    'second account': createApiKey(),
    'another provider': createApiKey(),
  }
  const grants: Record<CallerName, unknown> = {
    everything: 'all',
    'first account': { [provider]: { accounts: [first] } },
    'second account': { [provider]: { accounts: [second] } },
    'another provider': { [provider === 'VOBIZ' ? 'KOBBLE' : 'VOBIZ']: 'all' },
  }
  const as = (caller: CallerName) => ({ authorization: `Bearer ${keys[caller]}` })

  /** The entries that a caller may read, newest first. A provider without accounts is granted as a whole or not at all. */
  function visibleIds(caller: CallerName): readonly string[] {
    if (caller === 'everything') return subject().ids(account ?? undefined)
    if (caller === 'another provider' || accounts === null) return []
    const granted = caller === 'first account' ? first : second
    return account === null || account === granted ? subject().ids(granted) : []
  }

  describe('grants', () => {
    let folder: string

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'conformance-'))
      const file = join(folder, 'keys.json')
      const entries = Object.entries(keys).map(([name, key]) => ({
        name: name.replaceAll(' ', '-'),
        sha256: hashApiKey(key).toString('hex'),
        grants: grants[name as CallerName],
      }))
      writeFileSync(file, JSON.stringify({ keys: entries }))
      await restart({ AUTH_MODE: 'api-key', API_KEYS_FILE: file })
      for (let index = 0; index < 14; index++) {
        const holder = accounts === null ? {} : { account: index % 3 === 0 ? second : first }
        subject().add({ createdAt: at(Math.floor(index / 4)), ...holder })
      }
    })
    afterEach(() => rmSync(folder, { recursive: true }))

    /** Requests that reached any sandbox. */
    function countRequests(): number {
      const sandboxes = [...subject().gateway.sandboxes.values()]
      const servers = new Set([subject().server, ...sandboxes.flatMap((sandbox) => sandbox.servers)])
      return [...servers].reduce((sum, { requests }) => sum + requests.length, 0)
    }

    it.each(Object.keys(keys) as CallerName[])('show the entries of the grant and no others to %s', async (caller) => {
      const expected = visibleIds(caller)
      for (const order of ORDERS) {
        const list = await collectRows(
          async (after) => {
            const { data, errors } = await query({ first: 3, after, order }, undefined, as(caller))
            expect(errors).toEqual([])
            return listIn(data) ?? { edges: [], pageInfo: { hasNextPage: false } }
          },
          ({ edges }) => edges,
        )
        expect(idsOf(list)).toEqual(inOrder(order, expected))
      }
      const { data } = await query({ first: 0 }, 'summary { count }', as(caller))
      const count = (listIn(data) as { summary: { count: number } } | null)?.summary.count ?? 0
      expect(count).toBe(expected.length)
    })

    it.each(Object.keys(keys) as CallerName[])('bound the list over all providers for %s', async (caller) => {
      const { data, errors } = await subject().gateway.query<{ transactions: { nodes: { providerId: string }[] } }>(
        `{ transactions(first: 100, filter: { providers: [${provider}] }) { nodes { providerId } } }`,
        {},
        as(caller),
      )
      expect(errors).toEqual([])
      const isAll = caller === 'everything'
      const isOfOthers = caller === 'another provider' || accounts === null
      const granted = caller === 'first account' ? first : second
      const expected = isAll ? subject().ids() : isOfOthers ? [] : subject().ids(granted)
      expect(data!.transactions.nodes.map(({ providerId }) => providerId).sort()).toEqual([...expected].sort())
    })

    it('send no request where nothing may be read', async () => {
      const { data } = await query({ first: 1 }, 'edges { node { id } }', as('everything'))
      const [edge] = listIn(data)!.edges
      const blind = (Object.keys(keys) as CallerName[]).filter((caller) => visibleIds(caller).length === 0)
      expect(blind).toContain('another provider')
      for (const caller of blind) {
        const before = countRequests()
        const list = await query({ first: 5 }, 'totalCount summary { count } edges { node { id } }', as(caller))
        expect(list.errors).toEqual([])
        expect(listIn(list.data) ?? { totalCount: 0, edges: [] }).toMatchObject({ edges: [] })
        expect(countRequests() - before).toBe(0)
      }
      const before = countRequests()
      const { data: found, errors } = await subject().gateway.query(
        `query($id: ID!) { node(id: $id) { id } transactions(filter: { providers: [${provider}] }) { totalCount nodes { id } } }`,
        { id: edge!.node!.id },
        as('another provider'),
      )
      expect(errors).toEqual([])
      expect(found).toEqual({ node: null, transactions: { totalCount: 0, nodes: [] } })
      expect(countRequests() - before).toBe(0)
    })

    it('hide an entry from callers of other accounts when its id is known', async () => {
      const { data } = await query({ first: 14 }, 'edges { node { id providerId } }', as('everything'))
      for (const { node } of listIn(data)!.edges) {
        for (const caller of ['first account', 'second account'] as const) {
          const answer = await subject().gateway.query(
            'query($id: ID!) { node(id: $id) { id } }',
            { id: node!.id },
            as(caller),
          )
          const own = accounts === null ? [] : subject().ids(caller === 'first account' ? first : second)
          expect(answer.errors).toEqual([])
          expect(answer.data).toEqual({ node: own.includes(node!.providerId) ? { id: node!.id } : null })
        }
      }
    })
  })
}
