import { describe, expect, it } from 'vitest'
import { MemoryStore } from '../../src/cache/memory-store.ts'
import { describeStoreContract, keptAnswer } from './support/store-contract.ts'

describeStoreContract('MemoryStore', () => new MemoryStore({ maxBytes: 1_000_000 }))

describe('MemoryStore', () => {
  const put = (store: MemoryStore, list: string, request: string, text: string) =>
    store.put({ list, request, before: null, state: 'S1', answer: keptAnswer(text) })
  const has = async (store: MemoryStore, list: string, request: string) =>
    (await store.get(list, request)).answer !== null

  it('drops the least recently used answers when they take more than its limit', async () => {
    const text = JSON.stringify('x'.repeat(1000))
    const measured = new MemoryStore({ maxBytes: 1_000_000 })
    await put(measured, 'a', '1', text)
    const { bytes = 0 } = measured.statistics()
    expect(bytes).toBeGreaterThan(2 * text.length)
    const store = new MemoryStore({ maxBytes: 3 * bytes })
    await put(store, 'a', '1', text)
    await put(store, 'a', '2', text)
    await put(store, 'b', '1', text)
    expect(await has(store, 'a', '1')).toBe(true)
    await put(store, 'b', '2', text)
    expect(store.statistics()).toEqual({ entries: 3, bytes: 3 * bytes })
    expect(await has(store, 'a', '2')).toBe(false)
    for (const [list, request] of [
      ['a', '1'],
      ['b', '1'],
      ['b', '2'],
    ] as const) {
      expect(await has(store, list, request)).toBe(true)
    }
  })

  it('keeps no answer that is larger than its limit, and nothing of its list', async () => {
    const store = new MemoryStore({ maxBytes: 3000 })
    await put(store, 'a', '1', JSON.stringify('x'.repeat(1000)))
    expect(await store.get('a', '1')).toEqual({ generation: null, answer: null })
    expect(store.statistics()).toEqual({ entries: 0, bytes: 0 })
  })

  it('counts what it keeps, through replacing, dropping and expiring', async () => {
    let now = Date.now()
    const store = new MemoryStore({ maxBytes: 1_000_000, now: () => now })
    await put(store, 'a', '1', '[1]')
    const one = store.statistics()
    await put(store, 'a', '1', '[2]')
    expect(store.statistics()).toEqual(one)
    await put(store, 'a', '2', '[2]')
    await store.drop('a')
    expect(store.statistics().entries).toBe(1)
    await put(store, 'b', '1', '[1]')
    now += 3_600_001
    expect(await has(store, 'b', '1')).toBe(false)
    expect(store.statistics().entries).toBe(1)
    await store.close()
    expect(store.statistics()).toEqual({ entries: 0, bytes: 0 })
  })

  it('forgets that a list was dropped when no request of that time can be in flight', async () => {
    let now = Date.now()
    const store = new MemoryStore({ maxBytes: 1_000_000, now: () => now })
    await put(store, 'a', '1', '[1]')
    await store.drop('a')
    expect((await store.get('a', '1')).generation?.state).toBeNull()
    now += 10 * 60_000 + 1
    await put(store, 'b', '1', '[1]')
    expect((await store.get('a', '1')).generation).toBeNull()
  })
})
