import { afterEach, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { scrape } from './support/scrape.ts'

const PAGE = '{ vobizTransactions(first: 5) { nodes { id } } }'
const VOBIZ = { provider: 'VOBIZ' }

let at: TestGateway | null = null
afterEach(async () => {
  await at?.close()
  at = null
})

describe('metrics of the cache', () => {
  it('count hits and misses as the requests that arrive, and show what is kept', async () => {
    at = await startGateway({ environment: { CACHE: 'memory', CACHE_OPEN_TTL_S: '3600' } })
    const first = await at.query(PAGE)
    const before = await scrape(at.gateway)
    const misses = before.value('gateway_cache_lookups_total', { ...VOBIZ, result: 'miss' })
    expect(first.requests.VOBIZ).toBeGreaterThan(0)
    expect(misses).toBe(first.requests.VOBIZ)
    expect(before.value('gateway_cache_lookups_total', { ...VOBIZ, result: 'hit' })).toBe(0)
    const stored = before.value('gateway_cache_stored_answers_total', VOBIZ)
    expect(stored).toBe(misses)
    expect(before.value('gateway_cache_entries')).toBe(stored)
    expect(before.value('gateway_cache_size_bytes')).toBeGreaterThan(0)

    const second = await at.query(PAGE)
    expect(second.requests.VOBIZ).toBe(0)
    const after = await scrape(at.gateway)
    expect(after.value('gateway_cache_lookups_total', { ...VOBIZ, result: 'hit' })).toBe(misses)
    expect(after.value('gateway_cache_lookups_total', { ...VOBIZ, result: 'miss' })).toBe(misses)
    expect(after.value('gateway_upstream_attempts_total', VOBIZ)).toBe(
      before.value('gateway_upstream_attempts_total', VOBIZ),
    )
  })

  it('are missing when no answers are kept', async () => {
    at = await startGateway({ data: 'empty' })
    await at.query(PAGE)
    const { heads, samples } = await scrape(at.gateway)
    expect(heads.map(([name]) => name)).toContain('gateway_cache_lookups_total')
    expect(samples.filter(({ name }) => name.startsWith('gateway_cache_'))).toEqual([])
  })
})
