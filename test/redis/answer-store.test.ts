import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { RedisAnswerStore } from '../../src/redis/answer-store.ts'
import { RedisConnection } from '../../src/redis/connection.ts'
import { describeStoreContract, keptAnswer } from '../cache/support/store-contract.ts'
import { startRedis, type TestRedis, whyNoRedis } from '../support/redis.ts'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }
const MINUTE_MS = 60_000

describe.skipIf(whyNoRedis !== null)(`RedisAnswerStore${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`, () => {
  let redis: TestRedis
  const connections: RedisConnection[] = []
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(async () => {
    for (const connection of connections) connection.close()
    await redis?.stop()
  })

  /** A store of a process of its own. */
  async function openStore(secret = 'secret', now?: () => number): Promise<RedisAnswerStore> {
    const connection = new RedisConnection({ url: redis.url, prefix: 'test:', timeoutMs: 2000 }, SILENT)
    connections.push(connection)
    connection.start()
    await vi.waitFor(() => expect(connection.isReady()).toBe(true), { timeout: 5000, interval: 10 })
    return new RedisAnswerStore(connection, secret, now)
  }
  async function openEmpty(): Promise<RedisAnswerStore> {
    await redis.command('FLUSHALL')
    return openStore()
  }
  const keys = async () => (await redis.command('KEYS', '*')).match(/^test:\S+/gm) ?? []

  describeStoreContract('Redis', openEmpty)

  it('shares answers and generations with processes that have the same secret', async () => {
    const [one, same, other] = [await openEmpty(), await openStore(), await openStore('other')]
    await one.put({ list: 'list', request: 'page 1', before: null, state: 'S1', answer: keptAnswer('[1.10]') })
    const found = await same.get('list', 'page 1')
    expect(JSON.stringify(found.answer?.json)).toBe('[1.10]')
    expect(found.generation).toEqual((await one.get('list', 'page 1')).generation)
    expect(await other.get('list', 'page 1')).toEqual({ generation: null, answer: null })
    const { id } = found.generation!
    await same.put({ list: 'list', request: 'page 2', before: id, state: 'S2', answer: keptAnswer('[2]') })
    expect((await one.get('list', 'page 1')).answer).toBeNull()
    expect(JSON.stringify((await one.get('list', 'page 2')).answer?.json)).toBe('[2]')
  })

  it('lets one of two processes begin a generation, and the other one neither add to it nor replace it silently', async () => {
    for (let round = 0; round < 50; round++) {
      const [one, same] = [await openEmpty(), await openStore()]
      const list = `list ${round}`
      await Promise.all([
        one.put({ list, request: 'page 1', before: null, state: 'S1', answer: keptAnswer('[1]') }),
        same.put({ list, request: 'page 2', before: null, state: 'S2', answer: keptAnswer('[2]') }),
      ])
      for (const request of ['page 1', 'page 2']) {
        expect(await one.get(list, request)).toEqual({
          generation: { id: expect.any(String), state: null },
          answer: null,
        })
      }
      for (const connection of connections.splice(0)) connection.close()
    }
  })

  it('shows nothing of lists, requests, states and entries in Redis', async () => {
    const store = await openEmpty()
    const answer = keptAnswer('[{"name":"ACME","amount":1234.50}]')
    await store.put({ list: 'list of ACME', request: 'from ACME', before: null, state: 'S1 ACME', answer })
    const names = await keys()
    expect(names).toHaveLength(2)
    const values = await Promise.all(
      names.map((name) => redis.command(...(name.endsWith('}') ? ['HGETALL', name] : ['GET', name]))),
    )
    expect([...names, ...values].join()).not.toMatch(/ACME|1234|amount|list|page/)
    for (const value of values) {
      for (const part of value.match(/[\w+/=-]{20,}/g) ?? []) {
        expect(Buffer.from(part, 'base64').toString('latin1')).not.toMatch(/ACME|1234/)
      }
    }
  })

  it('does not return what others have written into Redis', async () => {
    const store = await openEmpty()
    for (const request of ['page 1', 'page 2']) {
      const before = (await store.get('list', request)).generation?.id ?? null
      await store.put({ list: 'list', request, before, state: 'S1', answer: keptAnswer(`["${request}"]`) })
    }
    const [one, other] = (await keys()).filter((name) => !name.endsWith('}'))
    await redis.command('RENAME', one!, other!)
    const answers = [await store.get('list', 'page 1'), await store.get('list', 'page 2')]
    expect(answers.map(({ answer }) => answer)).toEqual([null, null])
  })

  it('lets Redis forget answers when their time is over, and generations not before their answers', async () => {
    const store = await openEmpty()
    const put = (request: string, ttlMs: number, before: string | null) =>
      store.put({ list: 'list', request, before, state: 'S1', answer: keptAnswer('[1]', ttlMs) })
    await put('page 1', 30 * MINUTE_MS, null)
    await put('page 2', MINUTE_MS, (await store.get('list', 'page 2')).generation!.id)
    const ttls = await Promise.all(
      (await keys()).map(async (name) => {
        const [, seconds] = /:(-?\d+)/.exec(await redis.command('TTL', name)) ?? []
        return [name.endsWith('}') ? 'generation' : 'answer', Math.ceil(Number(seconds) / 60)] as const
      }),
    )
    expect(ttls.sort().map(([kind, minutes]) => `${kind} ${minutes}`)).toEqual([
      'answer 1',
      'answer 30',
      'generation 30',
    ])
  })

  it('does not keep answers whose time is over', async () => {
    const answer = keptAnswer('[1]', MINUTE_MS)
    const store = await openStore('secret', () => answer.expiresAt)
    await redis.command('FLUSHALL')
    await store.put({ list: 'list', request: 'page 1', before: null, state: 'S1', answer })
    expect(await keys()).toEqual([])
  })

  it('does not keep answers whose encryption would delay others', async () => {
    const store = await openEmpty()
    const answer = { ...keptAnswer('[1]'), size: 2_000_001 }
    await store.put({ list: 'list', request: 'page 1', before: null, state: 'S1', answer })
    expect((await store.get('list', 'page 1')).answer).toBeNull()
  })

  it('knows nothing and fails nothing without Redis', async () => {
    const store = await openEmpty()
    await store.put({ list: 'list', request: 'page 1', before: null, state: 'S1', answer: keptAnswer('[1]') })
    for (const connection of connections.splice(0)) connection.close()
    expect(await store.get('list', 'page 1')).toEqual({ generation: null, answer: null })
    await store.put({ list: 'list', request: 'page 1', before: null, state: 'S1', answer: keptAnswer('[1]') })
    await store.drop('list')
    expect(store.statistics()).toEqual({})
  })
})
