import type { Plugin } from 'graphql-yoga'

/**
 * Headers of every answer. They disable content sniffing and the `Referer` header, and prevent pages of other sites from
 * embedding an answer or sharing a window with it.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

const ENTRIES = Object.entries(SECURITY_HEADERS)

/** The `cache-control` of answers that set none themselves. */
export const NO_STORE = 'no-store'

/** Adds {@link SECURITY_HEADERS} to every answer, and `no-store` to answers without a `cache-control` header. */
export const useResponseHeaders = (): Plugin => ({
  onResponse({ response: { headers } }) {
    for (const [name, value] of ENTRIES) headers.set(name, value)
    if (!headers.has('cache-control')) headers.set('cache-control', NO_STORE)
  },
})
