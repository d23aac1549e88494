import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { GatewayContext } from '../graphql/context.ts'
import { type LogUnexpected, maskError } from '../graphql/error-masking.ts'

/**
 * Masks the errors of executed operations, and logs the unexpected ones with the id of their request, which Yoga's own masking does
 * not know. Yoga masks the errors that occur outside of an execution. Masking an error twice does not change it.
 */
export function useErrorMasking(log: LogUnexpected): Plugin<GatewayContext> {
  const mask = (result: ExecutionResult, { requestId }: GatewayContext): ExecutionResult =>
    result.errors === undefined
      ? result
      : { ...result, errors: result.errors.map((error) => maskError(error, log, requestId)) }

  return {
    onExecute: ({ args: { contextValue } }) => ({
      onExecuteDone({ result, setResult }) {
        if (!isAsyncIterable(result)) setResult(mask(result, contextValue))
      },
    }),
    onSubscribe: ({ args: { contextValue } }) => ({
      onSubscribeResult({ result, setResult }) {
        if (!isAsyncIterable(result)) {
          setResult(mask(result, contextValue))
          return undefined
        }
        return { onNext: (event) => event.setResult(mask(event.result, contextValue)) }
      },
    }),
  }
}
