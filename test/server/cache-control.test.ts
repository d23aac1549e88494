import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { environmentOf, startGateway, type TestGateway } from '../support/gateway.ts'
import { post, requestBytes, startTwoWays, type TwoWays } from './support/two-ways.ts'

const MONTH = 'filter: { from: "2020-01-01", to: "2020-01-31" }'
const CLOSED = `{ transactions(${MONTH}) { nodes { providerId } } }`
const VARY = 'Accept, Authorization, X-API-Key, X-GraphQL-Cost, X-GraphQL-Sandbox'

let at: TestGateway
let ways: TwoWays

beforeAll(async () => {
  at = await startGateway({ data: 'empty' })
  const { auth_id: account_id } = at.vobiz.addCustomer()
  at.vobiz.add({ account_id, created_at: '2020-01-10T00:00:00Z' })
  at.vobiz.add({ account_id, created_at: '2020-03-10T00:00:00Z', status: 'pending' })
  at.kobble.addWallet({ id: 'wallet-1' })
  at.kobble.add({ to: 'wallet-1', created_at: '2020-01-11T00:00:00Z' })
})
afterEach(() => ways?.close())
afterAll(() => at?.close())

async function start(environment: Environment = {}): Promise<void> {
  ways = await startTwoWays({
    ...environmentOf(at.sandboxes),
    CACHE: 'memory',
    CACHE_CLOSED_TTL_S: '600',
    CURSOR_SECRET: 'the same secret for both of the gateways',
    ...environment,
  })
}

/** Asks both ways in turn: their seconds may differ. Returns the headers of both answers. */
async function ask(query: string): Promise<Record<string, string>[]> {
  const answers = [await ways.withLane.send(post({ query })), await ways.withoutLane.send(post({ query }))]
  return answers.map((answer) => answer!.headers)
}

const maxAgeOf = (headers: Record<string, string>) => {
  const [, seconds] = /^private, max-age=(\d+)$/.exec(headers['cache-control'] ?? '') ?? []
  return Number(seconds)
}

describe('the cache-control of a result', () => {
  it('is private with the time for which its answers are kept, from the first result on', async () => {
    await start()
    for (let turn = 0; turn < 2; turn++) {
      for (const headers of await ask(CLOSED)) {
        expect(maxAgeOf(headers)).toBeGreaterThan(500)
        expect(maxAgeOf(headers)).toBeLessThanOrEqual(600)
        expect(headers.vary).toBe(VARY)
      }
    }
    const byGet = requestBytes(
      { method: 'GET', path: `/graphql?query=${encodeURIComponent(CLOSED)}` },
      [['host', 'localhost']],
      null,
    )
    expect(maxAgeOf((await ways.withLane.send(byGet))!.headers)).toBeGreaterThan(0)
  })

  it('varies by the origin, too, where origins are allowed', async () => {
    await start({ CORS_ORIGINS: 'https://app.example.com' })
    for (const headers of await ask(CLOSED)) expect(headers.vary).toBe(`${VARY}, Origin`)
  })

  it.each([
    ['an open list', '{ transactions { nodes { providerId } } }'],
    [
      'an open list beside a closed one',
      `{ a: ${CLOSED.slice(1, -1)} b: vobizTransactions(first: 1) { nodes { providerId } } }`,
    ],
    [
      'an entry that may change',
      '{ transactions(filter: { from: "2020-03-01", to: "2020-03-31" }) { nodes { providerId } } }',
    ],
    ['nothing of providers', '{ __typename }'],
    ['an error', `{ a: ${CLOSED.slice(1, -1)} kobbleTransactions(after: "x") { nodes { providerId } } }`],
    ['what may lack a provider', `{ transactions(${MONTH}, onProviderFailure: PARTIAL) { nodes { providerId } } }`],
    ['an object that is not there', '{ vobizCustomer(authId: "MA_NONE") { name } }'],
  ])('is no-store for %s', async (_, query) => {
    await start()
    await ask(CLOSED)
    for (const headers of await ask(query)) expect(headers['cache-control']).toBe('no-store')
  })

  it('is no-store when no answers are kept', async () => {
    await start({ CACHE: 'off' })
    for (const headers of await ask(CLOSED)) {
      expect(headers['cache-control']).toBe('no-store')
      expect(headers.vary).toBeUndefined()
    }
  })
})
