import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  failedProviders,
  isStalled,
  newestFirst,
  type PartialPage,
  type ReadOptions,
} from '../../../docs/examples/partial/paging.ts'
import { type ServedGateway, serveGateway } from './serve.ts'

interface Shown {
  readonly id: string
  readonly provider: string
  readonly createdAt: string
}

/** A list under `PARTIAL` as a client shows it. */
export interface PartialList {
  /** The entries that the client has so far, in its order. */
  entries(): readonly Shown[]
  /** The end of the list so far, as the client's cache has it. */
  cursor(): string | null
  hasMore(): boolean
  /** Adds a page by the function of the example. */
  fetchNextPage(options?: ReadOptions): Promise<PartialPage>
}

/** Opens the list of a client, with its first page. */
export type OpenPartialList = (origin: string, filter: object, size: number) => Promise<PartialList>

const FILTER = { from: '2026-10-29', to: '2026-10-31' }
const SIZE = 10
/** More pages than the list has. */
const MOST_PAGES = 30

/** The promises of paging while a provider fails, kept by the function that the example of a client uses. */
export function describePartial(open: OpenPartialList): void {
  describe('paging under PARTIAL', () => {
    let at: ServedGateway
    beforeAll(async () => {
      at = await serveGateway()
    })
    afterAll(() => at?.close())

    async function listed(providers: readonly string[]): Promise<readonly string[]> {
      const document = `query ($filter: TransactionFilter) {
        transactions(filter: $filter, first: 100) { nodes { id } pageInfo { hasNextPage } }
      }`
      type Answer = { transactions: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean } } }
      const { transactions } = await at.ask<Answer>(document, { filter: { ...FILTER, providers } })
      expect(transactions.pageInfo.hasNextPage).toBe(false)
      return transactions.nodes.map(({ id }) => id)
    }

    it('stops asking while a provider fails and the other has no more, and shows late entries in order', async () => {
      const [all, vobiz] = await Promise.all([listed(['VOBIZ', 'KOBBLE']), listed(['VOBIZ'])])
      expect(all.length).toBeGreaterThan(vobiz.length)
      const [upstream] = at.kobble.servers
      upstream.fault({ kind: 'reply', reply: { status: 503, json: {} } })
      const list = await open(at.origin, FILTER, SIZE)

      const waits: number[] = []
      const recordWait = async (ms: number) => void waits.push(ms)
      let after: string | null
      let page: PartialPage
      let pages = 1
      do {
        after = list.cursor()
        page = await list.fetchNextPage({ attempts: 3, wait: recordWait })
        pages += 1
        expect(pages).toBeLessThan(MOST_PAGES)
      } while (!isStalled(page, after))
      // Pages that add entries are read at once.
      expect(waits).toHaveLength(2)
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000)
      expect(failedProviders(page)).toEqual(['KOBBLE'])
      expect(list.entries().map(({ id }) => id)).toEqual(vobiz)
      expect(list.hasMore()).toBe(true)
      expect(list.cursor()).toBe(after)

      // The provider recovers while the client waits.
      const repair = async (ms: number) => {
        upstream.clearFaults()
        await new Promise((resolve) => setTimeout(resolve, ms))
      }
      page = await list.fetchNextPage({ wait: repair })
      for (; list.hasMore(); pages++) {
        expect(pages).toBeLessThan(MOST_PAGES)
        page = await list.fetchNextPage()
      }
      expect(failedProviders(page)).toEqual([])
      const entries = list.entries()
      expect(entries.map(({ id }) => id)).not.toEqual(all)
      expect(newestFirst(entries).map(({ id }) => id)).toEqual(all)
    })

    it('continues at once after empty pages whose cursor moved, up to an empty last page', async () => {
      const narrow = await serveGateway({ environment: { SCAN_LIMIT: '100' } })
      try {
        const list = await open(narrow.origin, { to: '2026-10-31', references: ['none'] }, SIZE)
        let pages = 1
        const wait = () => expect.fail('the client waited')
        for (; list.hasMore(); pages++) {
          expect(pages).toBeLessThan(1_000)
          await list.fetchNextPage({ wait })
        }
        expect(list.entries()).toEqual([])
        expect(pages).toBeGreaterThan(5)
      } finally {
        await narrow.close()
      }
    })

    it('continues at once after a page with entries that is followed by empty ones', async () => {
      const narrow = await serveGateway({ environment: { SCAN_LIMIT: '100' } })
      try {
        const newest = await narrow.ask<{ transactions: { nodes: { id: string; reference: string }[] } }>(
          '{ transactions(first: 20, filter: { to: "2026-10-31" }) { nodes { id reference } } }',
        )
        const { id, reference } = newest.transactions.nodes.find((node) => node.reference)!
        const list = await open(narrow.origin, { to: '2026-10-31', references: [reference] }, SIZE)
        const wait = () => expect.fail('the client waited')
        for (let pages = 1; list.hasMore(); pages++) {
          expect(pages).toBeLessThan(1_000)
          await list.fetchNextPage({ wait })
        }
        expect(list.entries().map((entry) => entry.id)).toContain(id)
      } finally {
        await narrow.close()
      }
    })
  })
}
