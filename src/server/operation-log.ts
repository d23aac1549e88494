import { createHash } from 'node:crypto'
import type { OperationDefinitionNode } from 'graphql'
import type { Log } from '../log.ts'
import type { ReportOperation } from './operation-report.ts'
import { keepRecent } from './recent-texts.ts'

/** Maximum number of characters of an operation's name that are logged. */
const MAX_NAME = 100
/** Maximum length of a document whose hash is kept. */
const MAX_KEPT_DOCUMENT = 4_000
/** Hexadecimal digits of a document's hash. */
const HASH_DIGITS = 16

const hashOf = (document: string) => createHash('sha256').update(document).digest('hex').slice(0, HASH_DIGITS)
const recentHashOf = keepRecent(hashOf, MAX_KEPT_DOCUMENT)

/** Returns the name of the operation, or the hash of its document, and its kind. Contains no literals or variables of the request. */
function identityOf(definition: OperationDefinitionNode | null, query: unknown): Record<string, unknown> {
  const kind = definition?.operation ?? null
  if (definition?.name) return { operation: definition.name.value.slice(0, MAX_NAME), kind }
  return { document: typeof query === 'string' ? recentHashOf(query) : null, kind }
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
