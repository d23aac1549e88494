import type { CORSOptions, Plugin } from 'graphql-yoga'
import type { CorsOrigins } from '../../config.ts'

/** Returns true when an origin is listed by name; `*` trusts no origin. */
export const isTrustedOrigin = (origins: CorsOrigins, origin: string) => origins !== '*' && origins.includes(origin)

/**
 * Returns the CORS options for requests. Only listed origins get CORS headers. With `*` every origin gets them, but without
 * permission to send cookies or other credentials that browsers store.
 */
export function corsFor(origins: CorsOrigins): false | ((request: Request) => CORSOptions) {
  if (origins.length === 0) return false
  return (request) => {
    const origin = request.headers.get('origin')
    if (origin === null || !(origins === '*' || isTrustedOrigin(origins, origin))) return false
    return {
      // Passed one by one: for an origin that is not in a list, Yoga would still send a CORS header.
      origin,
      credentials: origins !== '*',
      methods: ['GET', 'POST'],
      exposedHeaders: ['retry-after', 'www-authenticate'],
      maxAge: 3600,
    }
  }
}

/** Adds `vary: Origin` to every answer, because answers differ by origin, also those to requests without an origin. */
export function useVaryByOrigin(origins: CorsOrigins): Plugin {
  if (origins.length === 0) return {}
  return {
    onResponse({ response }) {
      response.headers.append('vary', 'Origin')
    },
  }
}
