import type { OperationDefinitionNode } from 'graphql'
import type { LeveledLog, LogFields } from '../log.ts'
import type { ProviderCost } from '../operation.ts'
import { documentHashOf, nameOf } from './operation-identity.ts'
import type { OperationReports } from './operation-report.ts'

/** Returns the name of the operation, or the hash of its document, and its kind. Contains no literals or variables of the request. */
function identityOf(definition: OperationDefinitionNode | null, query: unknown): LogFields {
  const kind = definition?.operation ?? null
  const operation = nameOf(definition)
  return operation === null ? { document: documentHashOf(query), kind } : { operation, kind }
}

/** Returns what an operation has cost at each provider. */
function upstreamOf(costs: readonly ProviderCost[]) {
  const upstream: Record<string, Readonly<Record<string, number>>> = {}
  for (const { provider, ...cost } of costs) upstream[provider] = cost
  return upstream
}

/**
 * Logs one line at `info` for each operation. The line holds the caller, the name of the operation or the hash of its document,
 * the outcome, the duration and the cost.
 */
export const createOperationLog = (log: LeveledLog): OperationReports => ({
  isEnabled: () => log.isEnabled('info'),
  report: ({ caller, requestId, definition }, { query, outcome, codes, durationMs, costs, events }) =>
    log.info('operation', {
      requestId,
      caller,
      ...identityOf(definition, query),
      outcome,
      ...(codes.size > 0 && { codes: [...codes] }),
      durationMs: Math.round(durationMs),
      ...(events !== undefined && { events }),
      upstream: upstreamOf(costs),
    }),
})
