import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Environment } from '../src/config.ts'
import { PROVIDERS } from '../src/gateway.ts'
import { farthing } from './support/farthing/index.ts'
import { createFarthingSandbox, type FarthingSandbox } from './support/farthing/sandbox.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { describeLedgerConformance } from './support/ledger-conformance.ts'

/** A gateway with three providers, all of them empty. */
async function start(environment: Environment = {}): Promise<{ sandbox: FarthingSandbox; gateway: TestGateway }> {
  const sandbox = await createFarthingSandbox()
  const gateway = await startGateway({
    providers: [...PROVIDERS, farthing],
    sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } },
    environment: { ...sandbox.environment, ...environment },
  })
  return { sandbox, gateway }
}

describeLedgerConformance('farthingTransactions', {
  provider: 'FARTHING',
  path: ['farthingTransactions'],
  rowsOf: (json) => (json as { entries: Record<string, unknown>[] }).entries,
  amountField: 'value',
  credential: 'FARTHING_API_KEY',
  hasTotal: false,
  // Without any total, the far end and a place that has moved can only be searched for.
  requests: { page: 1, total: 0, farEnd: 9, afterGrowth: 5 },
  async start(environment) {
    const { sandbox, gateway } = await start(environment)
    return {
      gateway,
      server: sandbox.server,
      ids: () => sandbox.entries.map(({ id }) => id),
      add: ({ createdAt, amount = '0.25' }) => sandbox.add({ created_at: createdAt, value: amount }).id,
      remove: (id) => sandbox.remove(id),
      async close() {
        await gateway.close()
        await sandbox.close()
      },
    }
  },
})

interface Merged {
  readonly transactions: {
    readonly nodes: readonly { readonly provider: string; readonly providerId: string; readonly createdAt: string }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
    readonly sources: readonly object[]
    readonly totalCount: number | null
  }
}

describe('a third provider', () => {
  let sandbox: FarthingSandbox
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
    expect(__type.enumValues.map(({ name }) => name)).toEqual([...PROVIDERS.map(({ name }) => name), 'FARTHING'])
  })

  it.each(['NEWEST_FIRST', 'OLDEST_FIRST'])('stands in the one list, in its order, %s', async (order) => {
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
    expect(new Set(nodes.map(({ provider }) => provider))).toEqual(new Set(['VOBIZ', 'KOBBLE', 'FARTHING']))
  })

  it('is filtered where it has no filter of its own', async () => {
    for (const value of ['1', '2', '3', '4', '5', '6']) sandbox.add({ value, kind: Number(value) % 2 ? 'in' : 'out' })
    const { transactions } = await gateway.ask<Merged>(
      `{ transactions(filter: { providers: [FARTHING], directions: [CREDIT], minAmount: "2", currency: "GBP" }) {
        nodes { providerId } totalCount sources { provider totalCount error { code } }
      } }`,
    )
    expect(transactions).toEqual({
      nodes: [{ providerId: 'frt_5' }, { providerId: 'frt_3' }],
      totalCount: null,
      sources: [{ provider: 'FARTHING', totalCount: null, error: null }],
    })
    expect(gateway.requests()).toEqual({ vobiz: 0, kobble: 0, tokens: 0 })
  })

  it('takes part in the sums over all providers', async () => {
    const ids = fillAll()
    const { transactions } = await gateway.ask<{ transactions: object }>('{ transactions { summary { count basis } } }')
    expect(transactions).toEqual({ summary: { count: ids.length, basis: 'MIXED' } })
  })

  it('pages right where it answers fewer rows than it was asked for, and does not say so', async () => {
    for (let count = 0; count < 60; count++) sandbox.add()
    sandbox.maxTake = 7
    for (const paging of ['first: 40', 'last: 40', 'first: 40, order: OLDEST_FIRST', 'last: 40, order: OLDEST_FIRST']) {
      const { farthingTransactions: list } = await gateway.ask<{ farthingTransactions: Merged['transactions'] }>(
        `{ farthingTransactions(${paging}) { nodes { providerId } } }`,
      )
      const ids = sandbox.entries.map(({ id }) => id)
      const ordered = paging.endsWith('OLDEST_FIRST') ? ids.reverse() : ids
      expect(list.nodes.map(({ providerId }) => providerId)).toEqual(
        paging.startsWith('first') ? ordered.slice(0, 40) : ordered.slice(-40),
      )
    }
  })

  it('finds the far end of a list that shrinks while it is looked for', async () => {
    const steps = ['add', 'add', 'add', 'add', 'remove']
    sandbox.server.beforeAnswer = () => {
      const step = steps.shift()
      if (step === 'add') sandbox.add({ created_at: '2026-03-01T12:00:10Z' })
      if (step === 'remove') sandbox.remove(sandbox.entries[0]!.id)
    }
    const { farthingTransactions: list } = await gateway.ask<{ farthingTransactions: Merged['transactions'] }>(
      '{ farthingTransactions(last: 1) { nodes { providerId } pageInfo { hasPreviousPage } } }',
    )
    expect(list.nodes).toEqual([{ providerId: sandbox.entries.at(-1)!.id }])
  })

  it('finds the far end in few requests where its answers are shorter than it says', async () => {
    sandbox.maxTake = 5
    for (let count = 0; count < 35; count++) sandbox.add()
    const before = sandbox.server.requests.length
    const { farthingTransactions: list } = await gateway.ask<{ farthingTransactions: Merged['transactions'] }>(
      '{ farthingTransactions(last: 1) { nodes { providerId } } }',
    )
    expect(list.nodes).toEqual([{ providerId: sandbox.entries.at(-1)!.id }])
    expect(sandbox.server.requests.length - before).toBeLessThanOrEqual(20)
  })

  it('is told of when it is switched off', async () => {
    await gateway.close()
    gateway = await startGateway({ providers: [...PROVIDERS, farthing] })
    const { data, errors } = await gateway.query<Merged>(
      '{ farthingTransactions { nodes { id } } transactions(first: 1) { nodes { provider } sources { provider error { code } } } }',
    )
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      { code: 'PROVIDER_NOT_CONFIGURED', provider: 'FARTHING' },
    ])
    expect(data).toBeNull()
    const { transactions } = await gateway.ask<Merged>(
      '{ transactions(first: 1) { sources { provider error { code } } } }',
    )
    expect(transactions.sources).toEqual([
      { provider: 'KOBBLE', error: null },
      { provider: 'VOBIZ', error: null },
      { provider: 'FARTHING', error: { code: 'PROVIDER_NOT_CONFIGURED' } },
    ])
  })

  it('needs nothing outside its folder: no other part of the gateway names a provider', async () => {
    const root = fileURLToPath(new URL('../src/', import.meta.url))
    const files = await readdir(root, { recursive: true, withFileTypes: true })
    const names = /vobiz|kobble|farthing/i
    const naming: string[] = []
    for (const file of files) {
      const path = `${file.parentPath}/${file.name}`.replaceAll('//', '/').slice(root.length)
      if (file.isFile() && names.test(await readFile(root + path, 'utf8'))) naming.push(path)
    }
    expect(naming.filter((path) => !/^providers\/(vobiz\/|kobble\/|index\.ts$)/.test(path))).toEqual([])
  })
})
