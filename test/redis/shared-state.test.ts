import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { RedisConnection } from '../../src/redis/connection.ts'
import { Sealing } from '../../src/redis/sealing.ts'
import { RedisState } from '../../src/redis/shared-state.ts'
import { startRedis, type TestRedis, whyNoRedis } from '../support/redis.ts'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }
const title = (name: string) => `${name}${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`

describe('Sealing', () => {
  it('reads only what was sealed with the same secret under the same name', () => {
    const sealing = new Sealing('secret')
    const sealed = sealing.seal('name', 'v\u00e4lue 1.10')
    expect(sealing.unseal('name', sealed)?.toString()).toBe('v\u00e4lue 1.10')
    expect(new Sealing('secret').unseal('name', sealed)?.toString()).toBe('v\u00e4lue 1.10')
    expect(new Sealing('other').unseal('name', sealed)).toBeNull()
    expect(sealing.unseal('other', sealed)).toBeNull()
    const bytes = Buffer.from(sealed, 'base64')
    for (const index of bytes.keys()) {
      const changed = Buffer.from(bytes)
      changed[index]! ^= 1
      expect(sealing.unseal('name', changed.toString('base64'))).toBeNull()
    }
    for (const text of ['', 'no', sealed.slice(0, 20)]) expect(sealing.unseal('name', text)).toBeNull()
  })

  it('seals a value differently each time, and names a key alike', () => {
    const sealing = new Sealing('secret')
    expect(sealing.seal('name', 'value')).not.toBe(sealing.seal('name', 'value'))
    expect(sealing.nameOf('key')).toBe(new Sealing('secret').nameOf('key'))
    expect(sealing.nameOf('key')).not.toBe(new Sealing('other').nameOf('key'))
  })
})

let redis: TestRedis
beforeAll(async () => {
  if (whyNoRedis === null) redis = await startRedis()
})
afterAll(() => redis?.stop())
beforeEach(async () => {
  await redis?.command('FLUSHALL')
})

/** Everything that Redis holds, as text. */
async function contents(): Promise<string> {
  const keys = (await redis.command('KEYS', '*')).match(/^test:\S+/gm) ?? []
  return (await Promise.all(keys.map(async (key) => `${key} ${await redis.command('GET', key)}`))).join('\n')
}

describe.skipIf(whyNoRedis !== null)(title('RedisState'), () => {
  const connections: RedisConnection[] = []
  afterEach(() => {
    for (const connection of connections.splice(0)) connection.close()
  })

  async function openState(secret: string): Promise<RedisState> {
    const connection = new RedisConnection({ url: redis.url, prefix: 'test:', timeoutMs: 1000 }, SILENT)
    connections.push(connection)
    connection.start()
    await vi.waitFor(() => expect(connection.isReady()).toBe(true), { timeout: 5000, interval: 10 })
    return new RedisState(connection, secret)
  }

  it('shares values with the holders of the same secret, until they expire', async () => {
    const [one, same, other] = await Promise.all(['secret', 'secret', 'other'].map(openState))
    await one!.set('key', 'value', 60_000)
    expect(await same!.get('key')).toBe('value')
    expect(await same!.get('another')).toBeNull()
    expect(await other!.get('key')).toBeNull()
    await one!.set('key', 'next', 40)
    expect(await same!.get('key')).toBe('next')
    await vi.waitFor(async () => expect(await same!.get('key')).toBeNull())
  })

  it('shows neither keys, values nor secrets in Redis', async () => {
    const state = await openState('the secret')
    await state.set('the key', 'the value', 60_000)
    await state.tryLock('the key', 60_000)
    const text = await contents()
    expect(text).toMatch(/^test:state:\S{43} /m)
    expect(text).toMatch(/^test:lock:\S{43} /m)
    expect(text).not.toMatch(/the|secret|value/)
    expect(text).not.toContain(Buffer.from('the value').toString('base64').slice(0, 8))
  })

  it('gives a lock to one process at a time', async () => {
    const [one, other] = await Promise.all([openState('secret'), openState('secret')])
    expect([await one.tryLock('key', 60_000), await other.tryLock('key', 60_000)]).toEqual([true, false])
    await one.unlock('key')
    expect([await other.tryLock('key', 30), await one.tryLock('key', 30)]).toEqual([true, false])
    await vi.waitFor(async () => expect(await one.tryLock('key', 60_000)).toBe(true))
  })

  it('finds nothing, keeps nothing and gives every lock without Redis', async () => {
    const state = await openState('secret')
    await state.set('key', 'value', 60_000)
    connections[0]!.close()
    expect(await state.get('key')).toBeNull()
    await state.set('key', 'value', 60_000)
    await state.unlock('key')
    expect([await state.tryLock('key', 1000), await state.tryLock('key', 1000)]).toEqual([true, true])
  })
})
