import type { CORSOptions, Plugin } from 'graphql-yoga'
import type { CorsOrigins } from '../../config.ts'

/** True when an origin is trusted by its name; to be one of all is not enough. */
export const isTrustedOrigin = (origins: CorsOrigins, origin: string) => origins !== '*' && origins.includes(origin)

/**
 * What browsers are told about pages of other origins: nothing, but where `origins` names the one that a request comes from. Where
 * all may ask, they do so without the credentials that browsers keep.
 */
export function corsFor(origins: CorsOrigins): false | ((request: Request) => CORSOptions) {
  if (origins.length === 0) return false
  return (request) => {
    const origin = request.headers.get('origin')
    if (origin === null || !(origins === '*' || isTrustedOrigin(origins, origin))) return false
    return {
      // Of a list that does not have it, Yoga would tell the browser something else than nothing.
      origin,
      credentials: origins !== '*',
      methods: ['GET', 'POST'],
      exposedHeaders: ['retry-after', 'www-authenticate'],
      maxAge: 3600,
    }
  }
}

/** Tells caches that answers differ by the origin that asks, also those to requests that name none. */
export function useVaryByOrigin(origins: CorsOrigins): Plugin {
  if (origins.length === 0) return {}
  return {
    onResponse({ response }) {
      response.headers.append('vary', 'Origin')
    },
  }
}
