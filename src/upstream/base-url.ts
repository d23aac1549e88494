import { z } from 'zod'
import { isLoopback } from './host.ts'

/**
 * An absolute http(s) URL of a provider, without a trailing slash. Credentials, query and fragment are rejected: they would
 * leak, or get lost when a path is appended.
 */
export const baseUrl = z
  .string({ error: 'expected an http or https URL' })
  .transform((text, context) => {
    const url = URL.parse(text)
    if (url === null || !/^https?:$/.test(url.protocol) || /[?#]/.test(text) || url.username + url.password !== '') {
      context.addIssue({
        code: 'custom',
        message: 'expected an http or https URL without credentials, query and fragment',
      })
      return z.NEVER
    }
    return url.href.replace(/\/+$/, '')
  })
  .meta({ values: '`https` URL; `http` on loopback, or with `ALLOW_HTTP_UPSTREAMS`' })

/**
 * Finds URLs to which credentials and account data would be sent without encryption: `http` to another machine, unless
 * ALLOW_HTTP_UPSTREAMS is `true`.
 *
 * @param urls by the names of their variables
 * @returns a line for each, for a `ConfigError`
 */
export function unencryptedUrls(
  urls: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  if (environment.ALLOW_HTTP_UPSTREAMS?.trim() === 'true') return []
  return Object.entries(urls).flatMap(([name, text]) => {
    const { protocol, hostname } = new URL(text)
    return protocol === 'https:' || isLoopback(hostname)
      ? []
      : [`${name}: expected an https URL; http is for this machine alone, unless ALLOW_HTTP_UPSTREAMS is true`]
  })
}
