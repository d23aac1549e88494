import { randomUUID } from 'node:crypto'
import type { Plugin } from 'graphql-yoga'

/** The header in which a caller sends the id of a request, and in which every answer returns it. */
export const REQUEST_ID_HEADER = 'x-request-id'

/** The ids that are accepted. They need no escaping in a log, in a URL or in a header, so they cannot forge either. */
const ACCEPTED = /^[\w.~:/+=-]{1,128}$/

/**
 * Returns the id of a request: the one in its header, or a new one when the header is missing or holds anything but one id.
 *
 * @param given the value of {@link REQUEST_ID_HEADER}
 */
export const readRequestId = (given: string | string[] | null | undefined): string =>
  typeof given === 'string' && ACCEPTED.test(given) ? given : randomUUID()

const ids = new WeakMap<Request, string>()

/** Returns the id of a request that Yoga handles. */
export function requestIdOf(request: Request): string {
  const known = ids.get(request)
  if (known !== undefined) return known
  const id = readRequestId(request.headers.get(REQUEST_ID_HEADER))
  ids.set(request, id)
  return id
}

/** Returns the id of each request in the headers of its response. The listener may have determined it already. */
export const useRequestId = (): Plugin => ({
  onRequest({ request, serverContext }) {
    const { requestId } = serverContext as { readonly requestId?: string }
    if (requestId !== undefined) ids.set(request, requestId)
  },
  onResponse({ request, response }) {
    response.headers.set(REQUEST_ID_HEADER, requestIdOf(request))
  },
})
