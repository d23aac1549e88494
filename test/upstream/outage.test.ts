import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createGateway, type Gateway } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'
import { createKobbleSandbox, type KobbleSandbox } from '../../src/providers/kobble/sandbox/index.ts'
import { createVobizSandbox, type VobizSandbox } from '../../src/providers/vobiz/sandbox/index.ts'

let vobiz: VobizSandbox
let kobble: KobbleSandbox
let gateway: Gateway
let written: string[]

interface Result {
  readonly data: Record<string, unknown> | null
  readonly errors?: readonly { readonly extensions: Record<string, unknown> }[]
}

async function sendQuery(query: string): Promise<Result> {
  const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  return (await response.json()) as Result
}
/** Sends a query a number of times, one after another. Returns the extensions of each first error. */
async function sendAgain(times: number, query: string) {
  const extensions: (Record<string, unknown> | undefined)[] = []
  for (let i = 0; i < times; i++) extensions.push((await sendQuery(query)).errors?.[0]?.extensions)
  return extensions
}
/** Returns the log lines of some levels, without those of the operations themselves. */
const lines = (...levels: string[]) =>
  written
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ level, message }) => levels.includes(String(level)) && message !== 'operation')

beforeEach(async () => {
  // The breaker's clock is stopped, so that its pause does not end while a slow machine sends queries.
  vi.useFakeTimers({ toFake: ['performance'] })
  written = []
  const log = createLog('debug', (line) => written.push(line))
  vobiz = await createVobizSandbox()
  kobble = await createKobbleSandbox()
  gateway = createGateway({ environment: { ...vobiz.environment, ...kobble.environment }, log })
})
afterEach(async () => {
  await gateway.close()
  await Promise.all([vobiz.close(), kobble.close()])
  vi.useRealTimers()
})

describe('an outage of a provider', () => {
  it('reports the failure, then UPSTREAM_UNAVAILABLE with retryAfterMs, while the other provider answers', async () => {
    vobiz.server.fault({ kind: 'reply', reply: { status: 500, json: { error: 'secret-detail' } } })
    const extensions = await sendAgain(12, '{ vobizTransactions(first: 1) { nodes { id } } }')
    const failed = { code: 'UPSTREAM_ERROR', provider: 'VOBIZ', operation: 'listTransactions', status: 500 }
    const paused = { ...failed, code: 'UPSTREAM_UNAVAILABLE', status: undefined, retryAfterMs: expect.any(Number) }
    expect(extensions).toEqual([...Array(10).fill(failed), ...Array(2).fill(paused)])
    const requests = vobiz.server.requests.length

    const partial = '{ transactions(first: 3, onProviderFailure: PARTIAL) { nodes { provider } } }'
    const { data } = await sendQuery(partial)
    expect(data).toEqual({ transactions: { nodes: Array(3).fill({ provider: 'KOBBLE' }) } })
    expect(vobiz.server.requests).toHaveLength(requests)
  })

  it('is logged once for each call and each change of the breaker, without URLs, secrets or answers', async () => {
    vobiz.server.fault({ kind: 'reply', reply: { status: 500, json: { error: 'secret-detail' } } })
    await sendAgain(30, '{ vobizTransactions(first: 1) { nodes { id } } }')
    const failed = {
      time: expect.any(String),
      level: 'warn',
      message: 'upstream request failed',
      provider: 'VOBIZ',
      operation: 'listTransactions',
      code: 'UPSTREAM_ERROR',
      status: 500,
      attempt: 3,
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
    }
    expect(lines('warn')).toHaveLength(11)
    expect(lines('warn').filter(({ message }) => message === failed.message)).toEqual(Array(10).fill(failed))
    expect(lines('warn')).toContainEqual(
      expect.objectContaining({ message: 'circuit breaker opened', provider: 'VOBIZ', pauseMs: 1000 }),
    )
    const secrets = Object.entries({ ...vobiz.environment, ...kobble.environment })
      .filter(([name]) => !/CURRENCY|SCOPE/.test(name))
      .map(([, value]) => value)
    for (const secret of [...secrets, 'secret-detail', '127.0.0.1', 'http:'])
      expect(written.join('')).not.toContain(secret)
  })

  it('is over as soon as the probe after the pause succeeds', async () => {
    const query = '{ vobizTransactions(first: 1) { nodes { provider } } }'
    vobiz.server.fault({ kind: 'reset' })
    await sendAgain(10, query)
    const requests = vobiz.server.requests.length
    vi.advanceTimersByTime(1000)
    expect((await sendAgain(2, query)).map((extension) => extension?.code)).toEqual(
      Array(2).fill('UPSTREAM_UNAVAILABLE'),
    )
    expect(vobiz.server.requests).toHaveLength(requests + 1)
    vobiz.server.clearFaults()
    vi.advanceTimersByTime(2000)
    expect(await sendQuery(query)).toEqual({ data: { vobizTransactions: { nodes: [{ provider: 'VOBIZ' }] } } })
    const turns = lines('warn', 'info').filter(({ message }) => message !== 'upstream request failed')
    expect(turns.map(({ message }) => message)).toEqual([
      'circuit breaker opened',
      'circuit breaker half-open',
      'circuit breaker opened',
      'circuit breaker half-open',
      'circuit breaker closed',
    ])
  })

  it('of the token endpoint opens a breaker of its own', async () => {
    kobble.tokens.fault({ kind: 'reply', reply: { status: 503 } })
    const extensions = await sendAgain(11, '{ kobbleTransactions(first: 1) { nodes { id } } }')
    expect(extensions.at(-1)).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', operation: 'getAccessToken' })
    const changes = lines('warn').filter(({ message }) => message === 'circuit breaker opened')
    expect(changes).toMatchObject([{ provider: 'KOBBLE', service: 'tokens' }])
    expect(kobble.api.requests).toHaveLength(0)
  })
})

describe('the log', () => {
  it('has no line for rows that do not exist', async () => {
    const { data } = await sendQuery(
      '{ kobbleWallet(providerId: "nothing") { id } vobizCustomer(authId: "nobody") { id } }',
    )
    expect(data).toEqual({ kobbleWallet: null, vobizCustomer: null })
    expect(lines('debug', 'info', 'warn', 'error')).toEqual([])
  })
})
