import { afterEach, describe, expect, it, vi } from 'vitest'
import { createCursorCodec, sourceDigest } from '../../src/connection/cursor.ts'
import { deriveCursorKey } from '../../src/connection/cursor-key.ts'
import { exactNumber, type UpstreamReply } from '../../src/sandbox/server.ts'
import type { TestGateway } from '../support/gateway.ts'
import { CURSOR_SECRET, startFuzzed } from './support/gateway.ts'

let at: TestGateway

afterEach(async () => {
  vi.restoreAllMocks()
  await at?.close()
})

/** An answer of a provider in which members of the object are others. */
const having = (members: object) => (reply: UpstreamReply) => ({
  ...reply,
  json: { ...(reply.json as object), ...members },
})

describe('operations that fuzzing has found', () => {
  it('answers 400 with BAD_REQUEST for an operation name that the document does not have', async () => {
    at = await startFuzzed()
    const response = await at.gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'query A { __typename }', operationName: 'B' }),
    })
    expect([response.status, await response.json()]).toEqual([
      400,
      { errors: [expect.objectContaining({ extensions: { code: 'BAD_REQUEST' } })] },
    ])
  })

  it.each(['variables', 'extensions'])('answers 400 for %s in a URL that are not JSON', async (name) => {
    at = await startFuzzed()
    const query = new URLSearchParams({ query: '{ __typename }', [name]: '{' })
    const response = await at.gateway.yoga.fetch(`http://gateway.test/graphql?${query}`, {
      headers: { accept: 'application/json', 'apollo-require-preflight': '1' },
    })
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        errors: [
          {
            message: 'Expected "variables" and "extensions" to be JSON.',
            extensions: { code: 'BAD_REQUEST' },
          },
        ],
      },
    ])
  })

  it('names the variable that has an invalid value', async () => {
    at = await startFuzzed()
    const { errors } = await at.query('query($size: Int) { kobbleWallets(first: $size) { totalCount } }', { size: 'x' })
    expect(errors).toEqual([
      expect.objectContaining({
        message: 'Variable "$size" got invalid value "x"; Int cannot represent non-integer value: "x"',
        extensions: { code: 'BAD_USER_INPUT' },
      }),
    ])
  })

  it('rejects a forged cursor that points beyond any list', async () => {
    at = await startFuzzed()
    const anchor = {
      by: 'offset',
      end: 'newest',
      offset: 2 ** 31,
      total: null,
      totalIsExact: false,
      digest: '000000000000',
      instant: null,
      fingerprint: null,
    } as const
    const key = sourceDigest('KOBBLE')
    const positions = new Map([[key, { at: 'anchor', anchor, side: 'older' }]] as const)
    const codec = createCursorCodec({ key: deriveCursorKey(CURSOR_SECRET, new Map()), omitInexactTotals: false })
    const list = JSON.stringify(['kobbleTransactions', null, 'null', 'null', 'NEWEST_FIRST'])
    const after = codec.forList(list).encode({ edge: key, instant: null, positions, lagging: new Map() })
    const { errors, requests } = await at.query(
      'query($after: String) { kobbleTransactions(after: $after) { nodes { id } } }',
      { after },
    )
    expect([errors[0]?.extensions.code, requests.KOBBLE]).toEqual(['INVALID_CURSOR', 0])
  })

  it('rejects an empty wallet id without a request', async () => {
    at = await startFuzzed()
    const { errors, requests } = await at.query(
      '{ transactions(filter: { kobbleWallets: [""] }) { totalCount nodes { id } } }',
    )
    expect([errors[0]?.extensions.code, requests.KOBBLE]).toEqual(['BAD_USER_INPUT', 0])
  })

  it('does not request again a page size that one answer made up', async () => {
    at = await startFuzzed()
    const authId = at.vobiz.customers[0]!.auth_id
    const query = `{ vobizCustomer(authId: "${authId}") { transactions(first: 50) { totalCount nodes { id } } } }`
    const before = await at.ask(query)
    at.vobiz.server.fault({
      kind: 'alter',
      alter: having({ per_page: 255 }),
      times: 1,
      on: ({ path }) => path.endsWith('/transactions'),
    })
    expect(await at.ask(query)).toEqual(before)
    expect(await at.ask(query)).toEqual(before)
  })

  it('forgets after ten minutes the small page size of one answer', async () => {
    at = await startFuzzed()
    const now = Date.now()
    const query = '{ kobbleTransactions(first: 40) { nodes { id } } }'
    const limit = (reply: UpstreamReply) => ({
      ...reply,
      json: (reply.json as unknown[]).slice(0, 2),
      headers: { ...reply.headers, 'x-limit': '2' },
    })
    at.kobble.api.fault({ kind: 'alter', alter: limit, times: 1 })
    expect((await at.query(query)).requests.KOBBLE).toBeGreaterThan(2)
    expect((await at.query(query)).requests.KOBBLE).toBeGreaterThan(2)
    vi.spyOn(Date, 'now').mockReturnValue(now + 11 * 60_000)
    expect((await at.query(query)).requests.KOBBLE).toBe(1)
  })

  it('returns null for a sum of totals that exceeds Int', async () => {
    at = await startFuzzed()
    at.vobiz.server.fault({ kind: 'alter', alter: having({ total: 2 ** 31 - 1 }) })
    at.kobble.api.fault({
      kind: 'alter',
      alter: (reply) => ({ ...reply, headers: { ...reply.headers, 'x-total-count': String(2 ** 31 - 1) } }),
    })
    expect(await at.ask('{ transactions(first: 0, filter: { providers: [KOBBLE, VOBIZ] }) { totalCount } }')).toEqual({
      transactions: { totalCount: null },
    })
  })

  it('returns null for a total of one provider that exceeds Int', async () => {
    at = await startFuzzed()
    const query = `{ transactions(first: 1, filter: { providers: [KOBBLE, VOBIZ] }, onProviderFailure: PARTIAL) {
        totalCount sources { provider totalCount error { code } }
      } }`
    at.vobiz.server.fault({ kind: 'alter', alter: having({ total: exactNumber('9007199254740991') }) })
    at.kobble.api.fault({
      kind: 'alter',
      alter: (reply) => ({ ...reply, headers: { ...reply.headers, 'x-total-count': '9007199254740991' } }),
    })
    expect(await at.ask(query)).toEqual({
      transactions: {
        totalCount: null,
        sources: [
          { provider: 'KOBBLE', totalCount: null, error: null },
          { provider: 'VOBIZ', totalCount: null, error: { code: 'UPSTREAM_INVALID_RESPONSE' } },
        ],
      },
    })
  })
})
