import { graphql } from 'relay-runtime'

export const query = graphql`
  query KobbleQuery($first: Int, $last: Int, $filter: KobbleLedgerFilter) {
    ...Kobble_list @arguments(first: $first, last: $last, filter: $filter)
  }
`

/** The list of one provider; it shows entries with the fragment for entries of all providers. */
export const list = graphql`
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
      edges { node { ...Entries_entry } }
    }
  }
`

/** An entry by its id, as a node. */
export const node = graphql`
  query KobbleNodeQuery($id: ID!) {
    node(id: $id) { ...Entries_entry @alias(as: "entry") }
  }
`

/** An entry by its id, through the interface. */
export const one = graphql`
  query KobbleOneQuery($id: ID!) {
    transaction(id: $id) { ...Entries_entry }
  }
`
