import { resolveOffsetConnection } from '@pothos/plugin-relay'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

/**
 * Why this gateway has paging of its own. Pothos's helper for offsets keeps in its cursors how far an entry is from the
 * head of the list, as helpers of its kind do everywhere. That is right for a list at rest. In a ledger that is read while
 * it changes, each of these tests shows what it does instead.
 */

interface Entry {
  readonly id: string
}

const entries = (count: number): Entry[] => Array.from({ length: count }, (_, index) => ({ id: `e${index}` }))

/** Walks a list, newest first, with the helper, and changes the list between pages. */
async function walk(list: Entry[], size: number, betweenPages: (page: number) => void = () => {}): Promise<string[]> {
  const returned: string[] = []
  let after: string | null = null
  for (let page = 0; page < 200; page++) {
    const connection: {
      readonly edges: readonly ({ readonly node: Entry | null } | null | undefined)[] | null | undefined
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null | undefined }
    } = await resolveOffsetConnection({ args: { first: size, after } }, ({ offset, limit }) =>
      list.slice(offset, offset + limit),
    )
    for (const edge of connection.edges ?? []) if (edge?.node) returned.push(edge.node.id)
    if (!connection.pageInfo.hasNextPage) return returned
    after = connection.pageInfo.endCursor ?? null
    betweenPages(page)
  }
  return returned
}

const idsOf = (list: readonly Entry[]) => list.map(({ id }) => id)

describe("Pothos's resolveOffsetConnection()", () => {
  it('gives each entry once at rest', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }), async (count, size) => {
        const list = entries(count)
        expect(await walk(list, size)).toEqual(idsOf(list))
      }),
    ))

  it('repeats an entry for each one that arrives at the head between two pages', async () => {
    const list = entries(6)
    const returned = await walk(list, 2, (page) => list.unshift({ id: `new${page}` }))
    expect(returned.slice(0, 4)).toEqual(['e0', 'e1', 'e1', 'e2'])
  })

  it('repeats entries in almost every walk over a list that grows at its head', async () => {
    const sample = fc.sample(
      fc.record({ count: fc.integer({ min: 5, max: 60 }), size: fc.integer({ min: 2, max: 4 }) }),
      100,
    )
    const walks = await Promise.all(
      sample.map(({ count, size }) => {
        const list = entries(count)
        return walk(list, size, (page) => page === 0 && list.unshift({ id: 'new' }))
      }),
    )
    expect(walks.every((returned) => new Set(returned).size < returned.length)).toBe(true)
  })

  it('loses an entry for each one that is deleted from what was walked already', async () => {
    const list = entries(6)
    const returned = await walk(list, 2, (page) => page === 0 && list.shift())
    expect(returned).toEqual(['e0', 'e1', 'e3', 'e4', 'e5'])
  })

  it('repeats an entry when one is back-dated into what was walked already', async () => {
    const list = entries(5)
    const returned = await walk(list, 2, (page) => page === 0 && list.splice(1, 0, { id: 'late' }))
    expect(returned).toEqual(['e0', 'e1', 'e1', 'e2', 'e3', 'e4'])
  })

  it('asks for one row more than the page has, which an upstream that allows 100 refuses or cuts off', async () => {
    const asked: number[] = []
    await resolveOffsetConnection({ args: { first: 100 } }, ({ limit }) => {
      asked.push(limit)
      return entries(limit)
    })
    expect(asked).toEqual([101])
  })
})
