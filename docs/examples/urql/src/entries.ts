import { type Client, gql } from '@urql/core'
import { type PartialPage, type ReadOptions, readNextPage } from '../../partial/paging.ts'

interface Entry {
  readonly id: string
  readonly provider: string
  readonly createdAt: string
  readonly amount: { readonly amount: string; readonly currency: string }
  readonly status: string
}

/** The answer to `ENTRIES`: all pages that the cache has, joined. */
export interface EntriesData {
  readonly transactions: PartialPage & { readonly edges: readonly { readonly node: Entry | null }[] }
}

/** A list of all providers; page with `fetchNextPage`, or with `last` and `before: startCursor`. */
export const ENTRIES = gql<EntriesData>`
  query Entries($first: Int, $after: String, $last: Int, $before: String, $filter: TransactionFilter) {
    transactions(
      first: $first, after: $after, last: $last, before: $before, filter: $filter, onProviderFailure: PARTIAL
    ) {
      edges { node { id provider createdAt amount { amount currency } status } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      sources { provider error { code retryAfterMs } }
    }
  }
`

/**
 * Adds the next page to the list. Waits and asks again while all providers that have more entries fail. The request goes
 * past the cache, which would answer a second attempt with the first, empty page.
 *
 * @param after the `endCursor` of the list so far; null for its first page
 * @returns the list with the page; its `hasNextPage` says whether to continue; see `isStalled`
 */
export function fetchNextPage(
  client: Client,
  variables: { readonly first: number; readonly filter?: object | null },
  after: string | null,
  options?: ReadOptions,
): Promise<EntriesData['transactions']> {
  const read = async (cursor: string | null) => {
    const page = { ...variables, after: cursor, last: null, before: null }
    const { data, error } = await client.query(ENTRIES, page, { requestPolicy: 'network-only' })
    if (!data) throw error
    return data.transactions
  }
  return readNextPage(read, after, options)
}
