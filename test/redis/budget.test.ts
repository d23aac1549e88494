import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSharedBudget } from '../../src/redis/budget.ts'
import { RedisConnection } from '../../src/redis/connection.ts'
import { createBudget } from '../../src/server/limits/budget.ts'
import { startRedis, type TestRedis, whyNoRedis } from '../support/redis.ts'
import { type SharingGateway, type SharingGateways, startSharing } from './support/gateways.ts'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }
const title = (name: string) => `${name}${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`

let redis: TestRedis
beforeAll(async () => {
  if (whyNoRedis === null) redis = await startRedis()
})
afterAll(() => redis?.stop())
beforeEach(async () => {
  await redis?.command('FLUSHALL')
})

describe.skipIf(whyNoRedis !== null)(title('createSharedBudget()'), () => {
  const connections: RedisConnection[] = []
  afterEach(() => {
    for (const connection of connections.splice(0)) connection.close()
  })

  /** A budget of a process of its own, which has asked Redis at least once. */
  async function createConnected(perMinute: number, name = 'requests', own = createBudget(perMinute)) {
    const connection = new RedisConnection({ url: redis.url, prefix: 'test:', timeoutMs: 1000 }, SILENT)
    connections.push(connection)
    connection.start()
    const spend = createSharedBudget(connection, { name, perMinute, own })
    await vi.waitFor(() => expect(spend('the first', 0)).toBeInstanceOf(Promise), { timeout: 5000, interval: 10 })
    return spend
  }

  it('is spent by all processes together, and reports when its minute ends', async () => {
    const [one, other] = await Promise.all([createConnected(10), createConnected(10)])
    expect(await one('ann', 6)).toBeNull()
    expect(await other('ann', 4)).toBeNull()
    for (const spend of [one, other]) {
      const waitMs = await spend('ann', 1)
      expect(waitMs).toBeGreaterThan(0)
      expect(waitMs).toBeLessThanOrEqual(60_000)
    }
  })

  it('charges nothing that exceeds it', async () => {
    const [one, other] = await Promise.all([createConnected(10), createConnected(10)])
    expect(await one('ann', 8)).toBeNull()
    expect(await other('ann', 3)).not.toBeNull()
    expect(await one('ann', 2)).toBeNull()
    expect(await other('ann', 1)).not.toBeNull()
  })

  it('accepts and rejects what the budget of one process does', async () => {
    const names = fc.constantFrom('ann', 'bob')
    const charges = fc.array(fc.tuple(names, fc.integer({ min: 1, max: 60 })), {
      minLength: 5,
      maxLength: 20,
      size: 'max',
    })
    const spend = await createConnected(100)
    let run = 0
    await fc.assert(
      fc.asyncProperty(charges, async (all) => {
        run++
        const own = createBudget(100)
        for (const [caller, points] of all) {
          const known = own(`${caller} ${run}`, points) === null
          expect((await spend(`${caller} ${run}`, points)) === null).toBe(known)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('is one for each caller and each name, and ends after a minute', async () => {
    const [requests, cost] = await Promise.all([createConnected(1), createConnected(1, 'cost')])
    expect([await requests('ann', 1), await requests('bob', 1), await cost('ann', 1)]).toEqual([null, null, null])
    const keys = (await redis.command('KEYS', 'test:budget:*')).match(/test:budget:\S+/g) ?? []
    expect(keys.length).toBeGreaterThanOrEqual(3)
    for (const key of keys) {
      expect(key).not.toMatch(/ann|bob/)
      const [, seconds] = /:(\d+)/.exec(await redis.command('TTL', key)) ?? []
      expect(Number(seconds)).toBeGreaterThan(50)
      expect(Number(seconds)).toBeLessThanOrEqual(60)
    }
  })

  it('is that of the process while Redis does not answer', async () => {
    const own = vi.fn(createBudget(3))
    const spend = await createConnected(3, 'requests', own)
    own.mockClear()
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal')
    await vi.waitFor(() => expect(spend('cid', 0)).toBeNull())
    expect([await spend('ann', 2), await spend('ann', 2)]).toEqual([null, expect.any(Number)])
    expect(own).toHaveBeenCalledWith('ann', 2)
  })
})

describe.skipIf(whyNoRedis !== null)(title('two gateways on one Redis'), () => {
  let sharing: SharingGateways | null = null
  afterEach(() => sharing?.close())

  const TYPE = '{ __typename }'
  /** Sends requests to both gateways in turn, each by both ways in. */
  const askInTurn = async (gateways: readonly SharingGateway[], count: number, query: string) => {
    const answers = []
    for (let sent = 0; sent < count; sent++) {
      const gateway = gateways[sent % 2]!
      answers.push(await (sent % 4 < 2 ? gateway.post(query) : gateway.get(query)))
    }
    return answers
  }

  it('accept the requests of one caller up to one limit', async () => {
    sharing = await startSharing(redis.url, { RATE_LIMIT_PER_MINUTE: '10' }, { data: 'empty' })
    const answers = await askInTurn(sharing.gateways, 14, TYPE)
    expect(answers.map(({ status }) => status)).toEqual([...Array(10).fill(200), ...Array(4).fill(429)])
    for (const { body, retryAfter } of answers.slice(10)) {
      expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(['RATE_LIMITED'])
      expect(Number(retryAfter)).toBeGreaterThan(0)
      expect(Number(retryAfter)).toBeLessThanOrEqual(60)
    }
  })

  it('accept operations of one caller up to one cost, and none in part', async () => {
    sharing = await startSharing(redis.url, { RATE_LIMIT_COST_PER_MINUTE: '100' }, { data: 'empty' })
    const costing = (cost: number) =>
      `{ ${Array.from({ length: cost }, (_, index) => `a${index}: __typename`).join(' ')} }`
    const answers = [
      ...(await askInTurn(sharing.gateways, 4, costing(20))),
      ...(await askInTurn(sharing.gateways, 4, costing(30))),
      ...(await askInTurn(sharing.gateways, 4, costing(5))),
      ...(await askInTurn(sharing.gateways, 1, costing(1))),
    ]
    const accepted = answers.map(({ status }) => status === 200)
    expect(accepted).toEqual([...Array(4).fill(true), ...Array(4).fill(false), ...Array(4).fill(true), false])
    expect(answers[4]!.status).toBe(429)
    const { status, retryAfter } = await sharing.gateways[0]!.post(costing(101))
    expect([status, retryAfter]).toEqual([400, null])
  })

  it('count for themselves while Redis is stopped, and together again afterwards', async () => {
    const own = await startRedis()
    try {
      sharing = await startSharing(own.url, { RATE_LIMIT_PER_MINUTE: '4' }, { data: 'empty' })
      await own.stop()
      await vi.waitFor(() => {
        for (const { gateway } of sharing!.gateways) expect(gateway.redis?.statistics().state).toBe('connecting')
      })
      const apart = await askInTurn(sharing.gateways, 10, TYPE)
      expect(apart.map(({ status }) => status)).toEqual([...Array(8).fill(200), 429, 429])
      await own.start()
      await sharing.connected()
      const together = await askInTurn(sharing.gateways, 6, TYPE)
      expect(together.map(({ status }) => status)).toEqual([...Array(4).fill(200), 429, 429])
    } finally {
      await own.stop()
    }
  })

  it('do not use Redis for callers without a limit', async () => {
    const limits = { RATE_LIMIT_PER_MINUTE: '0', RATE_LIMIT_COST_PER_MINUTE: '0' }
    sharing = await startSharing(redis.url, limits, { data: 'empty' })
    await askInTurn(sharing.gateways, 8, TYPE)
    for (const { gateway } of sharing.gateways) expect(gateway.redis?.statistics().commands.success).toBe(0)
  })
})
