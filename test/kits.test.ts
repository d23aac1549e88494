import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../src/gateway.ts'
import { encodeGlobalId } from '../src/graphql/node.ts'
import type { Sandbox } from '../src/sandbox/server.ts'
import { kit as exampleKit } from './providers/example/kit.ts'
import { example } from './support/example-provider/index.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { KITS } from './support/kits.ts'

const TIMESTAMPS = Array.from({ length: 30 }, (_, index) => new Date(Date.UTC(2026, 2, 1, 0, 0, index)).toISOString())

const ALL = [
  ...PROVIDERS.map((provider) => ({ name: provider.name, provider, kit: KITS.get(provider.name)! })),
  { name: example.name, provider: example, kit: exampleKit },
]

describe.each(ALL)('the test kit of $name', ({ name, provider, kit }) => {
  let at: TestGateway
  let sandbox: Sandbox

  beforeAll(async () => {
    sandbox = await provider.startSandbox({ data: 'empty' })
    at = await startGateway({ providers: [provider], data: 'empty', environment: sandbox.environment })
    kit.fill(sandbox, TIMESTAMPS)
  })
  afterAll(async () => {
    await at.close()
    await sandbox.close()
  })

  it('fills the sandbox with one entry for each timestamp', async () => {
    expect(sandbox.entryIds()).toHaveLength(TIMESTAMPS.length)
    const { transactions } = await at.ask<{ transactions: { nodes: { createdAt: string; provider: string }[] } }>(
      '{ transactions(first: 100, order: OLDEST_FIRST) { nodes { createdAt provider } } }',
    )
    expect(transactions.nodes.map((node) => [new Date(node.createdAt).toISOString(), node.provider])).toEqual(
      TIMESTAMPS.map((timestamp) => [timestamp, name]),
    )
  })

  it('names objects that exist, with their keys', async () => {
    const objects = kit.objectsOf(sandbox, null)
    expect(objects).not.toEqual([])
    const ids = objects.map(({ typename, locator }) => encodeGlobalId(typename, locator))
    const fields = objects.map(
      ({ typename, keys }) => `... on ${typename} { __typename ${Object.keys(keys).join(' ')} }`,
    )
    const { nodes } = await at.ask<{ nodes: object[] }>(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ${fields.join(' ')} } }`,
      { ids },
    )
    expect(nodes).toEqual(objects.map(({ typename, keys }) => ({ __typename: typename, ...keys })))
  })

  it('knows every entry, and the accounts that it is in', () => {
    const rows = kit.rowsOf(sandbox)
    expect(rows.flatMap(({ texts }) => texts)).toEqual(expect.arrayContaining([...sandbox.entryIds()]))
    const accounts = kit.accountsOf(sandbox)
    expect(accounts.filter((account) => !rows.some((row) => row.accounts.includes(account)))).toEqual([])
  })

  it('has an argument value for each account, in the filter of the provider and in that of all providers', () => {
    const { accountFilter } = provider
    const ids = kit.accountsOf(sandbox)
    if (accountFilter === null) {
      expect(ids).toEqual([])
      return
    }
    const values = kit.argumentsOf(sandbox, null)
    expect(values[accountFilter.field]).toEqual(ids)
    expect(values.accounts).toEqual(ids.map((id) => encodeGlobalId(accountFilter.typename, id)))
  })

  it('names each operation once, and hosts that the sandbox has', () => {
    const names = kit.operations.map((operation) => operation.name)
    expect(new Set(names).size).toBe(names.length)
    expect(new Set(kit.operations.map(({ server }) => server))).toEqual(new Set(sandbox.servers.keys()))
  })

  it('marks an invalid row with the secret', () => {
    const fields = Object.values(kit.faults.invalidFields('hunter2'))
    expect(fields).not.toEqual([])
    for (const value of fields) expect(JSON.stringify(value)).toContain('hunter2')
  })
})
