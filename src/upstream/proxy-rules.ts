import { BlockList, isIP } from 'node:net'
import { ConfigError } from '../errors.ts'
import { isLoopback } from './host.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** An HTTP proxy. */
export interface HttpProxy {
  readonly protocol: 'http:' | 'https:'
  /** Without brackets. */
  readonly hostname: string
  readonly port: number
  /** Value of the header `proxy-authorization`; null for a proxy without credentials. Never logged. */
  readonly authorization: string | null
}

/** Returns the proxy for requests to a URL; null for a direct connection. */
export type FindProxy = (target: URL) => HttpProxy | null

/** Returns true for a host that NO_PROXY excludes from the proxies. */
type IsExcluded = (hostname: string, port: number) => boolean

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

const portOf = ({ port, protocol }: URL) => (port === '' ? DEFAULT_PORTS[protocol]! : Number(port))
const withoutBrackets = (host: string) => host.replace(/^\[(.*)\]$/, '$1')
const canonical = (host: string) => withoutBrackets(host.toLowerCase()).replace(/\.$/, '')

/** Returns the first variable that has a value. The name in lower case takes precedence, as with other programs. */
function findVariable(
  environment: Environment,
  name: string,
): { readonly name: string; readonly value: string } | null {
  for (const spelling of [name.toLowerCase(), name]) {
    const value = environment[spelling]?.trim()
    if (value) return { name: spelling, value }
  }
  return null
}

/** Returns the credentials of a URL as a header; null when it has none. @throws {URIError} when they are not percent-encoded */
function basicAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Basic ${Buffer.from(credentials).toString('base64')}`
}

/** Parses the URL of a proxy; a host and a port alone mean `http`. Returns null when it is none. */
function parseProxy(text: string): HttpProxy | null {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null
  try {
    const hostname = withoutBrackets(url.hostname)
    return { protocol: url.protocol, hostname, port: portOf(url), authorization: basicAuthorization(url) }
  } catch {
    return null
  }
}

/** @throws {ConfigError} that names the variable, and does not quote its value, which may hold a password */
function readProxy(environment: Environment, name: string): HttpProxy | null {
  const variable = findVariable(environment, name)
  if (variable === null) return null
  const proxy = parseProxy(variable.value)
  if (proxy !== null) return proxy
  throw new ConfigError([
    `${variable.name}: expected an http or https URL such as http://proxy.example:3128, its user name and password percent-encoded`,
  ])
}

/** Parses one entry of NO_PROXY: a name, an address or a network, each with an optional port; `*` means every host. */
function parseExclusion(entry: string): IsExcluded {
  const [, network, prefix] = /^([\d.]+|[\da-f:.]+)\/(\d{1,3})$/i.exec(entry) ?? []
  if (network !== undefined) return excludeNetwork(network, Number(prefix))
  // The colons of an IPv6 address without brackets do not begin a port.
  const [, host = entry, portText] = isIP(entry) === 6 ? [] : (/^(.*?)(?::(\d{1,5}))?$/.exec(entry) ?? [])
  const hasPort = (port: number) => portText === undefined || Number(portText) === port
  if (host === '*') return (_hostname, port) => hasPort(port)
  const isSuffix = /^\*?\./.test(host)
  const name = canonical(host.replace(/^\*?\./, ''))
  return (hostname, port) =>
    hasPort(port) && ((hostname === name && !isSuffix) || (isIP(hostname) === 0 && hostname.endsWith(`.${name}`)))
}

function excludeNetwork(network: string, prefix: number): IsExcluded {
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4'
  const addresses = new BlockList()
  try {
    addresses.addSubnet(network, prefix, family)
  } catch {
    // As other programs do, an entry that cannot be a network excludes nothing.
    return () => false
  }
  return (hostname) => isIP(hostname) === (family === 'ipv6' ? 6 : 4) && addresses.check(hostname, family)
}

function readExclusions(environment: Environment): IsExcluded {
  const entries = findVariable(environment, 'NO_PROXY')?.value.split(/[,\s]+/) ?? []
  const exclusions = entries.filter((entry) => entry !== '').map(parseExclusion)
  return (hostname, port) => exclusions.some((isExcluded) => isExcluded(hostname, port))
}

/**
 * Reads HTTPS_PROXY for `https` URLs, HTTP_PROXY for `http` URLs, and NO_PROXY, in either case of letters. Loopback hosts are never
 * reached through a proxy.
 *
 * @throws {ConfigError} with a line for each variable that is no proxy's URL
 */
export function readProxyRules(environment: Environment): FindProxy {
  const proxies = new Map<string, HttpProxy | null>()
  const issues: string[] = []
  for (const [protocol, name] of [
    ['https:', 'HTTPS_PROXY'],
    ['http:', 'HTTP_PROXY'],
  ] as const) {
    try {
      proxies.set(protocol, readProxy(environment, name))
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      issues.push(...error.issues)
    }
  }
  if (issues.length > 0) throw new ConfigError(issues)
  const isExcluded = readExclusions(environment)
  return (target) => {
    const proxy = proxies.get(target.protocol) ?? null
    if (proxy === null || isLoopback(target.hostname)) return null
    return isExcluded(canonical(target.hostname), portOf(target)) ? null : proxy
  }
}
