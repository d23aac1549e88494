import { afterEach, describe, expect, it } from 'vitest'
import { createGateway, type Gateway, PROVIDERS } from '../../src/gateway.ts'
import type { Sandbox } from '../../src/sandbox/server.ts'
import { example } from '../support/example-provider/index.ts'

let sandbox: Sandbox
let gateway: Gateway
afterEach(async () => {
  await gateway.close()
  await sandbox.close()
})

async function listIds(): Promise<readonly string[]> {
  const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ transactions(onProviderFailure: PARTIAL) { nodes { providerId } } }' }),
  })
  const { data } = (await response.json()) as { data: { transactions: { nodes: { providerId: string }[] } } }
  return data.transactions.nodes.map(({ providerId }) => providerId)
}

describe.each([...PROVIDERS, example].map((provider) => [provider.name, provider] as const))(
  'the sandbox of %s',
  (_, provider) => {
    it('starts empty on request, and lists the entries that tests add until they remove them', async () => {
      sandbox = await provider.startSandbox({ data: 'empty' })
      gateway = createGateway({ providers: [provider], environment: { LOG_LEVEL: 'silent', ...sandbox.environment } })
      expect([sandbox.entryIds(), await listIds()]).toEqual([[], []])

      const ids = ['2026-03-01T12:00:00Z', '2026-03-01T12:00:01Z']
        .map((createdAt) => sandbox.addEntry(createdAt))
        .reverse()
      expect([sandbox.entryIds(), await listIds()]).toEqual([ids, ids])

      sandbox.remove(ids[0]!)
      expect([sandbox.entryIds(), await listIds()]).toEqual([ids.slice(1), ids.slice(1)])
    })

    it('receives the requests at the servers that it names', async () => {
      sandbox = await provider.startSandbox({ data: 'empty' })
      gateway = createGateway({ providers: [provider], environment: { LOG_LEVEL: 'silent', ...sandbox.environment } })
      const addresses = Object.keys(provider.variables).filter((name) => name.endsWith('_URL'))
      expect(addresses.map((name) => new URL(sandbox.environment[name]!).origin)).toEqual(
        sandbox.servers.map(({ url }) => new URL(url).origin),
      )
      sandbox.addEntry('2026-03-01T12:00:00Z')
      await listIds()
      for (const server of sandbox.servers) expect(server.requests).not.toEqual([])
    })
  },
)
