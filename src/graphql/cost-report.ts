import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { GatewayContext } from './context.ts'

/** Request header that selects `extensions.cost` in the response. */
const HEADER = 'x-graphql-cost'

/** Adds `extensions.cost` to responses when the header is present: upstream requests and rows, by provider. */
export const useCostReport = (): Plugin<GatewayContext> => ({
  onExecute: ({ args: { contextValue: context } }) => ({
    onExecuteDone({ result, setResult }) {
      if (isAsyncIterable(result) || !context.request.headers.has(HEADER)) return
      setResult({ ...result, extensions: { ...result.extensions, cost: { providers: context.costs() } } })
    },
  }),
})
