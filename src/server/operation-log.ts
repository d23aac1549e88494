import type { OperationDefinitionNode } from 'graphql'
import type { Log } from '../log.ts'
import { documentHashOf, nameOf } from './operation-identity.ts'
import type { ReportOperation } from './operation-report.ts'

/** Returns the name of the operation, or the hash of its document, and its kind. Contains no literals or variables of the request. */
function identityOf(definition: OperationDefinitionNode | null, query: unknown): Record<string, unknown> {
  const kind = definition?.operation ?? null
  const operation = nameOf(definition)
  return operation === null ? { document: documentHashOf(query), kind } : { operation, kind }
}

/**
 * Returns a function that logs one line at `info` for each operation. The line holds the caller, the name of the operation or the
 * hash of its document, the outcome, the duration and the cost.
 */
export const createOperationLog =
  (log: Log): ReportOperation =>
  ({ caller, requestId, definition }, { query, outcome, codes, durationMs, costs, events }) =>
    log.info('operation', {
      requestId,
      caller,
      ...identityOf(definition, query),
      outcome,
      ...(codes.size > 0 && { codes: [...codes] }),
      durationMs: Math.round(durationMs),
      ...(events !== undefined && { events }),
      upstream: Object.fromEntries(costs.map(({ provider, requests, rows }) => [provider, { requests, rows }])),
    })
