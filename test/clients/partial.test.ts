import { describe, expect, it } from 'vitest'
import { newestFirst, type PartialPage, readNextPage, retryDelayMs } from '../../docs/examples/partial/paging.ts'

const page = (endCursor: string | null, retryAfterMs?: number | null, hasNextPage = true): PartialPage => ({
  pageInfo: { hasNextPage, endCursor },
  sources: [
    { provider: 'A', error: retryAfterMs === undefined ? null : { retryAfterMs } },
    { provider: 'B', error: null },
  ],
})

/** Reads from prepared pages, and records the cursors and the waiting. */
async function readFrom(pages: readonly PartialPage[], after: string | null, attempts?: number) {
  const left = [...pages]
  const [cursors, waits]: [(string | null)[], number[]] = [[], []]
  const read = async (cursor: string | null) => {
    cursors.push(cursor)
    return left.shift()!
  }
  const wait = async (ms: number) => void waits.push(ms)
  const result = await readNextPage(read, after, attempts === undefined ? { wait } : { attempts, wait })
  return { result, cursors, waits }
}

describe('readNextPage()', () => {
  it.each([
    ['a page whose cursor moved, also when a provider fails', page('b', 9_000), 'a'],
    ['the last page', page('a', undefined, false), 'a'],
    ['the first page', page('a'), null],
  ])('returns %s at once', async (_, first, after) => {
    expect(await readFrom([first], after)).toEqual({ result: first, cursors: [after], waits: [] })
  })

  it('waits as long as the provider named, and asks again with the same cursor', async () => {
    const pages = [page('a', 9_000), page('a', 4_000), page('b')]
    expect(await readFrom(pages, 'a')).toEqual({ result: pages[2], cursors: ['a', 'a', 'a'], waits: [9_000, 4_000] })
  })

  it('waits longer each time when no pause is named, and ends after the attempts', async () => {
    const pages = Array.from({ length: 5 }, () => page('a', null))
    const { result, waits, cursors } = await readFrom(pages, 'a')
    expect(result).toBe(pages[4])
    expect(cursors).toHaveLength(5)
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000])
  })

  it.each([null, ''])('asks for the first page again when nothing was read: %j', async (endCursor) => {
    const pages = [page(endCursor, 1_500), page('a')]
    expect(await readFrom(pages, null)).toEqual({ result: pages[1], cursors: [null, null], waits: [1_500] })
  })

  it('stops waiting when its signal is aborted', async () => {
    const leave = new AbortController()
    const read = async () => {
      queueMicrotask(() => leave.abort(new Error('left')))
      return page('a', 60_000)
    }
    await expect(readNextPage(read, 'a', { signal: leave.signal })).rejects.toThrow('left')
  })
})

describe('retryDelayMs()', () => {
  it.each([
    [0, 1, 1_000],
    [3_600_000, 1, 60_000],
    [null, 9, 60_000],
  ])('keeps within a second and a minute: %j at attempt %i', (retryAfterMs, attempt, expected) => {
    expect(retryDelayMs(page('a', retryAfterMs), attempt)).toBe(expected)
  })
})

describe('newestFirst()', () => {
  it('orders instants of different precision, and keeps the order of equal ones', () => {
    const sorted = ['10:00:01Z', '10:00:00.2Z', '10:00:00.100001Z', '10:00:00.1Z', '10:00:00.100Z', '10:00:00Z']
    const entries = sorted.map((time) => ({ createdAt: `2026-10-31T${time}` }))
    const shuffled = [5, 3, 1, 4, 0, 2].map((index) => entries[index]!)
    expect(newestFirst(shuffled)).toEqual(entries)
    expect(shuffled[0]).toBe(entries[5])
  })
})
