import { type UpstreamErrorContext, UpstreamStatusError } from '../../errors.ts'
import type { RequestContext } from '../../operation.ts'
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

/** Statuses that mean "not found": the partner has no such customer. */
const NOT_FOUND_STATUSES = [404]

/** Limits for the largest documented page. */
const PAGE = pageLimits(200)

/** Values of the filter `transaction_type`, which are not those of a row's `type`. */
export type VobizTransactionTypeFilter = 'recharge' | 'debit' | 'refund' | 'transfer'

export interface VobizTransactionQuery {
  /** One-based. */
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
  /** One-based. */
  readonly page: number
  /** At most 100. */
  readonly perPage: number
  /** Part of a name or an email address. */
  readonly search?: string | undefined
}

/**
 * The partner endpoints that the gateway reads. Each costs one request, and throws an `UpstreamError` when it fails.
 */
export interface VobizApi {
  /** `GET /accounts` */
  listAccounts(query: VobizAccountQuery, context?: RequestContext): Promise<VobizAccountPage>
  /** `GET /accounts/{auth_id}`; null when the partner has no such customer. */
  getAccount(authId: string, context?: RequestContext): Promise<VobizCustomerRow | null>
  /** `GET /accounts/{auth_id}/balance`; null when the partner has no such customer. */
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
  const errorContextOf = (operation: string): UpstreamErrorContext => ({ provider: PROVIDER, operation })

  /** @throws {UpstreamStatusError} with status 404 for what cannot be an auth id, without a request */
  const accountSegment = (authId: string, errorContext: UpstreamErrorContext) => {
    if (!isAuthId(authId)) throw new UpstreamStatusError({ ...errorContext, status: 404 })
    return authId
  }

  async function read({ operation }: UpstreamErrorContext, call: Omit<UpstreamCall, 'operation' | 'headers'>) {
    const answer = await client.get({ operation, headers, ...call })
    return dropSecrets(answer.json)
  }

  /** Reads what belongs to one customer. */
  const readCustomer = (errorContext: UpstreamErrorContext, authId: string, rest: string, context?: RequestContext) => {
    const path = `/accounts/${accountSegment(authId, errorContext)}${rest}`
    return read(errorContext, {
      path,
      notFoundStatuses: NOT_FOUND_STATUSES,
      limits: SINGLE_ROW,
      circuit: 'resource',
      ...context,
    })
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
      const errorContext = errorContextOf('listAccounts')
      const query = { page, per_page: perPage, search }
      const circuit = search === undefined ? 'collection' : 'resource'
      const json = await read(errorContext, { path: '/accounts', query, limits: PAGE, circuit, ...context })
      return readAccountPage(json, errorContext)
    },
    getAccount(authId, context) {
      const errorContext = errorContextOf('getAccount')
      const account = async () =>
        readAccount(await readCustomer(errorContext, authId, '', context), errorContext, authId)
      return nullOnStatus(account(), errorContext, ...NOT_FOUND_STATUSES)
    },
    getBalance(authId, context) {
      const errorContext = errorContextOf('getBalance')
      const balance = async () => {
        const json = await readCustomer(errorContext, authId, '/balance', context)
        return readBalance(json, errorContext, config.currency, authId)
      }
      return nullOnStatus(balance(), errorContext, ...NOT_FOUND_STATUSES)
    },
    async listCustomerTransactions(authId, query, context) {
      const errorContext = errorContextOf('listCustomerTransactions')
      const path = `/accounts/${accountSegment(authId, errorContext)}/transactions`
      const options = {
        query: wireQuery(query),
        notFoundStatuses: NOT_FOUND_STATUSES,
        limits: PAGE,
        circuit: 'resource',
      } as const
      const json = await read(errorContext, { path, ...options, ...context })
      return readTransactionPage(json, errorContext, config.currency, authId)
    },
    async listTransactions(query, context) {
      const errorContext = errorContextOf('listTransactions')
      const json = await read(errorContext, {
        path: '/transactions',
        query: wireQuery(query),
        limits: PAGE,
        ...context,
      })
      return readTransactionPage(json, errorContext, config.currency, null)
    },
  }
}
