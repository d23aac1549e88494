import type { ProviderCache, ReadAnswer } from '../../cache/answer-cache.ts'
import { objectPolicy } from '../../cache/policy.ts'
import { type UpstreamErrorContext, UpstreamStatusError } from '../../errors.ts'
import type { RequestContext } from '../../operation.ts'
import { pageLimits, SINGLE_ROW } from '../../upstream/answer-limits.ts'
import type { UpstreamAnswer, UpstreamClient } from '../../upstream/types.ts'
import { Endpoints } from '../endpoints.ts'
import { isPlainId } from '../plain-id.ts'
import { accountsPolicy, ledgerPolicy } from './cache-policy.ts'
import type { VobizConfig } from './config.ts'
import { readPartner, type VobizPartnerRow } from './partner-wire.ts'
import { dropSecrets } from './secrets.ts'
import {
  readAccount,
  readAccountPage,
  readBalance,
  readTransactionPage,
  type VobizAccountPage,
  type VobizBalance,
  type VobizCustomerRow,
  type VobizTransactionPage,
} from './wire.ts'

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
  /** `GET /me` */
  getPartner(context?: RequestContext): Promise<VobizPartnerRow>
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

/** @throws {UpstreamStatusError} with status 404 for what cannot be an auth id, without a request */
function accountPath(authId: string, errorContext: UpstreamErrorContext): string {
  if (!isPlainId(authId)) throw new UpstreamStatusError({ ...errorContext, status: 404 })
  return `/accounts/${authId}`
}

const wireQuery = ({ page, perPage, fromDate, toDate, transactionType }: VobizTransactionQuery) => ({
  page,
  per_page: perPage,
  from_date: fromDate,
  to_date: toDate,
  transaction_type: transactionType,
})

export interface VobizApiOptions {
  readonly config: VobizConfig
  readonly client: UpstreamClient
  /** Keeps answers; none are kept without it. */
  readonly cache?: ProviderCache | null
}

/** Returns an answer without secrets. */
function withoutSecrets(answer: UpstreamAnswer): UpstreamAnswer {
  const json = dropSecrets(answer.json)
  return json === answer.json ? answer : { ...answer, json }
}

/** The partner endpoints of Vobiz over a client for its base URL. */
export function createVobizApi({ config, client, cache = null }: VobizApiOptions): VobizApi {
  const headers = { 'x-auth-id': config.authId, 'x-auth-token': config.authToken }
  const endpoints = new Endpoints({
    provider: 'VOBIZ',
    notFoundStatuses: NOT_FOUND_STATUSES,
    send: async (call) => withoutSecrets(await client.get({ headers, ...call })),
    cache,
  })

  /** Returns the function that reads a page of the ledger of an account, or of all of them. */
  const readPageOf =
    (accountId: string | null) =>
    ({ json, kept }: ReadAnswer, errorContext: UpstreamErrorContext): VobizTransactionPage => {
      const page = readTransactionPage(json, errorContext, config.currency, accountId)
      return kept === undefined ? page : { ...page, kept }
    }

  return {
    getPartner: (context) =>
      endpoints.list(
        'getPartner',
        { path: '/me', limits: SINGLE_ROW, circuit: 'resource' },
        ({ json }, errorContext) => readPartner(json, errorContext, config.currency),
        context,
        objectPolicy,
      ),
    listAccounts({ page, perPage, search }, context) {
      const query = { page, per_page: perPage, search }
      const circuit = search === undefined ? 'collection' : 'resource'
      return endpoints.list(
        'listAccounts',
        { path: '/accounts', query, limits: PAGE, circuit },
        ({ json, kept }, errorContext) => ({ ...readAccountPage(json, errorContext), kept }),
        context,
        (read) => accountsPolicy({ page, perPage }, read),
      )
    },
    getAccount: (authId, context) =>
      endpoints.one(
        'getAccount',
        (errorContext) => accountPath(authId, errorContext),
        ({ json }, errorContext) => readAccount(json, errorContext, authId),
        context,
      ),
    getBalance: (authId, context) =>
      endpoints.one(
        'getBalance',
        (errorContext) => `${accountPath(authId, errorContext)}/balance`,
        ({ json }, errorContext) => readBalance(json, errorContext, config.currency, authId),
        context,
      ),
    async listCustomerTransactions(authId, query, context) {
      const operation = 'listCustomerTransactions'
      const call = {
        path: `${accountPath(authId, endpoints.errorContext(operation))}/transactions`,
        query: wireQuery(query),
        notFoundStatuses: NOT_FOUND_STATUSES,
        limits: PAGE,
        circuit: 'resource',
      } as const
      return endpoints.list(operation, call, readPageOf(authId), context, (read) => ledgerPolicy(query, read))
    },
    listTransactions: (query, context) =>
      endpoints.list(
        'listTransactions',
        { path: '/transactions', query: wireQuery(query), limits: PAGE },
        readPageOf(null),
        context,
        (read) => ledgerPolicy(query, read),
      ),
  }
}
