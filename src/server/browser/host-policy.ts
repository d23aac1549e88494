import type { Config } from '../../config.ts'
import { hostAlone, isLoopback } from '../../upstream/host.ts'

/**
 * Decides which hosts are served, against DNS rebinding: a page of another site whose name resolves to this machine is, for the
 * browser, of the same origin as the gateway, and could read everything that needs no credentials.
 *
 * Without authentication only loopback names and addresses, HOST and ALLOWED_HOSTS are served; with authentication everything
 * is, unless ALLOWED_HOSTS is set.
 *
 * @returns a function that takes a canonical host
 */
export function createHostPolicy({ host, allowedHosts, auth }: Config): (host: string) => boolean {
  if (auth.mode !== 'none' && allowedHosts.length === 0) return () => true
  const allowed = new Set([...allowedHosts, hostAlone(host)])
  return (asked) => allowed.has(asked) || isLoopback(asked) || asked.endsWith('.localhost')
}
