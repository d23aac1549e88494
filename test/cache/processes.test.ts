import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGateway, type Gateway } from '../../src/gateway.ts'
import { environmentOf, startGateway, type TestGateway } from '../support/gateway.ts'
import { walkPages } from '../support/pages.ts'
import { RUNS } from '../support/runs.ts'

/** What happens to the lists before a page of a walk. */
type Change = 'late' | 'read by another process' | 'nothing'

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly providerId: string } }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

const DAY_MS = 86_400_000
const START = Date.UTC(2020, 0, 1)
const MONTH = 'filter: { from: "2020-01-01", to: "2020-01-31" }'
const PAGE = 'edges { cursor node { providerId } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'

let at: TestGateway
let processes: Gateway[] = []

beforeAll(async () => {
  at = await startGateway({ data: 'empty' })
  at.vobiz.addCustomer({ auth_id: 'MA_1' })
  at.kobble.addWallet({ id: 'wallet-1' })
})
afterAll(() => at?.close())

/** Adds an entry to one of the ledgers. Returns its id. */
function add(seed: number): string {
  const created_at = new Date(START + (seed % 300) * (DAY_MS / 10)).toISOString()
  return seed % 2 === 0
    ? at.vobiz.add({ account_id: 'MA_1', created_at }).id
    : at.kobble.add({ to: 'wallet-1', created_at }).id
}

async function read(gateway: Gateway, paging: string): Promise<Page> {
  const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `{ transactions(${MONTH}, ${paging}) { ${PAGE} } }` }),
  })
  const { data, errors } = (await response.json()) as { data: { transactions: Page }; errors?: unknown }
  expect(errors).toBeUndefined()
  return data.transactions
}

/** Starts gateways with a cache each, as processes behind a balancer have. */
async function restart(count: number): Promise<void> {
  await Promise.all(processes.map((gateway) => gateway.close()))
  const environment = { LOG_LEVEL: 'silent', CACHE: 'memory', ...environmentOf(at.sandboxes) }
  processes = Array.from({ length: count }, () => createGateway({ environment }))
}

const walks = fc.record({
  entries: fc.array(fc.nat(9999), { maxLength: 60, size: 'max' }),
  sizes: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
  order: fc.constantFrom('NEWEST_FIRST', 'OLDEST_FIRST'),
  isForward: fc.boolean(),
  count: fc.integer({ min: 1, max: 3 }),
  changes: fc.array(
    fc.record({
      kind: fc.constantFrom<Change>('late', 'read by another process', 'nothing'),
      seed: fc.nat(9999),
    }),
    { maxLength: 30, size: 'max' },
  ),
})

describe('walks over a closed month through several processes with caches of their own', () => {
  afterAll(() => Promise.all(processes.map((gateway) => gateway.close())))

  it('return each entry that was there before anything was kept exactly once, and no entry twice', async () => {
    const run = async ({
      entries,
      sizes,
      order,
      isForward,
      count,
      changes,
    }: typeof walks extends fc.Arbitrary<infer W> ? W : never) => {
      for (const { id } of at.vobiz.entries) at.vobiz.remove(id)
      for (const { id } of at.kobble.entries) at.kobble.remove(id)
      await restart(count)
      const initial = entries.map(add)
      const pending = [...changes]
      let pages = 0
      const page = (cursor: string | null) => {
        const size = sizes[pages % sizes.length]
        const after = cursor === null ? 'null' : JSON.stringify(cursor)
        return isForward
          ? `order: ${order}, first: ${size}, after: ${after}`
          : `order: ${order}, last: ${size}, before: ${after}`
      }
      const readNext = async (cursor: string | null) => {
        const change = pending.shift()
        if (change?.kind === 'late') add(change.seed)
        const paging = page(cursor)
        // Another process keeps the list as it is now; the walk may come to it later.
        if (change?.kind === 'read by another process') await read(processes[change.seed % count]!, paging)
        pages += 1
        return read(processes[(change?.seed ?? pages) % count]!, paging)
      }
      // Some processes have kept pages before the walk begins, and the list has changed since.
      for (const { seed } of changes.slice(0, 3)) {
        await read(processes[seed % count]!, page(null))
        if (seed % 3 === 0) add(seed)
      }
      const returned: string[] = []
      for await (const { edges } of walkPages(readNext, isForward ? 'forward' : 'backward')) {
        returned.push(...edges.map(({ node }) => node.providerId))
      }
      expect(new Set(returned).size, 'repeated').toBe(returned.length)
      expect(
        initial.filter((id) => !returned.includes(id)),
        'missing',
      ).toEqual([])
    }
    await fc.assert(fc.asyncProperty(walks, run), { numRuns: RUNS.walks(8, 1 / 10) })
  })
})
