import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { gql } from '@urql/core'
import type { IntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReadOptions } from '../../docs/examples/partial/paging.ts'
import { createGatewayClient } from '../../docs/examples/urql/src/client.ts'
import { ENTRIES, type EntriesData, fetchNextPage } from '../../docs/examples/urql/src/entries.ts'
import { examplePath, readExample } from './support/example.ts'
import { MONTH_END, type MonthEnd, monthEndOf, PERIOD } from './support/month-end.ts'
import {
  type Connection,
  type Direction,
  describePaging,
  entryOf,
  type Field,
  PAGE_INFO,
  pageArguments,
} from './support/paging.ts'
import { describePartial } from './support/partial.ts'
import { EXAMPLES_SDL, listsOf, namesSetTo, typesWithoutId } from './support/schema.ts'
import { type ServedGateway, serveGateway } from './support/serve.ts'

/** The list of one provider alone, its fields by a fragment on the interface. */
const KOBBLE_ENTRIES = gql`
  query KobbleEntries($first: Int, $after: String, $last: Int, $before: String, $filter: KobbleLedgerFilter) {
    kobbleTransactions(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      edges { node { id ... on Transaction { provider createdAt amount { amount currency } status } } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`

describe('the example for urql', () => {
  let at: ServedGateway
  let introspection: IntrospectionQuery

  beforeAll(async () => {
    at = await serveGateway()
    const script = [examplePath('urql/introspection.mjs'), examplePath('../../schema.graphql')]
    introspection = JSON.parse((await promisify(execFile)(process.execPath, script)).stdout)
  })
  afterAll(() => at?.close())

  const connect = () => createGatewayClient(introspection, `${at.origin}/graphql`)

  describePaging(
    () => at,
    async () => {
      const client = connect()
      return async ({ field, filter, direction, size }) => {
        let connection: Connection
        const fetchPage = async (towards: Direction, cursor?: string) => {
          const variables = { ...pageArguments(towards, size, cursor), filter }
          const query = field === 'transactions' ? ENTRIES : KOBBLE_ENTRIES
          const { data, error } = await client.query<Record<Field, Connection>, object>(query, variables)
          if (!data) throw error
          connection = data[field]
        }
        await fetchPage(direction)
        return {
          entries: () => connection.edges.map(({ node }) => entryOf(node)),
          hasMore: (towards) => connection.pageInfo[PAGE_INFO[towards].hasMore],
          fetchMore: (towards) => fetchPage(towards, connection.pageInfo[PAGE_INFO[towards].cursor]),
        }
      }
    },
  )

  describePartial(async (origin, filter, size) => {
    const client = createGatewayClient(introspection, `${origin}/graphql`)
    let shown: EntriesData['transactions'] | null = null
    const cursor = () => shown?.pageInfo.endCursor ?? null
    const next = async (options?: ReadOptions) => {
      shown = await fetchNextPage(client, { first: size, filter }, cursor(), options)
      return shown
    }
    await next()
    return {
      entries: () => shown!.edges.map(({ node }) => node!),
      cursor,
      hasMore: () => shown!.pageInfo.hasNextPage,
      fetchNextPage: next,
    }
  })

  it('receives the progress of a subscription, and finally the result', async () => {
    const client = connect()
    const received: unknown[] = []
    await new Promise<void>((resolve) => {
      client.subscription<MonthEnd>(MONTH_END, { period: PERIOD }).subscribe(({ data, error, hasNext }) => {
        if (hasNext) received.push(error ?? data)
        else resolve()
      })
    })
    expect(received).toEqual(monthEndOf(at))
  })

  it('names every list, and every type without an id', async () => {
    const program = await readExample('urql/src/client.ts')
    expect(namesSetTo('list', program)).toEqual(listsOf(EXAMPLES_SDL))
    expect(namesSetTo('noKey', program)).toEqual(typesWithoutId(EXAMPLES_SDL))
  })
})
