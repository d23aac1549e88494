import type { Plugin } from 'graphql-yoga'
import { CrossSiteRequestError } from '../../errors.ts'
import { errorResponse, type Rejection } from '../error-response.ts'
import type { HeaderReader } from '../header-reader.ts'

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
function isPreflighted(headers: HeaderReader): boolean {
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1)
  const mediaType = type.trim().toLowerCase()
  if (mediaType !== '' && !SIMPLE_TYPES.includes(mediaType)) return true
  if (/^Bearer /i.test(headers.get('authorization') ?? '')) return true
  return PREFLIGHT_HEADERS.some((name) => headers.get(name))
}

/** Returns true when a page of another site may have sent this GET. */
function isForeignGet(headers: HeaderReader): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site !== 'same-origin' && site !== 'none'
  // Browsers send sec-fetch-site only to https and loopback. Otherwise the user agent distinguishes them from other programs;
  // a page cannot change it without a preflight request.
  return Boolean(headers.get('origin')) || /^Mozilla\//i.test(headers.get('user-agent') ?? '')
}

/**
 * Returns the rejection of a request that a page of another site can make a browser send (CSRF): a form, or a GET that is not
 * known to come from the user or another program. Such a page could not read the answer, and no operation writes anything. But
 * it could cause load on the providers, and learn from response times when access is restricted only by the network.
 *
 * @param isTrusted returns true for origins whose pages may send requests
 */
export function crossSiteRejection(
  method: string,
  headers: HeaderReader,
  isTrusted: (origin: string) => boolean,
): Rejection | null {
  if (isPreflighted(headers)) return null
  const origin = headers.get('origin')
  if (origin !== null && isTrusted(origin)) return null
  // Other methods are rejected later, because they cannot carry an operation.
  const isForeign = method === 'POST' || (method === 'GET' && isForeignGet(headers))
  return isForeign ? { error: new CrossSiteRequestError(), status: 403 } : null
}

/**
 * Rejects requests as {@link crossSiteRejection} says.
 *
 * @param isTrusted returns true for origins whose pages may send requests
 */
export const useCsrfPrevention = (isTrusted: (origin: string) => boolean): Plugin => ({
  onRequestParse({ request, fetchAPI, endResponse }) {
    const rejection = crossSiteRejection(request.method, request.headers, isTrusted)
    if (rejection !== null) endResponse(errorResponse(fetchAPI, request, rejection))
  },
})
