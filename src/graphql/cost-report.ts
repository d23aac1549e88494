import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { GatewayContext } from './context.ts'

/** Request header that selects `extensions.cost` in the response. */
export const COST_HEADER = 'x-graphql-cost'

/** Returns a result with `extensions.cost`: upstream requests and rows, by provider. */
export const withCost = (result: ExecutionResult, context: GatewayContext): ExecutionResult => ({
  ...result,
  extensions: { ...result.extensions, cost: { providers: context.costs() } },
})

/** Adds `extensions.cost` to responses when the header is present. */
export const useCostReport = (): Plugin<GatewayContext> => ({
  onExecute: ({ args: { contextValue: context } }) => ({
    onExecuteDone({ result, setResult }) {
      if (isAsyncIterable(result) || !context.request.headers.has(COST_HEADER)) return
      setResult(withCost(result, context))
    },
  }),
})
