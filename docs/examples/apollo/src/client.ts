import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, Observable } from '@apollo/client'
import { SetContextLink } from '@apollo/client/link/context'
import { relayStylePagination } from '@apollo/client/utilities'
import { OperationTypeNode, print } from 'graphql'
import { createClient, type Sink } from 'graphql-sse'
import possibleTypes from './possible-types.json' with { type: 'json' }

/** The arguments that select another list. The paging arguments are not among them. */
const list = relayStylePagination(['filter', 'order', 'onProviderFailure', 'search'])

/**
 * Creates a client whose cache joins the pages of a list, and which receives subscriptions as server-sent events.
 *
 * @param headers returns the headers of a request, such as `authorization`; called for each, because tokens expire
 */
export function createGatewayClient(
  url = 'http://127.0.0.1:4000/graphql',
  headers: () => Record<string, string> = () => ({}),
): ApolloClient {
  const events = createClient({ url, headers })
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new ApolloLink(
        ({ query, variables }) =>
          new Observable((observer) => events.subscribe({ query: print(query), variables }, observer as Sink)),
      ),
      ApolloLink.from([new SetContextLink(() => ({ headers: headers() })), new HttpLink({ uri: url })]),
    ),
    cache: new InMemoryCache({
      possibleTypes,
      typePolicies: {
        Query: {
          fields: {
            transactions: list,
            vobizTransactions: list,
            vobizCustomers: list,
            kobbleTransactions: list,
            kobbleWallets: list,
          },
        },
        VobizCustomer: { fields: { transactions: list } },
        KobbleWallet: { fields: { transactions: list } },
      },
    }),
  })
}
