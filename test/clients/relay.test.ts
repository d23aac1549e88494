import { pathToFileURL } from 'node:url'
import {
  type ConcreteRequest,
  createOperationDescriptor,
  fetchQuery,
  getPaginationMetadata,
  getPaginationVariables,
  getSingularSelector,
  type ReaderFragment,
  type Variables,
} from 'relay-runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Entries_list$key } from '../../docs/examples/relay/src/__generated__/Entries_list.graphql.ts'
import { createGatewayEnvironment } from '../../docs/examples/relay/src/environment.ts'
import { loadNextPage } from '../../docs/examples/relay/src/next-page.ts'
import { examplePath, runTool } from './support/example.ts'
import { type Connection, describePaging, type Entry, PAGE_INFO } from './support/paging.ts'
import { describePartial } from './support/partial.ts'
import { type ServedGateway, serveGateway } from './support/serve.ts'

/** The providers' own words. */
const STATUSES = {
  vobiz: { PENDING: 'pending', COMPLETED: 'completed' },
  kobble: { PENDING: 'PENDING', COMPLETED: 'ACCEPTED' },
} as const

describe('the example for Relay', () => {
  let at: ServedGateway

  beforeAll(async () => {
    at = await serveGateway()
  })
  afterAll(() => at?.close())

  /** Loads an artifact of Relay's compiler. */
  async function artifact<Kind>(name: string): Promise<Kind> {
    const path = pathToFileURL(examplePath(`relay/src/__generated__/${name}.graphql.ts`)).href
    return ((await import(path)) as { default: Kind }).default
  }

  /** Creates an environment, and the functions by which components use it. */
  function connect(origin = at.origin) {
    const environment = createGatewayEnvironment(`${origin}/graphql`)
    return {
      environment,
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

  it('is compiled from this schema; "npm run examples" writes the artifacts', async () => {
    expect(await runTool(examplePath('relay'), 'relay-compiler', '--validate')).toContain('Compilation completed.')
  })

  describePaging(
    () => at,
    async () => {
      const { read, load } = connect()
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
          // The same steps as usePaginationFragment.
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

  describePartial(async (origin, filter, size) => {
    const { environment, read, load } = connect(origin)
    const fragment = await artifact<ReaderFragment>('Entries_list')
    const entry = await artifact<ReaderFragment>('Entries_entry')
    const list = await load(await artifact<ConcreteRequest>('EntriesQuery'), { first: size, filter })
    const shown = () => read<Record<string, Connection<unknown>>>(fragment, list).transactions!
    return {
      entries: () => shown().edges.map(({ node }) => read<Entry>(entry, node)),
      cursor: () => shown().pageInfo.endCursor || null,
      hasMore: () => shown().pageInfo.hasNextPage,
      fetchNextPage: (options) => loadNextPage(environment, list as Entries_list$key, size, filter, options),
    }
  })

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
          const { read, load } = connect()
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
