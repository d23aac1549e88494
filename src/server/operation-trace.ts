import type { StartedTrace, Tracing } from '../operation.ts'
import { documentHashOf, nameOf } from './operation-identity.ts'
import type { ReportOperation } from './operation-report.ts'

/** Starts the trace of an operation. */
export type StartTrace = Tracing['startOperation']

/** Codes of errors that the caller causes. Any other one is a fault of the gateway or of a provider. */
const CALLER_CODES: ReadonlySet<string> = new Set([
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'CSRF_PREVENTED',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'HOST_NOT_ALLOWED',
  'INTROSPECTION_OFF',
  'INVALID_CURSOR',
  'LIMIT_EXCEEDED',
  'PERSISTED_QUERY_ID_REQUIRED',
  'PERSISTED_QUERY_NOT_FOUND',
  'PROVIDER_NOT_CONFIGURED',
  'RATE_LIMITED',
  'UNAUTHENTICATED',
  'UNSUPPORTED_ENCODING',
])

/** Returns true when one of the codes is that of a failure of the gateway or of a provider. */
export const hasFault = (codes: Iterable<string>): boolean => [...codes].some((code) => !CALLER_CODES.has(code))

/** The traces of the operations that Yoga handles, by their requests. */
const traces = new WeakMap<Request, StartedTrace>()

/** Keeps the trace of a request's operation for {@link operationTraceOf}. */
export function keepTrace(request: Request, trace: StartedTrace): void {
  traces.set(request, trace)
}

/** Returns the trace of the operation of a request that Yoga handles. */
export const operationTraceOf = (request: Request): StartedTrace | undefined => traces.get(request)

/** Ends the trace of an operation. */
export const endTrace: ReportOperation = (
  { caller, requestId, definition, trace },
  { query, outcome, codes, costs, events },
) =>
  trace?.end({
    caller,
    requestId,
    kind: definition?.operation ?? null,
    name: nameOf(definition),
    documentHash: documentHashOf(query),
    outcome,
    codes: [...codes],
    isFault: hasFault(codes),
    costs,
    events,
  })
