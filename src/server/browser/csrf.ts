import type { Plugin } from 'graphql-yoga'
import { CrossSiteRequestError } from '../../errors.ts'
import { errorResponse } from '../error-response.ts'

/** Content types that a page may send to another site without a preflight request. */
const SIMPLE_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']

/** The header with which callers declare that a request does not come from a page of another site. */
export const PREFLIGHT_HEADER = 'graphql-require-preflight'

/**
 * Headers that make a browser send a preflight request, among them those of common clients. API keys are included, because a
 * browser never adds one by itself.
 */
const PREFLIGHT_HEADERS = [
  PREFLIGHT_HEADER,
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'x-graphql-yoga-csrf',
  'x-api-key',
]

/** Returns true when a browser would have sent a preflight request first, so that no page of another site can have sent this one. */
function isPreflighted(headers: Headers): boolean {
  if (PREFLIGHT_HEADERS.some((name) => headers.has(name))) return true
  if (/^Bearer /i.test(headers.get('authorization') ?? '')) return true
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1).map((text) => text.trim().toLowerCase())
  return type !== '' && !SIMPLE_TYPES.includes(type)
}

/** Returns true when a page of another site may have sent this GET. */
function isForeignGet(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site !== 'same-origin' && site !== 'none'
  // Browsers send sec-fetch-site only to https and loopback. Otherwise the user agent distinguishes them from other programs;
  // a page cannot change it without a preflight request.
  return headers.has('origin') || /^Mozilla\//i.test(headers.get('user-agent') ?? '')
}

/**
 * Rejects requests that a page of another site can make a browser send (CSRF): forms, and GETs that are not known to come from
 * the user or another program. Such a page could not read the answer, and no operation writes anything. But it could cause
 * load on the providers, and learn from response times when access is restricted only by the network.
 *
 * @param isTrusted returns true for origins whose pages may send requests
 */
export function useCsrfPrevention(isTrusted: (origin: string) => boolean): Plugin {
  return {
    onRequestParse({ request, fetchAPI, endResponse }) {
      const { headers, method } = request
      if (isPreflighted(headers)) return
      const origin = headers.get('origin')
      if (origin !== null && isTrusted(origin)) return
      // Other methods are rejected later, because they cannot carry an operation.
      if (method === 'POST' || (method === 'GET' && isForeignGet(headers))) {
        endResponse(errorResponse(fetchAPI, request, new CrossSiteRequestError(), { status: 403 }))
      }
    },
  }
}
