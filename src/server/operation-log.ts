import type { LeveledLog } from '../log.ts'
import type { ProviderCost } from '../operation.ts'
import { documentHashOf, nameOf } from './operation-identity.ts'
import type { OperationReports } from './operation-report.ts'

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
  report({ caller, requestId, definition }, { query, outcome, codes, durationMs, costs, events }) {
    const operation = nameOf(definition) ?? undefined
    // Undefined fields are left out. Spreading objects would cost as much as writing the line.
    log.info('operation', {
      requestId,
      caller,
      operation,
      // Contains no literals or variables of the request.
      document: operation === undefined ? documentHashOf(query) : undefined,
      kind: definition?.operation ?? null,
      outcome,
      codes: codes.size > 0 ? [...codes] : undefined,
      durationMs: Math.round(durationMs),
      events,
      upstream: upstreamOf(costs),
    })
  },
})
