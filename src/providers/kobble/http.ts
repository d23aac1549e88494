import type { ProviderCache } from '../../cache/answer-cache.ts'
import { objectPolicy } from '../../cache/policy.ts'
import { UpstreamAuthError } from '../../errors.ts'
import type { RequestContext } from '../../operation.ts'
import { pageLimits, WHOLE_LIST } from '../../upstream/answer-limits.ts'
import { pathSegment } from '../../upstream/endpoint.ts'
import type { UpstreamAnswer, UpstreamCall, UpstreamClient } from '../../upstream/types.ts'
import { Endpoints } from '../endpoints.ts'
import type { TokenSource } from './auth.ts'
import { transactionsPolicy, walletsPolicy } from './cache-policy.ts'
import {
  type KobbleTransactionAnswer,
  type KobbleTransactionPage,
  type KobbleWalletPage,
  type KobbleWalletRow,
  readTransaction,
  readTransactionPage,
  readWallet,
  readWalletPage,
} from './wire.ts'

const TRANSACTIONS = '/customers/v1/transactions'
const WALLETS = '/customers/v1/wallets'
/** Statuses that mean "not found" here: it is not documented which of the two an id of another tenant gets. */
const NOT_FOUND_STATUSES = [403, 404]
/** The most rows that an answer may have for any requested limit. Which limits Kobble accepts is not documented. */
const MAX_ROWS = 1000

export interface KobbleTransactionQuery {
  /** A wallet's id. */
  readonly wallet?: string | undefined
  /** Zero-based. */
  readonly offset: number
  readonly limit: number
  /** Orders by `created_at`. */
  readonly order: 'asc' | 'desc'
  /** RFC 3339 in UTC. */
  readonly from?: string | undefined
  /** RFC 3339 in UTC. */
  readonly to?: string | undefined
}

/** The endpoints that the gateway reads. Each costs one request, and throws an `UpstreamError` when it fails. */
export interface KobbleApi {
  /** `GET /customers/v1/transactions` */
  listTransactions(query: KobbleTransactionQuery, context?: RequestContext): Promise<KobbleTransactionPage>
  /** `GET /customers/v1/transactions/{id}`; null when the client has no such resource. */
  getTransaction(id: string, context?: RequestContext): Promise<KobbleTransactionAnswer | null>
  /** `GET /customers/v1/wallets` */
  listWallets(context?: RequestContext): Promise<KobbleWalletPage>
  /** `GET /customers/v1/wallets/{id}`; null when the client has no such resource. */
  getWallet(id: string, context?: RequestContext): Promise<KobbleWalletRow | null>
}

export interface KobbleApiOptions {
  readonly client: UpstreamClient
  readonly auth: TokenSource
  /** Keeps answers; none are kept without it. */
  readonly cache?: ProviderCache | null
}

/** Kobble's endpoints over a client for its base URL. A token that is refused is renewed once. */
export function createKobbleApi({ client, auth, cache = null }: KobbleApiOptions): KobbleApi {
  /** Of the latest token. The client prepares the headers of one object once. */
  let latest = { token: '', headers: {} }

  function headersWith(token: string): Readonly<Record<string, string>> {
    if (latest.token !== token) latest = { token, headers: { authorization: `Bearer ${token}` } }
    return latest.headers
  }

  async function send(call: Omit<UpstreamCall, 'headers'>): Promise<UpstreamAnswer> {
    const sendWith = (token: string) => client.get({ headers: headersWith(token), ...call })
    const token = await auth.token(call.signal)
    try {
      return await sendWith(token)
    } catch (error) {
      if (!(error instanceof UpstreamAuthError && error.status === 401)) throw error
      if (!auth.drop(token)) throw error
      return sendWith(await auth.token(call.signal))
    }
  }

  const endpoints = new Endpoints({ provider: 'KOBBLE', notFoundStatuses: NOT_FOUND_STATUSES, send, cache })
  return {
    listTransactions: ({ wallet, offset, limit, order, from, to }, context) =>
      endpoints.list(
        'listTransactions',
        {
          path: TRANSACTIONS,
          query: { wallet, offset, limit, order, from, to },
          limits: pageLimits(Math.max(limit, MAX_ROWS)),
          circuit: wallet === undefined ? 'collection' : 'resource',
        },
        (answer, errorContext) => readTransactionPage(answer, errorContext, wallet ?? null),
        context,
        (read) => transactionsPolicy({ wallet, offset, limit, order, from, to }, read),
      ),
    getTransaction: (id, context) =>
      endpoints.one(
        'getTransaction',
        (errorContext) => `${TRANSACTIONS}/${pathSegment(id, errorContext)}`,
        ({ json }, errorContext) => readTransaction(json, errorContext, id),
        context,
        // The row of a malformed transaction is an error.
        (read) => objectPolicy((answer) => read(answer).row),
      ),
    listWallets: (context) =>
      endpoints.list('listWallets', { path: WALLETS, limits: WHOLE_LIST }, readWalletPage, context, walletsPolicy),
    getWallet: (id, context) =>
      endpoints.one(
        'getWallet',
        (errorContext) => `${WALLETS}/${pathSegment(id, errorContext)}`,
        ({ json }, errorContext) => readWallet(json, errorContext, id),
        context,
      ),
  }
}
