import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, type Server, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGateway, type Gateway } from '../../../src/gateway.ts'
import { createApiKey, hashApiKey } from '../../../src/server/auth/api-keys.ts'
import { createBudget } from '../../../src/server/limits/budget.ts'
import { ownerOf } from '../../../src/server/limits/rate-limit.ts'
import { createListener } from '../../../src/server/listener.ts'

const QUERY = JSON.stringify({ query: '{ __typename }' })
const REFUSED = {
  errors: [
    {
      message: 'More than the 3 requests allowed in a minute. Wait before the next one.',
      extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
    },
  ],
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

const open = new Set<{ close(): unknown }>()
afterEach(async () => {
  for (const opened of open) await opened.close()
  open.clear()
})

const gatewayWith = (environment: Record<string, string>) => {
  const gateway = createGateway({ environment: { LOG_LEVEL: 'silent', ...environment } })
  open.add(gateway)
  return gateway
}

/** A gateway that listens. */
async function serve(gateway: Gateway): Promise<Server> {
  const server = createListener(gateway).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.add({
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  })
  return server
}

interface Sent {
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly path?: string
  readonly method?: string
  readonly agent?: Agent
}

/** Returns the answer to a request. */
async function answerTo(server: Server, sent: Sent = {}): Promise<Answer> {
  const { headers = {}, body = QUERY, path = '/graphql', method = 'POST', agent } = sent
  const request = send({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    path,
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(agent ? { agent } : {}),
  }).end(method === 'GET' ? undefined : body)
  const [response] = await once(request, 'response')
  const text = (await response.toArray()).join('')
  return {
    status: response.statusCode,
    headers: response.headers,
    body: text.startsWith('{') ? JSON.parse(text) : null,
  }
}

/** Returns the answer to a request from an address; without an address, the request has no socket. */
async function answerFrom(gateway: Gateway, address?: string, headers: Record<string, string> = {}) {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: QUERY }
  const req = { socket: { remoteAddress: address } }
  return gateway.yoga.fetch('http://gateway.test/graphql', init, address === undefined ? {} : { req })
}

/** Returns the status of each of a number of sequential requests. */
async function statuses(count: number, ask: () => Promise<{ readonly status: number }>): Promise<number[]> {
  const answers: number[] = []
  for (let sent = 0; sent < count; sent++) answers.push((await ask()).status)
  return answers
}

describe('RATE_LIMIT_PER_MINUTE', () => {
  it.each(['application/json', 'application/graphql-response+json'])(
    'accepts requests up to the limit and rejects the next with status 429, as %s',
    async (type) => {
      const server = await serve(gatewayWith({ RATE_LIMIT_PER_MINUTE: '3' }))
      const ask = () => answerTo(server, { headers: { accept: type } })
      expect(await statuses(3, ask)).toEqual([200, 200, 200])
      const { status, headers, body } = await ask()
      expect([status, headers['content-type'], body]).toEqual([429, `${type}; charset=utf-8`, REFUSED])
    },
  )

  it('reports in whole seconds when the next request is accepted', async () => {
    const server = await serve(gatewayWith({ RATE_LIMIT_PER_MINUTE: '1' }))
    await answerTo(server)
    const { headers, body } = await answerTo(server)
    const { retryAfterMs } = (body as typeof REFUSED).errors[0]!.extensions
    const seconds = Number(headers['retry-after'])
    expect(Number.isInteger(seconds)).toBe(true)
    expect(seconds).toBe(Math.ceil(retryAfterMs / 1000))
    expect(seconds).toBeLessThanOrEqual(60)
  })

  it('answers other requests on the connection of a rejected one', async () => {
    const server = await serve(gatewayWith({ RATE_LIMIT_PER_MINUTE: '1' }))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    open.add({ close: () => agent.destroy() })
    await answerTo(server, { agent })
    const body = JSON.stringify({ query: '{ __typename }', variables: { padding: 'x'.repeat(500_000) } })
    expect((await answerTo(server, { agent, body })).status).toBe(429)
    expect((await answerTo(server, { agent, path: '/health', method: 'GET' })).status).toBe(200)
  })

  it('counts every GraphQL request before it is read', async () => {
    const server = await serve(gatewayWith({ RATE_LIMIT_PER_MINUTE: '3' }))
    const answers = [
      await answerTo(server, { body: '{' }),
      await answerTo(server, { body: JSON.stringify({ query: '{ nothing }' }) }),
      await answerTo(server, { method: 'PUT' }),
      await answerTo(server, { body: '{' }),
    ]
    expect(answers.map(({ status }) => status).slice(0, 3)).not.toContain(429)
    expect(answers[3]!.status).toBe(429)
  })

  it.each([
    ['/health', {}, 200],
    ['/ready', {}, 200],
    ['/graphql', { accept: 'text/html' }, 200],
    ['/nowhere', {}, 404],
  ])('counts no request for %s %j, and rejects none', async (path, headers, status) => {
    const server = await serve(gatewayWith({ RATE_LIMIT_PER_MINUTE: '1' }))
    const look = () => answerTo(server, { path, headers, method: 'GET' })
    expect(await statuses(3, look)).toEqual([status, status, status])
    expect(await statuses(2, () => answerTo(server))).toEqual([200, 429])
    expect(await statuses(2, look)).toEqual([status, status])
  })

  it.each(['0', '5'])('as %s accepts five requests', async (RATE_LIMIT_PER_MINUTE) => {
    const server = await serve(gatewayWith({ RATE_LIMIT_PER_MINUTE }))
    expect(await statuses(5, () => answerTo(server))).toEqual([200, 200, 200, 200, 200])
    expect((await answerTo(server)).status).toBe(RATE_LIMIT_PER_MINUTE === '0' ? 200 : 429)
  })
})

describe('a caller without credentials', () => {
  it('is identified by the address of the socket', async () => {
    const gateway = gatewayWith({ RATE_LIMIT_PER_MINUTE: '2' })
    for (const address of ['192.0.2.1', '192.0.2.2', '2001:db8::1']) {
      expect(await statuses(3, () => answerFrom(gateway, address))).toEqual([200, 200, 429])
    }
    expect((await answerFrom(gateway, '::ffff:192.0.2.1')).status).toBe(429)
  })

  it('is not identified by headers of the request', async () => {
    const server = await serve(gatewayWith({ RATE_LIMIT_PER_MINUTE: '2' }))
    let sent = 0
    const ask = () => {
      sent += 1
      const address = `192.0.2.${sent}`
      return answerTo(server, {
        headers: { 'x-forwarded-for': address, forwarded: `for=${address}`, 'x-real-ip': address },
      })
    }
    expect(await statuses(3, ask)).toEqual([200, 200, 429])
  })

  it('is not counted without a socket', async () => {
    const gateway = gatewayWith({ RATE_LIMIT_PER_MINUTE: '1' })
    expect(await statuses(3, () => answerFrom(gateway))).toEqual([200, 200, 200])
  })
})

describe('a caller with credentials', () => {
  let folder: string
  const keys = ['billing', 'billing-2', 'support'].map((name) => ({ name, key: createApiKey() }))
  const [first, second, other] = keys.map(({ key }) => ({ authorization: `Bearer ${key}` }))
  let gateway: Gateway

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-rate-'))
    const file = join(folder, 'keys.json')
    const entries = keys.map(({ name, key }) => ({ name, sha256: hashApiKey(key).toString('hex') }))
    await writeFile(file, JSON.stringify({ keys: entries }))
    gateway = gatewayWith({ RATE_LIMIT_PER_MINUTE: '2', AUTH_MODE: 'api-key', API_KEYS_FILE: file })
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is identified by its name, from any address', async () => {
    const answers = []
    for (const address of ['192.0.2.1', '192.0.2.2', undefined]) answers.push(await answerFrom(gateway, address, first))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    for (const headers of [second, other]) {
      expect(await statuses(3, () => answerFrom(gateway, '192.0.2.1', headers))).toEqual([200, 200, 429])
    }
  })

  it('is not charged for requests with invalid credentials', async () => {
    const server = await serve(gateway)
    const wrong = { authorization: `Bearer ${createApiKey()}` }
    expect(await statuses(4, () => answerTo(server, { headers: wrong }))).toEqual([401, 401, 401, 401])
    expect(await statuses(3, () => answerTo(server, { headers: first! }))).toEqual([200, 200, 429])
  })
})

describe('RATE_LIMIT_COST_PER_MINUTE', () => {
  /** Costs 8: five for the root field, and one for each of the three below it. */
  const body = JSON.stringify({ query: '{ vobizCustomers(first: 1) { totalCount pageInfo { hasNextPage } } }' })
  const ask = (server: Server, more: Partial<Sent> = {}) => answerTo(server, { body, ...more })

  it.each(['application/json', 'application/graphql-response+json'])(
    'rejects an operation that costs more than is left of the minute with status 429, as %s, and accepts a cheaper one',
    async (accept) => {
      const server = await serve(gatewayWith({ RATE_LIMIT_COST_PER_MINUTE: '20' }))
      const answers = await statuses(2, () => ask(server))
      expect(answers).toEqual([200, 200])
      const { status, headers, body: answer } = await ask(server, { headers: { accept } })
      expect([status, answer]).toEqual([
        429,
        {
          errors: [
            {
              message:
                'The operation costs 8, and less is left of the 20 that a caller may spend in a minute. Wait before the next one, or ask for less.',
              extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
            },
          ],
        },
      ])
      const { retryAfterMs } = (answer as typeof REFUSED).errors[0]!.extensions
      expect(Number(headers['retry-after'])).toBe(Math.ceil(retryAfterMs / 1000))
      expect(await statuses(4, () => answerTo(server))).toEqual([200, 200, 200, 200])
      expect((await answerTo(server)).status).toBe(429)
    },
  )

  it('rejects an operation that costs more than the budget of a minute with status 400', async () => {
    const server = await serve(gatewayWith({ RATE_LIMIT_COST_PER_MINUTE: '7' }))
    const { status, body: answer } = await ask(server)
    expect([status, answer]).toEqual([
      400,
      {
        errors: [
          {
            message:
              'The operation costs 8, and a caller may spend at most 7 in a minute. Ask for smaller pages, or for less below them.',
            extensions: { code: 'LIMIT_EXCEEDED' },
          },
        ],
      },
    ])
    expect((await answerTo(server)).status).toBe(200)
  })

  it('is no limit when it is 0', async () => {
    const server = await serve(gatewayWith({ RATE_LIMIT_COST_PER_MINUTE: '0' }))
    expect(await statuses(5, () => ask(server))).toEqual([200, 200, 200, 200, 200])
  })
})

describe('createBudget()', () => {
  let at: number
  const now = () => at
  beforeEach(() => {
    at = 1000
  })

  it('accepts the budget of a caller in a minute that begins with the first operation', () => {
    const spend = createBudget(10, { now })
    expect(spend('a', 6)).toBeNull()
    at += 45_000
    expect([spend('a', 5), spend('a', 4), spend('a', 1)]).toEqual([15_000, null, 15_000])
    at += 14_999
    expect(spend('a', 1)).toBe(1)
    at += 1
    expect([spend('a', 10), spend('a', 1)]).toEqual([null, 60_000])
  })

  it('charges each caller separately', () => {
    const spend = createBudget(10, { now })
    expect([spend('a', 10), spend('b', 10), spend('a', 1), spend('b', 1)]).toEqual([null, null, 60_000, 60_000])
  })

  it('evicts the least recently active caller when there are too many', () => {
    const spend = createBudget(1, { now, maxCallers: 2 })
    for (const caller of ['a', 'b', 'a', 'c']) spend(caller, 1)
    expect([spend('a', 1), spend('c', 1), spend('b', 1)]).toEqual([60_000, 60_000, null])
  })
})

describe('ownerOf()', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1::2:3:4:5', '2001:db8:1:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
  ])('of %s is %s', (address, owner) => {
    expect(ownerOf(address)).toBe(owner)
  })
})
