import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { collectRows } from '../../support/pages.ts'
import type { ServedGateway } from './serve.ts'

/** An entry as every client has to show it: only fields of the interface. */
export interface Entry {
  readonly id: string
  readonly provider: string
  readonly createdAt: string
  readonly amount: { readonly amount: string; readonly currency: string }
  readonly status: string
}

const ENTRY = 'id provider createdAt amount { amount currency } status'

/** The lists that are paged, each with a filter that leaves about a week: one over the interface, one over a type. */
const WEEKS = {
  transactions: { from: '2026-10-25' },
  kobbleTransactions: { from: '2026-10-25T00:00:00Z' },
} as const

export type Field = keyof typeof WEEKS
export type Direction = 'forward' | 'backward'

/** The fields of a connection's `pageInfo` that a walk in each direction follows. */
export const PAGE_INFO = {
  forward: { hasMore: 'hasNextPage', cursor: 'endCursor' },
  backward: { hasMore: 'hasPreviousPage', cursor: 'startCursor' },
} as const

/** The arguments of a page. */
export function pageArguments(direction: Direction, size: number, cursor: string | null = null) {
  return direction === 'forward'
    ? { first: size, after: cursor, last: null, before: null }
    : { first: null, after: null, last: size, before: cursor }
}

/** A connection as a client reads it. */
export interface Connection<Node = Entry> {
  readonly edges: readonly { readonly node: Node }[]
  readonly pageInfo: Record<'hasNextPage' | 'hasPreviousPage', boolean> & Record<'startCursor' | 'endCursor', string>
}

/** An entry without what a client adds for itself. */
export const entryOf = ({ id, provider, createdAt, amount: { amount, currency }, status }: Entry): Entry => ({
  id,
  provider,
  createdAt,
  amount: { amount, currency },
  status,
})

/** A list as a client shows it. */
export interface List {
  /** The entries that the client has so far, in its order. */
  entries(): readonly Entry[]
  /** True when the client knows of another page. */
  hasMore(direction: Direction): boolean
  /** Has the client fetch one page more, at the end that lies in this direction. */
  fetchMore(direction: Direction): Promise<void>
}

/** The list that a client reads. */
export interface Opening {
  readonly field: Field
  readonly filter: object
  /** From which end the first page is. */
  readonly direction: Direction
  readonly size: number
}

/** Fetches the first page of a list. */
export type OpenList = (opening: Opening) => Promise<List>

const SIZE = 7

/**
 * The promises of paging, kept by clients that join the pages in their caches, and that complain of nothing meanwhile.
 *
 * @param gateway the one that all of them talk to; entries arrive there
 * @param connect a new client, which has nothing in its cache
 */
export function describePaging(gateway: () => ServedGateway, connect: () => Promise<OpenList>): void {
  describe('paging', () => {
    let now = Date.parse('2026-11-01T00:00:00Z')

    const complaints: unknown[][] = []
    beforeEach(() => {
      for (const method of ['warn', 'error'] as const) {
        vi.spyOn(console, method).mockImplementation((...complaint) => void complaints.push(complaint))
      }
    })
    afterEach(() => {
      vi.restoreAllMocks()
      expect(complaints.splice(0)).toEqual([])
    })

    /** An entry of each provider. */
    function arrive(): void {
      now += 60_000
      gateway().vobiz.grow(now)
      gateway().kobble.grow(now)
    }

    /** Returns the entries that the gateway itself lists. */
    async function listed(field: Field, filter: object): Promise<readonly Entry[]> {
      const type = field === 'transactions' ? 'TransactionFilter' : 'KobbleLedgerFilter'
      const document = `query ($filter: ${type}, $after: String) {
        ${field}(filter: $filter, first: 100, after: $after) { nodes { ${ENTRY} } pageInfo { hasNextPage endCursor } }
      }`
      type Page = { nodes: readonly Entry[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
      const read = async (after: string | null) =>
        (await gateway().ask<Record<Field, Page>>(document, { filter, after }))[field]
      return collectRows(read, ({ nodes }) => nodes)
    }

    for (const [field, filter] of Object.entries(WEEKS) as [Field, object][]) {
      for (const direction of ['forward', 'backward'] as const) {
        it(`shows each of ${field} once, ${direction}, while entries arrive between all pages`, async () => {
          const initial = await listed(field, filter)
          expect(initial.length).toBeGreaterThan(4 * SIZE)
          const ids = new Set(initial.map(({ id }) => id))
          const open = await connect()
          const list = await open({ field, filter, direction, size: SIZE })
          for (let pages = 1; list.hasMore(direction); pages++) {
            // A cache may hide what a page repeats, but then the page adds less.
            expect(list.entries()).toHaveLength(pages * SIZE)
            arrive()
            await list.fetchMore(direction)
          }
          const entries = list.entries()
          expect(entries.filter(({ id }) => ids.has(id))).toEqual(initial)
          expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
        })
      }
    }

    it('puts what arrived meanwhile in front', async () => {
      const [field, filter] = ['transactions', WEEKS.transactions] as const
      const open = await connect()
      const list = await open({ field, filter, direction: 'forward', size: SIZE })
      await list.fetchMore('forward')
      arrive()
      await list.fetchMore('backward')
      expect(list.entries()).toEqual((await listed(field, filter)).slice(0, 2 + 2 * SIZE))
    })

    it('keeps lists with different filters apart', async () => {
      const open = await connect()
      const filters = ['VOBIZ', 'KOBBLE'].map((provider) => ({ ...WEEKS.transactions, providers: [provider] }))
      const openings = filters.map(
        (filter) => ({ field: 'transactions', filter, direction: 'forward', size: SIZE }) as const,
      )
      const lists = await Promise.all(openings.map(open))
      for (const list of lists) await list.fetchMore('forward')
      for (const [index, { field, filter }] of openings.entries()) {
        expect(lists[index]!.entries()).toEqual((await listed(field, filter)).slice(0, 2 * SIZE))
      }
    })
  })
}
