import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { GatewayContext } from './context.ts'

/** The header by which a caller asks what an operation cost. */
const HEADER = 'x-graphql-cost'

/** Adds `extensions.cost` to the answers of callers who ask for it: the requests and rows that it took, by provider. */
export const useCostReport = (): Plugin<GatewayContext> => ({
  onExecute: ({ args: { contextValue: context } }) => ({
    onExecuteDone({ result, setResult }) {
      if (isAsyncIterable(result) || !context.request.headers.has(HEADER)) return
      setResult({ ...result, extensions: { ...result.extensions, cost: { providers: context.costs() } } })
    },
  }),
})
