import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { GatewayContext } from '../graphql/context.ts'

/** The headers of a request that its result depends on, beside `origin`. */
const VARY = 'Accept, Authorization, X-API-Key, X-GraphQL-Cost, X-GraphQL-Sandbox'

/** Returns the seconds for which a result may be used again; 0 when it is not to be kept. */
export function maxAgeOf({ errors }: ExecutionResult, { cacheView }: Partial<GatewayContext>): number {
  if (cacheView === undefined || (errors !== undefined && errors.length > 0)) return 0
  return cacheView.maxAgeSeconds(Date.now())
}

/**
 * Returns the headers of a result that may be used again: by its caller only, since grants differ.
 *
 * @param maxAge in seconds
 */
export const cacheHeaders = (maxAge: number): { readonly 'cache-control': string; readonly vary: string } => ({
  'cache-control': `private, max-age=${maxAge}`,
  vary: VARY,
})

/**
 * Lets callers keep a result for as long as all answers of providers that it shows are kept.
 *
 * @param isCaching false when no answers are kept
 */
export function useCacheControl(isCaching: boolean): Plugin<GatewayContext> {
  if (!isCaching) return {}
  const maxAges = new WeakMap<Request, number>()
  return {
    onExecutionResult({ request, result, context }) {
      if (result === undefined || isAsyncIterable(result) || Array.isArray(result)) return
      const maxAge = maxAgeOf(result as ExecutionResult, context as Partial<GatewayContext>)
      if (maxAge > 0) maxAges.set(request, maxAge)
    },
    onResponse({ request, response }) {
      const maxAge = maxAges.get(request)
      if (maxAge === undefined || response.status !== 200) return
      for (const [name, value] of Object.entries(cacheHeaders(maxAge))) response.headers.set(name, value)
    },
  }
}
