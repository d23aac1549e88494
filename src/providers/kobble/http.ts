import { UpstreamAuthError, type UpstreamErrorContext } from '../../errors.ts'
import { type RequestContext, recordRows } from '../../operation.ts'
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
/** Whether another tenant's id is forbidden or unknown is not documented; here both mean that it is not there. */
const ABSENT = [403, 404]
/** The most rows of a page, whatever was asked for. Which limits Kobble takes is not documented. */
const MAX_ROWS = 1000

export interface KobbleTransactionQuery {
  /** A wallet's id. */
  readonly wallet?: string | undefined
  /** From 0. */
  readonly offset: number
  readonly limit: number
  /** By when the transactions were made. */
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
  /** `GET /customers/v1/transactions/{id}`; null where it is not there for this client. */
  getTransaction(id: string, context?: RequestContext): Promise<KobbleTransactionAnswer | null>
  /** `GET /customers/v1/wallets` */
  listWallets(context?: RequestContext): Promise<KobbleWalletPage>
  /** `GET /customers/v1/wallets/{id}`; null where it is not there for this client. */
  getWallet(id: string, context?: RequestContext): Promise<KobbleWalletRow | null>
}

export interface KobbleApiOptions {
  readonly client: UpstreamClient
  readonly auth: TokenSource
}

/** Kobble's endpoints over a client for its base URL. A token that is refused is renewed once. */
export function createKobbleApi({ client, auth }: KobbleApiOptions): KobbleApi {
  const faultOf = (operation: string): UpstreamErrorContext => ({ provider: PROVIDER, operation })

  async function read(
    { operation }: UpstreamErrorContext,
    call: Omit<UpstreamCall, 'operation' | 'headers'>,
  ): Promise<UpstreamAnswer> {
    const ask = (token: string) => client.get({ operation, headers: { authorization: `Bearer ${token}` }, ...call })
    const token = await auth.token(call.signal)
    try {
      return await ask(token)
    } catch (error) {
      if (!(error instanceof UpstreamAuthError && error.status === 401)) throw error
      if (!auth.drop(token)) throw error
      return ask(await auth.token(call.signal))
    }
  }

  const readOne = (fault: UpstreamErrorContext, collection: string, id: string, context?: RequestContext) => {
    const path = `${collection}/${pathSegment(id, fault)}`
    return read(fault, { path, notFoundStatuses: ABSENT, limits: SINGLE_ROW, circuit: 'resource', ...context })
  }

  return {
    async listTransactions({ wallet, offset, limit, order, from, to }, context) {
      const fault = faultOf('listTransactions')
      const answer = await read(fault, {
        path: TRANSACTIONS,
        query: { wallet, offset, limit, order, from, to },
        limits: pageLimits(Math.max(limit, MAX_ROWS)),
        circuit: wallet === undefined ? 'collection' : 'resource',
        ...context,
      })
      return recordRows(readTransactionPage(answer, fault, wallet ?? null), PROVIDER, context)
    },
    getTransaction(id, context) {
      const fault = faultOf('getTransaction')
      const transaction = async () => {
        const { json } = await readOne(fault, TRANSACTIONS, id, context)
        return readTransaction(json, fault, id)
      }
      return nullOnStatus(transaction(), fault, ...ABSENT)
    },
    async listWallets(context) {
      const fault = faultOf('listWallets')
      return recordRows(
        readWalletPage(await read(fault, { path: WALLETS, limits: WHOLE_LIST, ...context }), fault),
        PROVIDER,
        context,
      )
    },
    getWallet(id, context) {
      const fault = faultOf('getWallet')
      const wallet = async () => {
        const { json } = await readOne(fault, WALLETS, id, context)
        return readWallet(json, fault, id)
      }
      return nullOnStatus(wallet(), fault, ...ABSENT)
    },
  }
}
