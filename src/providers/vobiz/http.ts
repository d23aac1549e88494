import type { UpstreamFault } from '../../errors.ts'
import { orNull, pathSegment, type UpstreamClient } from '../../http/client.ts'
import type { VobizConfig } from './config.ts'
import {
  dropSecrets,
  readAccount,
  readAccountPage,
  readBalance,
  readTransactionPage,
  type VobizAccountPage,
  type VobizBalance,
  type VobizCustomerRow,
  type VobizTransactionPage,
} from './wire.ts'

/** What the filter `transaction_type` takes. It is not the vocabulary of a row's `type`. */
export type VobizTransactionTypeFilter = 'recharge' | 'debit' | 'refund' | 'transfer'

export interface VobizTransactionQuery {
  /** From 1. */
  readonly page: number
  /** At most 100. */
  readonly perPage: number
  /** UTC day, `YYYY-MM-DD`. */
  readonly fromDate?: string | undefined
  /** UTC day, `YYYY-MM-DD`. */
  readonly toDate?: string | undefined
  readonly transactionType?: VobizTransactionTypeFilter | undefined
}

export interface VobizAccountQuery {
  /** From 1. */
  readonly page: number
  /** At most 100. */
  readonly perPage: number
  /** Part of a name or an email address. */
  readonly search?: string | undefined
}

/** The partner endpoints that the gateway reads. Each costs one request, and throws an `UpstreamError` when it fails. */
export interface VobizApi {
  /** `GET /accounts` */
  listAccounts(query: VobizAccountQuery, signal?: AbortSignal): Promise<VobizAccountPage>
  /** `GET /accounts/{auth_id}`; null where the partner has no such customer. */
  getAccount(authId: string, signal?: AbortSignal): Promise<VobizCustomerRow | null>
  /** `GET /accounts/{auth_id}/balance`; null where the partner has no such customer. */
  getBalance(authId: string, signal?: AbortSignal): Promise<VobizBalance | null>
  /** `GET /accounts/{auth_id}/transactions` */
  listCustomerTransactions(
    authId: string,
    query: VobizTransactionQuery,
    signal?: AbortSignal,
  ): Promise<VobizTransactionPage>
  /** `GET /transactions`; not offered to every partner. */
  listTransactions(query: VobizTransactionQuery, signal?: AbortSignal): Promise<VobizTransactionPage>
}

/** The partner endpoints of Vobiz over a client for its base URL. */
export function createVobizApi({ config, client }: { config: VobizConfig; client: UpstreamClient }): VobizApi {
  const headers = { 'x-auth-id': config.authId, 'x-auth-token': config.authToken }
  const faultOf = (operation: string): UpstreamFault => ({ provider: 'VOBIZ', operation })

  async function read(
    fault: UpstreamFault,
    path: string,
    signal: AbortSignal | undefined,
    query: Record<string, string | number | undefined> = {},
  ) {
    const answer = await client.get({ operation: fault.operation, path, query, headers, signal })
    return dropSecrets(answer.json)
  }

  const wireQuery = ({ page, perPage, fromDate, toDate, transactionType }: VobizTransactionQuery) => ({
    page,
    per_page: perPage,
    from_date: fromDate,
    to_date: toDate,
    transaction_type: transactionType,
  })

  return {
    async listAccounts({ page, perPage, search }, signal) {
      const fault = faultOf('listAccounts')
      return readAccountPage(await read(fault, '/accounts', signal, { page, per_page: perPage, search }), fault)
    },
    getAccount(authId, signal) {
      const fault = faultOf('getAccount')
      const account = async () =>
        readAccount(await read(fault, `/accounts/${pathSegment(authId, fault)}`, signal), fault)
      return orNull(account(), fault, 404)
    },
    getBalance(authId, signal) {
      const fault = faultOf('getBalance')
      const balance = async () => {
        const json = await read(fault, `/accounts/${pathSegment(authId, fault)}/balance`, signal)
        return readBalance(json, fault, config.currency)
      }
      return orNull(balance(), fault, 404)
    },
    async listCustomerTransactions(authId, query, signal) {
      const fault = faultOf('listCustomerTransactions')
      const path = `/accounts/${pathSegment(authId, fault)}/transactions`
      return readTransactionPage(await read(fault, path, signal, wireQuery(query)), fault, config.currency)
    },
    async listTransactions(query, signal) {
      const fault = faultOf('listTransactions')
      return readTransactionPage(await read(fault, '/transactions', signal, wireQuery(query)), fault, config.currency)
    },
  }
}
