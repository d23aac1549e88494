import { type ApolloClient, type DocumentNode, gql } from '@apollo/client'
import { filter, firstValueFrom, lastValueFrom, toArray } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { possibleTypesOf } from '../../src/graphql/possible-types.ts'
import { MONTH_END, type MonthEnd, monthEndOf, PERIOD } from './support/month-end.ts'
import { type Connection, describePaging, entryOf, type Field, PAGE_INFO, pageArguments } from './support/paging.ts'
import { followRecipe, type Project } from './support/recipe.ts'
import { listsOf, namesSetTo } from './support/schema.ts'
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

describe('Apollo Client', () => {
  let at: ServedGateway
  let project: Project

  beforeAll(async () => {
    at = await serveGateway()
    project = await followRecipe('Apollo Client', at.origin)
    await project.write('src/possible-types.json', JSON.stringify(possibleTypesOf(at.gateway.schema)))
  })
  afterAll(async () => {
    await project?.close()
    await at?.close()
  })

  const connect = async () => (await project.load<{ client: ApolloClient }>('src/client.ts')).client

  describePaging(
    () => at,
    async () => {
      const client = await connect()
      const { ENTRIES } = await project.load<{ ENTRIES: DocumentNode }>('src/entries.ts')
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

  it('is told the progress of a subscription, and the result at last', async () => {
    const client = await connect()
    const events = client.subscribe<MonthEnd>({ query: gql(MONTH_END), variables: { period: PERIOD } })
    const told = await lastValueFrom(events.pipe(toArray()))
    expect(told).toMatchObject(monthEndOf(at).map((data) => ({ data })))
  })

  it('has a recipe that names every list', async () => {
    const [program, sdl] = [await project.read('src/client.ts'), await project.read('schema.graphql')]
    expect(namesSetTo('list', program)).toEqual(listsOf(sdl))
  })

  it('has a recipe whose types fit', async () => {
    expect(await project.checkTypes()).toEqual([])
  })
})
