import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gql } from '@apollo/client'
import { filter, firstValueFrom, lastValueFrom, toArray } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGatewayClient } from '../../docs/examples/apollo/src/client.ts'
import { ENTRIES, type EntriesData, fetchNextPage } from '../../docs/examples/apollo/src/entries.ts'
import { readExample } from './support/example.ts'
import { MONTH_END, type MonthEnd, monthEndOf, PERIOD } from './support/month-end.ts'
import { type Connection, describePaging, entryOf, type Field, PAGE_INFO, pageArguments } from './support/paging.ts'
import { describePartial } from './support/partial.ts'
import { EXAMPLES_SDL, listsOf, namesSetTo } from './support/schema.ts'
import { type ServedGateway, serveGateway } from './support/serve.ts'

/** The list of one provider alone, its fields by a fragment on the interface. */
const KOBBLE_ENTRIES = gql`
  query KobbleEntries($first: Int, $after: String, $last: Int, $before: String, $filter: KobbleLedgerFilter) {
    kobbleTransactions(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      edges {
        node {
          id
          ... on Transaction { provider createdAt amount { amount currency } status }
        }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`

describe('the example for Apollo Client', () => {
  let at: ServedGateway

  beforeAll(async () => {
    at = await serveGateway()
  })
  afterAll(() => at?.close())

  const connect = () => createGatewayClient(`${at.origin}/graphql`)

  describePaging(
    () => at,
    async () => {
      const client = connect()
      return async ({ field, filter: conditions, direction, size }) => {
        const query = field === 'transactions' ? ENTRIES : KOBBLE_ENTRIES
        const list = client.watchQuery<Record<Field, Connection>>({
          query,
          variables: { ...pageArguments(direction, size), filter: conditions },
        })
        list.subscribe({})
        const settled = () => firstValueFrom(list.pipe(filter(({ loading }) => !loading)))
        await settled()
        const connection = () => list.getCurrentResult().data![field] as Connection
        return {
          entries: () => connection().edges.map(({ node }) => entryOf(node)),
          hasMore: (towards) => connection().pageInfo[PAGE_INFO[towards].hasMore],
          async fetchMore(towards) {
            const cursor = connection().pageInfo[PAGE_INFO[towards].cursor]
            await list.fetchMore({ variables: pageArguments(towards, size, cursor) })
            await settled()
          },
        }
      }
    },
  )

  describePartial(async (origin, conditions, size) => {
    const client = createGatewayClient(`${origin}/graphql`)
    const variables = { ...pageArguments('forward', size), filter: conditions }
    const list = client.watchQuery<EntriesData>({ query: ENTRIES, variables })
    list.subscribe({})
    const settled = () => firstValueFrom(list.pipe(filter(({ loading }) => !loading)))
    await settled()
    const shown = () => (list.getCurrentResult().data as EntriesData).transactions
    return {
      entries: () => shown().edges.map(({ node }) => node!),
      cursor: () => shown().pageInfo.endCursor || null,
      hasMore: () => shown().pageInfo.hasNextPage,
      async fetchNextPage(options) {
        const page = await fetchNextPage(list, size, shown().pageInfo.endCursor || null, options)
        await settled()
        return page
      },
    }
  })

  it('receives the progress of a subscription, and finally the result', async () => {
    const client = connect()
    const events = client.subscribe<MonthEnd>({ query: gql(MONTH_END), variables: { period: PERIOD } })
    const received = await lastValueFrom(events.pipe(toArray()))
    expect(received).toMatchObject(monthEndOf(at).map((data) => ({ data })))
  })

  it('sends the headers of the moment with queries and subscriptions', async () => {
    const tokens = ['Bearer first', 'Bearer second']
    const received: (string | undefined)[] = []
    const server = createServer((request, response) => {
      received.push(request.headers.authorization)
      response.writeHead(401).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const headers = () => ({ authorization: tokens.shift() ?? 'none' })
    const client = createGatewayClient(`http://127.0.0.1:${port}/graphql`, headers)
    await expect(client.query({ query: gql('{ providers { provider } }') })).rejects.toThrow('401')
    const events = client.subscribe({ query: gql(MONTH_END), variables: { period: PERIOD } }).subscribe({})
    await expect.poll(() => received.slice(0, 2)).toEqual(['Bearer first', 'Bearer second'])
    events.unsubscribe()
    server.closeAllConnections()
    server.close()
  })

  it('names every list', async () => {
    expect(namesSetTo('list', await readExample('apollo/src/client.ts'))).toEqual(listsOf(EXAMPLES_SDL))
  })

  it('has the possible types that the gateway serves; "npm run examples" writes them', async () => {
    const served = await fetch(`${at.origin}/possible-types.json`)
    expect(await readExample('apollo/src/possible-types.json')).toBe(await served.text())
  })
})
