import type { Config } from '../../config.ts'
import { hostAlone, isLoopback } from '../../upstream/host.ts'

/**
 * Decides which hosts are served, to prevent DNS rebinding: when the host name of a page resolves to this machine, the browser
 * treats page and gateway as the same origin, and the page could read everything that needs no credentials.
 *
 * Without authentication only loopback names and addresses, HOST and ALLOWED_HOSTS are served; with authentication every host
 * is served, unless ALLOWED_HOSTS is set.
 *
 * @returns a function that takes a canonical host and returns true when it is served
 */
export function createHostPolicy({ host, allowedHosts, auth }: Config): (host: string) => boolean {
  if (auth.mode !== 'none' && allowedHosts.length === 0) return () => true
  const allowed = new Set([...allowedHosts, hostAlone(host)])
  return (requested) => allowed.has(requested) || isLoopback(requested) || requested.endsWith('.localhost')
}
