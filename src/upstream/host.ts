import { isIPv4, isIPv6 } from 'node:net'

/** Matches a registered name, an IPv4 address, or an IPv6 address in brackets, each with an optional port. */
const AUTHORITY = /^(?:[\w-]+(?:\.[\w-]+)*\.?|\[[\da-f:.]+\])(?::\d{0,5})?$/i
/** A name of at most 255 characters, a colon and a port. */
const MAX_LENGTH = 261

/**
 * Reads the host out of an authority such as `Gateway.example:4000`.
 *
 * @returns the canonical host: lower case, without port and trailing dot, IPv6 in brackets; null when the text is not an authority
 */
export function hostOf(authority: string): string | null {
  if (authority.length > MAX_LENGTH || !AUTHORITY.test(authority)) return null
  // Parsing makes spellings canonical (0x7f.1 is 127.0.0.1), and rejects addresses that cannot exist (999.1.1.1).
  return URL.parse(`http://${authority}/`)?.hostname.replace(/\.$/, '') ?? null
}

/** As {@link hostOf}, for a host without a port; IPv6 may be with or without brackets. */
export function hostAlone(text: string): string | null {
  if (isIPv6(text)) return hostOf(`[${text}]`)
  return /:\d*$/.test(text.replace(/^\[.*\]/, '')) ? null : hostOf(text)
}

/** Returns true for a loopback address, and for `localhost`. IPv6 may be in brackets. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}
