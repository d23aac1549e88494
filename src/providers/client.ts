import { createClient } from '../upstream/client.ts'
import { logClientEvents } from '../upstream/events.ts'
import type { ClientOptions, UpstreamClient } from '../upstream/types.ts'
import type { ProviderOptions } from './provider.ts'

interface ProviderHost {
  /** The provider's value of the enum `Provider`. */
  readonly provider: string
  readonly baseUrl: string
  /** Name of the host in the log, for a provider with several hosts. */
  readonly service?: string
  /** The most requests at a time; see `ClientOptions`. */
  readonly connections?: ClientOptions['connections']
}

/** Creates the HTTP client for a provider's host. Its failures are logged with the provider's name. All clients are created here. */
export function createProviderClient(
  { provider, baseUrl, service, connections }: ProviderHost,
  { timeoutMs, log, network, onClient }: Pick<ProviderOptions, 'timeoutMs' | 'log' | 'network' | 'onClient'>,
): UpstreamClient {
  const fields = service === undefined ? { provider } : { provider, service }
  const client = createClient({
    provider,
    baseUrl,
    timeoutMs,
    network,
    onEvent: logClientEvents(log, fields),
    ...(connections !== undefined && { connections }),
  })
  onClient?.(client, { provider, service: service ?? 'api' })
  return client
}
