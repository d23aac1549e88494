import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../src/gateway.ts'
import { encodeGlobalId } from '../../src/graphql/node.ts'
import { vobizLocator } from '../../src/providers/vobiz/transaction.ts'
import { createListener } from '../../src/server/listener.ts'
import { example } from '../support/example-provider/index.ts'
import { createExampleSandbox } from '../support/example-provider/sandbox.ts'
import { startGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts'
import { RUNS } from '../support/runs.ts'
import { type Answer, listen, send } from './support/subgraph.ts'

const ENTITIES = `query($representations: [_Any!]!) {
  _entities(representations: $representations) { __typename ... on Node { id } }
}`

interface Entities {
  readonly _entities: readonly (object | null)[]
}

/** A gateway with queries over HTTP. */
interface Subgraph {
  readonly at: TestGateway
  readonly url: string
  ask(representations: readonly unknown[]): Promise<Answer<Entities>>
  close(): Promise<void>
}

async function start(options?: TestGatewayOptions): Promise<Subgraph> {
  const at = await startGateway(options)
  const server = await listen(createListener(at.gateway))
  return {
    at,
    url: server.url,
    ask: (representations) => send<Entities>(server.url, ENTITIES, { representations }),
    async close() {
      await server.close()
      await at.close()
    },
  }
}

/** The error codes by the index of their representation; -1 for errors of the whole field. */
const faultsOf = ({ errors }: Answer<Entities>) =>
  errors.map(({ path, extensions }) => [path?.length === 2 ? path[1] : -1, extensions.code])

/** A representation and its expected result: an object, null, or an error with this code. */
interface Case {
  readonly given: unknown
  readonly found: object | null
  readonly code?: string
}

/** Asks for all of them at once, and expects each to get what it gets by itself. */
async function expectEach({ ask }: Subgraph, cases: readonly Case[]): Promise<void> {
  const answer = await ask(cases.map(({ given }) => given))
  expect(answer.data?._entities).toEqual(cases.map(({ found }) => found))
  const expected = cases.flatMap(({ code }, index) => (code === undefined ? [] : [[index, code]]))
  expect(faultsOf(answer).toSorted()).toEqual(expected.toSorted())
}

const entity = (__typename: string, locator: string) => ({ __typename, id: encodeGlobalId(__typename, locator) })

const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => void process.off('unhandledRejection', note))
afterEach(() => expect(unhandled).toEqual([]))

const WALLET = entity('KobbleWallet', 'a')
const MISSING_ID = '00000000-0000-4000-8000-000000000000'
/** Of the 32 connections to a provider, what a caller may hold who is alone: eight times as many as stay free. */
const CONNECTIONS_OF_A_CALLER = 29

/** Ids that this gateway gives to nothing. */
const BAD_IDS: Readonly<Record<string, string>> = {
  'that is no base64': '*',
  'that is padded base64': Buffer.from('KobbleTransaction:a').toString('base64'),
  'without a type': encodeGlobalId('', 'a'),
  'without anything behind the type': encodeGlobalId('KobbleTransaction', ''),
  'of a type that there is not': encodeGlobalId('Nothing', 'a'),
  'of a type that has none': encodeGlobalId('Money', 'a'),
  'of a type that every object inherits': encodeGlobalId('constructor', 'a'),
  'of another type': WALLET.id,
}

/** Locators behind the type of a Vobiz entry's id that are not valid. */
const BAD_PLACES = [
  'a',
  'a/2026-05-01',
  'a/2026-02-30/b',
  'a/yesterday/b',
  '/2026-05-01/b',
  'a/2026-05-01/b/c',
  'a/2026-05-01/%',
]

const BAD_KEYS = {
  null: null,
  'a fraction': 1.5,
  'too large a number': 1e300,
  'a flag': true,
  'no text': '',
  'a list': ['a'],
  'an object': {},
}

/** Each of them is the caller's fault. */
const MALFORMED: readonly (readonly [string, unknown])[] = [
  ...[1, true, 'KobbleWallet', [], [[]], [WALLET], {}].map((given) => [JSON.stringify(given), given] as const),
  ...[undefined, null, 42, [], {}, ['KobbleWallet'], ''].map(
    (__typename) => [`the type ${JSON.stringify(__typename)}`, { ...WALLET, __typename }] as const,
  ),
  ...['Nothing', 'Query', '_Entity', '_Any', '__Schema', 'Money', 'PageInfo', 'Node', 'String', 'Provider'].map(
    (__typename) => [`the type ${__typename}`, { ...WALLET, __typename }] as const,
  ),
  ...['__proto__', 'constructor', 'toString'].map(
    (__typename) => [`the type ${__typename}`, { ...WALLET, __typename }] as const,
  ),
  ['a prototype', JSON.parse('{"__typename":"KobbleWallet","__proto__":{"providerId":"a"}}')],
  ['a key of another type', { __typename: 'VobizCustomer', providerId: 'a' }],
  ['no key', { __typename: 'KobbleWallet' }],
  ...Object.entries(BAD_KEYS).flatMap(([name, value]) => [
    [`${name} as id`, { __typename: 'VobizCustomer', id: value }] as const,
    [`${name} as a provider's key`, { __typename: 'VobizCustomer', authId: value }] as const,
  ]),
  ...Object.entries(BAD_IDS).flatMap(([name, id]) =>
    ['Transaction', 'KobbleTransaction', 'VobizCustomer'].map(
      (__typename) => [`${__typename} with an id ${name}`, { __typename, id }] as const,
    ),
  ),
  ...BAD_PLACES.map((place) => [`VobizTransaction at ${place}`, entity('VobizTransaction', place)] as const),
]

describe('_entities', () => {
  let subgraph: Subgraph
  let at: TestGateway
  /** An entity of every type, by each of its keys, and what is not there, of every type. */
  let good: readonly Case[]
  let missing: readonly Case[]

  beforeAll(async () => {
    subgraph = await start()
    at = subgraph.at
    const [entry] = at.vobiz.entries
    const place = { accountId: entry!.account_id, day: entry!.created_at.slice(0, 10) }
    const keys = {
      VobizTransaction: [vobizLocator({ ...place, id: entry!.id }), vobizLocator({ ...place, id: MISSING_ID })],
      VobizCustomer: [at.vobiz.customers[0]!.auth_id, MISSING_ID],
      KobbleTransaction: [at.kobble.entries[0]!.id, MISSING_ID],
      KobbleWallet: [at.kobble.wallets[0]!.id, MISSING_ID],
    } as const
    /** All representations of what has a key. */
    function representations(type: keyof typeof keys, key: string): object[] {
      const byId = entity(type, key)
      const natural = {
        VobizTransaction: null,
        VobizCustomer: 'authId',
        KobbleTransaction: 'providerId',
        KobbleWallet: 'providerId',
      }[type]
      return [
        byId,
        ...(natural === null
          ? []
          : [
              { __typename: type, [natural]: key },
              { __typename: type, id: null, [natural]: key },
            ]),
        ...(type.endsWith('Transaction') ? [{ ...byId, __typename: 'Transaction' }] : []),
      ]
    }
    const types = Object.keys(keys) as (keyof typeof keys)[]
    good = types.flatMap((type) =>
      representations(type, keys[type][0]).map((given) => ({ given, found: entity(type, keys[type][0]) })),
    )
    missing = types.flatMap((type) => representations(type, keys[type][1]).map((given) => ({ given, found: null })))
  })
  afterAll(() => subgraph.close())

  it('answers every entity by each of its keys, in the order of the representations', async () => {
    await expectEach(subgraph, good)
    await expectEach(subgraph, good.toReversed())
  })

  it('answers null for what is not there, without an error', async () => {
    await expectEach(subgraph, [...missing, ...good])
  })

  it.each(MALFORMED)('returns null only in the place of a malformed representation: %s', async (_, given) => {
    await expectEach(subgraph, [good[0]!, { given, found: null, code: 'BAD_USER_INPUT' }, good.at(-1)!])
  })

  it('reads nothing for what is malformed', async () => {
    const before = at.requests()
    await subgraph.ask(MALFORMED.map(([, given]) => given))
    expect(at.requests()).toEqual(before)
  })

  it('keeps every place, whatever the representations are', async () => {
    const malformed = fc.oneof(
      fc.constantFrom(...MALFORMED.map(([, given]) => given)),
      fc.jsonValue().filter((value) => value !== null),
    )
    const bad = malformed.map((given): Case => ({ given, found: null, code: 'BAD_USER_INPUT' }))
    const any = fc.oneof(fc.constantFrom(...good), fc.constantFrom(...missing), bad)
    await fc.assert(
      fc.asyncProperty(fc.array(any, { maxLength: 40 }), (cases) => expectEach(subgraph, cases)),
      { numRuns: RUNS.walks(30, 1 / 3) },
    )
  })

  it('takes whole numbers for keys, as GraphQL does for every ID', async () => {
    const before = at.kobble.api.requests.length
    await expectEach(subgraph, [{ given: { __typename: 'KobbleTransaction', providerId: 42 }, found: null }])
    expect(at.kobble.api.requests.slice(before).map(({ path }) => path.split('/').at(-1))).toEqual(['42'])
  })

  it('takes representations that are literals in the document', async () => {
    const { authId, providerId } = Object.assign({}, ...good.map(({ given }) => given))
    const { data, errors } = await send<Entities>(
      subgraph.url,
      `query($providerId: ID!) {
        _entities(representations: [
          { __typename: "VobizCustomer", authId: "${authId}" }
          { __typename: "KobbleWallet", providerId: $providerId }
          { __typename: KobbleWallet }
        ]) { ... on VobizCustomer { authId } ... on KobbleWallet { providerId } }
      }`,
      { providerId },
    )
    expect(data).toEqual({ _entities: [{ authId }, { providerId }, null] })
    expect(errors.map(({ path }) => path)).toEqual([['_entities', 2]])
  })

  it('refuses null as a whole, which no router sends, and lives on', async () => {
    const answer = await subgraph.ask([null, good[0]!.given])
    expect(faultsOf(answer)).toEqual([[-1, 'BAD_USER_INPUT']])
    await expectEach(subgraph, good)
  })

  it('answers nothing to nothing', async () => {
    expect(await subgraph.ask([])).toEqual({ data: { _entities: [] }, errors: [] })
  })

  it('refuses more than a thousand representations before it reads anything', async () => {
    const before = at.requests()
    const answer = await subgraph.ask(Array(1001).fill(good[0]!.given))
    expect(faultsOf(answer)).toEqual([[-1, 'BAD_USER_INPUT']])
    expect(at.requests()).toEqual(before)
  })

  it("reads a thousand entries of Vobiz's customers with one request for each customer and day", async () => {
    const places = at.vobiz.entries
      .filter(({ ledger }) => ledger === 'both')
      .slice(0, 1000)
      .map(({ account_id: accountId, created_at, id }) => ({ accountId, day: created_at.slice(0, 10), id }))
    const days = new Set(places.map(({ accountId, day }) => `${accountId} ${day}`))
    const before = at.requests().VOBIZ!
    await expectEach(
      subgraph,
      places.map((place) => ({
        given: entity('VobizTransaction', vobizLocator(place)),
        found: entity('VobizTransaction', vobizLocator(place)),
      })),
    )
    expect(at.requests().VOBIZ! - before).toBe(days.size)
  })

  it('reads nothing twice for the same entity under several keys', async () => {
    const { id } = at.kobble.entries[0]!
    const given = [{ __typename: 'KobbleTransaction', providerId: id }, entity('KobbleTransaction', id)]
    const before = at.requests().KOBBLE!
    await expectEach(
      subgraph,
      Array.from({ length: 500 }, () => given)
        .flat()
        .map((each) => ({ given: each, found: entity('KobbleTransaction', id) })),
    )
    expect(at.requests().KOBBLE! - before).toBe(1)
  })

  it.each([
    ['customers', 'VOBIZ', (key: string) => ({ __typename: 'VobizCustomer', authId: key })],
    ['wallets', 'KOBBLE', (key: string) => ({ __typename: 'KobbleWallet', providerId: key })],
  ] as const)('looks for a thousand %s in one list', async (_, provider, represent) => {
    const before = at.requests()[provider]!
    const missing = Array.from({ length: 1000 }, (_, index) => ({ given: represent(`none-${index}`), found: null }))
    await expectEach(subgraph, missing)
    expect(at.requests()[provider]! - before).toBe(1)
  })

  it('ends at the limit of requests where every id leads elsewhere, and lives on', async () => {
    const before = at.requests().VOBIZ!
    const elsewhere = Array.from({ length: 1000 }, (_, index) =>
      entity('VobizTransaction', vobizLocator({ accountId: `MA_${index}`, day: '2026-05-01', id: MISSING_ID })),
    )
    const answer = await subgraph.ask(elsewhere)
    expect(answer.data?._entities).toEqual(Array(1000).fill(null))
    expect(new Set(faultsOf(answer).map(([, code]) => code))).toEqual(new Set(['LIMIT_EXCEEDED']))
    expect(at.requests().VOBIZ! - before).toBeLessThanOrEqual(at.gateway.config.maxUpstreamRequests)
    await expectEach(subgraph, good)
  })
})

describe('_entities over providers that fail', () => {
  let subgraph: Subgraph
  afterEach(() => subgraph.close())

  /** An entry of each provider. */
  function oneOfEach({ vobiz, kobble }: TestGateway): [Case, Case] {
    const { account_id: accountId, created_at, id } = vobiz.entries[0]!
    const ofVobiz = entity('VobizTransaction', vobizLocator({ accountId, day: created_at.slice(0, 10), id }))
    const ofKobble = entity('KobbleTransaction', kobble.entries[0]!.id)
    return [
      { given: ofVobiz, found: ofVobiz },
      { given: ofKobble, found: ofKobble },
    ]
  }

  it('loses the entities of the provider that fails, and no others', async () => {
    subgraph = await start()
    const [ofVobiz, ofKobble] = oneOfEach(subgraph.at)
    subgraph.at.kobble.api.fault({ kind: 'reply', reply: { status: 503 } })
    await expectEach(subgraph, [
      { given: ofKobble.given, found: null, code: 'UPSTREAM_ERROR' },
      ofVobiz,
      { given: { __typename: 'KobbleWallet', providerId: 'a' }, found: null, code: 'UPSTREAM_ERROR' },
      { given: 'malformed', found: null, code: 'BAD_USER_INPUT' },
    ])
    subgraph.at.kobble.api.clearFaults()
    await expectEach(subgraph, [ofVobiz, ofKobble])
  })

  it('loses the entities of the provider that is switched off, and no others', async () => {
    const off = Object.fromEntries(
      Object.keys(PROVIDERS.find(({ name }) => name === 'KOBBLE')!.variables).map((name) => [name, undefined]),
    )
    subgraph = await start({ environment: off })
    const [ofVobiz, ofKobble] = oneOfEach(subgraph.at)
    await expectEach(subgraph, [
      { given: ofKobble.given, found: null, code: 'PROVIDER_NOT_CONFIGURED' },
      { given: { __typename: 'KobbleWallet', providerId: 'a' }, found: null, code: 'PROVIDER_NOT_CONFIGURED' },
      ofVobiz,
      {
        given: { ...(ofKobble.given as object), __typename: 'Transaction' },
        found: null,
        code: 'PROVIDER_NOT_CONFIGURED',
      },
    ])
  })

  it('reads a thousand Kobble entries side by side, as many at a time as one caller may hold connections', async () => {
    const full = Promise.withResolvers<void>()
    let underWay = 0
    let most = 0
    /** A proxy in front of Kobble that counts the requests in flight. */
    const counter = await listen((incoming, outgoing) => {
      most = Math.max(most, ++underWay)
      if (underWay === CONNECTIONS_OF_A_CALLER) full.resolve()
      outgoing.on('close', () => underWay--)
      const { method, url, headers } = incoming
      const target = new URL(url!, behind)
      const forward = request(target, { method: method!, headers: { ...headers, host: target.host } }, (reply) => {
        outgoing.writeHead(reply.statusCode!, reply.headers)
        reply.pipe(outgoing)
      })
      // Then comes what else would be sent meanwhile.
      void full.promise.then(() => sleep(5)).then(() => incoming.pipe(forward))
    })
    let behind = ''
    try {
      subgraph = await start({ environment: { KOBBLE_BASE_URL: counter.url.replace('/graphql', '') } })
      const { kobble } = subgraph.at
      behind = kobble.api.url
      const entries = kobble.entries.slice(0, 1000).map(({ id }) => entity('KobbleTransaction', id))
      await expectEach(
        subgraph,
        entries.map((given) => ({ given, found: given })),
      )
      expect(kobble.api.requests).toHaveLength(1000)
      expect(most).toBe(CONNECTIONS_OF_A_CALLER)
    } finally {
      await counter.close()
    }
  })

  it('answers for a third provider that says no word about it', async () => {
    const sandbox = await createExampleSandbox()
    try {
      subgraph = await start({ providers: [...PROVIDERS, example], environment: sandbox.environment })
      const found = entity('ExampleTransaction', sandbox.add().id)
      await expectEach(subgraph, [
        { given: found, found },
        { given: { ...found, __typename: 'Transaction' }, found },
        ...oneOfEach(subgraph.at),
        { given: entity('ExampleTransaction', 'none'), found: null },
      ])
    } finally {
      await sandbox.close()
    }
  })
})
