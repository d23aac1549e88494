import { UpstreamError, UpstreamResponseError, UpstreamStatusError } from '../../errors.ts'
import { type Operation, withKeptAnswers } from '../../operation.ts'
import type { AccountGrant } from '../account-grant.ts'
import { type ByIdLoader, createByIdLoader } from '../loaders.ts'
import type { KobbleApi } from './http.ts'
import { type KobbleTransactionRecord, kobbleTransaction } from './transaction.ts'

/**
 * Returns true for a failure that depends on the requested id: a refusal, or an answer that is not as documented.
 * Outages, rate limits and rejected credentials are the same for every id.
 */
function dependsOnId(error: unknown, operation: string): boolean {
  if (!(error instanceof UpstreamError) || error.operation !== operation) return false
  if (error instanceof UpstreamResponseError) return true
  return error instanceof UpstreamStatusError && error.status >= 400 && error.status < 500 && error.status !== 408
}

/**
 * Reads one transaction; null when there is none for this caller. A caller bound to wallets also gets null for a
 * transaction that is not proven to be of one of them, whether it exists, is malformed, or is refused: the answer must
 * not reveal which.
 */
async function loadTransaction(
  id: string,
  api: KobbleApi,
  grant: AccountGrant,
  operation: Operation,
): Promise<KobbleTransactionRecord | null> {
  // A kept answer would show a caller who may not read the transaction that it exists: by the cost.
  const reading = grant.accounts === null ? operation : withKeptAnswers(operation, 'none')
  const answer = await api.getTransaction(id, reading).catch((error: unknown) => {
    if (grant.accounts !== null && dependsOnId(error, 'getTransaction')) return null
    throw error
  })
  if (answer === null || !grant.allowsAny(answer.walletIds)) return null
  if (answer.row instanceof Error) throw answer.row
  return kobbleTransaction(answer.row)
}

/** Creates the loader of transactions for one operation: one request for each id. */
export function createTransactionLoader(
  api: KobbleApi,
  grant: AccountGrant,
  operation: Operation,
): ByIdLoader<KobbleTransactionRecord> {
  // An id of another caller's transaction must cost the same request whether or not a list has shown the row.
  const idOf = ({ providerId, fromId, toId }: KobbleTransactionRecord) =>
    grant.allowsAny([fromId, toId]) ? providerId : null
  return createByIdLoader((id) => loadTransaction(id, api, grant, operation), operation.meter, idOf)
}
