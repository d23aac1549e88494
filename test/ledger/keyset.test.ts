import { describe, expect, it } from 'vitest'
import type { ConnectionPage } from '../../src/connection/page.ts'
import type { ConnectionArguments } from '../../src/connection/range.ts'
import { connectModels, idsOf, ModelGroup } from '../support/model-connection.ts'
import { keyset, type ModelEntry } from '../support/model-ledger.ts'

const entriesOf = (count: number, ties = 1): ModelEntry[] =>
  Array.from({ length: count }, (_, index) => ({ id: `e${index}`, at: Math.floor(index / ties) * 10 }))

/** Reads page after page, and counts the requests of each. */
async function walk(group: ModelGroup, kind: 'first' | 'last', size: number) {
  const ids: string[] = []
  const requests: number[] = []
  for (let cursor: string | null = null, hasMore = true; hasMore; ) {
    const before = group.whole.requests
    const args: ConnectionArguments = kind === 'first' ? { first: size, after: cursor } : { last: size, before: cursor }
    const page: ConnectionPage<ModelEntry> = await connectModels([group], { order: 'NEWEST_FIRST', args }).page()
    ids.push(...(kind === 'first' ? idsOf(page) : [...idsOf(page)].reverse()))
    hasMore = await (kind === 'first' ? page.hasNextPage() : page.hasPreviousPage())
    if (cursor !== null) expect(await (kind === 'first' ? page.hasPreviousPage() : page.hasNextPage())).toBe(true)
    requests.push(group.whole.requests - before)
    cursor = kind === 'first' ? page.endCursor() : page.startCursor()
  }
  return { ids, requests }
}

describe('a keyset list', () => {
  it.each(['first', 'last'] as const)('costs one request for each page with %s, at any depth', async (kind) => {
    const group = new ModelGroup('S', keyset, entriesOf(1000, 3))
    const newestFirst = group.entries.map(({ id }) => id)
    const { ids, requests } = await walk(group, kind, 20)
    expect(ids).toEqual(kind === 'first' ? newestFirst : newestFirst.toReversed())
    expect(requests).toEqual(Array.from({ length: 50 }, () => 1))
  })

  it('continues at the instant of an entry that was deleted, and skips none', async () => {
    const group = new ModelGroup('S', keyset, entriesOf(60, 4))
    const newestFirst = group.entries.map(({ id }) => id)
    const first = await connectModels([group], { order: 'NEWEST_FIRST', args: { first: 10 } }).page()
    const last = newestFirst[9]!
    group.remove(last)
    const args = { first: 20, after: first.endCursor() }
    const next = idsOf(await connectModels([group], { order: 'NEWEST_FIRST', args }).page())
    const rest = newestFirst.slice(10)
    // Entries of the deleted one's instant may be repeated.
    expect(next.filter((id) => rest.includes(id))).toEqual(rest.slice(0, next.filter((id) => rest.includes(id)).length))
    expect(next).toContain(rest[0])
  })

  it('finds an entry again among more of one instant than a page holds', async () => {
    // No entry of the second list is on the first page, so that its cursor is in front of that list's own first entry.
    const others = Array.from({ length: 5 }, (_, index) => ({ id: `o${index}`, at: 100 }))
    const ties = Array.from({ length: 50 }, (_, index) => ({ id: `t${index}`, at: 100 }))
    const groups = [new ModelGroup('A', keyset, others), new ModelGroup('B', { ...keyset, max: 7 }, ties)]
    const ids: string[] = []
    for (let cursor: string | null = null, hasMore = true; hasMore; ) {
      const page = await connectModels(groups, { order: 'NEWEST_FIRST', args: { first: 3, after: cursor } }).page()
      ids.push(...idsOf(page))
      cursor = page.endCursor()
      hasMore = await page.hasNextPage()
    }
    expect(ids).toEqual(groups.flatMap(({ entries }) => entries.map(({ id }) => id)))
  })

  it('reads on when the row to continue from is deleted between two requests of one operation', async () => {
    // All of one instant, so that the list continues at the same instant again and again.
    const group = new ModelGroup('S', { ...keyset, max: 3 }, entriesOf(30, 30))
    const newestFirst = group.entries.map(({ id }) => id)
    const gone = new Set<string>()
    group.beforeAnswer = () => {
      // The last row of the page before.
      const last = newestFirst[group.whole.rowsRead - 1]
      if (last === undefined || gone.size === 4) return
      group.remove(last)
      gone.add(last)
    }
    const page = await connectModels([group], { order: 'NEWEST_FIRST', args: { first: 20 } }).page()
    expect(gone.size).toBeGreaterThan(0)
    expect(idsOf(page)).toEqual([...new Set(idsOf(page))])
    const expected = newestFirst.slice(0, newestFirst.indexOf(idsOf(page).at(-1)!) + 1)
    expect(expected.filter((id) => !idsOf(page).includes(id) && !gone.has(id))).toEqual([])
  })

  it('has no total', async () => {
    const group = new ModelGroup('S', keyset, entriesOf(5))
    const connection = connectModels([group], { order: 'NEWEST_FIRST', args: {} })
    expect(await connection.totalCount()).toBeNull()
    expect(group.whole.requests).toBe(0)
  })
})
