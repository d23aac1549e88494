import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PROVIDERS } from '../../src/gateway.ts'
import type { ResultError } from '../support/gateway.ts'
import { valueAt } from './support/documents.ts'
import { type FaultyGateway, startFaultyGateway } from './support/faulty-gateway.ts'
import {
  type Failing,
  fail,
  type Lists,
  pageVariables,
  prepare,
  providerOf,
  readPage,
  startWalkWorld,
  WALKS,
  type WalkedEntry,
  type WalkedPage,
  type WalkWorld,
  walkOn,
} from './support/walks.ts'

const NAMES = PROVIDERS.map(({ name }) => name)

/** The failing parts, by the lists that are read. */
const FAILING: Readonly<Record<Lists, readonly (readonly Failing[])[]>> = {
  whole: [...NAMES.map((name) => [name]), NAMES],
  'of accounts': [['VOBIZ'], ['KOBBLE'], ['VOBIZ', 'KOBBLE'], ['a customer'], ['a wallet'], ['a customer', 'a wallet']],
  'in parts': [
    ['the list of customers'],
    ['the list of customers', 'KOBBLE'],
    ['VOBIZ'],
    ['a customer'],
    ['a customer', 'KOBBLE'],
  ],
}

const CASES = (Object.keys(FAILING) as Lists[]).flatMap((lists) =>
  FAILING[lists].map((failing) => ({ lists, failing, name: `${failing.join(' and ')}, ${lists}` })),
)

const SIZE = 7
const WHOLE = 100
const ERROR = { code: 'UPSTREAM_ERROR', status: 409 }

let world: WalkWorld
const gateways = new Map<Lists, FaultyGateway>()

/** Longer than a gateway keeps the list of customers. */
const KEPT_MS = 61_000

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  world = await startWalkWorld(12, 2)
  // One for each, since a gateway remembers whether it is offered the ledger over all customers.
  for (const { lists } of CASES) gateways.set(lists, gateways.get(lists) ?? (await startFaultyGateway(world.sandboxes)))
})
afterAll(async () => {
  for (const at of gateways.values()) await at.close()
  await world.close()
  vi.useRealTimers()
})

/** The gateway of these lists, on which nothing fails but what is named, and which keeps no list of customers. */
async function failingGateway(lists: Lists, failing: readonly Failing[]): Promise<FaultyGateway> {
  const at = gateways.get(lists)!
  await at.mend()
  vi.setSystemTime(Date.now() + KEPT_MS)
  prepare(at, lists)
  fail(at, world, failing)
  return at
}

/** Returns true when an entry is in a list that can be read. */
function isReadable(failing: readonly Failing[]) {
  const [customer, wallet] = [world.customers[0]!, world.wallets[0]!]
  return ({ key, accounts }: WalkedEntry) =>
    failing.every((one) => {
      if (one === 'a customer') return !accounts.includes(customer)
      // An entry between two wallets comes with the first one's list.
      if (one === 'a wallet') return !accounts.includes(wallet)
      return !key.startsWith(providerOf(one))
    })
}

describe.for(CASES)('a page without $name', ({ lists, failing }) => {
  const providers = [...new Set(failing.map(providerOf))]

  for (const { order, direction } of WALKS) {
    for (const when of ['first', 'later'] as const) {
      const walk = { order, direction, lists, size: SIZE }
      const title = `${direction}, ${order}, as a ${when} page`

      /** The page in front of the one that fails; the beginning where there is none. */
      async function begin(policy: 'FAIL' | 'PARTIAL'): Promise<Pick<WalkedPage, 'keys' | 'cursor'>> {
        if (when === 'first') return { keys: [], cursor: null }
        const at = await failingGateway(lists, [])
        return readPage(at, world, { ...walk, policy, cursor: null })
      }

      it(`is one error under FAIL, and complete when it is read again, ${title}`, async () => {
        const before = await begin('FAIL')
        const request = { ...walk, policy: 'FAIL', cursor: before.cursor } as const
        const at = await failingGateway(lists, failing)
        const failed = await readPage(at, world, request)
        expect(failed.page).toBeNull()
        expect(failed.errors.map(({ extensions }) => extensions)).toEqual([expect.objectContaining(ERROR)])
        expect(providers).toContain(failed.errors[0]!.extensions.provider)
        await failingGateway(lists, [])
        const rest = await walkOn(at, world, request)
        expect([...before.keys, ...rest].sort()).toEqual(
          world
            .entries(lists)
            .map(({ key }) => key)
            .sort(),
        )
      })

      it(`holds what can be read under PARTIAL, and the rest comes later, ${title}`, async () => {
        const before = await begin('PARTIAL')
        const request = { ...walk, policy: 'PARTIAL', cursor: before.cursor } as const
        const at = await failingGateway(lists, failing)
        const partial = await readPage(at, world, request)
        expect(partial.errors).toEqual([])
        expect(partial.hasMore).toBe(true)
        expect(partial.page!.sources).toEqual(
          world.providers(lists).map((provider) => ({
            provider,
            error: providers.includes(provider) ? { code: ERROR.code } : null,
          })),
        )
        const left = world.entries(lists).filter(({ key }) => !before.keys.includes(key))
        const isDescending = (order === 'NEWEST_FIRST') === (direction === 'forward')
        const readable = left.filter(isReadable(failing)).sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
        if (isDescending) readable.reverse()
        const createdAt = new Map(left.map((entry) => [entry.key, entry.createdAt]))
        expect(partial.keys.filter((key) => !readable.some((entry) => entry.key === key))).toEqual([])
        expect(partial.keys.map((key) => createdAt.get(key))).toEqual(
          readable.slice(0, SIZE).map((entry) => entry.createdAt),
        )

        await failingGateway(lists, [])
        const places = [...partial.cursors, partial.cursor]
        for (const [index, cursor] of places.entries()) {
          const kept = partial.keys.slice(0, index + 1)
          const size = index < partial.cursors.length ? WHOLE : SIZE
          const rest = await walkOn(at, world, { ...request, size, cursor })
          expect([...kept, ...rest].sort(), `from cursor ${index}`).toEqual(left.map(({ key }) => key).sort())
        }
      })
    }
  }
})

const PARTS = {
  edges: 'edges { node { provider } }',
  totalCount: 'totalCount',
  summary: 'summary { count }',
  sources: 'sources { provider totalCount error { code } }',
  pageInfo: 'pageInfo { hasNextPage endCursor }',
}
type Part = keyof typeof PARTS

const ALL_PARTS = Object.keys(PARTS) as Part[]

/** Every choice of parts. */
const SELECTIONS = Array.from({ length: 2 ** ALL_PARTS.length - 1 }, (_, index) => {
  const parts = ALL_PARTS.filter((_, part) => (index + 1) & (1 << part))
  return { parts, name: parts.join(', ') }
})

const selecting = (
  fields: string,
) => `query ($first: Int, $order: TransactionOrder!, $filter: TransactionFilter, $policy: FailurePolicy!) {
  transactions(first: $first, order: $order, filter: $filter, onProviderFailure: $policy) { ${fields} }
}`

describe.for(CASES)('a list without $name', ({ lists, failing }) => {
  const providers = [...new Set(failing.map(providerOf))]

  async function ask(parts: readonly Part[], policy: 'FAIL' | 'PARTIAL') {
    const at = await failingGateway(lists, failing)
    const walk = { ...WALKS[0]!, lists, size: SIZE, cursor: null }
    return at.ask<{ transactions: Readonly<Record<Part, unknown>> }>(
      selecting(parts.map((part) => PARTS[part]).join(' ')),
      pageVariables(world, { ...walk, policy }),
    )
  }

  /** Expects the same error from each part of the connection. */
  function expectOneFailure(errors: readonly ResultError[]): void {
    const reported = new Set(errors.map(({ extensions }) => JSON.stringify(extensions)))
    expect([...reported].map((text) => JSON.parse(text))).toEqual([expect.objectContaining(ERROR)])
    expect(providers).toContain(errors[0]!.extensions.provider)
  }

  it.for(SELECTIONS)('is one error under FAIL, whatever is selected: $name', async ({ parts }) => {
    const { status, data, errors } = await ask(parts, 'FAIL')
    expect(status).toBe(200)
    expectOneFailure(errors)
    if (parts.every((part) => part === 'totalCount' || part === 'sources')) {
      // These may be null by themselves, and then each says why.
      for (const { path = [] } of errors) expect(valueAt(data, path)).toBeNull()
    } else {
      expect(errors).toHaveLength(1)
      expect(data).toBeNull()
    }
  })

  it.for(SELECTIONS.filter(({ parts }) => !parts.includes('summary')))(
    'returns no wrong number under PARTIAL: $name',
    async ({ parts }) => {
      const { status, data, errors } = await ask(parts, 'PARTIAL')
      expect(status).toBe(200)
      expect(errors).toEqual([])
      const { totalCount, sources, pageInfo } = data!.transactions
      if (parts.includes('totalCount')) expect(totalCount).toBeNull()
      if (parts.includes('pageInfo')) expect(pageInfo).toEqual({ hasNextPage: true, endCursor: expect.any(String) })
      if (parts.includes('sources')) {
        for (const provider of providers) {
          expect(sources).toContainEqual({ provider, totalCount: null, error: { code: ERROR.code } })
        }
        const others = (sources as readonly { readonly error: object | null }[]).filter(({ error }) => error === null)
        expect(others).toHaveLength(world.providers(lists).length - providers.length)
      }
    },
  )

  it('has the sums of each provider by itself under PARTIAL, and says which cannot be read', async () => {
    const at = await failingGateway(lists, failing)
    const walk = { ...WALKS[0]!, lists, size: SIZE, cursor: null }
    const { data, errors } = await at.ask<{ transactions: { sources: readonly object[] } }>(
      selecting('sources { provider summary { count } error { code } }'),
      pageVariables(world, { ...walk, policy: 'PARTIAL' }),
    )
    expect(errors).toEqual([])
    const keys = world.entries(lists).map(({ key }) => key)
    expect(data!.transactions.sources).toEqual(
      world
        .providers(lists)
        .map((provider) =>
          providers.includes(provider)
            ? { provider, summary: null, error: { code: ERROR.code } }
            : { provider, summary: { count: keys.filter((key) => key.startsWith(provider)).length }, error: null },
        ),
    )
  })

  it.for(SELECTIONS.filter(({ parts }) => parts.includes('summary')))(
    'has no sums under PARTIAL, and says so: $name',
    async ({ parts }) => {
      const { status, data, errors } = await ask(parts, 'PARTIAL')
      expect(status).toBe(200)
      expect(data).toBeNull()
      expect(errors).toHaveLength(1)
      expectOneFailure(errors)
    },
  )
})
