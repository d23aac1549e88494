import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Answer, type SharingGateways, startSharing } from '../../redis/support/gateways.ts'
import { startRedis, type TestRedis, whyNoRedis } from '../../support/redis.ts'

let redis: TestRedis
let sharing: SharingGateways | null = null
beforeAll(async () => {
  if (whyNoRedis === null) redis = await startRedis()
})
afterAll(() => redis?.stop())
beforeEach(async () => {
  await redis?.command('FLUSHALL')
})
afterEach(() => sharing?.close())

/** Everything that Redis holds, as text. */
async function contents(): Promise<string> {
  const keys = (await redis.command('KEYS', '*')).match(/^tgw:\S+/gm) ?? []
  return (await Promise.all(keys.map(async (key) => `${key} ${await redis.command('GET', key)}`))).join('\n')
}

const NEWEST = '{ kobbleTransactions(first: 1) { nodes { id } } }'
const tokenRequests = () => sharing!.upstream.kobble.tokens.requests.length
const codesOf = (answers: readonly Answer[]) => answers.flatMap(({ body }) => body.errors ?? [])

describe.skipIf(whyNoRedis !== null)(
  `two gateways on one Redis${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`,
  () => {
    it('fetch one token of Kobble for both, even when both need it at once', async () => {
      sharing = await startSharing(redis.url, {}, { count: 4 })
      const answers = await Promise.all(sharing.gateways.map((gateway) => gateway.post(NEWEST)))
      expect(codesOf(answers)).toEqual([])
      expect(tokenRequests()).toBe(1)
    })

    it('keep no usable token in Redis', async () => {
      sharing = await startSharing(redis.url, { REDIS_PREFIX: 'tgw:' })
      await sharing.gateways[0]!.post(NEWEST)
      await vi.waitFor(async () => expect(await contents()).toMatch(/^tgw:state:/m))
      const [used] = sharing.upstream.kobble.api.requests.map(({ headers }) => headers.authorization)
      const token = used!.replace('Bearer ', '')
      const text = await contents()
      for (const part of token.split('.')) expect(text).not.toContain(part)
      expect(text).not.toContain(Buffer.from(token.slice(0, 60)).toString('base64').slice(0, 40))
    })

    it('replace a token that Kobble has revoked, once for both', async () => {
      sharing = await startSharing(redis.url)
      await Promise.all(sharing.gateways.map((gateway) => gateway.post(NEWEST)))
      sharing.upstream.kobble.revokeTokens()
      const answers = await Promise.all(sharing.gateways.map((gateway) => gateway.post(NEWEST)))
      expect(codesOf(answers)).toEqual([])
      expect(tokenRequests()).toBe(2)
    })

    it('fetch a token each when the one that fetches it fails, without waiting for its lock', async () => {
      sharing = await startSharing(redis.url)
      sharing.upstream.kobble.tokens.fault({ kind: 'reply', reply: { status: 400, json: {} } })
      const [one, other] = sharing.gateways
      const failed = await one!.post(NEWEST)
      expect(failed.body.errors).toHaveLength(1)
      sharing.upstream.kobble.tokens.clearFaults()
      expect(codesOf([await other!.post(NEWEST), await one!.post(NEWEST)])).toEqual([])
    })
  },
)
