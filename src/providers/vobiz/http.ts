import { type UpstreamErrorContext, UpstreamStatusError } from '../../errors.ts'
import { type RequestContext, recordRows } from '../../operation.ts'
import { pageLimits, SINGLE_ROW } from '../../upstream/answer-limits.ts'
import { nullOnStatus } from '../../upstream/endpoint.ts'
import type { UpstreamCall, UpstreamClient } from '../../upstream/types.ts'
import type { VobizConfig } from './config.ts'
import { isAuthId } from './ids.ts'
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

/** The largest page that the documentation knows. */
const PAGE = pageLimits(200)

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
  const faultOf = (operation: string): UpstreamErrorContext => ({ provider: PROVIDER, operation })

  /** @throws {UpstreamStatusError} with status 404 for what cannot be an auth id, without a request */
  const accountSegment = (authId: string, fault: UpstreamErrorContext) => {
    if (!isAuthId(authId)) throw new UpstreamStatusError({ ...fault, status: 404 })
    return authId
  }

  async function read({ operation }: UpstreamErrorContext, call: Omit<UpstreamCall, 'operation' | 'headers'>) {
    const answer = await client.get({ operation, headers, ...call })
    return dropSecrets(answer.json)
  }

  /** Reads what belongs to one customer. */
  const readCustomer = (fault: UpstreamErrorContext, authId: string, rest: string, context?: RequestContext) => {
    const path = `/accounts/${accountSegment(authId, fault)}${rest}`
    return read(fault, { path, notFoundStatuses: ABSENT, limits: SINGLE_ROW, circuit: 'resource', ...context })
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
      const query = { page, per_page: perPage, search }
      const circuit = search === undefined ? 'collection' : 'resource'
      const json = await read(fault, { path: '/accounts', query, limits: PAGE, circuit, ...context })
      return recordRows(readAccountPage(json, fault), PROVIDER, context)
    },
    getAccount(authId, context) {
      const fault = faultOf('getAccount')
      const account = async () => readAccount(await readCustomer(fault, authId, '', context), fault, authId)
      return nullOnStatus(account(), fault, ...ABSENT)
    },
    getBalance(authId, context) {
      const fault = faultOf('getBalance')
      const balance = async () => {
        const json = await readCustomer(fault, authId, '/balance', context)
        return readBalance(json, fault, config.currency, authId)
      }
      return nullOnStatus(balance(), fault, ...ABSENT)
    },
    async listCustomerTransactions(authId, query, context) {
      const fault = faultOf('listCustomerTransactions')
      const path = `/accounts/${accountSegment(authId, fault)}/transactions`
      const options = { query: wireQuery(query), notFoundStatuses: ABSENT, limits: PAGE, circuit: 'resource' } as const
      const json = await read(fault, { path, ...options, ...context })
      return recordRows(readTransactionPage(json, fault, config.currency, authId), PROVIDER, context)
    },
    async listTransactions(query, context) {
      const fault = faultOf('listTransactions')
      const json = await read(fault, { path: '/transactions', query: wireQuery(query), limits: PAGE, ...context })
      return recordRows(readTransactionPage(json, fault, config.currency, null), PROVIDER, context)
    },
  }
}
