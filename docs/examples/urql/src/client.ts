import { Client, fetchExchange } from '@urql/core'
import { cacheExchange, type Resolver } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import type { IntrospectionQuery } from 'graphql'

const joinPages = relayPagination({ mergeMode: 'outwards' })

/** Joins the pages of a list. An empty page moves its end too: a page can be empty while entries follow. */
const list: Resolver = (parent, args, cache, info) => {
  const joined = joinPages(parent, args, cache, info)
  const page = cache.resolve(info.parentKey, info.fieldName, args) as string | null
  const edges = page && (cache.resolve(page, 'edges') as readonly unknown[] | null)
  if (!page || !edges || edges.length > 0 || args.last != null) return joined
  const pageInfo = cache.resolve(page, 'pageInfo') as string
  const position = (field: string) => cache.resolve(pageInfo, field)
  const end = { hasNextPage: position('hasNextPage'), endCursor: position('endCursor') }
  return { ...joined, pageInfo: { ...joined.pageInfo, ...end } }
}
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
