import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { GatewayContext } from './context.ts'

/** Headers of a request, by their names in lower case. */
interface RequestHeaders {
  get(name: string): string | null
}

/** The extensions of a result: the request header that selects each, and its value. */
const EXTENSIONS: readonly {
  readonly name: string
  readonly header: string
  read(context: GatewayContext): unknown
}[] = [
  // Upstream requests and rows, by provider.
  { name: 'cost', header: 'x-graphql-cost', read: (context) => ({ providers: context.costs() }) },
  // True when all data is made up.
  { name: 'sandbox', header: 'x-graphql-sandbox', read: (context) => context.isSandbox },
]

/** Returns a result with the extensions that the headers of its request select. */
export function withExtensions(
  result: ExecutionResult,
  headers: RequestHeaders,
  context: GatewayContext,
): ExecutionResult {
  const selected = EXTENSIONS.filter(({ header }) => Boolean(headers.get(header)))
  if (selected.length === 0) return result
  const added = Object.fromEntries(selected.map(({ name, read }) => [name, read(context)]))
  return { ...result, extensions: { ...result.extensions, ...added } }
}

/** Adds the extensions that the headers of a request select to the result of its query. */
export const useExtensions = (): Plugin<GatewayContext> => ({
  onExecute: ({ args: { contextValue: context } }) => ({
    onExecuteDone({ result, setResult }) {
      if (!isAsyncIterable(result)) setResult(withExtensions(result, context.request.headers, context))
    },
  }),
})
