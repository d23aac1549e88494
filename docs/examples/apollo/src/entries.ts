import { gql, type ObservableQuery } from '@apollo/client'
import { type PartialPage, type ReadOptions, readNextPage } from '../../partial/paging.ts'

interface Entry {
  readonly id: string
  readonly provider: string
  readonly createdAt: string
  readonly amount: { readonly amount: string; readonly currency: string }
  readonly status: string
}

/** The answer to `ENTRIES`. */
export interface EntriesData {
  readonly transactions: PartialPage & { readonly edges: readonly { readonly node: Entry | null }[] }
}

/** A list for `useQuery`; page with `fetchNextPage`, or with `fetchMore` and `before: startCursor`. */
export const ENTRIES = gql`
  query Entries($first: Int, $after: String, $last: Int, $before: String, $filter: TransactionFilter) {
    transactions(first: $first, after: $after, last: $last, before: $before, filter: $filter, onProviderFailure: PARTIAL) {
      edges { node { id ...Entry } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      sources { provider error { code retryAfterMs } }
    }
  }

  fragment Entry on Transaction {
    provider
    createdAt
    amount { amount currency }
    status
  }
`

/**
 * Adds the next page to the list. Waits and asks again while all providers that have more entries fail.
 *
 * @param list the result of `useQuery` or `watchQuery`
 * @param after the `endCursor` of the list so far; null for its first page
 * @returns the page; its `hasNextPage` says whether to continue; see `isStalled`
 */
export function fetchNextPage(
  list: Pick<ObservableQuery<EntriesData>, 'fetchMore'>,
  first: number,
  after: string | null,
  options?: ReadOptions,
): Promise<EntriesData['transactions']> {
  const read = async (cursor: string | null) => {
    const { data, error } = await list.fetchMore({ variables: { first, after: cursor, last: null, before: null } })
    if (!data) throw error
    return data.transactions
  }
  return readNextPage(read, after, options)
}
