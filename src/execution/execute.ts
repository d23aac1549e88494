import type { ExecutionResult } from 'graphql'
import { Execution, type ExecutionInput } from './execution.ts'
import type { CompiledOperation } from './operation.ts'
import { isPromise } from './promise.ts'

/** The part of an `AbortSignal` that an execution uses. */
export interface CancellationSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** The input of an execution, beside its operation. */
export interface ExecuteOptions extends ExecutionInput {
  /** Ends the execution when it aborts: no further resolver is called. */
  readonly signal?: CancellationSignal | undefined
}

function resultOf({ errors }: Execution, data: unknown): ExecutionResult {
  const known = data as ExecutionResult['data'] & {}
  return errors.length === 0 ? { data: known } : { errors, data: known }
}

function failedResult(execution: Execution, error: unknown): ExecutionResult {
  execution.failAll(error)
  return resultOf(execution, null)
}

function run(execution: Execution): ExecutionResult | Promise<ExecutionResult> {
  try {
    const data = execution.operation.executeRoot(execution)
    if (!isPromise(data)) return resultOf(execution, data)
    return data.then(
      (resolved) => resultOf(execution, resolved),
      (error) => failedResult(execution, error),
    )
  } catch (error) {
    return failedResult(execution, error)
  }
}

/** As {@link run}, until the signal aborts. The listener is removed at the end, because a signal can outlive the operation. */
function runUntilAborted(execution: Execution, signal: CancellationSignal): ExecutionResult | Promise<ExecutionResult> {
  let reject: (reason: unknown) => void = () => {}
  const stopListening = () => signal.removeEventListener('abort', onAbort)
  const onAbort = () => {
    stopListening()
    execution.abort(signal.reason)
    reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort)
  const result = run(execution)
  // A resolver has aborted the signal itself.
  execution.throwIfAborted()
  if (!isPromise(result)) {
    stopListening()
    return result
  }
  return new Promise((resolve, rejectResult) => {
    reject = rejectResult
    result.then((value) => {
      stopListening()
      resolve(value)
    }, rejectResult)
  })
}

/**
 * Executes a prepared operation as `execute` of graphql-js does: the same data, errors, paths and order. The result is a promise only
 * when a resolver returned one.
 *
 * @throws the reason of the signal when it aborts before the result is complete; a promise rejects with it
 */
export function execute(
  operation: CompiledOperation,
  options: ExecuteOptions = {},
): ExecutionResult | Promise<ExecutionResult> {
  const { signal } = options
  if (signal?.aborted) throw signal.reason
  const execution = new Execution(operation, options)
  return signal ? runUntilAborted(execution, signal) : run(execution)
}
