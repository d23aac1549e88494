import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { FUZZ_TIMEOUT_MS, fuzzCases } from '../fuzz/support/fuzz.ts'
import { CURSOR_SECRET, poolOf, startFuzzed } from '../fuzz/support/gateway.ts'
import { anyPost, anyRequest } from '../fuzz/support/requests.ts'
import { environmentOf, type TestGateway } from '../support/gateway.ts'
import { RUNS } from '../support/runs.ts'
import {
  type Case,
  expectAllSame,
  HANDED,
  LANE,
  requestBytes,
  startTwoWays,
  type TwoWays,
  YOGA,
} from './support/two-ways.ts'

const NEWEST = 'query Newest($first: Int = 2) { transactions(first: $first) { nodes { id createdAt } totalCount } }'

let at: TestGateway
let ways: TwoWays | null = null

beforeAll(async () => {
  at = await startFuzzed()
})
afterEach(async () => {
  await ways?.close()
  ways = null
})
afterAll(() => at.close())

/** Starts both gateways over the sandboxes. */
async function start(environment: Environment = {}): Promise<TwoWays> {
  const limits = {
    CURSOR_SECRET,
    RATE_LIMIT_PER_MINUTE: '0',
    MAX_BODY_BYTES: '20000',
    SCAN_LIMIT: '150',
    MAX_VARIABLE_VALUES: '1000',
  }
  ways = await startTwoWays({ ...environmentOf(at.sandboxes), ...limits, ...environment })
  return ways
}

describe('a plain POST and the same request through Yoga', () => {
  it('have the same answer for every kind of operation', async () => {
    const two = `${NEWEST} query Other { __typename }`
    await expectAllSame(await start(), {
      plain: { ...LANE, params: { query: NEWEST } },
      variables: { ...LANE, params: { query: NEWEST, variables: { first: 3 } } },
      'no variables': { ...LANE, params: { query: NEWEST, variables: null, extensions: {}, operationName: null } },
      'a chosen operation': { ...LANE, params: { query: two, operationName: 'Other' } },
      'a skipped field': {
        ...LANE,
        params: {
          query: 'query($no: Boolean!) { a: __typename b: __typename @skip(if: $no) }',
          variables: { no: true },
        },
      },
      introspection: { ...LANE, params: { query: '{ __schema { queryType { name } } }' } },
      'a failing field': { ...LANE, params: { query: '{ __typename transactions(after: "no") { totalCount } }' } },
      'a failing argument': { ...LANE, params: { query: '{ transactions(first: 1000) { totalCount } }' } },
      'a missing operation': { ...HANDED, status: 400, params: { query: two } },
      'an unknown operation': { ...HANDED, status: 400, params: { query: two, operationName: 'None' } },
      'a syntax error': { ...HANDED, params: { query: '{' } },
      'an unknown field': { ...HANDED, params: { query: '{ unknown }' } },
      'a wrong variable': { ...HANDED, status: 400, params: { query: NEWEST, variables: { first: 'x' } } },
      'a wrong value of a custom scalar': {
        ...HANDED,
        status: 400,
        params: {
          query: 'query ($f: TransactionFilter) { transactions(filter: $f) { totalCount } }',
          variables: { f: { to: 'October' } },
        },
      },
      'a document that is too deep': {
        ...HANDED,
        status: 400,
        params: { query: `${'{ a'.repeat(50)}${' }'.repeat(50)}` },
      },
      'an operation that is too expensive': {
        ...HANDED,
        status: 400,
        params: {
          query: `{ ${Array.from({ length: 15 }, (_, index) => `a${index}: vobizCustomers(first: 100) { nodes { transactions(first: 100) { nodes { id } } } }`).join(' ')} }`,
        },
      },
      'a subscription': {
        ...HANDED,
        params: {
          query:
            'subscription { vobizReconciliation(period: { from: "2026-01-01", to: "2026-01-02" }) { customersDone } }',
        },
        fields: [['accept', 'application/json, text/event-stream']],
      },
      'a mutation': { ...HANDED, params: { query: 'mutation { a }' } },
    })
  })

  it('have the same answer for every kind of body', async () => {
    const query = '{ __typename }'
    await expectAllSame(await start(), {
      'not JSON': { ...HANDED, status: 400, params: 'no' },
      empty: { ...HANDED, status: 400, params: '' },
      null: { ...HANDED, status: 400, params: 'null' },
      text: { ...HANDED, status: 400, params: '"{ __typename }"' },
      'a batch': { ...HANDED, status: 400, params: [{ query }] },
      'a byte order mark': { ...HANDED, status: 400, params: `\ufeff${JSON.stringify({ query })}` },
      'broken UTF-8': {
        ...LANE,
        params: Buffer.concat([
          Buffer.from('{"query":"{ __typename #'),
          Buffer.from([0xff, 0xc3]),
          Buffer.from('\\n}"}'),
        ]),
      },
      'an unknown member': { ...HANDED, status: 400, params: { query, more: 1 } },
      'an unknown member of null': { ...HANDED, params: { query, more: null } },
      'a member of the prototype': { ...HANDED, status: 400, params: `{"query":"{ __typename }","__proto__":{"a":1}}` },
      'variables as a list': { ...HANDED, status: 400, params: { query, variables: [] } },
      'extensions as a text': { ...HANDED, status: 400, params: { query, extensions: 'no' } },
      'an operation name as a number': { ...HANDED, status: 400, params: { query, operationName: 5 } },
      'a query as a number': { ...HANDED, status: 400, params: { query: 5 } },
      'no query': { ...HANDED, status: 400, params: {} },
      'many variables': { ...HANDED, status: 400, params: { query, variables: { list: Array(5000).fill(1) } } },
    })
  })

  it('have the same answer for every kind of header', async () => {
    const both = await start({ CORS_ORIGINS: 'https://app.example', ALLOWED_HOSTS: 'gateway.example' })
    const accept = (value: string): Pick<Case, 'fields'> => ({ fields: [['accept', value]] })
    await expectAllSame(both, {
      'the cost': { ...LANE, fields: [['x-graphql-cost', '1']] },
      'an empty header': { ...LANE, fields: [['x-graphql-cost', '']] },
      'the mark of the sandbox': { ...LANE, fields: [['x-graphql-sandbox', '1']] },
      'both extensions': {
        ...LANE,
        fields: [
          ['x-graphql-sandbox', '1'],
          ['x-graphql-cost', '1'],
        ],
      },
      'another spelling of JSON': { ...LANE, fields: [['content-type', 'application/json; charset=utf-8']] },
      'a JSON type in capitals': { ...YOGA, status: 415, fields: [['content-type', 'Application/JSON']] },
      'another type': { ...YOGA, status: 415, fields: [['content-type', 'application/xml']] },
      'a form': { ...YOGA, status: 403, fields: [['content-type', 'text/plain']] },
      'no type': { ...YOGA, status: 403, fields: [['content-type', '']] },
      'two types': {
        ...LANE,
        fields: [
          ['content-type', 'application/json'],
          ['content-type', 'text/plain'],
        ],
      },
      'a compressed body': { ...YOGA, status: 415, fields: [['content-encoding', 'gzip']] },
      'an uncompressed body': { ...LANE, fields: [['content-encoding', 'identity']] },
      'a body in chunks': { ...YOGA, fields: [['transfer-encoding', 'chunked']] },
      'a body that is too large': { ...YOGA, status: 413, params: { query: `#${'x'.repeat(20_000)}\n{ __typename }` } },
      'the GraphQL type': { ...LANE, ...accept('application/graphql-response+json') },
      'any type of application': { ...LANE, ...accept('application/*;q=0.5') },
      'a list of types': { ...LANE, ...accept('text/html, application/json;q=0.1, application/graphql-response+json') },
      'types of a client for streams': {
        ...LANE,
        ...accept('application/graphql-response+json, application/json, text/event-stream, multipart/mixed'),
      },
      'two accept headers': {
        ...LANE,
        fields: [
          ['accept', 'text/html'],
          ['accept', 'application/graphql-response+json'],
        ],
      },
      'another charset': { ...LANE, ...accept('application/json;charset=latin1, */*') },
      'a stream of events': { ...YOGA, ...accept('text/event-stream') },
      'a picture': { ...YOGA, status: 406, ...accept('image/png') },
    })
  })

  it('have the same answer for every kind of origin', async () => {
    const origin = (value: string): Pick<Case, 'fields'> => ({ fields: [['origin', value]] })
    const unsupported: Pick<Case, 'fields'> = {
      fields: [
        ['origin', 'https://app.example'],
        ['access-control-request-headers', 'x-a'],
      ],
    }
    const cases = {
      'a listed origin': { ...LANE, ...origin('https://app.example') },
      'a listed origin of a failing operation': { ...HANDED, ...origin('https://app.example'), params: { query: '{' } },
      'an origin that is not listed': { ...YOGA, ...origin('https://other.example') },
      'an origin in capitals': { ...YOGA, ...origin('HTTPS://APP.EXAMPLE') },
      'no page': { ...YOGA, ...origin('null') },
      'an empty origin': { ...YOGA, ...origin('') },
      'a request for headers': { ...YOGA, ...unsupported },
    }
    await expectAllSame(await start({ CORS_ORIGINS: 'https://app.example,https://www.example' }), cases)
  })

  it(
    'have the same answer whatever is in them',
    async () => {
      const { sendBoth, answeredBy } = await start()
      const options = { schema: at.gateway.schema, pool: await poolOf(at) }
      await fuzzCases(RUNS.walks(60, 7), async (random, report) => {
        const sent = random.chance(0.7) ? anyPost({ ...options, random }) : anyRequest({ ...options, random })
        report(`${sent.method} ${sent.path}\n${JSON.stringify(sent.headers)}\n${sent.body?.toString('latin1') ?? ''}`)
        await sendBoth(requestBytes(sent, [['host', 'localhost'], ...Object.entries(sent.headers)], sent.body))
      })
      // Most are plain and valid, so that the comparison is one.
      expect(answeredBy.filter((by) => by === 'lane').length).toBeGreaterThan(answeredBy.length / 4)
    },
    FUZZ_TIMEOUT_MS,
  )
})
