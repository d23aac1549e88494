import { type Client, gql } from '@urql/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
import { followRecipe, type Project } from './support/recipe.ts'
import { listsOf, namesSetTo, typesWithoutId } from './support/schema.ts'
import { type ServedGateway, serveGateway } from './support/serve.ts'

const FILTERS = { transactions: 'TransactionFilter', kobbleTransactions: 'KobbleLedgerFilter' } as const

const entriesOf = (field: Field) => gql`
  query Entries($first: Int, $after: String, $last: Int, $before: String, $filter: ${FILTERS[field]}) {
    ${field}(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      edges { node { id ... on Transaction { provider createdAt amount { amount currency } status } } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`

describe('urql', () => {
  let at: ServedGateway
  let project: Project

  beforeAll(async () => {
    at = await serveGateway()
    project = await followRecipe('urql', at.origin)
    await project.run('introspection.mjs')
  })
  afterAll(async () => {
    await project?.close()
    await at?.close()
  })

  const connect = async () => (await project.load<{ client: Client }>('src/client.ts')).client

  describePaging(
    () => at,
    async () => {
      const client = await connect()
      return async ({ field, filter, direction, size }) => {
        let connection: Connection
        const fetchPage = async (towards: Direction, cursor?: string) => {
          const variables = { ...pageArguments(towards, size, cursor), filter }
          const { data, error } = await client.query<Record<Field, Connection>>(entriesOf(field), variables)
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

  it('is told the progress of a subscription, and the result at last', async () => {
    const client = await connect()
    const told: unknown[] = []
    await new Promise<void>((resolve) => {
      client.subscription<MonthEnd>(MONTH_END, { period: PERIOD }).subscribe(({ data, error, hasNext }) => {
        if (hasNext) told.push(error ?? data)
        else resolve()
      })
    })
    expect(told).toEqual(monthEndOf(at))
  })

  it('has a recipe that names every list and every type without an id', async () => {
    const [program, sdl] = [await project.read('src/client.ts'), await project.read('schema.graphql')]
    expect(namesSetTo('list', program)).toEqual(listsOf(sdl))
    expect(namesSetTo('noKey', program)).toEqual(typesWithoutId(sdl))
  })

  it('has a recipe whose types fit', async () => {
    expect(await project.checkTypes()).toEqual([])
  })
})
