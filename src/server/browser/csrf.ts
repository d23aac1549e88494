import type { Plugin } from 'graphql-yoga'
import { CrossSiteRequestError } from '../../errors.ts'
import { errorResponse } from '../error-response.ts'

/** What a page may send to another site without asking there first. */
const SIMPLE_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']

/** The header by which callers say that no page of another site sent a request. */
export const PREFLIGHT_HEADER = 'graphql-require-preflight'

/**
 * Headers that a page may send to another site only when that site has allowed it; clients have some of their own. Credentials
 * count, since a browser adds neither a token nor a key by itself.
 */
const PREFLIGHT_HEADERS = [
  PREFLIGHT_HEADER,
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'x-graphql-yoga-csrf',
  'x-api-key',
]

/** True when a browser has asked this server first, or would have, so that a page of another site cannot have sent it. */
function isPreflighted(headers: Headers): boolean {
  if (PREFLIGHT_HEADERS.some((name) => headers.has(name))) return true
  if (/^Bearer /i.test(headers.get('authorization') ?? '')) return true
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1).map((text) => text.trim().toLowerCase())
  return type !== '' && !SIMPLE_TYPES.includes(type)
}

/** True when a GET may be the doing of a page of another site. */
function isForeignGet(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site !== 'same-origin' && site !== 'none'
  // Browsers tell this to https and to their own machine alone. Where they do not, their name is all that tells them from
  // other programs, and a page cannot change it without asking first.
  return headers.has('origin') || /^Mozilla\//i.test(headers.get('user-agent') ?? '')
}

/**
 * Refuses what a page of another site can make a browser send unnoticed: forms, whoever sent them, and GETs that are not known
 * to be the user's own or another program's. Such a page could read nothing of the answer, and no operation writes anything;
 * but it could put load on the ledgers, and learn from how long answers take where nothing but the network tells who may ask.
 *
 * @param isTrusted tells origins whose pages may ask
 */
export function useCsrfPrevention(isTrusted: (origin: string) => boolean): Plugin {
  return {
    onRequestParse({ request, fetchAPI, endResponse }) {
      const { headers, method } = request
      if (isPreflighted(headers)) return
      const origin = headers.get('origin')
      if (origin !== null && isTrusted(origin)) return
      // Other methods are no operations, and are told so.
      if (method === 'POST' || (method === 'GET' && isForeignGet(headers))) {
        endResponse(errorResponse(fetchAPI, request, new CrossSiteRequestError(), { status: 403 }))
      }
    },
  }
}
