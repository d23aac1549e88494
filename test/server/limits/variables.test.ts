import type { GraphQLScalarType } from 'graphql'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createGateway, type Gateway } from '../../../src/gateway.ts'
import { exceededLimit } from '../../../src/server/limits/variables.ts'

const MEDIA_TYPES = ['application/json', 'application/graphql-response+json']

interface Body {
  readonly data?: unknown
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[]
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly body: Body
  /** Number of GraphQL errors that were created; each holds a stack, a position and the value as text. */
  readonly errorsMade: number
}

async function send(gateway: Gateway, url: string, init: RequestInit): Promise<Answer> {
  const made = vi.spyOn(Error, 'captureStackTrace')
  const response = await gateway.yoga.fetch(url, init)
  const text = await response.text()
  const errorsMade = made.mock.calls.length
  made.mockRestore()
  const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)
  return { status: response.status, text, body: JSON.parse(json) as Body, errorsMade }
}

const post = (gateway: Gateway, query: string, variables: unknown, accept = 'application/json', more: object = {}) =>
  send(gateway, 'http://gateway.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query, variables, ...more }),
  })

const LIST = 'query ($filter: TransactionFilter) { transactions(filter: $filter) { totalCount } }'
const RECONCILIATION =
  'subscription ($period: PeriodInput!) { vobizReconciliation(period: $period) { customersDone customersTotal } }'

/** Returns a number of keys that no input type has. */
const unknownKeys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`unknown${n}`, 1]))

const tooMany = (what: string, limit: number, variable: string) => ({
  errors: [
    {
      message: `The variables have more than the ${limit} ${what} allowed (${variable}).`,
      extensions: { code: 'LIMIT_EXCEEDED' },
    },
  ],
})
const tooManyValues = tooMany('values', 10_000, 'MAX_VARIABLE_VALUES')
const tooManyCharacters = tooMany('characters', 262_144, 'MAX_VARIABLE_CHARACTERS')

let open: Gateway
let hidden: Gateway
beforeAll(() => {
  open = createGateway({ environment: { LOG_LEVEL: 'silent' } })
  hidden = createGateway({ environment: { LOG_LEVEL: 'silent', INTROSPECTION: 'off' } })
})
afterAll(() => Promise.all([open.close(), hidden.close()]))
afterEach(() => vi.restoreAllMocks())

describe('exceededLimit()', () => {
  const limits = { maxVariableValues: 5, maxVariableCharacters: 10 }
  const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown

  it.each([
    [undefined, null],
    [null, null],
    [{}, null],
    [{ a: 1, b: null, c: true, d: 1.5, e: 'x' }, null],
    [{ a: 1, b: null, c: true, d: 1.5, e: 'x', f: {} }, 'maxVariableValues'],
    [{ a: [1, 2, 3, 4] }, null],
    [{ a: [1, 2, 3, 4, 5] }, 'maxVariableValues'],
    [{ a: [[1], [2]] }, null],
    [{ a: [[1], [2], []] }, 'maxVariableValues'],
    [{ a: { b: { c: { d: { e: 1 } } } } }, null],
    [{ a: { b: { c: { d: { e: [1] } } } } }, 'maxVariableValues'],
    [{ a: '123456789' }, null],
    [{ a: '1234567890' }, 'maxVariableCharacters'],
    [{ a: ['12345', '1234'] }, null],
    [{ a: ['12345', '12345'] }, 'maxVariableCharacters'],
    [{ key: { key: { key: '12' } } }, 'maxVariableCharacters'],
    ['12345678901', 'maxVariableCharacters'],
    [[[[[[[[]]]]]]], 'maxVariableValues'],
  ])('of %j is %j', (variables, exceeded) => {
    expect(exceededLimit(variables, limits)).toBe(exceeded)
  })

  it('measures values that are nested deeper than the stack', () => {
    expect(exceededLimit(nested(400_000), { maxVariableValues: 399_999, maxVariableCharacters: 0 })).toBeNull()
    expect(exceededLimit(nested(400_000), limits)).toBe('maxVariableValues')
  })

  it('stops at the first limit', () => {
    const reads = vi.fn(() => 1)
    const row = Object.defineProperty({}, 'a', { enumerable: true, get: reads })
    expect(exceededLimit({ rows: Array(100_000).fill(row) }, limits)).toBe('maxVariableValues')
    expect(exceededLimit({ text: 'x'.repeat(11), rows: row }, limits)).not.toBeNull()
    expect(reads.mock.calls.length).toBeLessThan(5)
  })
})

describe.each([
  ['on', () => open],
  ['off', () => hidden],
])('variables with INTROSPECTION=%s', (mode, gateway) => {
  it.each([
    ['10,000 unknown keys', LIST, { filter: unknownKeys(10_000) }, tooManyValues],
    ['500,000 values that are none of an enum', LIST, { filter: { statuses: Array(500_000).fill(0) } }, tooManyValues],
    ['84,000 values of an enum', LIST, { filter: { statuses: Array(84_000).fill('PENDING') } }, tooManyValues],
    ['a document without variables', '{ __typename }', { unused: Array(10_001).fill(0) }, tooManyValues],
    ['a document that cannot be parsed', '{', { unused: Array(10_001).fill(0) }, tooManyValues],
    ['a list', '{ __typename }', Array(10_001).fill(0), tooManyValues],
    ['a long text', LIST, { filter: { minAmount: '9'.repeat(300_000) } }, tooManyCharacters],
    ['long keys', LIST, { filter: { ['x'.repeat(300_000)]: 1 } }, tooManyCharacters],
    ['many texts', LIST, { filter: { kobbleWallets: Array(4000).fill('x'.repeat(70)) } }, tooManyCharacters],
    ['a subscription', RECONCILIATION, { period: unknownKeys(10_000) }, tooManyValues],
  ])('rejects too many or too long values at once, with status 400: %s', async (_, query, variables, body) => {
    for (const type of MEDIA_TYPES) {
      const answer = await post(gateway(), query, variables, type)
      expect([answer.status, answer.body]).toEqual([400, body])
      expect(answer.errorsMade).toBeLessThan(10)
    }
  })

  it.each([
    ['unknown keys', LIST, { filter: unknownKeys(5_000) }],
    ['values that are none of an enum', LIST, { filter: { statuses: Array(9_000).fill(0) } }],
    ['values that are no text', LIST, { filter: { kobbleWallets: Array(9_000).fill({}) } }],
    ['days that are none', LIST, { filter: { from: 'x'.repeat(200_000), to: 'y' } }],
    [
      'times with a long fraction',
      'query ($from: DateTime, $to: DateTime) { kobbleTransactions(filter: { from: $from, to: $to }) { totalCount } }',
      { from: `2026-01-02T00:00:00.${'1'.repeat(100_000)}Z`, to: '2026-01-01T00:00:00Z' },
    ],
    ['a key that is long', LIST, { filter: { ['k'.repeat(200_000)]: 1 } }],
    ['required fields that are missing, and unknown ones', RECONCILIATION, { period: unknownKeys(5_000) }],
    [
      'many variables',
      `query (${Array.from({ length: 40 }, (_, n) => `$v${n}: Int!`).join(' ')}) { ${Array.from({ length: 40 }, (_, n) => `a${n}: transactions(first: $v${n}) { totalCount }`).join(' ')} }`,
      {},
    ],
  ])('reports only the first of many invalid values: %s', async (_, query, variables) => {
    for (const type of [...MEDIA_TYPES, 'text/event-stream']) {
      const { status, text, body, errorsMade } = await post(gateway(), query, variables, type)
      // An error before the first event is sent as a completed stream; errors of the document come first.
      expect(status).toBe(400)
      expect(body.errors).toHaveLength(1)
      expect(errorsMade).toBeLessThan(10)
      expect(text.length).toBeLessThan(600)
    }
  })

  it.each([
    [
      { from: 'tomorrow' },
      'Variable "$filter" got invalid value "tomorrow" at "filter.from"; expected a calendar day, such as "2026-03-31".',
    ],
    [
      { statuses: ['PENDING', 'SOLD'] },
      'Variable "$filter" got invalid value "SOLD" at "filter.statuses[1]"; Value "SOLD" does not exist in "TransactionStatus" enum.',
    ],
    [
      { nothing: 1 },
      'Variable "$filter" got invalid value { nothing: 1 }; Field "nothing" is not defined by type "TransactionFilter".',
    ],
  ])('names the invalid value and the expectation: %j', async (filter, message) => {
    const { status, body } = await post(gateway(), LIST, { filter })
    expect([status, body]).toEqual([
      400,
      { errors: [expect.objectContaining({ message, extensions: { code: 'BAD_USER_INPUT' } })] },
    ])
  })

  const ofType = (type: string, list: string) => `query ($f: ${type}) { ${list} { totalCount } }`
  it.each([
    [
      ofType('TransactionFilter', 'transactions(filter: $f)'),
      { to: 'October' },
      '"October" at "f.to"; expected a calendar day, such as "2026-03-31".',
    ],
    [
      ofType('TransactionFilter', 'transactions(filter: $f)'),
      { minAmount: 12.5 },
      '12.5 at "f.minAmount"; expected an exact decimal number as a string of at most 100 digits, such as "12.50".',
    ],
    [
      ofType('TransactionFilter', 'transactions(filter: $f)'),
      { currency: 'rupees' },
      '"rupees" at "f.currency"; expected a currency code of three capital letters, such as "INR".',
    ],
    [
      ofType('Date', 'transactions(filter: { from: $f })'),
      'October',
      '"October"; expected a calendar day, such as "2026-03-31".',
    ],
    [
      ofType('DateTime', 'kobbleTransactions(filter: { from: $f })'),
      '2026-10-01',
      '"2026-10-01"; expected an RFC 3339 date-time with an offset, such as "2026-03-01T00:00:00Z", of at most 64 characters.',
    ],
  ])('names the variable, the path and the expectation of a custom scalar: %s with %j', async (query, f, message) => {
    const { body } = await post(gateway(), query, { f })
    expect(body.errors?.map((error) => error.message)).toEqual([`Variable "$f" got invalid value ${message}`])
    expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
  })

  it('shows both ends of a long value, and the expectation', async () => {
    const { body } = await post(gateway(), LIST, { filter: { minAmount: '9'.repeat(200_000) } })
    const [error] = body.errors!
    expect(error!.message).toMatch(
      /^Variable "\$filter" got invalid value "9+…9+" at "filter\.minAmount"; expected an exact decimal number/,
    )
    expect(error!.message).toContain('at most 100 digits')
    expect(error!.message.length).toBeLessThanOrEqual(300)
    expect(error!.extensions).toEqual({ code: 'BAD_USER_INPUT' })
  })

  it('are coerced once, for the limits and for execution', async () => {
    const scalar = gateway().schema.getType('Decimal') as GraphQLScalarType
    const parse = vi.spyOn(scalar, 'parseValue')
    await post(gateway(), LIST, { filter: { minAmount: '1' } })
    expect(parse).toHaveBeenCalledTimes(1)
  })

  it(`suggests names only when introspection is on (${mode})`, async () => {
    const { text } = await post(gateway(), LIST, { filter: { providerz: [] } })
    expect(text.includes('Did you mean')).toBe(mode === 'on')
  })

  it('accepts as many as are allowed', async () => {
    // 9,998 statuses, their list, and the filter.
    const filter = { statuses: Array(9_998).fill('PENDING') }
    const { body } = await post(gateway(), LIST, { filter })
    expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(['PROVIDER_NOT_CONFIGURED'])
    const { body: longest } = await post(gateway(), '{ __typename }', { a: 'x'.repeat(262_143) })
    expect(longest).toEqual({ data: { __typename: 'Query' } })
  })

  it('answers values that are nested as deep as is allowed', async () => {
    const depth = 9_990
    const deep = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    for (const [query, variables] of [
      ['query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }', `{"r":[${deep}]}`],
      ['query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }', `{"r":${deep}}`],
      [LIST, `{"filter":${deep}}`],
      [LIST, `{"filter":{"statuses":${'['.repeat(depth)}${']'.repeat(depth)}}}`],
    ] as const) {
      const { body } = await send(gateway(), 'http://gateway.test/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
      })
      expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
    }
  })

  it('measures variables in a URL and in a form as well', async () => {
    const form = new URLSearchParams({
      query: '{ __typename }',
      variables: JSON.stringify({ a: Array(10_001).fill(0) }),
    })
    const headers = { accept: 'application/json', 'graphql-require-preflight': '1' }
    const read = await send(gateway(), `http://gateway.test/graphql?${form}`, { headers })
    expect([read.status, read.body]).toEqual([400, tooManyValues])
    const sent = await send(gateway(), 'http://gateway.test/graphql', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    })
    expect([sent.status, sent.body]).toEqual([400, tooManyValues])
  })
})

describe('the limits of variables', () => {
  it('are set by MAX_VARIABLE_VALUES and MAX_VARIABLE_CHARACTERS', async () => {
    const small = createGateway({
      environment: { LOG_LEVEL: 'silent', MAX_VARIABLE_VALUES: '3', MAX_VARIABLE_CHARACTERS: '20' },
    })
    const answerTo = async (variables: object) => (await post(small, '{ __typename }', variables)).body
    expect(await answerTo({ a: [1, 2] })).toHaveProperty('data')
    expect(await answerTo({ a: [1, 2, 3] })).toEqual(tooMany('values', 3, 'MAX_VARIABLE_VALUES'))
    expect(await answerTo({ a: 'x'.repeat(20) })).toEqual(tooMany('characters', 20, 'MAX_VARIABLE_CHARACTERS'))
    await small.close()
  })

  it('do not keep other parts of a request from being checked', async () => {
    for (const variables of ['text', 5, [1]]) {
      const { status, body } = await post(open, '{ __typename }', variables)
      expect([status, body.errors?.map(({ extensions }) => extensions.code)]).toEqual([400, ['BAD_REQUEST']])
    }
    const { body } = await post(open, LIST, { filter: unknownKeys(10_000) }, undefined, { operationName: 'Other' })
    expect(body).toEqual(tooManyValues)
  })
})

describe('messages of errors in a document', () => {
  it('are shortened, because many errors can repeat a long name', async () => {
    const fields = Array.from({ length: 45 }, (_, n) => `a${n}: node(id: $missing${n}) { id }`)
    const { status, text, body } = await post(open, `query ${'x'.repeat(500_000)} { ${fields.join(' ')} }`, {})
    expect([status, body.errors?.length]).toEqual([200, 45])
    expect(text.length).toBeLessThan(45 * 700)
  })
  const long = 'x'.repeat(300_000)
  it.each([
    ['a document that ends early', `{ ${long}(`, {}],
    ['a word in the wrong place', `query query query ${long}`, {}],
    ['an unknown field', `{ ${long} }`, {}],
    ['a literal that is none of its type', `{ transactions(filter: { minAmount: "${long}" }) { totalCount } }`, {}],
    ['an unknown parameter', '{ __typename }', { [long]: 1 }],
    [
      'an operation that is not in the document',
      'query A { __typename } query B { __typename }',
      { operationName: long },
    ],
  ])('have a maximum length: %s', async (_, query, more) => {
    const { text, body } = await post(open, query, {}, undefined, more)
    expect(body.errors).toHaveLength(1)
    expect(text.length).toBeLessThan(1000)
  })
})
