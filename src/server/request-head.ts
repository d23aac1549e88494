import { BadRequestError } from '../errors.ts'
import { hostOf } from '../upstream/host.ts'
import { keepRecent } from './recent-texts.ts'

/** The address of a request. */
export interface RequestHead {
  /** The host with an optional port, as it was sent. */
  readonly authority: string
  /** The host in canonical form, without the port. */
  readonly host: string
  /** Path and query; starts with a slash. */
  readonly target: string
}

/** Headers that identify a caller. Of two headers with one name, Node keeps the first or joins them, so one would be ignored. */
const CREDENTIALS = ['authorization', 'x-api-key']

const HOST_EXPECTED = 'Expected one "host" header with a host name or address and an optional port, and nothing else.'
const TARGET_EXPECTED =
  'Expected a request target that is a path, or an http or https URL without credentials, and has no fragment.'

/** The absolute form of a request target, which clients send to proxies (RFC 9112). */
const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/i

/** Parsing a host takes as long as all other checks together. */
const recentHostOf = keepRecent(hostOf)

/**
 * Returns the canonical host of an authority.
 * @throws {BadRequestError} when the text is not a host with an optional port
 */
function checkAuthority(authority: string, expected: string): string {
  const host = recentHostOf(authority)
  if (host === null) throw new BadRequestError(expected)
  return host
}

/**
 * Reads the address of a request, and rejects ambiguous credentials.
 * A target in absolute form replaces the Host header, as RFC 9112 requires.
 *
 * @param rawHeaders alternating names and values, as they were received
 * @param url the request target as it was received
 * @throws {BadRequestError} unless there is exactly one well-formed Host, at most one of each credential, and a usable target
 */
export function readRequestHead(rawHeaders: readonly string[], url: string): RequestHead {
  let authority: string | null = null
  const credentials = new Set<string>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase()
    if (name === 'host') {
      if (authority !== null) throw new BadRequestError(HOST_EXPECTED)
      authority = rawHeaders[index + 1]!
    } else if (CREDENTIALS.includes(name)) {
      if (credentials.has(name)) throw new BadRequestError(`Expected at most one "${name}" header.`)
      credentials.add(name)
    }
  }
  if (authority === null) throw new BadRequestError(HOST_EXPECTED)
  const host = checkAuthority(authority, HOST_EXPECTED)
  // Code that builds a URL from the host and the target would treat the text after "#" as a fragment.
  if (url.includes('#')) throw new BadRequestError(TARGET_EXPECTED)
  if (url.startsWith('/')) return { authority, host, target: url }
  const [, named, rest] = ABSOLUTE.exec(url) ?? []
  if (named === undefined || rest === undefined) throw new BadRequestError(TARGET_EXPECTED)
  return {
    authority: named,
    host: checkAuthority(named, TARGET_EXPECTED),
    target: rest.startsWith('/') ? rest : `/${rest}`,
  }
}
