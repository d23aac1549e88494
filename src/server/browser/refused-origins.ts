import type { Plugin } from 'graphql-yoga'
import { type CorsOrigins, isOrigin } from '../../config.ts'
import type { Log } from '../../log.ts'
import type { HeaderReader } from '../header-reader.ts'
import { requestIdOf } from '../request-id.ts'
import { isTrustedOrigin } from './cors.ts'

/** Maximum number of origins that are logged by one process. A caller can send any number of them. */
const MAX_LOGGED = 100
/** Maximum number of characters in a host name, with the scheme and the port. */
const MAX_LENGTH = 270

/** Returns true when the page belongs to this server: by its host, or by what the browser says when a proxy has changed the host. */
const isOwnPage = (origin: string, headers: HeaderReader) =>
  headers.get('sec-fetch-site') === 'same-origin' || URL.parse(origin)?.host === headers.get('host')

/**
 * Returns the origin of a page of another site that may not read the answer; null for any other request.
 *
 * @param origins the origins that may
 */
function refusedOrigin(headers: HeaderReader, origins: CorsOrigins): string | null {
  const origin = headers.get('origin')
  if (origin === null || origins === '*' || isTrustedOrigin(origins, origin)) return null
  const isPage = origin.length <= MAX_LENGTH && isOrigin(origin)
  return isPage && !isOwnPage(origin, headers) ? origin : null
}

/**
 * Logs each origin whose pages may not read answers once, with the setting that would allow it. The browser shows its user only
 * that CORS failed.
 */
export function useRefusedOriginLog(origins: CorsOrigins, log: Log): Plugin {
  const logged = new Set<string>()
  return {
    // Yoga answers a preflight request before any plugin could see it.
    onResponse({ request }) {
      const origin = refusedOrigin(request.headers, origins)
      if (origin === null || logged.has(origin) || logged.size >= MAX_LOGGED) return
      logged.add(origin)
      log.warn('origin refused', {
        requestId: requestIdOf(request),
        origin,
        allowWith: `CORS_ORIGINS=${[...origins, origin].join(',')}`,
      })
    },
  }
}
