import { getCORSHeadersByRequestAndOptions } from '@whatwg-node/server'
import type { CORSOptions, Plugin } from 'graphql-yoga'
import type { CorsOrigins } from '../../config.ts'
import type { HeaderReader } from '../header-reader.ts'
import { REQUEST_ID_HEADER } from '../request-id.ts'

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
      exposedHeaders: ['retry-after', 'www-authenticate', REQUEST_ID_HEADER],
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

/** Headers that an answer gets because of the origin of its request, by their names. */
export type CorsHeaders = Readonly<Record<string, string>>

/** Returns the CORS headers of the answer to a POST; null when Yoga has to answer it. */
export type FindCorsHeaders = (headers: HeaderReader) => CorsHeaders | null

const NO_HEADERS: CorsHeaders = {}

/**
 * Creates a function that returns the headers that Yoga adds by {@link corsFor}: none without an origin. Yoga itself answers
 * origins that get no permission, and requests whose answers vary by more than the origin.
 */
export function createFindCorsHeaders(origins: CorsOrigins): FindCorsHeaders {
  const cors = corsFor(origins)
  return (headers) => {
    if (headers.get('origin') === null) return NO_HEADERS
    if (cors === false) return null
    // Both functions read nothing but the headers.
    const request = { headers } as Request
    const added = getCORSHeadersByRequestAndOptions(request, cors(request))
    return added === null || 'Vary' in added ? null : added
  }
}
