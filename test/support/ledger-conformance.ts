import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config.ts'
import type { Fault, UpstreamReply, UpstreamServer } from '../../src/sandbox/server.ts'
import type { QueryResult, TestGateway } from './gateway.ts'
import { collectRows, walkPages } from './pages.ts'
import { RUNS } from './runs.ts'

/** One list of a provider's, over a sandbox that is empty at first, and what the suite does to it. */
export interface LedgerSubject {
  readonly gateway: TestGateway
  /** The sandbox and the gateway that the list is read from. */
  readonly server: UpstreamServer
  /** The providers' ids of all entries, newest first. */
  ids(): readonly string[]
  /** Adds an entry where its instant belongs, and returns the provider's id of it. `amount` is a JSON number. */
  add(entry: { readonly createdAt: string; readonly amount?: string }): string
  remove(id: string): void
  close(): Promise<void>
}

export interface LedgerTraits {
  /** The value of the enum `Provider`. */
  readonly provider: string
  /** The list's field in a document, behind the fields that lead to it. */
  readonly path: readonly string[]
  /** Arguments of the list, beside those for paging. */
  readonly args?: string
  /** The rows of an answer, to be tampered with. */
  rowsOf(json: unknown): Record<string, unknown>[]
  /** The field of a row that holds its amount. */
  readonly amountField: string
  /** The environment variable that holds the gateway's password. */
  readonly credential: string
  /** True when the list has a total. */
  readonly hasTotal: boolean
  /** The most requests that are needed: for one page of a list at rest, for its total beside it, and so on. */
  readonly requests: {
    readonly page: number
    readonly total: number
    readonly farEnd: number
    readonly afterGrowth: number
  }
  readonly start: (environment?: Environment) => Promise<LedgerSubject>
}

type Order = 'NEWEST_FIRST' | 'OLDEST_FIRST'
const ORDERS: readonly Order[] = ['NEWEST_FIRST', 'OLDEST_FIRST']

interface Paging {
  readonly first?: number
  readonly after?: string | null
  readonly last?: number
  readonly before?: string | null
  readonly order?: Order
}

interface Entry {
  readonly id: string
  readonly providerId: string
  readonly createdAt: string
}

interface List {
  readonly totalCount?: number | null
  readonly edges: readonly { readonly cursor: string; readonly node: Entry | null }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

const PAGE =
  'edges { cursor node { providerId createdAt } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'

/** Walks per property over real HTTP, which cost more than those over a model. */
const NUM_RUNS = RUNS.walks(5, 1 / 15)

const START = Date.UTC(2026, 2, 1, 12)
/** The instant of an entry, some seconds into a noon of March. */
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString()

/** Creates the queries of the suite for a list, and the readers of their results. */
function clientOf({ path, args = '' }: LedgerTraits, subject: () => LedgerSubject) {
  const names = path.map((field) => /^\w+/.exec(field)![0])
  const leading = path.slice(0, -1)

  function query(paging: Paging, selection = PAGE): Promise<QueryResult<Record<string, unknown>>> {
    const list = `${path.at(-1)}(first: $first, after: $after, last: $last, before: $before, order: $order ${args})`
    const fields = [...leading, list].reduceRight((inner, field) => `${field} { ${inner} }`, selection)
    return subject().gateway.query(
      `query($first: Int, $after: String, $last: Int, $before: String, $order: TransactionOrder!) { ${fields} }`,
      { order: 'NEWEST_FIRST', ...paging },
    )
  }

  const listIn = (data: unknown): List | null =>
    names.reduce<unknown>(
      (value, name) => (value as Record<string, unknown> | null)?.[name] ?? null,
      data,
    ) as List | null

  async function read(paging: Paging, selection = PAGE): Promise<List> {
    const { data, errors } = await query(paging, selection)
    expect(errors).toEqual([])
    return listIn(data)!
  }

  /** Returns the whole list in an order, page by page. */
  const readAll = (order: Order): Promise<List['edges']> =>
    collectRows(
      (after) => read({ first: 100, after, order }),
      ({ edges }) => edges,
    )
  return { query, listIn, read, readAll }
}

type Change = 'head' | 'late' | 'gone'

/** One walk through the list, and what happens to the list meanwhile. */
interface Walk {
  readonly instants: readonly number[]
  readonly sizes: readonly number[]
  readonly order: Order
  readonly isForward: boolean
  readonly changes: readonly { readonly kind: Change; readonly seed: number }[]
  readonly when: 'between pages' | 'between requests'
}

const idsOf = (edges: List['edges']) => edges.map(({ node }) => node?.providerId)

const upside = (order: Order, ids: readonly string[]) => (order === 'NEWEST_FIRST' ? [...ids] : ids.toReversed())

/**
 * Describes the promises of every list of every provider, through GraphQL and over real HTTP on the provider's sandbox.
 *
 * @param name of the list in the names of the tests
 */
export function describeLedgerConformance(name: string, traits: LedgerTraits): void {
  const { provider, hasTotal } = traits
  let subject: LedgerSubject
  const { query, listIn, read, readAll } = clientOf(traits, () => subject)

  const fill = (instants: readonly number[]) => instants.map((seconds) => subject.add({ createdAt: at(seconds) }))

  /** Returns the number of requests that reached the provider during a task. */
  async function costOf(run: () => Promise<unknown>): Promise<number> {
    const before = subject.server.requests.length
    await run()
    return subject.server.requests.length - before
  }

  async function restart(environment: Environment): Promise<void> {
    await subject.close()
    subject = await traits.start(environment)
  }

  describe(`the conformance of ${name}`, () => {
    beforeEach(async () => {
      subject = await traits.start()
    })
    afterEach(() => subject.close())

    describe('pages', () => {
      /** Compares a page from every one of the places, either way, with a slice of the list. */
      async function comparePages(order: Order, places: readonly number[], sizes: readonly number[]): Promise<void> {
        const expected = upside(order, subject.ids())
        const edges = await readAll(order)
        expect(idsOf(edges)).toEqual(expected)
        const cursors = edges.map(({ cursor }) => cursor)
        for (const place of [null, ...places]) {
          const cursor = place === null ? null : cursors[place]!
          for (const size of sizes) {
            const ahead = expected.slice(place === null ? 0 : place + 1)
            const forward = await read({ first: size, after: cursor, order })
            expect(pageOf(forward)).toEqual({
              ids: ahead.slice(0, size),
              hasNextPage: ahead.length > size,
              hasPreviousPage: place !== null,
            })
            const behind = expected.slice(0, place ?? undefined)
            const backward = await read({ last: size, before: cursor, order })
            expect(pageOf(backward)).toEqual({
              ids: size === 0 ? [] : behind.slice(-size),
              hasNextPage: place !== null,
              hasPreviousPage: behind.length > size,
            })
          }
        }
      }

      function pageOf({ edges, pageInfo: { startCursor, endCursor, ...flags } }: List) {
        expect([startCursor, endCursor]).toEqual([edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null])
        return { ids: idsOf(edges), ...flags }
      }

      it.each(ORDERS)('agree with slicing an array at every boundary, %s', async (order) => {
        const instants = [0, 10, 10, 10, 20, 20, 30]
        for (const [count, instant] of [...instants.entries(), [instants.length, 0] as const]) {
          if ([0, 1, 2, 3, 4, 7].includes(count)) {
            const places = [...Array(count).keys()]
            await comparePages(order, places, [0, 1, 2, 3, 4, count, count + 1])
          }
          fill([instant])
        }
      })

      it.each(ORDERS)("agree with slicing an array around the provider's own pages, %s", async (order) => {
        fill(Array.from({ length: 207 }, (_, index) => Math.floor(index / 3)))
        await comparePages(order, [0, 98, 99, 100, 101, 199, 205, 206], [1, 99, 100])
      })

      it('return the entries between two cursors, and none when the cursors are in the wrong order', async () => {
        fill([0, 10, 10, 20, 30])
        const edges = await readAll('NEWEST_FIRST')
        for (const [from, { cursor: after }] of edges.entries()) {
          for (const [to, { cursor: before }] of edges.entries()) {
            const between = subject.ids().slice(from + 1, Math.max(from + 1, to))
            expect(idsOf((await read({ first: 2, after, before })).edges)).toEqual(between.slice(0, 2))
            expect(idsOf((await read({ last: 2, after, before })).edges)).toEqual(between.slice(-2))
          }
        }
      })

      it('hold at most a hundred entries', async () => {
        for (const paging of [{ first: 101 }, { last: 101 }, { first: -1 }]) {
          const { errors } = await query(paging)
          expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
        }
        expect(subject.server.requests.filter(({ query }) => query.size > 0)).toEqual([])
      })
    })

    describe('cursors', () => {
      it('are refused by another order, and when they were altered', async () => {
        fill([0, 10, 20])
        const { endCursor } = (await read({ first: 1 })).pageInfo
        const wrong = [
          { first: 1, after: endCursor, order: 'OLDEST_FIRST' },
          { first: 1, after: `${endCursor}A` },
          { last: 1, before: endCursor!.slice(0, -1) },
          { first: 1, after: '' },
        ] as const
        for (const paging of wrong) {
          const { errors } = await query(paging)
          expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INVALID_CURSOR'])
        }
      })
    })

    describe('walks', () => {
      const pageSize = (max: number) => fc.integer({ min: 1, max })
      const walks = (...kinds: Change[]): fc.Arbitrary<Walk> =>
        fc.record({
          // Without a size, most lists would be so short that they fit on one page.
          instants: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40, size: 'max' }),
          sizes: fc.array(fc.oneof({ arbitrary: pageSize(7), weight: 4 }, { arbitrary: pageSize(100), weight: 1 }), {
            minLength: 1,
            maxLength: 5,
          }),
          order: fc.constantFrom(...ORDERS),
          isForward: fc.boolean(),
          changes: fc.array(fc.record({ kind: fc.constantFrom(...kinds), seed: fc.nat(999) }), {
            maxLength: 20,
            size: 'max',
          }),
          when: fc.constantFrom('between pages', 'between requests'),
        })

      /** Walks from end to end while the list changes, and checks what came of it. */
      async function walk(run: Walk): Promise<void> {
        for (const id of subject.ids()) subject.remove(id)
        const initial = new Set(fill(run.instants.toSorted((one, other) => one - other)))
        const goesOlder = (run.order === 'NEWEST_FIRST') === run.isForward
        const returned: Entry[] = []
        const due = new Set(initial)
        const pending = [...run.changes]
        let newest = 10
        let isReading = false
        let hasLost = false

        function change(): void {
          const next = pending.shift()
          if (!next) return
          const { kind, seed } = next
          if (kind === 'head') {
            newest += seed % 2
            for (let count = seed % 4; count >= 0; count--) subject.add({ createdAt: at(newest) })
          } else if (kind === 'late') {
            const createdAt = at((seed % 20) / 2)
            const id = subject.add({ createdAt })
            // Entries of several lists may come late, so it is not the last one that says how far the walk has come.
            const walked = returned.map((entry) => entry.createdAt).sort()
            const furthest = goesOlder ? walked[0] : walked.at(-1)
            const isAhead = furthest === undefined || (goesOlder ? createdAt < furthest : createdAt > furthest)
            if (isAhead && !isReading) due.add(id)
          } else {
            const ids = subject.ids()
            const victim = ids[seed % ids.length]
            if (victim === undefined) return
            subject.remove(victim)
            due.delete(victim)
            hasLost = true
          }
        }

        subject.server.beforeAnswer = run.when === 'between requests' ? change : null
        try {
          let pages = 0
          const readNext = async (cursor: string | null) => {
            if (pages > 0 && run.when === 'between pages') change()
            expect(pages, 'pages').toBeLessThan(200)
            const size = run.sizes[pages++ % run.sizes.length]!
            isReading = true
            const { order } = run
            const paging = run.isForward ? { first: size, after: cursor, order } : { last: size, before: cursor, order }
            const list = await read(paging)
            isReading = false
            return list
          }
          for await (const { edges } of walkPages(readNext, run.isForward ? 'forward' : 'backward')) {
            const nodes = edges.map(({ node }) => node!)
            returned.push(...(run.isForward ? nodes : nodes.reverse()))
          }
        } finally {
          subject.server.beforeAnswer = null
        }
        const counts = Map.groupBy(returned, ({ providerId }) => providerId)
        expect(
          [...due].filter((id) => !counts.has(id)),
          'missing',
        ).toEqual([])
        const repeated = [...counts].flatMap(([id, { length }]) => (length > 1 ? [id] : []))
        if (!hasLost) expect(repeated, 'repeated').toEqual([])
      }

      const check = (...kinds: Change[]) => fc.assert(fc.asyncProperty(walks(...kinds), walk), { numRuns: NUM_RUNS })

      it('give each entry once while entries arrive at the head', () => check('head'))
      it('give each entry once while entries are back-dated', () => check('head', 'late'))
      it('lose none while entries go', () => check('head', 'late', 'gone'))
    })

    describe('totals', () => {
      it(hasTotal ? 'are exact' : 'are null, not guessed', async () => {
        const totalOf = async (paging: Paging) => (await read(paging, `totalCount ${PAGE}`)).totalCount
        for (const count of [0, 1, 2]) {
          expect(await totalOf({ first: 1 })).toBe(hasTotal ? count : null)
          expect(await totalOf({ last: 5, order: 'OLDEST_FIRST' })).toBe(hasTotal ? count : null)
          expect((await read({}, 'totalCount')).totalCount).toBe(hasTotal ? count : null)
          fill([count])
        }
        subject.remove(subject.ids()[1]!)
        const { endCursor } = (await read({ first: 1 })).pageInfo
        expect(await totalOf({ first: 1, after: endCursor })).toBe(hasTotal ? 2 : null)
      })
    })

    describe('requests', () => {
      const { page, total, farEnd, afterGrowth } = traits.requests

      it(`are ${page} for a page of a list at rest, at any depth, and ${total} more for its total`, async () => {
        fill(Array.from({ length: 60 }, (_, index) => Math.floor(index / 4)))
        for (const order of ORDERS) {
          for (const selection of [PAGE, `totalCount ${PAGE}`, 'edges { cursor node { id } }']) {
            const allowed = selection.startsWith('totalCount') ? page + total : page
            let cursor: string | null = (await read({ first: 10, order })).pageInfo.endCursor
            for (const size of [1, 10, 7, 20]) {
              const paging = { first: size, after: cursor, order }
              expect(await costOf(() => query(paging, selection))).toBeLessThanOrEqual(allowed)
              cursor = (await read(paging)).pageInfo.endCursor
            }
            const back = { last: 5, before: cursor, order }
            expect(await costOf(() => query(back, selection))).toBeLessThanOrEqual(allowed)
          }
        }
      })

      it('are no more for the first page with other fields beside it', async () => {
        fill([0, 10, 10, 20, 30])
        await read({ first: 1 })
        expect(await costOf(() => read({ first: 2 }))).toBe(page)
        expect(await costOf(() => read({ first: 2 }, `nodes { id } ${PAGE}`))).toBe(page)
        expect(await costOf(() => read({ first: 2 }, `totalCount ${PAGE}`))).toBe(page + total)
        expect(await costOf(() => subject.gateway.ask('{ __typename }'))).toBe(0)
      })

      it(`are at most ${farEnd} for the far end of the list`, async () => {
        fill(Array.from({ length: 150 }, (_, index) => index))
        await read({ first: 1 })
        for (const paging of [{ last: 20 }, { first: 20, order: 'OLDEST_FIRST' }] as const) {
          expect(await costOf(() => read(paging))).toBeLessThanOrEqual(farEnd)
        }
      })

      it(`are at most ${afterGrowth} for a page after entries have arrived`, async () => {
        fill(Array.from({ length: 30 }, (_, index) => index))
        for (const order of ORDERS) {
          const { endCursor } = (await read({ first: 10, order })).pageInfo
          fill([40, 41, 42])
          expect(await costOf(() => read({ first: 10, after: endCursor, order }))).toBeLessThanOrEqual(afterGrowth)
        }
      })
    })

    describe('entries', () => {
      it('are fetched again by their ids, the same in every field', async () => {
        fill([0, 10, 10, 20, 30])
        const fields =
          'id provider providerId amount { amount currency } direction status providerStatus category providerType ' +
          'reference createdAt updatedAt affectsBalance raw'
        const { edges } = await read({ first: 10 }, `edges { cursor node { ${fields} } } pageInfo { hasNextPage }`)
        const entries = edges.map(({ node }) => node!)
        expect(entries.map(({ providerId }) => providerId)).toEqual(subject.ids())

        const ids = entries.map(({ id }) => id)
        const again = await subject.gateway.ask<{ nodes: unknown; node: unknown }>(
          `query($ids: [ID!]!, $id: ID!) {
            nodes(ids: $ids) { __typename ... on Transaction { ${fields} } }
            node(id: $id) { ... on Transaction { ${fields} } }
          }`,
          { ids, id: ids[2] },
        )
        expect(again.nodes).toEqual(entries.map((entry) => ({ __typename: expect.any(String), ...entry })))
        expect(again.node).toEqual(entries[2])
        subject.remove(entries[2]!.providerId)
        expect(await subject.gateway.ask('query($id: ID!) { node(id: $id) { id } }', { id: ids[2] })).toEqual({
          node: null,
        })
      })

      it('that cannot be understood are null, and leave the others alone', async () => {
        fill([0, 10, 20])
        const spoilt = subject.ids()[1]!
        subject.server.fault({
          kind: 'alter',
          alter(reply) {
            const json = JSON.parse(JSON.stringify(reply.json)) as unknown
            for (const row of traits.rowsOf(json)) if (row.id === spoilt) row[traits.amountField] = 'plenty'
            return { ...reply, json }
          },
        })
        const { data, errors } = await query({ first: 3 }, `nodes { providerId } ${PAGE}`)
        const list = listIn(data) as (List & { nodes: readonly (Entry | null)[] }) | null
        const [newest, , oldest] = subject.ids()
        expect(list?.edges.map(({ node }) => node?.providerId ?? null)).toEqual([newest, null, oldest])
        expect(list?.nodes.map((node) => node?.providerId ?? null)).toEqual([newest, null, oldest])
        expect(errors).toHaveLength(2)
        for (const { path, extensions } of errors) {
          expect(path).toContain(1)
          expect(extensions).toMatchObject({
            code: 'UPSTREAM_INVALID_RESPONSE',
            provider,
            rowId: spoilt,
            field: traits.amountField,
          })
        }
        subject.server.clearFaults()
        expect(idsOf((await read({ first: 1, after: list!.edges[1]!.cursor })).edges)).toEqual([oldest])
      })

      it('keep every digit of their amounts, from the JSON text to the response text', async () => {
        const amounts = [
          ['0.1', '0.1'],
          ['1234567890123.45', '1234567890123.45'],
          ['9007199254740993', '9007199254740993'],
          ['1e-7', '0.0000001'],
          ['0.30000000000000004', '0.30000000000000004'],
          ['250.10', '250.10'],
        ] as const
        for (const [index, [amount]] of amounts.entries()) subject.add({ createdAt: at(index), amount })
        const selection = 'nodes { id amount { amount } raw }'
        const { text } = await query({ first: 10, order: 'OLDEST_FIRST' }, selection)
        const ids = [...text.matchAll(/"id":"([^"]+)","amount":{/g)].map(([, id]) => id)
        const again = await subject.gateway.query(
          'query($ids: [ID!]!) { nodes(ids: $ids) { ... on Transaction { id amount { amount } raw } } }',
          { ids },
        )
        for (const answer of [text, again.text]) {
          expect([...answer.matchAll(/"amount":{"amount":"([^"]+)"}/g)].map(([, digits]) => digits)).toEqual(
            amounts.map(([, digits]) => digits),
          )
          const rawAmount = new RegExp(`"${traits.amountField}":(-?[0-9][^,}]*)`, 'g')
          expect([...answer.matchAll(rawAmount)].map(([, digits]) => digits)).toEqual(amounts.map(([sent]) => sent))
        }
      })
    })

    describe('failures', () => {
      const reply = (given: UpstreamReply): Fault => ({ kind: 'reply', reply: given })
      const failures: [string, Fault, object][] = [
        [
          'HTML',
          reply({
            status: 200,
            text: '<html><body>Bad gateway</body></html>',
            headers: { 'content-type': 'text/html' },
          }),
          { code: 'UPSTREAM_INVALID_RESPONSE' },
        ],
        ['an empty body', reply({ status: 200 }), { code: 'UPSTREAM_INVALID_RESPONSE' }],
        ['JSON of another kind', reply({ status: 200, json: 'fine' }), { code: 'UPSTREAM_INVALID_RESPONSE' }],
        ['half a body', { kind: 'truncate' }, { code: 'UPSTREAM_UNAVAILABLE' }],
        ['a broken connection', { kind: 'reset' }, { code: 'UPSTREAM_UNAVAILABLE' }],
        ['500', reply({ status: 500, json: { error: 'secret-detail' } }), { code: 'UPSTREAM_ERROR', status: 500 }],
        ['401', reply({ status: 401 }), { code: 'UPSTREAM_AUTH' }],
        [
          '429',
          reply({ status: 429, headers: { 'Retry-After': '60' }, json: { error: 'slow down' } }),
          { code: 'UPSTREAM_RATE_LIMITED', retryAfterMs: 60_000 },
        ],
      ]

      async function expectFailure(extensions: object): Promise<void> {
        const { errors, text } = await query({ first: 2 })
        expect(errors).toHaveLength(1)
        expect(errors[0]!.extensions).toMatchObject({ ...extensions, provider, operation: expect.any(String) })
        expect(text).not.toMatch(/secret-detail|Bad gateway|slow down|127\.0\.0\.1|http/)
      }

      async function expectLife(): Promise<void> {
        expect(idsOf((await read({ first: 2 })).edges)).toEqual(subject.ids().slice(0, 2))
      }

      it.each(failures)(
        'are reported when the answer is %s, and the next request works',
        async (_, fault, extensions) => {
          fill([0, 10, 20])
          subject.server.fault(fault)
          await expectFailure(extensions)
          subject.server.clearFaults()
          await expectLife()
        },
      )

      it('are reported when no answer comes in time, and the next request works', async () => {
        await restart({ UPSTREAM_TIMEOUT_MS: '1500' })
        fill([0, 10, 20])
        await expectLife()
        subject.server.fault({ kind: 'hang' })
        await expectFailure({ code: 'UPSTREAM_TIMEOUT', timeoutMs: 1500 })
        subject.server.clearFaults()
        await expectLife()
      })

      it('that pass are not reported', async () => {
        fill([0, 10, 20])
        subject.server.fault({ kind: 'reply', reply: { status: 503 }, times: 1 })
        await expectLife()
      })

      it('are reported when the credentials are wrong', async () => {
        await restart({ [traits.credential]: 'wrong' })
        await expectFailure({ code: 'UPSTREAM_AUTH' })
      })

      it('are reported when the provider does not listen', async () => {
        await subject.server.close()
        await expectFailure({ code: 'UPSTREAM_UNAVAILABLE' })
      })
    })
  })
}
