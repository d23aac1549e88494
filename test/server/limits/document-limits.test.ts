import fc from 'fast-check'
import { parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGateway, type Gateway, PROVIDERS } from '../../../src/gateway.ts'
import { examplesOf } from '../../../src/graphql/graphiql.ts'
import { createDocumentCache } from '../../../src/server/limits/document-cache.ts'
import { measureDocument } from '../../../src/server/limits/document-limits.ts'
import { NO_REQUESTS, startGateway } from '../../support/gateway.ts'

const MEDIA_TYPES = ['application/json', 'application/graphql-response+json']

interface Answer {
  readonly status: number
  readonly type: string | null
  readonly body: { readonly data?: unknown; readonly errors?: readonly { readonly extensions: { code: string } }[] }
}

/** A gateway without providers. It has the schema and executes every valid operation. */
const gatewayWith = (environment: Record<string, string>) =>
  createGateway({ environment: { LOG_LEVEL: 'silent', ...environment } })

/** Returns the answer of a gateway to a document. */
async function answerTo(gateway: Gateway, query: string, accept = '*/*'): Promise<Answer> {
  const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query }),
  })
  const body = (await response.json()) as Answer['body']
  return { status: response.status, type: response.headers.get('content-type'), body }
}

const codesOf = ({ body }: Answer) => (body.errors ?? []).map(({ extensions }) => extensions.code)
/** Returns true when all errors come from the missing providers. */
const isExecuted = (answer: Answer) =>
  codesOf(answer).every((code) => ['PROVIDER_NOT_CONFIGURED', 'BAD_USER_INPUT'].includes(code))
const refused = (message: string) => ({ errors: [{ message, extensions: { code: 'LIMIT_EXCEEDED' } }] })

const times = (count: number, part: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => part(at)).join(' ')
const alias = (at: number) => `a${at}: __typename`

/** Returns a document with a nesting depth, along a path through the schema. */
function nested(depth: number, from = 0): string {
  const path = ['vobizCustomers', 'nodes', ...Array<string[]>(depth).fill(['transactions', 'nodes', 'customer']).flat()]
  const names = path.slice(from, from + depth - 1)
  return names.reduceRight((inside, name) => `{ ${name} ${inside} }`, '{ __typename }')
}

/** Returns a document with a number of tokens. */
const long = (tokens: number) =>
  `{ transactions(filter: { providers: [${times(tokens - 16, () => 'VOBIZ')}] }) { __typename } }`

/** For each limit: its variable, a low value, the counted unit, and a function that returns a document of a size. */
const LIMITS: readonly [variable: string, limit: number, counted: string, documentOf: (count: number) => string][] = [
  ['MAX_DEPTH', 8, 'levels of fields', (count) => nested(count)],
  [
    'MAX_DEPTH',
    8,
    'levels of fields',
    (count) => `{ node(id: "x") { ...Deep } } fragment Deep on VobizTransaction ${nested(count - 1, 4)}`,
  ],
  ['MAX_ALIASES', 9, 'aliases', (count) => `{ ${times(count, alias)} }`],
  [
    'MAX_ALIASES',
    10,
    'aliases',
    (count) =>
      `{ ...Two ...Two ... { ...Two } ${times(count - 6, alias)} } fragment Two on Query { x: __typename y: __typename }`,
  ],
  [
    'MAX_DIRECTIVES',
    5,
    'directives',
    (count) => `{ x: __typename ${times(count, () => '__typename @skip(if: true)')} }`,
  ],
  [
    'MAX_DIRECTIVES',
    4,
    'directives',
    (count) =>
      `{ ...A @include(if: true) ... @skip(if: false) { ...A ...A } } fragment A on Query { ${times(count - 2, (at) => `a${at}: __typename @include(if: true)`)} }`,
  ],
  ['MAX_ROOT_FIELDS', 8, 'fields at the root', (count) => `{ ${times(count, () => '__typename')} }`],
  [
    'MAX_ROOT_FIELDS',
    8,
    'fields at the root',
    (count) => `{ ...A ...A ${times(count - 4, alias)} } fragment A on Query { ... { __typename x: __typename } }`,
  ],
]

const CASES = [
  ...LIMITS.map(
    ([variable, limit, counted, documentOf]) =>
      [
        variable,
        limit,
        documentOf(limit),
        documentOf(limit + 1),
        `The document has ${limit + 1} ${counted}, and at most ${limit} are allowed.`,
      ] as const,
  ),
  ['MAX_TOKENS', 40, long(40), long(41), 'The document has more than the 40 tokens allowed.'],
] as const

describe.each(CASES)('%s=%i over %s', (variable, limit, within, over, message) => {
  let gateway: Gateway
  beforeAll(() => {
    gateway = gatewayWith({ MAX_COMPLEXITY: '100000000', [variable]: String(limit) })
  })
  afterAll(() => gateway.close())

  it('accepts a document with as many', async () => {
    const answer = await answerTo(gateway, within)
    expect([answer.status, isExecuted(answer)]).toEqual([200, true])
  })

  it.each(MEDIA_TYPES)('rejects one with more, with status 400 as %s', async (type) => {
    expect(await answerTo(gateway, over, type)).toEqual({
      status: 400,
      type: `${type}; charset=utf-8`,
      body: refused(message),
    })
  })

  it('rejects a document each time, and answers the next one', async () => {
    const answers = [
      await answerTo(gateway, over),
      await answerTo(gateway, over),
      await answerTo(gateway, '{ __typename }'),
    ]
    expect(answers.map(({ body }) => body)).toEqual([
      refused(message),
      refused(message),
      { data: { __typename: 'Query' } },
    ])
  })
})

describe('the limits of documents', () => {
  let gateway: Gateway
  beforeAll(() => {
    gateway = gatewayWith({ MAX_COMPLEXITY: '100000000' })
  })
  afterAll(() => gateway.close())

  it.each(examplesOf(PROVIDERS).map(({ query }) => [/(?:query|subscription) \w+/.exec(query)![0], query]))(
    'let through the example %s',
    async (_, query) => {
      expect(isExecuted(await answerTo(gateway, query))).toBe(true)
    },
  )

  it.each([
    ['15 levels', nested(15), nested(16)],
    ['100 aliases', `{ transactions { ${times(100, alias)} } }`, `{ transactions { ${times(101, alias)} } }`],
    ['50 directives', ...[50, 51].map((count) => `{ ${times(count, () => '__typename @skip(if: true)')} }`)],
    ['50 fields at the root', `{ ${times(50, alias)} }`, `{ ${times(51, alias)} }`],
    ['2000 tokens', long(2000), long(2001)],
  ])('allow %s by default', async (_, within = '', over = '') => {
    expect(isExecuted(await answerTo(gateway, within))).toBe(true)
    expect(codesOf(await answerTo(gateway, over))).toEqual(['LIMIT_EXCEEDED'])
  })

  it('count each operation of a document by itself', async () => {
    const query = `query A { ${times(40, alias)} } query B { ${times(40, alias)} }`
    expect(codesOf(await answerTo(gateway, query))).not.toContain('LIMIT_EXCEEDED')
  })

  it('leave fragments that spread themselves to validation', async () => {
    const answer = await answerTo(
      gateway,
      '{ ...A } fragment A on Query { __typename ...B } fragment B on Query { ...A ...B }',
    )
    expect(codesOf(answer)).toEqual(['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_VALIDATION_FAILED'])
  })

  it('measure fragments that double at every level', async () => {
    const doubling = times(60, (at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`)
    expect((await answerTo(gateway, `{ ...F0 } ${doubling} fragment F60 on Query { a: __typename }`)).body).toEqual(
      refused('The document has more than 1000000000 aliases, and at most 100 are allowed.'),
    )
  })

  it.each([
    ['selections', (depth: number) => `${'{ a '.repeat(depth)}${'}'.repeat(depth)}`],
    ['lists', (depth: number) => `{ a(b: ${'['.repeat(depth)}${']'.repeat(depth)}) }`],
  ])('reject %s nested so deeply that parsing would overflow the stack', async (_, documentOf) => {
    const open = gatewayWith({ MAX_TOKENS: '100000' })
    expect((await answerTo(open, documentOf(30_000))).body).toEqual(
      refused('The document is nested too deeply to be read.'),
    )
    expect((await answerTo(open, '{ __typename }')).status).toBe(200)
    await open.close()
  })

  it('reject a batch of operations', async () => {
    const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
    })
    expect([response.status, await response.json()]).toMatchObject([400, { errors: [{}] }])
  })
})

describe('measureDocument()', () => {
  /** Returns a selection as text that spreads fragments with higher numbers. */
  type Selections = readonly Selection[]
  type Selection =
    | { readonly spread: number }
    | { readonly alias: boolean; readonly directives: number; readonly below: Selections }
    | { readonly inline: Selections }

  const { selections } = fc.letrec<{ selections: Selections; selection: Selection }>((tie) => ({
    selection: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({ spread: fc.nat(4) }),
      fc.record({ alias: fc.boolean(), directives: fc.nat(2), below: tie('selections') }),
      fc.record({ inline: tie('selections') }),
    ),
    selections: fc.array(tie('selection'), { maxLength: 4 }),
  }))

  const written = (set: Selections, from: number): string =>
    `{ x ${set
      .map((selection) => {
        if ('spread' in selection) return from + selection.spread < 5 ? `...F${from + selection.spread}` : ''
        if ('inline' in selection) return `... ${written(selection.inline, from)}`
        const inside = selection.below.length > 0 ? written(selection.below, from) : ''
        return `${selection.alias ? 'a: ' : ''}f ${'@d '.repeat(selection.directives)}${inside}`
      })
      .join(' ')} }`

  /** Returns the same selection with every fragment expanded. */
  function inlined(text: string, fragments: readonly string[]): string {
    return text.replace(/\.\.\.F(\d)/g, (_, at: string) => `... ${inlined(fragments[Number(at)]!, fragments)}`)
  }

  it('measures fragments like their expansion', () => {
    fc.assert(
      fc.property(selections, fc.array(selections, { minLength: 5, maxLength: 5 }), (root, parts) => {
        const fragments = parts.map((part, at) => written(part, at + 1))
        const operation = written(root, 0)
        const whole = `${operation} ${fragments.map((text, at) => `fragment F${at} on T ${text}`).join(' ')}`
        // These two count in the whole document, including unused fragments.
        const { directives, longestAlias, ...size } = measureDocument(parse(whole))
        const { directives: _, longestAlias: __, ...expected } = measureDocument(parse(inlined(operation, fragments)))
        expect(size).toEqual(expected)
        expect(directives).toBe(whole.split('@d').length - 1)
        expect(longestAlias).toBe(whole.includes('a: f') ? 1 : 0)
      }),
    )
  })

  it('counts fields, aliases and directives in the text', () => {
    const document =
      'query ($v: I @d) @d { a: f { b: g @d { h } i: h } ... @d { f { g { h { i } } } } ...F __type { x { y { z } } } } fragment F on T @d { c: h }'
    expect(measureDocument(parse(document))).toEqual({
      depth: 4,
      aliases: 4,
      directives: 5,
      rootFields: 4,
      introspection: '__type',
      introspections: 1,
      longestAlias: 1,
    })
  })
})

describe('the length of an alias', () => {
  const page = (alias: string) =>
    `{ kobbleTransactions(first: 100) { nodes { ...Entry } } } fragment Entry on KobbleTransaction { ${alias}: id }`

  it('is limited to 200 characters, because each row of the answer repeats it', async () => {
    const at = await startGateway()
    for (const length of [201, 300_000]) {
      const { text, errors, requests } = await at.query(page('x'.repeat(length)))
      expect(errors.map(({ message, extensions }) => [message, extensions])).toEqual([
        [
          `The document has ${length} characters in its longest alias, and at most 200 are allowed.`,
          { code: 'LIMIT_EXCEEDED' },
        ],
      ])
      expect([text.length < 300, requests]).toEqual([true, NO_REQUESTS])
    }
    const { data } = await at.query<{ kobbleTransactions: { nodes: object[] } }>(page('x'.repeat(200)))
    expect(data!.kobbleTransactions.nodes).toHaveLength(100)
    await at.close()
  })
})

describe('createDocumentCache()', () => {
  const document = parse('{ a }')

  it('finds a document by its text', () => {
    const cache = createDocumentCache(10)
    cache.set('{ a }', document)
    expect([cache.get('{ a }'), cache.get('{ b }')]).toEqual([document, undefined])
  })

  it('evicts the least recently used document when the texts exceed the limit together', () => {
    const cache = createDocumentCache(10)
    for (const text of ['aaaa', 'bbb', 'ccc']) cache.set(text, document)
    cache.get('aaaa')
    cache.set('dddd', document)
    expect(['aaaa', 'bbb', 'ccc', 'dddd'].filter((text) => cache.get(text))).toEqual(['aaaa', 'dddd'])
  })

  it('does not cache a text that exceeds the limit, and keeps the others', () => {
    const cache = createDocumentCache(10)
    cache.set('aaaa', document)
    cache.set('b'.repeat(11), document)
    expect([cache.get('aaaa'), cache.get('b'.repeat(11))]).toEqual([document, undefined])
  })

  it('counts a text once, however often it is set', () => {
    const cache = createDocumentCache(10)
    for (const text of ['aaaa', 'aaaa', 'aaaa', 'bbbbbb']) cache.set(text, document)
    expect([cache.get('aaaa'), cache.get('bbbbbb')]).toEqual([document, document])
  })
})

describe('a document that selects the schema again and again', () => {
  const ask = async (query: string) => {
    const gateway = gatewayWith({})
    const answer = await answerTo(gateway, query, 'application/json')
    await gateway.close()
    return answer
  }
  const select = (count: number) =>
    Array.from({ length: count }, (_, i) => `a${i}: __schema { types { name } }`).join(' ')

  it('is answered with up to five such fields', async () => {
    expect(await ask(`{ ${select(5)} }`)).toMatchObject({ status: 200, body: { data: { a4: expect.anything() } } })
  })

  it.each([
    `{ ${select(6)} }`,
    `{ ...A ...B } fragment A on Query { ${select(4)} } fragment B on Query { b: __type(name: "Query") { name } c: _service { sdl } }`,
  ])('is rejected with more: %s', async (query) => {
    const { status, body } = await ask(query)
    expect({ status, code: body.errors?.[0]?.extensions.code }).toEqual({ status: 400, code: 'LIMIT_EXCEEDED' })
  })
})
