import type { Plugin } from 'graphql-yoga'

/**
 * Adds to every answer what keeps a browser from doing what nothing of this server needs, and where an answer does not say how
 * long it may be kept, that it may not be: what accounts hold is nobody's to keep on the way.
 */
export const responseHeaders: Plugin = {
  onResponse({ response: { headers } }) {
    headers.set('x-content-type-options', 'nosniff')
    headers.set('referrer-policy', 'no-referrer')
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  },
}
