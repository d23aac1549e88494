import { UpstreamAuthError, type UpstreamFault } from '../../errors.ts'
import { orNull, pathSegment, type UpstreamAnswer, type UpstreamClient } from '../../http/client.ts'
import type { TokenSource } from './auth.ts'
import {
  type KobbleTransactionPage,
  type KobbleTransactionRow,
  type KobbleWalletPage,
  type KobbleWalletRow,
  readTransaction,
  readTransactionPage,
  readWallet,
  readWalletPage,
} from './wire.ts'

const TRANSACTIONS = '/customers/v1/transactions'
const WALLETS = '/customers/v1/wallets'

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
  listTransactions(query: KobbleTransactionQuery, signal?: AbortSignal): Promise<KobbleTransactionPage>
  /** `GET /customers/v1/transactions/{id}`; null where it is not there for this client. */
  getTransaction(id: string, signal?: AbortSignal): Promise<KobbleTransactionRow | null>
  /** `GET /customers/v1/wallets` */
  listWallets(signal?: AbortSignal): Promise<KobbleWalletPage>
  /** `GET /customers/v1/wallets/{id}`; null where it is not there for this client. */
  getWallet(id: string, signal?: AbortSignal): Promise<KobbleWalletRow | null>
}

export interface KobbleApiOptions {
  readonly client: UpstreamClient
  readonly auth: TokenSource
}

/** Kobble's endpoints over a client for its base URL. A token that is refused is renewed once. */
export function createKobbleApi({ client, auth }: KobbleApiOptions): KobbleApi {
  const faultOf = (operation: string): UpstreamFault => ({ provider: 'KOBBLE', operation })

  async function read(
    { operation }: UpstreamFault,
    path: string,
    signal: AbortSignal | undefined,
    query: Record<string, string | number | undefined> = {},
  ): Promise<UpstreamAnswer> {
    const ask = (token: string) =>
      client.get({ operation, path, query, headers: { authorization: `Bearer ${token}` }, signal })
    const token = await auth.token(signal)
    try {
      return await ask(token)
    } catch (error) {
      if (!(error instanceof UpstreamAuthError && error.status === 401)) throw error
      auth.drop(token)
      return ask(await auth.token(signal))
    }
  }

  return {
    async listTransactions({ wallet, offset, limit, order, from, to }, signal) {
      const fault = faultOf('listTransactions')
      return readTransactionPage(
        await read(fault, TRANSACTIONS, signal, { wallet, offset, limit, order, from, to }),
        fault,
      )
    },
    // Whether another tenant's id is forbidden or unknown is not documented; here both mean that it is not there.
    getTransaction(id, signal) {
      const fault = faultOf('getTransaction')
      const transaction = async () => {
        const { json } = await read(fault, `${TRANSACTIONS}/${pathSegment(id, fault)}`, signal)
        return readTransaction(json, fault)
      }
      return orNull(transaction(), fault, 403, 404)
    },
    async listWallets(signal) {
      const fault = faultOf('listWallets')
      return readWalletPage(await read(fault, WALLETS, signal), fault)
    },
    getWallet(id, signal) {
      const fault = faultOf('getWallet')
      const wallet = async () => {
        const { json } = await read(fault, `${WALLETS}/${pathSegment(id, fault)}`, signal)
        return readWallet(json, fault)
      }
      return orNull(wallet(), fault, 403, 404)
    },
  }
}
