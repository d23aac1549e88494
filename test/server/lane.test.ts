import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-keys.ts'
import { environmentOf, startGateway, type TestGateway } from '../support/gateway.ts'
import { openSocket } from './support/sockets.ts'
import {
  type Case,
  expectAllSame,
  type Fields,
  HANDED,
  LANE,
  post,
  startTwoWays,
  type TwoWays,
  type Way,
  YOGA,
} from './support/two-ways.ts'

const KEY = createApiKey()
const EXPIRED_KEY = createApiKey()
const PAIR = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const NEWEST = 'query Newest { transactions(first: 2) { nodes { id } } }'
const SUBSCRIPTION =
  'subscription { vobizReconciliation(period: { from: "2026-01-01", to: "2026-01-02" }) { customersDone } }'

let at: TestGateway
let folder: string
let ways: TwoWays | null = null

beforeAll(async () => {
  at = await startGateway()
  folder = await mkdtemp(join(tmpdir(), 'gateway-lane-'))
  const keys = [
    { name: 'billing', sha256: hashApiKey(KEY).toString('hex'), grants: { VOBIZ: 'all' } },
    { name: 'former', sha256: hashApiKey(EXPIRED_KEY).toString('hex'), expiresAt: '2020-01-01' },
  ]
  await writeFile(join(folder, 'keys.json'), JSON.stringify({ keys }))
  await writeFile(join(folder, 'issuer.pem'), PAIR.publicKey.export({ type: 'spki', format: 'pem' }))
  await writeFile(join(folder, 'documents.json'), JSON.stringify({ newest: NEWEST }))
})
afterEach(async () => {
  at.vobiz.server.clearFaults()
  at.kobble.api.clearFaults()
  await ways?.close()
  ways = null
})
afterAll(async () => {
  await at.close()
  await rm(folder, { recursive: true, force: true })
})

/** Starts both gateways over the sandboxes. */
async function start(environment: Environment = {}): Promise<TwoWays> {
  ways = await startTwoWays({ ...environmentOf(at.sandboxes), ...environment })
  return ways
}

const file = (name: string) => join(folder, name)
const bearer = (credential: string): Fields => [['authorization', `Bearer ${credential}`]]
const refused = (fields?: Fields): Case => ({ ...LANE, status: 401, ...(fields && { fields }) })

/** Returns a token that is valid for some hours. */
const sign = (hours: number) =>
  new SignJWT({ grants: { VOBIZ: 'all' } })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('issuer')
    .setAudience('gateway')
    .setSubject('token-caller')
    .setExpirationTime(Math.floor(Date.now() / 1000) + hours * 3600)
    .sign(PAIR.privateKey)

describe('a plain POST and the same request through Yoga', () => {
  it('are authenticated by API keys', async () => {
    const read = { ...LANE, params: { query: `{ vobizWallets: __typename kobbleWallets { totalCount } }` } }
    await expectAllSame(await start({ AUTH_MODE: 'api-key', API_KEYS_FILE: file('keys.json') }), {
      'a key': { ...read, fields: bearer(KEY) },
      'a key in its own header': { ...read, fields: [['x-api-key', KEY]] },
      'the same key in both': { ...read, fields: [...bearer(KEY), ['x-api-key', KEY]] },
      'two keys': refused([...bearer(KEY), ['x-api-key', EXPIRED_KEY]]),
      'no key': refused(),
      'an empty key': refused([['x-api-key', '']]),
      'an unknown key': refused(bearer(createApiKey())),
      'an expired key': refused(bearer(EXPIRED_KEY)),
      'another scheme': refused([['authorization', 'Basic eDp5']]),
      'the error type of the client': refused([['accept', 'application/graphql-response+json']]),
    })
  })

  it.each(['https://app.example', '*'])(
    'lets pages read answers and rejections when CORS_ORIGINS is %s',
    async (listed) => {
      const { sendBoth, answeredBy } = await start({
        AUTH_MODE: 'api-key',
        API_KEYS_FILE: file('keys.json'),
        CORS_ORIGINS: listed,
      })
      for (const [key, status] of [
        [KEY, 200],
        [EXPIRED_KEY, 401],
      ] as const) {
        const answer = await sendBoth(
          post({ query: '{ __typename }' }, [
            ['x-api-key', key],
            ['origin', 'https://app.example'],
          ]),
        )
        expect(answer).toMatchObject({ status, headers: { 'access-control-allow-origin': 'https://app.example' } })
      }
      expect(answeredBy).toEqual(['lane', 'lane'])
    },
  )

  it('have the same answer to a header that is sent twice', async () => {
    const both = await start({ AUTH_MODE: 'api-key', API_KEYS_FILE: file('keys.json') })
    const answer = await both.sendBoth(post({ query: NEWEST }, [...bearer(KEY), ...bearer(KEY)]))
    expect({ status: answer?.status, by: both.answeredBy }).toEqual({ status: 400, by: [] })
  })

  it('are authenticated by tokens', async () => {
    const both = await start({
      AUTH_MODE: 'jwt',
      JWT_PUBLIC_KEY_FILE: file('issuer.pem'),
      JWT_ISSUER: 'issuer',
      JWT_AUDIENCE: 'gateway',
    })
    await expectAllSame(both, {
      'a token': { ...LANE, fields: bearer(await sign(1)) },
      'an expired token': refused(bearer(await sign(-1))),
      'a forged token': refused(bearer((await sign(1)).replace(/.{6}$/, 'AAAAAA'))),
      'no token': refused(),
    })
  })

  it('select persisted documents', async () => {
    const id = (documentId: unknown) => ({ params: { documentId } })
    const apollo = (sha256Hash: string) => ({ params: { extensions: { persistedQuery: { version: 1, sha256Hash } } } })
    const documents = file('documents.json')
    await expectAllSame(await start({ PERSISTED_DOCUMENTS: documents }), {
      'an id': { ...LANE, ...id('newest') },
      'the extension of Apollo': { ...LANE, ...apollo('newest') },
      'an unknown id': { ...HANDED, status: 404, ...id('unknown') },
      'an id that is no text': { ...HANDED, status: 400, ...id(7) },
      'an id beside a document': { ...HANDED, status: 400, params: { query: NEWEST, documentId: 'newest' } },
    })
    await ways?.close()
    await expectAllSame(await start({ PERSISTED_DOCUMENTS: documents, PERSISTED_DOCUMENTS_ONLY: 'true' }), {
      'an id, and nothing else': { ...LANE, ...id('newest') },
      'another document': { ...HANDED, status: 400, params: { query: NEWEST } },
    })
  })

  it('count once for the rate of their caller, whoever answers', async () => {
    await expectAllSame(await start({ RATE_LIMIT_PER_MINUTE: '4' }), {
      'the first': LANE,
      'an invalid one': { ...HANDED, params: { query: '{' } },
      'a subscription': { ...HANDED, params: { query: SUBSCRIPTION }, fields: [['accept', '*/*']] },
      'one through Yoga': { ...YOGA, fields: [['transfer-encoding', 'chunked']] },
      'one too many': { ...LANE, status: 429 },
      'one too many through Yoga': { ...YOGA, status: 429, fields: [['transfer-encoding', 'chunked']] },
    })
  })

  it('spend the same points of their caller', async () => {
    // Costs 8: five for the root field, one for `nodes`, and one for each of two ids.
    const params = { query: NEWEST }
    await expectAllSame(await start({ RATE_LIMIT_COST_PER_MINUTE: '30' }), {
      'the first': { ...LANE, params },
      'one that costs too much for any minute': {
        ...HANDED,
        status: 400,
        params: { query: '{ transactions(first: 100) { nodes { id } } }' },
      },
      'one through Yoga': { ...YOGA, params, fields: [['transfer-encoding', 'chunked']] },
      'the third': { ...LANE, params },
      'one too many': { ...HANDED, status: 429, params },
    })
  })

  it('report failures of providers in the same way', async () => {
    at.vobiz.server.fault({ kind: 'reply', reply: { status: 400 } })
    await expectAllSame(await start(), {
      'a null root': { ...LANE, params: { query: '{ vobizTransactions(first: 1) { nodes { id } } }' } },
      'a null field': { ...LANE, params: { query: '{ __typename vobizEntry: vobizCustomers { totalCount } }' } },
    })
  })

  it('end at the same deadline', async () => {
    at.kobble.api.fault({ kind: 'hang', on: ({ path }) => path.endsWith('/made-up') })
    await expectAllSame(await start({ OPERATION_TIMEOUT_MS: '1000' }), {
      'a read that hangs': {
        ...LANE,
        params: { query: '{ __typename late: kobbleTransaction(providerId: "made-up") { asset } }' },
      },
    })
  })
})

describe('a caller that disconnects from the lane', () => {
  /** Sends the beginning of a request, waits, and disconnects. */
  async function leave({ server }: Way, bytes: Buffer, wait: () => Promise<unknown>): Promise<void> {
    const socket = openSocket(server)
    socket.write(bytes)
    await wait()
    socket.destroy()
  }

  const whole = post({ query: 'query Late { kobbleTransactions(first: 1) { totalCount } }' })

  it('releases its permit when it has sent half of a body', async () => {
    const { withLane, answeredBy, sendBoth } = await start({ MAX_OPERATIONS: '1' })
    const half = whole.subarray(0, whole.length - 10)
    await leave(withLane, half, async () => {
      await vi.waitFor(async () => expect((await withLane.send(post({ query: NEWEST })))?.status).toBe(429))
    })
    await vi.waitFor(async () => expect((await withLane.send(post({ query: NEWEST })))?.status).toBe(200))
    withLane.takeLines()
    answeredBy.length = 0
    await sendBoth(post({ query: NEWEST }))
    expect(answeredBy).toEqual(['lane'])
  })

  it('aborts the reads of its operation, as through Yoga, and both log it as aborted', async () => {
    at.kobble.api.fault({ kind: 'hang' })
    const { withLane, withoutLane } = await start()
    for (const way of [withLane, withoutLane]) {
      const [sent, aborted] = [at.kobble.api.requests.length, at.kobble.api.aborted.length]
      await leave(way, whole, () => vi.waitFor(() => expect(at.kobble.api.requests.length).toBe(sent + 1)))
      await vi.waitFor(() => expect(at.kobble.api.aborted).toHaveLength(aborted + 1))
      const lines: unknown[] = []
      await vi.waitFor(() => expect(lines.push(...way.takeLines())).toBeGreaterThan(0))
      expect(lines).toEqual([
        {
          level: 'info',
          message: 'operation',
          requestId: 'both-ways',
          caller: 'anonymous',
          operation: 'Late',
          kind: 'query',
          outcome: 'aborted',
          upstream: { KOBBLE: { requests: 1, rows: 0 } },
        },
      ])
    }
  })
})
