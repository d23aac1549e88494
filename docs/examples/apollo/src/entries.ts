import { gql } from '@apollo/client'

/** A list for `useQuery`; page with `fetchMore` and `after: endCursor`, or `before: startCursor`. */
export const ENTRIES = gql`
  query Entries($first: Int, $after: String, $last: Int, $before: String, $filter: TransactionFilter) {
    transactions(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      edges { node { id ...Entry } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }

  fragment Entry on Transaction {
    provider
    createdAt
    amount { amount currency }
    status
  }
`
