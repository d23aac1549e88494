import { afterEach, describe, expect, it, vi } from 'vitest'
import { startGateway } from '../support/gateway.ts'
import { startRedis, whyNoRedis } from '../support/redis.ts'
import { type SharingGateway, startSharing } from './support/gateways.ts'

/** Returns the samples about Redis, by name and labels. */
async function redisSamples({ gateway }: Pick<SharingGateway, 'gateway'>): Promise<Record<string, number>> {
  const page = await gateway.metrics!.render()
  return Object.fromEntries(
    Array.from(page.matchAll(/^gateway_redis_(\S+) (\d+)$/gm), ([, name, value]) => [name, Number(value)]),
  )
}

describe.skipIf(whyNoRedis !== null)(`the metrics of Redis${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`, () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  it('show the connection, and the commands by outcome', async () => {
    const redis = await startRedis()
    closing.push(() => redis.stop())
    const sharing = await startSharing(redis.url, {}, { data: 'empty', count: 1 })
    closing.push(sharing.close)
    const [gateway] = sharing.gateways
    await gateway!.post('{ __typename }')
    expect(await redisSamples(gateway!)).toEqual({
      'processes{state="ready"}': 1,
      'processes{state="connecting"}': 0,
      connections_total: 1,
      // The rate and the cost of the caller.
      'commands_total{outcome="success"}': 2,
      'commands_total{outcome="refused"}': 0,
      'commands_total{outcome="timeout"}': 0,
      'commands_total{outcome="lost"}': 0,
      'commands_total{outcome="skipped"}': 0,
    })
    await redis.stop()
    await vi.waitFor(async () =>
      expect(await redisSamples(gateway!)).toMatchObject({ 'processes{state="connecting"}': 1 }),
    )
    await redis.start()
    await sharing.connected()
    expect(await redisSamples(gateway!)).toMatchObject({ 'processes{state="ready"}': 1, connections_total: 2 })
  })

  it('are missing without REDIS_URL', async () => {
    const { gateway, close } = await startGateway({ data: 'empty' })
    closing.push(close)
    expect(await redisSamples({ gateway })).toEqual({})
  })
})
