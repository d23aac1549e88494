import { createHash } from 'node:crypto'
import { type DocumentNode, type ExecutionResult, getOperationAST, type OperationDefinitionNode } from 'graphql'
import { type GraphQLParams, isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga'
import type { GatewayContext } from '../graphql/context.ts'
import type { Log } from '../log.ts'
import type { ProviderCost } from '../operation.ts'
import { callerOf } from './auth/authentication.ts'
import { keepRecent } from './recent-texts.ts'

/** Maximum number of characters of an operation's name that are logged. */
const MAX_NAME = 100
/** Maximum number of error codes that are logged for one operation. */
const MAX_CODES = 5
/** Maximum length of a document whose hash is kept. */
const MAX_KEPT_DOCUMENT = 4_000
/** Hexadecimal digits of a document's hash. */
const HASH_DIGITS = 16

/** The results of an operation so far. */
interface Outcome {
  /** The distinct error codes of all results. */
  readonly codes: Set<string>
  /** True once any root field has a value. */
  hasData: boolean
}

/** Adds one result to an outcome. */
export function addResult(outcome: Outcome, { data, errors = [] }: ExecutionResult): void {
  outcome.hasData ||= data != null && Object.values(data).some((value) => value !== null)
  for (const { extensions } of errors) {
    if (outcome.codes.size >= MAX_CODES) return
    outcome.codes.add(typeof extensions?.code === 'string' ? extensions.code : 'UNKNOWN')
  }
}

/** Returns the outcome as the word that is logged. */
export function outcomeWord({ codes, hasData }: Outcome, isAborted: boolean): 'ok' | 'partial' | 'failed' | 'aborted' {
  if (isAborted) return 'aborted'
  if (codes.size === 0) return 'ok'
  return hasData ? 'partial' : 'failed'
}

const hashOf = (document: string) => createHash('sha256').update(document).digest('hex').slice(0, HASH_DIGITS)
const recentHashOf = keepRecent(hashOf, MAX_KEPT_DOCUMENT)

/** One operation, from its parameters to its last result. */
export interface AuditedOperation {
  /** The name of the caller. */
  readonly caller: string
  readonly startedAt: number
  /** Null when no operation could be executed. */
  definition: OperationDefinitionNode | null
}

/** The end of an operation. */
export interface AuditedEnd {
  /** The text of the document, of which only the hash is logged; of any type when the request is invalid. */
  readonly query: unknown
  readonly isAborted: boolean
  readonly outcome: Outcome
  readonly costs: readonly ProviderCost[]
  /** The number of events of a subscription. */
  readonly events?: number
}

/** Returns the name of the operation, or the hash of its document, and its kind. Contains no literals or variables of the request. */
function identityOf(definition: OperationDefinitionNode | null, query: unknown): Record<string, unknown> {
  const kind = definition?.operation ?? null
  if (definition?.name) return { operation: definition.name.value.slice(0, MAX_NAME), kind }
  return { document: typeof query === 'string' ? recentHashOf(query) : null, kind }
}

/** Logs an operation that has ended. */
export function logOperation(log: Log, { caller, startedAt, definition }: AuditedOperation, end: AuditedEnd): void {
  const { query, isAborted, outcome, costs, events } = end
  log.info('operation', {
    caller,
    ...identityOf(definition, query),
    outcome: outcomeWord(outcome, isAborted),
    ...(outcome.codes.size > 0 && { codes: [...outcome.codes] }),
    durationMs: Math.round(performance.now() - startedAt),
    ...(events !== undefined && { events }),
    upstream: Object.fromEntries(costs.map(({ provider, requests, rows }) => [provider, { requests, rows }])),
  })
}

/** Creates the outcome of an operation without results. */
export const createOutcome = (): Outcome => ({ codes: new Set(), hasData: false })

/** The part of an execution that the audit reads. */
interface AuditedExecution {
  readonly contextValue: { readonly request: Request }
  readonly document: DocumentNode
  readonly operationName?: string | null | undefined
}

/** The part of the context that the audit reads. It is incomplete when an operation could not be executed. */
type AuditedContext = Partial<GatewayContext> & { readonly params?: GraphQLParams }

/**
 * Logs one line at `info` for each operation when it has ended; for a subscription that is after its last event. The line holds
 * the caller, the name of the operation or the hash of its document, the outcome, the duration and the cost.
 *
 * @param isOn false disables the audit
 */
export function useAudit(log: Log, isOn: boolean): Plugin<GatewayContext> {
  if (!isOn) return {}
  const operations = new WeakMap<Request, AuditedOperation>()

  function note({ contextValue, document, operationName }: AuditedExecution): void {
    const operation = operations.get(contextValue.request)
    if (operation) operation.definition = getOperationAST(document, operationName) ?? null
  }

  function write(request: Request, { params, costs }: AuditedContext, outcome: Outcome, more: object = {}): void {
    const operation = operations.get(request)
    // Several events can end an operation; the first one writes the line.
    if (!operations.delete(request) || !operation) return
    const { aborted: isAborted } = request.signal
    logOperation(log, operation, { query: params?.query, isAborted, outcome, costs: costs?.() ?? [], ...more })
  }

  return {
    onParams({ request }) {
      operations.set(request, { caller: callerOf(request).name, startedAt: performance.now(), definition: null })
    },
    onExecute({ args }) {
      note(args)
    },
    onSubscribe({ args }) {
      note(args)
    },
    onExecutionResult({ request, result, setResult, context }) {
      const outcome = createOutcome()
      if (!isAsyncIterable(result)) {
        for (const one of Array.isArray(result) ? result : [result]) if (one) addResult(outcome, one)
        write(request, context, outcome)
        return
      }
      let events = 0
      const end = () => write(request, context, outcome, { events })
      const count = (event: ExecutionResult) => {
        events += 1
        addResult(outcome, event)
        return event
      }
      // A caller who disconnects does not always end the stream.
      request.signal.addEventListener('abort', end, { once: true })
      setResult(mapAsyncIterator(result as AsyncIterable<ExecutionResult>, count, undefined, end))
    },
  }
}
