import { afterAll, expect, vi } from 'vitest'
import type { Environment } from '../../../src/config.ts'
import { RedisAnswerStore } from '../../../src/redis/answer-store.ts'
import type { UpstreamServer } from '../../../src/sandbox/server.ts'
import type { LedgerSubject, LedgerTraits } from '../../support/ledger-conformance/suite.ts'
import { startRedis, type TestRedis } from '../../support/redis.ts'

type Traits = Omit<LedgerTraits, 'path'>

/** Counts the changes of ledgers. Answers from before a change are not found any more, as when their time is over. */
let era = 0
let hits = 0

function spyOnStores(): void {
  const { get, put, drop } = RedisAnswerStore.prototype
  vi.spyOn(RedisAnswerStore.prototype, 'get').mockImplementation(async function (
    this: RedisAnswerStore,
    list,
    request,
  ) {
    const lookup = await get.call(this, `${era} ${list}`, request)
    if (lookup.answer !== null) hits++
    return lookup
  })
  vi.spyOn(RedisAnswerStore.prototype, 'put').mockImplementation(function (this: RedisAnswerStore, observation) {
    return put.call(this, { ...observation, list: `${era} ${observation.list}` })
  })
  vi.spyOn(RedisAnswerStore.prototype, 'drop').mockImplementation(function (this: RedisAnswerStore, list) {
    return drop.call(this, `${era} ${list}`)
  })
}

const expiringServer = (server: UpstreamServer): UpstreamServer =>
  new Proxy(server, {
    get(target, name) {
      if (name === 'fault' || name === 'clearFaults') era++
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
    set(target, name, value) {
      if (name === 'beforeAnswer') era++
      return Reflect.set(target, name, value, target)
    },
  })

const expiringSubject = (subject: LedgerSubject): LedgerSubject => ({
  ...subject,
  server: expiringServer(subject.server),
  ids: (account) => subject.ids(account),
  add(entry) {
    era++
    return subject.add(entry)
  },
  remove(id) {
    era++
    subject.remove(id)
  },
  close: () => subject.close(),
})

/** Returns a function that makes traits keep all answers in a Redis of their own. The tests of the file must find kept answers. */
export function keepInRedis(): <T extends Traits>(traits: T) => T {
  let redis: Promise<TestRedis> | null = null
  spyOnStores()
  afterAll(async () => {
    await (await redis)?.stop()
    expect(hits).toBeGreaterThan(30)
  })
  return (traits) => ({
    ...traits,
    keepsAnswers: true,
    async start(environment?: Environment) {
      redis ??= startRedis()
      const { url } = await redis
      const cache = { CACHE: 'redis', CACHE_OPEN_TTL_S: '3600', REDIS_URL: url, REDIS_TIMEOUT_MS: '1000' }
      const subject = await traits.start({ ...cache, ...environment })
      const { gateway } = subject.gateway
      await vi.waitFor(() => expect(gateway.redis?.isReady()).toBe(true), { timeout: 5000, interval: 5 })
      return expiringSubject(subject)
    },
  })
}
