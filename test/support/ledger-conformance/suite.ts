import { expect } from 'vitest'
import type { Environment } from '../../../src/config.ts'
import type { UpstreamServer } from '../../../src/sandbox/server.ts'
import type { QueryResult, TestGateway } from '../gateway.ts'
import { collectRows } from '../pages.ts'

/** An entry to add. */
export interface NewEntry {
  /** RFC 3339, with any offset and any number of fraction digits. */
  readonly createdAt: string
  /** In major units, as a JSON number; made up by default. */
  readonly amount?: string
  /** The first of the list's currencies by default. */
  readonly currency?: string
  /** One of the provider's accounts; the first one by default. */
  readonly account?: string
  readonly direction?: 'CREDIT' | 'DEBIT'
  /** False for an entry that does not affect the balance yet; true by default. */
  readonly isSettled?: boolean
}

/** One list of a provider's, over a sandbox that is empty at first, and what the suite does to it. */
export interface LedgerSubject {
  readonly gateway: TestGateway
  /** The sandbox and the gateway that the list is read from. */
  readonly server: UpstreamServer
  /** The providers' ids of all entries, or of those of one account, newest first. */
  ids(account?: string): readonly string[]
  /** Adds an entry where its instant belongs, and returns the provider's id of it. */
  add(entry: NewEntry): string
  remove(id: string): void
  close(): Promise<void>
}

/** An amount to add, its digits in the JSON text of a row, and its digits in the response. */
export type AmountDigits = readonly [amount: string, sent: string, shown: string]

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
  /** For an API that sends minor units: amounts in major units, each as its rows have it and as the gateway shows it. */
  readonly minorUnits?: readonly AmountDigits[]
  /** The environment variable that holds the gateway's password. */
  readonly credential: string
  /** Two accounts of the provider; null when it has none. */
  readonly accounts: readonly [string, string] | null
  /** The account whose entries the list holds; null for the list of all entries. */
  readonly account: string | null
  /** Currencies that rows may have; those of one list may differ only with `mixesCurrencies`. */
  readonly currencies: readonly string[]
  /** False when the provider adds amounts up itself, whatever their currencies. */
  readonly mixesCurrencies: boolean
  /** True when the gateway keeps answers, so that the same page costs nothing the second time. */
  readonly keepsAnswers?: boolean
  /** True when the list has a total. */
  readonly hasTotal: boolean
  /** The most requests that are needed: for one page of a list at rest, for its total beside it, and so on. */
  readonly requests: {
    readonly page: number
    readonly total: number
    readonly farEnd: number
    readonly afterGrowth: number
    /** For a page of a long list that has grown so much that the cursor's row has to be searched. */
    readonly search: number
  }
  readonly start: (environment?: Environment) => Promise<LedgerSubject>
}

export type Order = 'NEWEST_FIRST' | 'OLDEST_FIRST'
export const ORDERS: readonly Order[] = ['NEWEST_FIRST', 'OLDEST_FIRST']

export interface Paging {
  readonly first?: number
  readonly after?: string | null
  readonly last?: number
  readonly before?: string | null
  readonly order?: Order
}

export interface Entry {
  readonly id: string
  readonly providerId: string
  readonly createdAt: string
}

export interface List {
  readonly totalCount?: number | null
  readonly edges: readonly { readonly cursor: string; readonly node: Entry | null }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

export const PAGE =
  'edges { cursor node { providerId createdAt } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'

/** Ways to write one instant: in several time zones, with several numbers of fraction digits. */
const WRITINGS: readonly ((ms: number) => string)[] = [
  (ms) => new Date(ms).toISOString(),
  (ms) => new Date(ms).toISOString().replace('Z', '000Z'),
  (ms) => zoned(ms, '+05:30', 330),
  (ms) => zoned(ms, '-08:00', -480),
  (ms) => zoned(ms, '+00:00', 0),
  (ms) => new Date(ms).toISOString().replace(/\.?0+Z$/, 'Z'),
]

const zoned = (ms: number, zone: string, minutes: number) =>
  new Date(ms + minutes * 60_000).toISOString().replace('Z', zone)

/** The number of ways to write an instant. */
export const WAYS = WRITINGS.length

/** Writes an instant in one of several ways. */
export const write = (ms: number, way: number) => WRITINGS[way % WAYS]!(ms)

const START = Date.UTC(2026, 2, 1, 12)

/** The instant of an entry, some seconds into a noon of March, written in one of several ways. */
export const at = (seconds: number, way = 0) => write(START + seconds * 1000, way)

/** The ids of a page's entries; undefined in the place of an entry that is null. */
export const idsOf = (edges: List['edges']) => edges.map(({ node }) => node?.providerId)

/** Returns ids, which are newest first, in the order of a list. */
export const inOrder = (order: Order, ids: readonly string[]) =>
  order === 'NEWEST_FIRST' ? [...ids] : ids.toReversed()

/** A list under test, with the queries of the suite and the readers of their results. */
export type ConformanceSuite = ReturnType<typeof createSuite>

/** Creates the suite's access to a list. Its subject is started and closed for each test. */
export function createSuite(traits: LedgerTraits) {
  const { path, args = '' } = traits
  const names = path.map((field) => /^\w+/.exec(field)![0])
  const leading = path.slice(0, -1)
  let current: LedgerSubject | null = null

  function subject(): LedgerSubject {
    if (current === null) throw new Error('the subject is started by the hooks of the suite')
    return current
  }

  async function start(environment?: Environment): Promise<void> {
    current = await traits.start(environment)
  }

  async function close(): Promise<void> {
    await current?.close()
    current = null
  }

  /** Starts again with an empty list. */
  async function restart(environment: Environment): Promise<void> {
    await close()
    await start(environment)
  }

  /** Adds entries at these instants. Returns their ids. */
  const fill = (instants: readonly number[]) => instants.map((seconds) => subject().add({ createdAt: at(seconds) }))

  function query(
    paging: Paging,
    selection = PAGE,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<QueryResult<Record<string, unknown>>> {
    const list = `${path.at(-1)}(first: $first, after: $after, last: $last, before: $before, order: $order ${args})`
    const fields = [...leading, list].reduceRight((inner, field) => `${field} { ${inner} }`, selection)
    return subject().gateway.query(
      `query($first: Int, $after: String, $last: Int, $before: String, $order: TransactionOrder!) { ${fields} }`,
      { order: 'NEWEST_FIRST', ...paging },
      headers,
    )
  }

  /** Returns the list in the data of a query; null when a field that leads to it is null. */
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

  /** Returns the number of requests that reached the provider during a task. */
  async function costOf(run: () => Promise<unknown>): Promise<number> {
    const before = subject().server.requests.length
    await run()
    return subject().server.requests.length - before
  }

  return { traits, subject, start, close, restart, fill, query, listIn, read, readAll, costOf }
}
