import {
  type ConcreteRequest,
  createOperationDescriptor,
  type Environment,
  fetchQuery,
  getPaginationMetadata,
  getPaginationVariables,
  getSingularSelector,
  type ReaderFragment,
  type Variables,
} from 'relay-runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, describePaging, type Entry, PAGE_INFO } from './support/paging.ts'
import { followRecipe, type Project } from './support/recipe.ts'
import { type ServedGateway, serveGateway } from './support/serve.ts'

/** The same list of one provider alone, and an object by its id. */
const MORE = `import { graphql } from 'relay-runtime'

export const query = graphql\`
  query KobbleQuery($first: Int, $last: Int, $filter: KobbleLedgerFilter) {
    ...Kobble_list @arguments(first: $first, last: $last, filter: $filter)
  }
\`

export const list = graphql\`
  fragment Kobble_list on Query
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    filter: { type: "KobbleLedgerFilter" }
  )
  @refetchable(queryName: "KobblePageQuery") {
    kobbleTransactions(first: $first, after: $after, last: $last, before: $before, filter: $filter)
      @connection(key: "Kobble_kobbleTransactions") {
      edges {
        node {
          ...Entries_entry
        }
      }
    }
  }
\`

export const node = graphql\`
  query KobbleNodeQuery($id: ID!) {
    node(id: $id) {
      ...Entries_entry @alias(as: "entry")
    }
  }
\`

export const one = graphql\`
  query KobbleOneQuery($id: ID!) {
    transaction(id: $id) {
      ...Entries_entry
    }
  }
\`
`

/** The providers' own words. */
const STATUSES = {
  vobiz: { PENDING: 'pending', COMPLETED: 'completed' },
  kobble: { PENDING: 'PENDING', COMPLETED: 'ACCEPTED' },
} as const

describe('Relay', () => {
  let at: ServedGateway
  let project: Project
  let compiled: string

  beforeAll(async () => {
    at = await serveGateway()
    project = await followRecipe('Relay', at.origin)
    await project.write('src/Kobble.ts', MORE)
    compiled = await project.run('node_modules/.bin/relay-compiler')
  })
  afterAll(async () => {
    await project?.close()
    await at?.close()
  })

  /** What the compiler made. */
  async function artifact<Kind>(name: string): Promise<Kind> {
    return (await project.load<{ default: Kind }>(`src/__generated__/${name}.graphql.ts`)).default
  }

  /** A new environment, and what components do with it. */
  async function connect() {
    const { environment } = await project.load<{ environment: Environment }>('src/environment.ts')
    return {
      read: <Data>(fragment: ReaderFragment, reference: unknown) =>
        environment.lookup(getSingularSelector(fragment, reference)).data as Data,
      /** Fetches an operation, keeps what it brings, and returns what the operation itself reads. */
      async load<Data>(request: ConcreteRequest, variables: Variables): Promise<Data> {
        const operation = createOperationDescriptor(request, variables)
        environment.retain(operation)
        await fetchQuery(environment, request, variables, { fetchPolicy: 'network-only' }).toPromise()
        return environment.lookup(operation.fragment).data as Data
      },
    }
  }

  it('compiles lists that page both ways, and fragments that are fetched again by id', () => {
    expect(compiled).toContain('Compilation completed.')
  })

  it('has a recipe whose types fit', async () => {
    expect(await project.checkTypes()).toEqual([])
  })

  describePaging(
    () => at,
    async () => {
      const { read, load } = await connect()
      const entry = await artifact<ReaderFragment>('Entries_entry')
      return async ({ field, filter, direction, size }) => {
        const name = field === 'transactions' ? 'Entries' : 'Kobble'
        const fragment = await artifact<ReaderFragment>(`${name}_list`)
        const first = { [direction === 'forward' ? 'first' : 'last']: size, filter }
        const list = await load(await artifact<ConcreteRequest>(`${name}Query`), first)
        const connection = () => read<Record<string, Connection<unknown>>>(fragment, list)[field]!
        return {
          entries: () => connection().edges.map(({ node }) => read<Entry>(entry, node)),
          hasMore: (towards) => connection().pageInfo[PAGE_INFO[towards].hasMore],
          // What usePaginationFragment does.
          async fetchMore(towards) {
            const { paginationRequest, paginationMetadata } = getPaginationMetadata(fragment, name)
            const cursor = connection().pageInfo[PAGE_INFO[towards].cursor]
            await load(
              paginationRequest,
              getPaginationVariables(towards, size, cursor, { filter }, {}, paginationMetadata),
            )
          },
        }
      }
    },
  )

  describe('an entry', () => {
    type Found = { node: { entry: unknown }; transaction: unknown }
    const queries: Record<string, (found: Found) => unknown> = {
      EntriesEntryQuery: ({ node }) => node,
      KobbleNodeQuery: ({ node }) => node.entry,
      KobbleOneQuery: ({ transaction }) => transaction,
    }

    for (const provider of ['vobiz', 'kobble'] as const) {
      for (const [query, entryOf] of Object.entries(queries)) {
        it(`of ${provider} is fetched again by its id with ${query}, as it is by then`, async () => {
          const { read, load } = await connect()
          const entry = await artifact<ReaderFragment>('Entries_entry')
          const request = await artifact<ConcreteRequest>(query)
          const field = `${provider}Transactions`
          const ask = `{ ${field}(first: 1) { nodes { id providerId } } }`
          const { [field]: page } = await at.ask<Record<string, { nodes: { id: string; providerId: string }[] }>>(ask)
          const { id, providerId } = page!.nodes[0]!
          for (const [status, word] of Object.entries(STATUSES[provider])) {
            at[provider].update(providerId, { status: word })
            expect(read<Entry>(entry, entryOf(await load<Found>(request, { id })))).toMatchObject({ id, status })
          }
        })
      }
    }
  })
})
