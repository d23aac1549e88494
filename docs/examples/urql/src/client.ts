import { Client, fetchExchange } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import type { IntrospectionQuery } from 'graphql'

const list = relayPagination({ mergeMode: 'outwards' })
/** Objects without an id are stored as a part of the object that contains them. */
const noKey = () => null

/**
 * Creates a client whose cache joins the pages of a list, and which receives subscriptions as server-sent events.
 *
 * @param introspection the output of `introspection.mjs`
 */
export function createGatewayClient(introspection: IntrospectionQuery, url = 'http://127.0.0.1:4000/graphql'): Client {
  return new Client({
    url,
    preferGetMethod: false,
    fetchSubscriptions: true,
    exchanges: [
      cacheExchange({
        schema: introspection,
        keys: {
          CurrencyTotals: noKey,
          Money: noKey,
          Period: noKey,
          ProviderStatus: noKey,
          SourceError: noKey,
          TransactionGroup: noKey,
          TransactionSource: noKey,
          TransactionSummary: noKey,
          VobizDiscrepancy: noKey,
          VobizReconciliation: noKey,
          VobizReconciliationProgress: noKey,
          VobizReferenceTypeTotals: noKey,
          VobizStatement: noKey,
          VobizStatementLine: noKey,
          VobizTransfer: noKey,
        },
        resolvers: {
          Query: {
            transactions: list,
            vobizTransactions: list,
            vobizCustomers: list,
            kobbleTransactions: list,
            kobbleWallets: list,
          },
          VobizCustomer: { transactions: list },
          KobbleWallet: { transactions: list },
        },
      }),
      fetchExchange,
    ],
  })
}
