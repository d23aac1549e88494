import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Environment } from '../src/config.ts'
import { PROVIDERS } from '../src/gateway.ts'
import { encodeGlobalId } from '../src/graphql/node.ts'
import { kit } from './providers/example/kit.ts'
import { type ConditionsFilter, conditionArbitraries, isPeriod, matchesConditions } from './support/entry-filter.ts'
import { example } from './support/example-provider/index.ts'
import { createExampleSandbox, type ExampleSandbox } from './support/example-provider/sandbox.ts'
import { NO_REQUESTS, startGateway, type TestGateway } from './support/gateway.ts'
import { describeLedgerConformance } from './support/ledger-conformance.ts'
import { RUNS } from './support/runs.ts'

/** A gateway with three providers, all of them empty. */
async function start(environment: Environment = {}): Promise<{ sandbox: ExampleSandbox; gateway: TestGateway }> {
  const sandbox = await createExampleSandbox()
  const gateway = await startGateway({
    providers: [...PROVIDERS, example],
    sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } },
    environment: { ...sandbox.environment, ...environment },
  })
  return { sandbox, gateway }
}

/** Fraction digits of the minor units of currencies that do not have two. */
const MINOR_DIGITS: Readonly<Record<string, number>> = { JPY: 0, KWD: 3 }

/** Returns an amount in major units as the example's API sends it. */
function toMinorUnits(amount: string, currency: string): string {
  const [whole = '', fraction = ''] = amount.split('.')
  return String(BigInt(whole + fraction.padEnd(MINOR_DIGITS[currency] ?? 2, '0')))
}

describeLedgerConformance('exampleTransactions', {
  provider: 'EXAMPLE',
  path: ['exampleTransactions'],
  rowsOf: (json) => (json as { entries: Record<string, unknown>[] }).entries,
  amountField: 'value',
  minorUnits: [
    ['0.10', '10', '0.10'],
    ['1234567890123.45', '123456789012345', '1234567890123.45'],
    ['90071992547409.93', '9007199254740993', '90071992547409.93'],
    ['7', '700', '7.00'],
  ],
  accounts: null,
  account: null,
  currencies: ['GBP', 'JPY', 'KWD'],
  mixesCurrencies: true,
  credential: 'EXAMPLE_API_KEY',
  hasTotal: false,
  requests: { page: 1, total: 0, farEnd: 1, afterGrowth: 1, search: 1 },
  async start(environment) {
    const { sandbox, gateway } = await start(environment)
    return {
      gateway,
      server: sandbox.server,
      ids: () => sandbox.entries.map(({ id }) => id),
      add: ({ createdAt, amount = '0.25', currency = 'GBP', direction = 'CREDIT', isSettled = true }) =>
        sandbox.add({
          created_at: createdAt,
          value: toMinorUnits(amount, currency),
          currency,
          kind: direction === 'CREDIT' ? 'in' : 'out',
          state: isSettled ? 'booked' : 'reserved',
        }).id,
      remove: (id) => sandbox.remove(id),
      async close() {
        await gateway.close()
        await sandbox.close()
      },
    }
  },
})

interface Page {
  readonly nodes: readonly { readonly providerId: string }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

interface FilteredList {
  readonly nodes: readonly { readonly providerId: string }[]
  readonly summary: { readonly count: number }
}

interface Merged {
  readonly transactions: {
    readonly nodes: readonly { readonly provider: string; readonly providerId: string; readonly createdAt: string }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
    readonly sources: readonly object[]
    readonly totalCount: number | null
  }
}

describe('the example provider as a third one', () => {
  let sandbox: ExampleSandbox
  let gateway: TestGateway

  beforeEach(async () => {
    ;({ sandbox, gateway } = await start())
  })
  afterEach(async () => {
    await gateway.close()
    await sandbox.close()
  })

  /** Entries of all three ledgers, second after second in turn. Returns their ids, newest first. */
  function fillAll(): string[] {
    const ids: string[] = []
    for (let second = 0; second < 30; second++) {
      const created_at = new Date(Date.UTC(2026, 4, 1) + Math.floor(second / 2) * 2000).toISOString()
      const ledger = [sandbox, gateway.vobiz, gateway.kobble][second % 3]!
      ids.unshift(ledger.add({ created_at }).id)
    }
    return ids
  }

  it('is a value of the enum', async () => {
    const { __type } = await gateway.ask<{ __type: { enumValues: { name: string }[] } }>(
      '{ __type(name: "Provider") { enumValues { name } } }',
    )
    expect(__type.enumValues.map(({ name }) => name)).toEqual([...PROVIDERS.map(({ name }) => name), 'EXAMPLE'])
  })

  it.each(['NEWEST_FIRST', 'OLDEST_FIRST'])('is part of the unified list, in its order, %s', async (order) => {
    const ids = fillAll()
    const nodes: Merged['transactions']['nodes'][number][] = []
    for (let after: string | null = null; ; ) {
      const { transactions }: Merged = await gateway.ask<Merged>(
        `query($after: String, $order: TransactionOrder!) {
          transactions(first: 7, after: $after, order: $order) {
            nodes { provider providerId createdAt } pageInfo { hasNextPage endCursor }
          }
        }`,
        { after, order },
      )
      nodes.push(...transactions.nodes)
      after = transactions.pageInfo.endCursor
      if (!transactions.pageInfo.hasNextPage) break
    }
    const instants = nodes.map(({ createdAt }) => Date.parse(createdAt))
    const direction = order === 'NEWEST_FIRST' ? -1 : 1
    expect(instants).toEqual(instants.toSorted((one, other) => direction * (one - other)))
    expect(nodes.map(({ providerId }) => providerId).sort()).toEqual(ids.sort())
    expect(new Set(nodes.map(({ provider }) => provider))).toEqual(new Set(['VOBIZ', 'KOBBLE', 'EXAMPLE']))
  })

  it('is filtered where it has no filter of its own', async () => {
    for (const pounds of [1, 2, 3, 4, 5, 6]) sandbox.add({ value: `${pounds}00`, kind: pounds % 2 ? 'in' : 'out' })
    const { transactions } = await gateway.ask<Merged>(
      `{ transactions(filter: { providers: [EXAMPLE], directions: [CREDIT], minAmount: "2", currency: "GBP" }) {
        nodes { providerId } totalCount sources { provider totalCount error { code } }
      } }`,
    )
    expect(transactions).toEqual({
      nodes: [{ providerId: 'frt_5' }, { providerId: 'frt_3' }],
      totalCount: null,
      sources: [{ provider: 'EXAMPLE', totalCount: null, error: null }],
    })
    expect(gateway.requests()).toEqual(NO_REQUESTS)
  })

  it('filters its own list and the merged one by every condition, as brute force does', async () => {
    for (let index = 0; index < 60; index++) {
      const created_at = new Date(Date.UTC(2026, 1, index)).toISOString()
      sandbox.add({
        created_at,
        value: `${index * 7}`,
        kind: index % 3 === 0 ? 'in' : 'out',
        state: index % 5 === 0 ? 'reserved' : 'booked',
        currency: index % 7 === 0 ? 'USD' : 'GBP',
      })
    }
    const entries = kit.entriesOf(sandbox)
    const fields = 'nodes { providerId } totalCount summary { count }'
    const document = `query ($own: ExampleLedgerFilter, $merged: TransactionFilter) {
      own: exampleTransactions(first: 100, filter: $own) { ${fields} }
      merged: transactions(first: 100, filter: $merged) { ${fields} }
    }`
    await fc.assert(
      fc.asyncProperty(fc.record(conditionArbitraries(entries)), async (given) => {
        const filter = given as ConditionsFilter
        fc.pre(isPeriod(filter))
        const ids = entries.filter((entry) => matchesConditions(entry, filter)).map(({ id }) => id)
        const { own, merged } = await gateway.ask<Record<'own' | 'merged', FilteredList>>(document, {
          own: filter,
          merged: { ...filter, providers: ['EXAMPLE'] },
        })
        for (const { nodes, summary } of [own, merged]) {
          expect(nodes.map(({ providerId }) => providerId).sort()).toEqual([...ids].sort())
          expect(summary.count).toBe(ids.length)
        }
      }),
      { numRuns: RUNS.walks(25, 0.2) },
    )
  })

  it('is not read when no entry of it can match', async () => {
    sandbox.add({})
    for (const filter of ['uncategorized: true', 'statuses: [PENDING]', 'statuses: [UNKNOWN], affectsBalance: true']) {
      const { exampleTransactions } = await gateway.ask<{ exampleTransactions: object }>(
        `{ exampleTransactions(filter: { ${filter} }) { nodes { providerId } totalCount summary { count } } }`,
      )
      expect(exampleTransactions).toEqual({ nodes: [], totalCount: 0, summary: { count: 0 } })
    }
    expect(sandbox.server.requests).toEqual([])
  })

  it('has no accounts that a filter could name', async () => {
    const { id } = sandbox.add({})
    const list = 'query ($filter: TransactionFilter) { transactions(filter: $filter) { nodes { providerId } } }'
    const { id: wallet } = gateway.kobble.addWallet()
    const filter = { accounts: [encodeGlobalId('KobbleWallet', wallet)] }
    expect(await gateway.ask(list, { filter })).toEqual({ transactions: { nodes: [] } })
    const { errors } = await gateway.query(list, { filter: { accounts: [encodeGlobalId('ExampleTransaction', id)] } })
    expect(errors.map(({ message }) => message)).toEqual([
      'Filter "accounts" takes global ids of KobbleWallet or VobizCustomer; got an id of ExampleTransaction.',
    ])
  })

  it('takes part in the sums over all providers', async () => {
    const ids = fillAll()
    const { transactions } = await gateway.ask<{ transactions: object }>('{ transactions { summary { count basis } } }')
    expect(transactions).toEqual({ summary: { count: ids.length, basis: 'MIXED' } })
  })

  it('costs one request for each page of a long walk, in both directions', async () => {
    for (let second = 0; second < 1000; second++) {
      sandbox.add({ created_at: new Date(Date.UTC(2026, 4, 1, 0, 0, Math.floor(second / 3))).toISOString() })
    }
    for (const [size, cursor, flag, next] of [
      ['first', 'after', 'hasNextPage', 'endCursor'],
      ['last', 'before', 'hasPreviousPage', 'startCursor'],
    ] as const) {
      const before = sandbox.server.requests.length
      const ids: string[] = []
      let pages = 0
      for (let at: string | null = null; ; pages++) {
        const { exampleTransactions: list }: { exampleTransactions: Page } = await gateway.ask(
          `query($at: String) { exampleTransactions(${size}: 20, ${cursor}: $at) {
            nodes { providerId } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          } }`,
          { at },
        )
        const page = list.nodes.map(({ providerId }) => providerId)
        ids.push(...(size === 'first' ? page : page.reverse()))
        at = list.pageInfo[next]
        if (!list.pageInfo[flag]) break
      }
      const expected = sandbox.entries.map(({ id }) => id)
      expect(ids).toEqual(size === 'first' ? expected : expected.toReversed())
      expect([pages + 1, sandbox.server.requests.length - before]).toEqual([50, 50])
    }
  })

  it('reports a list that does not exist, instead of an empty one', async () => {
    sandbox.server.fault({ kind: 'reply', reply: { status: 404 } })
    const { errors } = await gateway.query('{ exampleTransactions { nodes { id } } }')
    expect(errors.map(({ extensions }) => extensions)).toMatchObject([{ provider: 'EXAMPLE', status: 404 }])
  })

  it('is reported when it is not configured', async () => {
    await gateway.close()
    gateway = await startGateway({ providers: [...PROVIDERS, example] })
    const { data, errors } = await gateway.query<Merged>(
      '{ exampleTransactions { nodes { id } } transactions(first: 1) { nodes { provider } sources { provider error { code } } } }',
    )
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      { code: 'PROVIDER_NOT_CONFIGURED', provider: 'EXAMPLE' },
    ])
    expect(data).toBeNull()
    const { transactions } = await gateway.ask<Merged>(
      '{ transactions(first: 1) { sources { provider error { code } } } }',
    )
    expect(transactions.sources).toEqual([
      ...PROVIDERS.map(({ name }) => ({ provider: name, error: null })),
      { provider: 'EXAMPLE', error: { code: 'PROVIDER_NOT_CONFIGURED' } },
    ])
  })

  it('needs nothing outside its folder: no other part of the gateway names a provider', async () => {
    const root = fileURLToPath(new URL('../src/', import.meta.url))
    const files = await readdir(root, { recursive: true, withFileTypes: true })
    const names = /vobiz|kobble|exampleTransaction/i
    const naming: string[] = []
    for (const file of files) {
      const path = `${file.parentPath}/${file.name}`.replaceAll('//', '/').slice(root.length)
      if (file.isFile() && names.test(await readFile(root + path, 'utf8'))) naming.push(path)
    }
    expect(naming.filter((path) => !/^providers\/(vobiz\/|kobble\/|index\.ts$)/.test(path))).toEqual([])
  })
})
