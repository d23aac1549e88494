import type { Plugin } from 'graphql-yoga'
import { type CancellationSignal, execute } from '../execution/execute.ts'
import { prepareOperation } from '../execution/prepared-operations.ts'
import { coercedVariables } from './limits/variables.ts'

/**
 * Executes operations as compiled ones. Must come after `useVariableLimits`, which coerces the variables, and after
 * `useExecutionCancellation`, which provides the signal. Yoga's own executor gets what cannot be compiled, and reports an operation that is missing.
 */
export const useCompiledExecution = (): Plugin => ({
  onExecute({ args, setExecuteFn }) {
    const variableValues = coercedVariables(args)
    const operation = variableValues && prepareOperation(args.schema, args.document, args.operationName)
    if (!operation) return
    const { signal } = args as { readonly signal?: CancellationSignal }
    setExecuteFn(({ rootValue, contextValue }) =>
      execute(operation, { rootValue, contextValue, variableValues, signal }),
    )
  },
})
