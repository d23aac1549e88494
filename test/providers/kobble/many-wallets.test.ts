import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApiKey, hashApiKey } from '../../../src/server/auth/api-keys.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'
import { walkPages } from '../../support/pages.ts'

const WALLETS = 60
const ENTRIES = 400
const MINUTE_MS = 60_000
const folder = mkdtempSync(join(tmpdir(), 'wallets-'))
const key = createApiKey()

interface Page {
  readonly kobbleTransactions: {
    readonly nodes: readonly { readonly providerId: string }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }
}

const LIST = `query ($after: String, $order: TransactionOrder!) {
  kobbleTransactions(first: 20, after: $after, order: $order) {
    nodes { providerId } pageInfo { hasNextPage endCursor }
  }
}`

const walletAt = (index: number) => `wallet-${index}`
let at: TestGateway

beforeAll(async () => {
  const file = join(folder, 'keys.json')
  const accounts = Array.from({ length: WALLETS }, (_, index) => walletAt(index))
  const sha256 = hashApiKey(key).toString('hex')
  writeFileSync(file, JSON.stringify({ keys: [{ name: 'bound', sha256, grants: { KOBBLE: { accounts } } }] }))
  at = await startGateway({
    environment: { AUTH_MODE: 'api-key', API_KEYS_FILE: file },
    sandboxes: { kobble: { data: 'empty' }, vobiz: { data: 'empty' } },
  })
  for (let entry = 0; entry < ENTRIES; entry++) {
    const created_at = new Date(Date.UTC(2026, 0, 1) + Math.floor(entry / 3) * MINUTE_MS).toISOString()
    // Some are between two wallets of the caller, and some are of another one.
    const from = walletAt((entry * 7) % (WALLETS + 5))
    const to = walletAt((entry * 11) % (WALLETS + 5))
    at.kobble.add({ from, to, created_at })
  }
})
afterAll(async () => {
  await at?.close()
  rmSync(folder, { recursive: true })
})

it.each(['NEWEST_FIRST', 'OLDEST_FIRST'])(
  'a caller bound to many wallets walks through their entries, each once, in the order %s',
  async (order) => {
    const ids: string[] = []
    const costs: number[] = []
    const read = async (after: string | null) => {
      const before = at.requests().KOBBLE!
      const { data, errors } = await at.query<Page>(LIST, { after, order }, { authorization: `Bearer ${key}` })
      expect(errors).toEqual([])
      costs.push(at.requests().KOBBLE! - before)
      const { pageInfo } = data!.kobbleTransactions
      expect(pageInfo.endCursor?.length ?? 0).toBeLessThanOrEqual(256)
      return data!.kobbleTransactions
    }
    for await (const { nodes } of walkPages(read)) ids.push(...nodes.map(({ providerId }) => providerId))
    const isOwn = (id: string | null) => id !== null && Number(id.slice('wallet-'.length)) < WALLETS
    const expected = at.kobble.entries.filter((entry) => isOwn(entry.from) || isOwn(entry.to))
    expect(ids.toSorted()).toEqual(expected.map(({ id }) => id).toSorted())
    // The first page reads the head of each wallet; the last one looks once more whether all have ended.
    expect(costs[0]).toBeLessThanOrEqual(WALLETS + 20)
    // Once among these pages all wallets are read again.
    expect(costs.slice(1, -3).filter((cost) => cost > 50).length).toBeLessThanOrEqual(1)
  },
)
