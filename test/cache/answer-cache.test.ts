import { describe, expect, it } from 'vitest'
import { AnswerCache, type CachedCall, type ProviderCache } from '../../src/cache/answer-cache.ts'
import { MemoryStore } from '../../src/cache/memory-store.ts'
import type { CacheableAnswer, CachePolicy, Evidence } from '../../src/cache/policy.ts'
import { type CacheView, createMeter, type KeptAnswers } from '../../src/operation.ts'

const HOUR_MS = 3_600_000
const SETTINGS = { closedMarginMs: 1000, closedTtlMs: HOUR_MS, openTtlMs: 0 }

interface Answer extends CacheableAnswer {
  readonly json: { readonly state: string; readonly page: number }
}

/** A list of a provider of which the tests decide the state. */
class List {
  state = 'S1'
  evidence: Partial<Evidence> = {}
  periodEnd: number | null = 0
  requests = 0

  /** The answer shows the state at the moment of the request. */
  async send(page: number): Promise<Answer> {
    this.requests += 1
    return { json: { state: this.state, page }, headers: { total: '3', other: 'x' }, rows: 3, size: 20 }
  }

  get policy(): CachePolicy {
    return {
      paging: ['page'],
      headers: ['total'],
      periodEnd: this.periodEnd,
      inspect: ({ json }) => ({
        state: (json as Answer['json']).state,
        isSound: true,
        isFinal: true,
        isWhole: false,
        ...this.evidence,
      }),
    }
  }
}

function createCache(settings: Partial<typeof SETTINGS> = {}) {
  const clock = { now: Date.UTC(2026, 0, 1) }
  const now = () => clock.now
  const store = new MemoryStore({ maxBytes: 1e6, now })
  return { cache: new AnswerCache({ store, settings: { ...SETTINGS, ...settings }, now }), clock, store }
}

const callOf = (page: number, cacheView: CacheView, more: Partial<CachedCall> = {}): CachedCall => ({
  operation: 'list',
  path: '/entries',
  query: { page, filter: 'a' },
  cacheView,
  ...more,
})

/** Reads a page and returns the state that it shows. */
async function read(provider: ProviderCache, list: List, call: CachedCall): Promise<string> {
  const { json } = await provider.read(call, list.policy, () => list.send(Number(call.query?.page)))
  return (json as Answer['json']).state
}

describe('AnswerCache', () => {
  it('answers the same request of another operation, and counts what it did', async () => {
    const { cache } = createCache()
    const provider = cache.forProvider('EXAMPLE', ['credentials'])
    const list = new List()
    const meter = createMeter({ maxRequests: 1, maxRows: 10, countsHits: true })
    await read(provider, list, callOf(1, cache.createView()))
    meter.reserve(1)
    const answer = await provider.read(callOf(1, cache.createView(), { meter }), list.policy, () => list.send(1))
    expect(answer).toEqual({ json: { state: 'S1', page: 1 }, headers: { total: '3' }, kept: 'rows' })
    expect(list.requests).toBe(1)
    expect(meter.costs()).toEqual([{ provider: 'EXAMPLE', requests: 0, rows: 3, hits: 1 }])
    // The reserved request is free again.
    meter.request('EXAMPLE')
    expect(() => meter.request('EXAMPLE')).toThrow('more than the 1 requests')
    const { providers, store } = cache.statistics()
    expect(providers).toEqual(new Map([['EXAMPLE', { hits: 1, misses: 1, stored: 1 }]]))
    expect(store.entries).toBe(1)
  })

  it('refuses an operation that reads more rows than it may, kept or not', async () => {
    const { cache } = createCache()
    const provider = cache.forProvider('EXAMPLE', [])
    const list = new List()
    await read(provider, list, callOf(1, cache.createView()))
    const meter = createMeter({ maxRequests: 1, maxRows: 2 })
    await expect(read(provider, list, callOf(1, cache.createView(), { meter }))).rejects.toThrow('more than the 2 rows')
  })

  it.each([
    ['credentials', (cache: AnswerCache) => cache.forProvider('EXAMPLE', ['other']), {}],
    ['provider', (cache: AnswerCache) => cache.forProvider('OTHER', ['credentials']), {}],
    ['page', null, { query: { page: 2, filter: 'a' } }],
    ['filter', null, { query: { page: 1, filter: 'b' } }],
    ['filter, in the place of another name', null, { query: { page: 1, 'filter=a&x': 'b' } }],
    ['path', null, { path: '/others' }],
    ['operation', null, { operation: 'other' }],
  ] as const)('does not answer a call with another %s', async (_, other, change) => {
    const { cache } = createCache()
    const provider = cache.forProvider('EXAMPLE', ['credentials'])
    const list = new List()
    await read(provider, list, callOf(1, cache.createView()))
    await read(other?.(cache) ?? provider, list, callOf(1, cache.createView(), change))
    expect(list.requests).toBe(2)
  })

  it.each([
    ['a period that ended less than the margin ago', { periodEnd: Date.UTC(2026, 0, 1) - 999 }, {}],
    ['a list without an end', { periodEnd: null }, {}],
    ['entries that may change', {}, { isFinal: false }],
    ['an answer that may be read again', {}, { isSound: false }],
  ])('does not keep %s', async (_, period, evidence) => {
    const { cache } = createCache()
    const provider = cache.forProvider('EXAMPLE', [])
    const list = Object.assign(new List(), period, { evidence })
    for (let turn = 0; turn < 2; turn++) await read(provider, list, callOf(1, cache.createView()))
    expect(list.requests).toBe(2)
    expect(cache.statistics().store.entries).toBe(0)
  })

  it('keeps each answer for its time, counted from the request', async () => {
    const { cache, clock } = createCache({ openTtlMs: 5000 })
    const provider = cache.forProvider('EXAMPLE', [])
    const [closed, open] = [new List(), Object.assign(new List(), { periodEnd: null })]
    const openCall = { path: '/open' }
    await read(provider, closed, callOf(1, cache.createView()))
    await read(provider, open, callOf(1, cache.createView(), openCall))
    clock.now += 4999
    await read(provider, open, callOf(1, cache.createView(), openCall))
    expect(open.requests).toBe(1)
    clock.now += 1
    await read(provider, open, callOf(1, cache.createView(), openCall))
    expect(open.requests).toBe(2)
    clock.now += HOUR_MS - 5001
    await read(provider, closed, callOf(1, cache.createView()))
    expect(closed.requests).toBe(1)
    clock.now += 1
    await read(provider, closed, callOf(1, cache.createView()))
    expect(closed.requests).toBe(2)
  })

  it('lets the sums of a kept page be used while they may be outdated, or when the page is the whole list', async () => {
    const { cache, clock } = createCache({ openTtlMs: 5000 })
    const provider = cache.forProvider('EXAMPLE', [])
    const list = new List()
    const partOf = async (path: string) =>
      (await provider.read(callOf(1, cache.createView(), { path }), list.policy, () => list.send(1))).kept
    await partOf('/part')
    expect(await partOf('/part')).toBe('all')
    clock.now += 5000
    expect(await partOf('/part')).toBe('rows')
    list.evidence = { isWhole: true }
    await partOf('/whole')
    clock.now += 5000
    expect(await partOf('/whole')).toBe('all')
  })

  it('never mixes two states in an operation, whichever comes first', async () => {
    const { cache } = createCache()
    const provider = cache.forProvider('EXAMPLE', [])
    const list = new List()
    const [one, other] = [cache.createView(), cache.createView()]
    await read(provider, list, callOf(1, one))
    list.state = 'S2'
    // The operation sees the newer state, which drops the kept page.
    expect(await read(provider, list, callOf(2, one))).toBe('S2')
    expect(await read(provider, list, callOf(1, one))).toBe('S2')
    // Another one brings a third state, and keeps it. The operation does not use it without having asked itself.
    list.state = 'S3'
    expect(await read(provider, list, callOf(3, other))).toBe('S3')
    const before = list.requests
    expect(await read(provider, list, callOf(3, one))).toBe('S3')
    expect(list.requests).toBe(before + 1)
  })

  it('does not use an older state that is looked up while a newer one arrives', async () => {
    const { cache, store } = createCache()
    const provider = cache.forProvider('EXAMPLE', [])
    const list = new List()
    await read(provider, list, callOf(1, cache.createView()))
    const view = cache.createView()
    // The lookup of page 1 brings S1 after the operation has seen S2.
    const get = store.get.bind(store)
    let release = () => {}
    store.get = async (name, request) => {
      const lookup = await get(name, request)
      if (request.includes('page=1')) await new Promise<void>((resolve) => (release = resolve))
      return lookup
    }
    const first = read(provider, list, callOf(1, view))
    list.state = 'S2'
    expect(await read(provider, list, callOf(2, view))).toBe('S2')
    release()
    expect(await first).toBe('S2')
  })

  it.each<[KeptAnswers, number]>([
    ['any', 1],
    ['none', 2],
    [{ total: 3, fingerprint: 'f' }, 1],
    [{ total: 4, fingerprint: 'f' }, 2],
    [{ total: 3, fingerprint: 'g' }, 2],
    [{ total: null, fingerprint: 'f' }, 2],
  ])('answers a call for which %j will do, or sends it', async (keptAnswers, requests) => {
    const { cache } = createCache()
    const provider = cache.forProvider('EXAMPLE', [])
    const list = Object.assign(new List(), { state: '3 f' })
    await read(provider, list, callOf(1, cache.createView()))
    await read(provider, list, callOf(1, cache.createView(), { keptAnswers }))
    expect(list.requests).toBe(requests)
  })

  it('does not keep what a request shows that began before a newer state was seen', async () => {
    const { cache } = createCache()
    const provider = cache.forProvider('EXAMPLE', [])
    const list = new List()
    const old = await list.send(1)
    // The first caller waits for a request that shows S1, and leaves before it ends.
    let leave = () => {}
    const left = provider.read(
      callOf(1, cache.createView()),
      list.policy,
      () => new Promise((_, reject) => (leave = () => reject(new Error('left')))),
    )
    await new Promise(setImmediate)
    list.state = 'S2'
    await read(provider, list, callOf(2, cache.createView()))
    // The second one has joined that request after the newer state was seen.
    let answer = () => {}
    const joined = provider.read(
      callOf(1, cache.createView()),
      list.policy,
      () => new Promise((resolve) => (answer = () => resolve(old))),
    )
    await new Promise(setImmediate)
    leave()
    await expect(left).rejects.toThrow('left')
    answer()
    expect((await joined).json).toEqual({ state: 'S1', page: 1 })
    expect(await read(provider, list, callOf(1, cache.createView()))).toBe('S2')
  })

  it('drops a list with an answer that shows no state of it, and uses none of it in that operation', async () => {
    const { cache } = createCache()
    const provider = cache.forProvider('EXAMPLE', [])
    const list = new List()
    await read(provider, list, callOf(1, cache.createView()))
    const view = cache.createView()
    await provider.read(callOf(2, view), { ...list.policy, inspect: () => null }, () => list.send(2))
    await read(provider, list, callOf(1, cache.createView()))
    expect(list.requests).toBe(3)
    await read(provider, list, callOf(1, view))
    expect(list.requests).toBe(4)
  })

  it('does not mix entries that may have changed with newer ones, where the total would not show it', async () => {
    const { cache } = createCache({ openTtlMs: HOUR_MS })
    const provider = cache.forProvider('EXAMPLE', [])
    for (const [state, requests] of [
      ['3', 3],
      ['3 fingerprint', 2],
    ] as const) {
      const list = Object.assign(new List(), { state, periodEnd: null })
      const change = { path: `/${requests}` }
      await read(provider, list, callOf(1, cache.createView(), change))
      const view = cache.createView()
      await read(provider, list, callOf(2, view, change))
      await read(provider, list, callOf(1, view, change))
      expect(list.requests).toBe(requests)
    }
  })

  it('says for how long the answers of an operation are kept', async () => {
    const { cache, clock } = createCache()
    const provider = cache.forProvider('EXAMPLE', [])
    const [list, open] = [new List(), Object.assign(new List(), { periodEnd: null })]
    const none = cache.createView()
    expect(none.maxAgeSeconds(clock.now)).toBe(0)
    const view = cache.createView()
    await read(provider, list, callOf(1, view))
    expect(view.maxAgeSeconds(clock.now)).toBe(3600)
    clock.now += 600_500
    const later = cache.createView()
    await read(provider, list, callOf(2, later))
    await read(provider, list, callOf(1, later))
    expect(later.maxAgeSeconds(clock.now)).toBe(2999)
    await read(provider, open, callOf(1, later, { path: '/open' }))
    expect(later.maxAgeSeconds(clock.now)).toBe(0)
  })
})
