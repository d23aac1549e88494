import { isIPv4, isIPv6 } from 'node:net'

/** A registered name or an IPv4 address, or an IPv6 address in brackets, each with an optional port. */
const AUTHORITY = /^(?:[\w-]+(?:\.[\w-]+)*\.?|\[[\da-f:.]+\])(?::\d{0,5})?$/i
/** A name has at most 255 characters, beside its port. */
const MAX_LENGTH = 261

/**
 * Reads the host out of an authority such as `Gateway.example:4000`.
 *
 * @returns the canonical host: lower case, without port and trailing dot, IPv6 in brackets; null when the text is not an authority
 */
export function hostOf(authority: string): string | null {
  if (authority.length > MAX_LENGTH || !AUTHORITY.test(authority)) return null
  // Parsing makes one spelling out of many (0x7f.1 is 127.0.0.1), and rejects what no address can be made of (999.1.1.1).
  return URL.parse(`http://${authority}/`)?.hostname.replace(/\.$/, '') ?? null
}

/** As {@link hostOf}, for a host that is given alone: without a port, and IPv6 with or without brackets. */
export function hostAlone(text: string): string | null {
  if (isIPv6(text)) return hostOf(`[${text}]`)
  return /:\d*$/.test(text.replace(/^\[.*\]/, '')) ? null : hostOf(text)
}

/** True for an address that only this machine can reach, and for `localhost`. IPv6 may be in brackets. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}
