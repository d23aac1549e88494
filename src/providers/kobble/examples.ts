import type { GraphiQLExample } from '../../graphql/graphiql.ts'

/** A wallet of the sandbox; it is the same on every start. */
const WALLET = '7563fb62-373b-439e-abf9-05bc78940bd3'

/** GraphiQL's tab about Kobble. It answers on the sandbox. */
export const kobbleExamples: readonly GraphiQLExample[] = [
  {
    query: `# A wallet and its entries.
# Look at "direction": as this wallet sees it,
# CREDIT when it receives and DEBIT when it pays.
# By itself, an entry between wallets is INTERNAL.
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
