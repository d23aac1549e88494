import { graphql } from 'relay-runtime'

/** The page of an application that shows the list. */
export const query = graphql`
  query EntriesQuery($first: Int, $last: Int, $filter: TransactionFilter) {
    ...Entries_list @arguments(first: $first, last: $last, filter: $filter)
  }
`

/** A list that pages in both directions, for `usePaginationFragment`. */
export const list = graphql`
  fragment Entries_list on Query
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    filter: { type: "TransactionFilter" }
  )
  @refetchable(queryName: "EntriesPageQuery") {
    transactions(first: $first, after: $after, last: $last, before: $before, filter: $filter, onProviderFailure: PARTIAL)
      @connection(key: "Entries_transactions") {
      edges { node { id createdAt ...Entries_entry } }
      pageInfo { hasNextPage endCursor }
      sources { provider error { code retryAfterMs } }
    }
  }
`

/** An entry of any provider that can be fetched again by its id, for `useRefetchableFragment`. */
export const entry = graphql`
  fragment Entries_entry on Transaction @refetchable(queryName: "EntriesEntryQuery") {
    provider
    createdAt
    amount { amount currency }
    status
  }
`
