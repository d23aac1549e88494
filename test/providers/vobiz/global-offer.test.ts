import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
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

const ALL = '{ transactions(first: 1) { nodes { id } } }'
const codesOf = (answers: readonly Answer[]) => answers.flatMap(({ body }) => body.errors ?? [])

describe.skipIf(whyNoRedis !== null)(
  `two gateways on one Redis${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`,
  () => {
    it('find out once for both that Vobiz does not offer the global ledger', async () => {
      sharing = await startSharing(redis.url, {}, { sandboxes: { vobiz: { traits: { globalLedger: 403 } } } })
      const [one, other] = sharing.gateways
      const globalRequests = () =>
        sharing!.upstream.vobiz.servers[0].requests.filter(({ path }) => path === '/transactions').length
      expect(codesOf([await one!.post(ALL)])).toEqual([])
      const found = globalRequests()
      expect(found).toBeGreaterThan(0)
      await other!.gateway.reachProviders()
      expect(codesOf([await other!.post(ALL), await one!.post(ALL)])).toEqual([])
      expect(globalRequests()).toBe(found)
    })
  },
)
