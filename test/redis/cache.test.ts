import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { sumApiRequests } from '../support/gateway.ts'
import { startRedis, type TestRedis, whyNoRedis } from '../support/redis.ts'
import { type Answer, type SharingGateway, type SharingGateways, startSharing } from './support/gateways.ts'

const CACHE = { CACHE: 'redis', REDIS_TIMEOUT_MS: '1000' }
const PERIOD = 'filter: { from: "2026-01-01", to: "2026-01-31" }'
const FIELDS = 'totalCount nodes { id createdAt amount { amount currency } } pageInfo { endCursor hasNextPage }'
const MONTH = `{ transactions(${PERIOD}, first: 50) { ${FIELDS} } }`
const OPEN = '{ transactions(first: 5) { nodes { id } } }'

describe.skipIf(whyNoRedis !== null)(`answers in Redis${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`, () => {
  let redis: TestRedis
  let sharing: SharingGateways | null = null
  const others: SharingGateways[] = []
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis?.stop())
  beforeEach(async () => {
    await redis.command('FLUSHALL')
  })
  afterEach(async () => {
    await sharing?.close()
    for (const other of others.splice(0)) await other.close()
  })

  /** Sends an operation, and returns its answer with the requests to providers that it caused. */
  async function ask(gateway: SharingGateway, query: string): Promise<Answer & { readonly requests: number }> {
    const before = sumApiRequests(sharing!.upstream.requests())
    const answer = await gateway.post(query)
    expect(answer.body.errors).toBeUndefined()
    return { ...answer, requests: sumApiRequests(sharing!.upstream.requests()) - before }
  }

  it('of a closed month that one process has read cost another one nothing', async () => {
    sharing = await startSharing(redis.url, CACHE)
    const [one, other] = sharing.gateways
    const first = await ask(one!, MONTH)
    expect(first.requests).toBeGreaterThan(0)
    const second = await ask(other!, MONTH)
    expect(second.body).toEqual(first.body)
    expect(second.requests).toBe(0)
    expect((await ask(other!, OPEN)).requests).toBe((await ask(one!, OPEN)).requests)
  })

  it('are walked through by several processes in turn, page by page, without a request', async () => {
    sharing = await startSharing(redis.url, CACHE, { data: 'empty' })
    for (const sandbox of sharing.upstream.sandboxes.values()) {
      for (let hour = 0; hour < 150; hour++) sandbox.addEntry(new Date(Date.UTC(2026, 0, 5, hour)).toISOString())
    }
    const { gateways } = sharing
    const walk = async () => {
      const ids: string[] = []
      let requests = 0
      let after = 'null'
      for (let page = 0; ; page++) {
        const query = `{ transactions(${PERIOD}, first: 40, after: ${after}) { ${FIELDS} } }`
        const answer = await ask(gateways[page % gateways.length]!, query)
        const { nodes, pageInfo } = (answer.body.data as WalkData).transactions
        ids.push(...nodes.map(({ id }) => id))
        requests += answer.requests
        if (!pageInfo.hasNextPage) return { ids, requests }
        after = JSON.stringify(pageInfo.endCursor)
      }
    }
    const first = await walk()
    expect(new Set(first.ids).size).toBe(150 * sharing.upstream.sandboxes.size)
    expect(await walk()).toEqual({ ids: first.ids, requests: 0 })
  })

  it('are not those of other credentials, and not under another prefix', async () => {
    sharing = await startSharing(redis.url, CACHE, { count: 1 })
    await ask(sharing.gateways[0]!, MONTH)
    const otherPrefix = await startSharing(redis.url, { ...CACHE, REDIS_PREFIX: 'other:' }, { count: 1 })
    others.push(otherPrefix)
    const answer = await otherPrefix.gateways[0]!.post(MONTH)
    expect(answer.body.errors).toBeUndefined()
    expect(sumApiRequests(otherPrefix.upstream.requests())).toBeGreaterThan(0)
  })

  it('are read from the providers while Redis is stopped', async () => {
    const own = await startRedis()
    try {
      sharing = await startSharing(own.url, CACHE)
      const [one, other] = sharing.gateways
      const first = await ask(one!, MONTH)
      await own.stop()
      await vi.waitFor(() => expect(other!.gateway.redis?.isReady()).toBe(false))
      const without = await ask(other!, MONTH)
      expect(without.body).toEqual(first.body)
      expect(without.requests).toBeGreaterThan(0)
      await own.start()
      await sharing.connected()
      await ask(one!, MONTH)
      expect((await ask(other!, MONTH)).requests).toBe(0)
    } finally {
      await own.stop()
    }
  })

  it('are evicted by Redis when its memory is full, and nothing fails', async () => {
    const small = await startRedis('--maxmemory', '1500kb', '--maxmemory-policy', 'allkeys-lru')
    try {
      sharing = await startSharing(small.url, CACHE)
      const [one] = sharing.gateways
      for (let day = 1; day <= 28; day++) {
        for (const month of ['01', '02', '03']) {
          const date = `2026-${month}-${String(day).padStart(2, '0')}`
          await ask(one!, `{ transactions(filter: { from: "${date}", to: "${date}" }, first: 50) { ${FIELDS} } }`)
        }
      }
      expect(one!.gateway.redis!.statistics().commands.refused).toBe(0)
    } finally {
      await small.stop()
    }
  })
})

interface WalkData {
  readonly transactions: {
    readonly nodes: readonly { readonly id: string }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
  }
}
