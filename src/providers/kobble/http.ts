import { UpstreamAuthError, type UpstreamErrorContext } from '../../errors.ts'
import type { RequestContext } from '../../operation.ts'
import { pageLimits, SINGLE_ROW, WHOLE_LIST } from '../../upstream/answer-limits.ts'
import { nullOnStatus, pathSegment } from '../../upstream/endpoint.ts'
import type { UpstreamAnswer, UpstreamCall, UpstreamClient } from '../../upstream/types.ts'
import type { TokenSource } from './auth.ts'
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

const PROVIDER = 'KOBBLE'
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
}

/** Kobble's endpoints over a client for its base URL. A token that is refused is renewed once. */
export function createKobbleApi({ client, auth }: KobbleApiOptions): KobbleApi {
  const errorContextOf = (operation: string): UpstreamErrorContext => ({ provider: PROVIDER, operation })

  async function read(
    { operation }: UpstreamErrorContext,
    call: Omit<UpstreamCall, 'operation' | 'headers'>,
  ): Promise<UpstreamAnswer> {
    const send = (token: string) => client.get({ operation, headers: { authorization: `Bearer ${token}` }, ...call })
    const token = await auth.token(call.signal)
    try {
      return await send(token)
    } catch (error) {
      if (!(error instanceof UpstreamAuthError && error.status === 401)) throw error
      if (!auth.drop(token)) throw error
      return send(await auth.token(call.signal))
    }
  }

  const readOne = (errorContext: UpstreamErrorContext, collection: string, id: string, context?: RequestContext) => {
    const path = `${collection}/${pathSegment(id, errorContext)}`
    return read(errorContext, {
      path,
      notFoundStatuses: NOT_FOUND_STATUSES,
      limits: SINGLE_ROW,
      circuit: 'resource',
      ...context,
    })
  }

  return {
    async listTransactions({ wallet, offset, limit, order, from, to }, context) {
      const errorContext = errorContextOf('listTransactions')
      const answer = await read(errorContext, {
        path: TRANSACTIONS,
        query: { wallet, offset, limit, order, from, to },
        limits: pageLimits(Math.max(limit, MAX_ROWS)),
        circuit: wallet === undefined ? 'collection' : 'resource',
        ...context,
      })
      return readTransactionPage(answer, errorContext, wallet ?? null)
    },
    getTransaction(id, context) {
      const errorContext = errorContextOf('getTransaction')
      const transaction = async () => {
        const { json } = await readOne(errorContext, TRANSACTIONS, id, context)
        return readTransaction(json, errorContext, id)
      }
      return nullOnStatus(transaction(), errorContext, ...NOT_FOUND_STATUSES)
    },
    async listWallets(context) {
      const errorContext = errorContextOf('listWallets')
      return readWalletPage(await read(errorContext, { path: WALLETS, limits: WHOLE_LIST, ...context }), errorContext)
    },
    getWallet(id, context) {
      const errorContext = errorContextOf('getWallet')
      const wallet = async () => {
        const { json } = await readOne(errorContext, WALLETS, id, context)
        return readWallet(json, errorContext, id)
      }
      return nullOnStatus(wallet(), errorContext, ...NOT_FOUND_STATUSES)
    },
  }
}
