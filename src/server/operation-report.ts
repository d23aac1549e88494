import { type DocumentNode, type ExecutionResult, getOperationAST, type OperationDefinitionNode } from 'graphql'
import { type GraphQLParams, isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga'
import type { GatewayContext } from '../graphql/context.ts'
import type { ProviderCost, StartedTrace } from '../operation.ts'
import { callerOf } from './auth/authentication.ts'
import { keepTrace, type StartTrace } from './operation-trace.ts'
import { requestIdOf } from './request-id.ts'

/** Maximum number of error codes that are reported for one operation. */
const MAX_CODES = 5

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

/** The outcome of an operation as one word. `partial` has data and errors, `aborted` has lost its caller. */
export type OutcomeWord = 'ok' | 'partial' | 'failed' | 'aborted'

/** Returns the outcome as one word. */
export function outcomeWord({ codes, hasData }: Outcome, isAborted: boolean): OutcomeWord {
  if (isAborted) return 'aborted'
  if (codes.size === 0) return 'ok'
  return hasData ? 'partial' : 'failed'
}

/** Creates the outcome of an operation without results. */
export const createOutcome = (): Outcome => ({ codes: new Set(), hasData: false })

/** One operation, from its parameters to its last result. */
export interface StartedOperation {
  /** The name of the caller. */
  readonly caller: string
  /** Identifies the caller's request in the log. */
  readonly requestId: string
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
  /** Null when no operation could be executed. */
  definition: OperationDefinitionNode | null
  /** Left out while tracing is off, and for parameters that are rejected. */
  trace?: StartedTrace | undefined
}

/** The end of an operation. */
export interface OperationEnd {
  /** The text of the document; of any type when the request is invalid. */
  readonly query: unknown
  readonly outcome: OutcomeWord
  /** The distinct error codes of all results, at most {@link MAX_CODES}. */
  readonly codes: ReadonlySet<string>
  readonly durationMs: number
  readonly costs: readonly ProviderCost[]
  /** The number of events of a subscription. */
  readonly events?: number
}

/** Receives each operation once, when it has ended; for a subscription that is after its last event. Must not throw. */
export type ReportOperation = (operation: StartedOperation, end: OperationEnd) => void

/** Receives operations that have ended. */
export interface OperationReports {
  /** Returns false while nothing is made of a report, so that it need not be computed. It may change while the process runs. */
  readonly isEnabled: () => boolean
  readonly report: ReportOperation
}

/**
 * Combines reports that are wanted at times with some that are always wanted.
 *
 * @param always null for those that are switched off
 */
export function combineReports(
  atTimes: OperationReports,
  always: readonly (ReportOperation | null)[],
): OperationReports {
  const others = always.filter((report) => report !== null)
  if (others.length === 0) return atTimes
  return {
    isEnabled: () => true,
    report(operation, end) {
      if (atTimes.isEnabled()) atTimes.report(operation, end)
      for (const report of others) report(operation, end)
    },
  }
}

/** The part of an execution that reports read. */
interface ReportedExecution {
  readonly contextValue: { readonly request: Request }
  readonly document: DocumentNode
  readonly operationName?: string | null | undefined
}

/** The part of the context that reports read. It is incomplete when an operation could not be executed. */
type ReportedContext = Partial<GatewayContext> & { readonly params?: GraphQLParams }

/**
 * Reports each operation that Yoga handles.
 *
 * @param startTrace null while tracing is off
 */
export function useOperationReports(reports: OperationReports, startTrace: StartTrace | null): Plugin<GatewayContext> {
  const operations = new WeakMap<Request, StartedOperation>()

  function note({ contextValue, document, operationName }: ReportedExecution): void {
    const operation = operations.get(contextValue.request)
    if (operation) operation.definition = getOperationAST(document, operationName) ?? null
  }

  /** Starts the trace of an operation. The parameters have been accepted now, so that its end is reported. */
  function trace(request: Request | undefined, start: StartTrace): void {
    const operation = request && operations.get(request)
    if (!operation) return
    operation.trace = start(request.headers, operation.startedAt)
    keepTrace(request, operation.trace)
  }

  function end(request: Request, { params, costs }: ReportedContext, outcome: Outcome, more: object = {}): void {
    const operation = operations.get(request)
    // Several events can end an operation; the first one is reported.
    if (!operations.delete(request) || !operation || !reports.isEnabled()) return
    reports.report(operation, {
      query: params?.query,
      outcome: outcomeWord(outcome, request.signal.aborted),
      codes: outcome.codes,
      durationMs: performance.now() - operation.startedAt,
      costs: costs?.() ?? [],
      ...more,
    })
  }

  return {
    onParams({ request }) {
      operations.set(request, {
        caller: callerOf(request).name,
        requestId: requestIdOf(request),
        startedAt: performance.now(),
        definition: null,
      })
    },
    ...(startTrace !== null && { onEnveloped: ({ context }) => trace(context?.request, startTrace) }),
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
        end(request, context, outcome)
        return
      }
      let events = 0
      const endStream = () => end(request, context, outcome, { events })
      const count = (event: ExecutionResult) => {
        events += 1
        addResult(outcome, event)
        return event
      }
      // A caller who disconnects does not always end the stream.
      request.signal.addEventListener('abort', endStream, { once: true })
      setResult(mapAsyncIterator(result as AsyncIterable<ExecutionResult>, count, undefined, endStream))
    },
  }
}
