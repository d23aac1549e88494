import type { GraphiQLExample } from '../../graphql/graphiql.ts'

/** A wallet of the sandbox, the same on every start. */
const WALLET = '7563fb62-373b-439e-abf9-05bc78940bd3'

/** GraphiQL's tab about Kobble, with variables for the sandbox. */
export const kobbleExamples: readonly GraphiQLExample[] = [
  {
    query: `# A wallet and its entries. "direction" is as
# seen from this wallet: CREDIT when it receives,
# DEBIT when it pays. An entry between wallets is
# INTERNAL by itself.
query WalletWithDirections($wallet: ID!) {
  kobbleWallet(providerId: $wallet) {
    status
    available { amount currency }
    transactions(last: 10, order: OLDEST_FIRST) {
      edges {
        direction
        node {
          createdAt
          amount { amount currency }
          category
          status
          reference
          from { providerId }
          to { providerId }
        }
      }
      pageInfo { hasPreviousPage startCursor }
    }
  }
}
`,
    variables: JSON.stringify({ wallet: WALLET }, null, 2),
  },
]
