import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GraphQLID, getNamedType, isObjectType } from 'graphql'
import { afterEach, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../src/gateway.ts'
import { isGranted } from '../src/operation.ts'
import type { Provider } from '../src/providers/provider.ts'
import { createSchema } from '../src/schema.ts'
import { createApiKey, hashApiKey } from '../src/server/auth/api-keys.ts'
import { NO_REQUESTS, startGateway, type TestGateway } from './support/gateway.ts'

const folder = mkdtempSync(join(tmpdir(), 'grant-guard-'))
const file = join(folder, 'keys.json')
const key = createApiKey()
let gateway: TestGateway | undefined

afterEach(async () => {
  await gateway?.close()
  rmSync(file, { force: true })
})

/** A provider whose sessions ignore what the caller may read. */
const ignoringGrants = (provider: Provider): Provider => ({
  ...provider,
  connect(environment, options) {
    const connection = provider.connect(environment, options)
    if (connection === null) return null
    return {
      ...connection,
      openSession: (operation) => connection.openSession({ ...operation, grant: { accounts: null } }),
    }
  },
})

/** A gateway whose providers all ignore grants, for one caller with these grants. */
async function start(grants: object): Promise<TestGateway> {
  const sha256 = hashApiKey(key).toString('hex')
  writeFileSync(file, JSON.stringify({ keys: [{ name: 'bound', sha256, grants }] }))
  gateway = await startGateway({
    providers: PROVIDERS.map(ignoringGrants),
    environment: { AUTH_MODE: 'api-key', API_KEYS_FILE: file },
  })
  // Some sandboxes make up no year of entries.
  for (const sandbox of gateway.sandboxes.values()) {
    if (sandbox.entryIds().length === 0) sandbox.addEntry('2026-08-01T00:00:00Z')
  }
  return gateway
}

const headers = { authorization: `Bearer ${key}` }

const { schema } = createSchema(PROVIDERS)
const rootFields = Object.values(schema.getQueryType()!.getFields())
const grantsFor = (grant: unknown) => Object.fromEntries(PROVIDERS.map(({ name }) => [name, grant]))

/** The types of nodes that a root list holds, and the root field that fetches one by an id of the provider, if there is one. */
const listedTypes = rootFields.flatMap(({ name: list, type }) => {
  const connection = getNamedType(type)
  const node = isObjectType(connection) ? getNamedType(connection.getFields().nodes?.type) : undefined
  if (!isObjectType(node)) return []
  const byId = rootFields.find((field) => field.type === node && getNamedType(field.args[0]?.type) === GraphQLID)
  return [{ typename: node.name, list, field: byId?.name ?? null, key: byId?.args[0]?.name ?? 'id' }]
})

/** Reads the ids of the first object in a root list, as a caller with all grants. */
async function firstOf({ list, key }: (typeof listedTypes)[number]): Promise<Record<string, string>> {
  const everything = await start(grantsFor('all'))
  const { data } = await everything.query<Record<string, { nodes: Record<string, string>[] }>>(
    `{ ${list}(first: 1) { nodes { id key: ${key} } } }`,
    {},
    headers,
  )
  await everything.close()
  return data![list]!.nodes[0]!
}

describe('a provider that ignores grants', () => {
  it.each(PROVIDERS.map(({ name }) => name))('shows a bound caller nothing of the unified list: %s', async (name) => {
    const at = await start({ [name]: { accounts: ['own-account'] } })
    for (const policy of ['FAIL', 'PARTIAL']) {
      const { data, errors, requests } = await at.query<{ transactions: { nodes: unknown[] } }>(
        `{ transactions(filter: { providers: [${name}] }, onProviderFailure: ${policy}) { nodes { id } } }`,
        {},
        headers,
      )
      expect(data?.transactions.nodes ?? []).toEqual([])
      if (policy === 'FAIL') expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INTERNAL_SERVER_ERROR'])
      expect(requests).toEqual(NO_REQUESTS)
    }
  })

  it.each(listedTypes)('shows a bound caller no $typename by any id', async (type) => {
    const { typename, field, key } = type
    const ids = await firstOf(type)
    const at = await start(grantsFor({ accounts: ['own-account'] }))
    for (const read of [
      `node(id: "${ids.id}") { id }`,
      `nodes(ids: ["${ids.id}"]) { id }`,
      `_entities(representations: [{ __typename: "${typename}", id: "${ids.id}" }]) { __typename }`,
      `_entities(representations: [{ __typename: "${typename}", ${key}: "${ids.key}" }]) { __typename }`,
      field === null ? `transaction(id: "${ids.id}") { id }` : `${field}(${key}: "${ids.key}") { id createdAt }`,
    ]) {
      const { data, errors } = await at.query<Record<string, unknown>>(`{ result: ${read} }`, {}, headers)
      expect([read, [data?.result].flat()]).toEqual([read, [null]])
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INTERNAL_SERVER_ERROR'])
    }
  })

  it('shows a caller with all grants everything', async () => {
    const at = await start(Object.fromEntries(PROVIDERS.map(({ name }) => [name, 'all'])))
    const { errors, data } = await at.query('{ transactions(first: 1) { nodes { id } } }', {}, headers)
    expect(errors).toEqual([])
    expect(data).toMatchObject({ transactions: { nodes: [{ id: expect.any(String) }] } })
  })
})

describe('isGranted()', () => {
  it.each([
    [null, null, true],
    [null, ['a'], true],
    [['a', 'b'], ['a'], true],
    [['a', 'b'], ['a', 'b'], true],
    [['a'], ['a', 'b'], false],
    [['a'], null, false],
    [[], null, false],
    [[], ['a'], false],
    [['a'], [], true],
  ])('with a grant of %j, for a list of %j, is %s', (granted, accounts, expected) => {
    expect(isGranted({ accounts: granted }, accounts)).toBe(expected)
  })
})
