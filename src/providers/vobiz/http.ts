import type { UpstreamFault } from '../../errors.ts'
import { orNull, pathSegment, type UpstreamClient } from '../../http/client.ts'
import { counted, type RequestContext } from '../../operation.ts'
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

const PROVIDER = 'VOBIZ'

/** What says that the partner has no such customer. */
const ABSENT = [404]

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
  listAccounts(query: VobizAccountQuery, context?: RequestContext): Promise<VobizAccountPage>
  /** `GET /accounts/{auth_id}`; null where the partner has no such customer. */
  getAccount(authId: string, context?: RequestContext): Promise<VobizCustomerRow | null>
  /** `GET /accounts/{auth_id}/balance`; null where the partner has no such customer. */
  getBalance(authId: string, context?: RequestContext): Promise<VobizBalance | null>
  /** `GET /accounts/{auth_id}/transactions` */
  listCustomerTransactions(
    authId: string,
    query: VobizTransactionQuery,
    context?: RequestContext,
  ): Promise<VobizTransactionPage>
  /** `GET /transactions`; not offered to every partner. */
  listTransactions(query: VobizTransactionQuery, context?: RequestContext): Promise<VobizTransactionPage>
}

/** The partner endpoints of Vobiz over a client for its base URL. */
export function createVobizApi({ config, client }: { config: VobizConfig; client: UpstreamClient }): VobizApi {
  const headers = { 'x-auth-id': config.authId, 'x-auth-token': config.authToken }
  const faultOf = (operation: string): UpstreamFault => ({ provider: PROVIDER, operation })

  async function read(
    fault: UpstreamFault,
    path: string,
    context: RequestContext | undefined,
    query: Record<string, string | number | undefined> = {},
    absentOn: readonly number[] = [],
  ) {
    const answer = await client.get({ operation: fault.operation, path, query, headers, absentOn, ...context })
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
    async listAccounts({ page, perPage, search }, context) {
      const fault = faultOf('listAccounts')
      const json = await read(fault, '/accounts', context, { page, per_page: perPage, search })
      return counted(readAccountPage(json, fault), PROVIDER, context)
    },
    getAccount(authId, context) {
      const fault = faultOf('getAccount')
      const account = async () =>
        readAccount(await read(fault, `/accounts/${pathSegment(authId, fault)}`, context, {}, ABSENT), fault, authId)
      return orNull(account(), fault, ...ABSENT)
    },
    getBalance(authId, context) {
      const fault = faultOf('getBalance')
      const balance = async () => {
        const json = await read(fault, `/accounts/${pathSegment(authId, fault)}/balance`, context, {}, ABSENT)
        return readBalance(json, fault, config.currency, authId)
      }
      return orNull(balance(), fault, ...ABSENT)
    },
    async listCustomerTransactions(authId, query, context) {
      const fault = faultOf('listCustomerTransactions')
      const path = `/accounts/${pathSegment(authId, fault)}/transactions`
      const json = await read(fault, path, context, wireQuery(query), ABSENT)
      return counted(readTransactionPage(json, fault, config.currency, authId), PROVIDER, context)
    },
    async listTransactions(query, context) {
      const fault = faultOf('listTransactions')
      const json = await read(fault, '/transactions', context, wireQuery(query))
      return counted(readTransactionPage(json, fault, config.currency, null), PROVIDER, context)
    },
  }
}
