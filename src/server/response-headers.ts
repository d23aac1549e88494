import type { Plugin } from 'graphql-yoga'

/**
 * Headers of every answer. They keep a browser from guessing another type, from naming this address to other sites, from
 * loading an answer into a page of another site, and from sharing a window with one.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

const ENTRIES = Object.entries(SECURITY_HEADERS)

/** Adds {@link SECURITY_HEADERS} to every answer, and forbids caches to store one that says nothing about caching. */
export const useResponseHeaders = (): Plugin => ({
  onResponse({ response: { headers } }) {
    for (const [name, value] of ENTRIES) headers.set(name, value)
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  },
})
