import type { Gateway } from '../gateway.ts'
import { traceOf } from '../graphql/error-masking.ts'
import { createMetricsListener } from '../metrics/listener.ts'
import { listen } from './listen.ts'

/** The running listener for scrapers. */
export interface ScrapersListener {
  /** Scheme, host and port. */
  readonly origin: string
  close(): void
}

/**
 * Starts the listener for scrapers and health checks.
 *
 * @returns null without METRICS_PORT
 * @throws {ListenError} when the address cannot be used
 */
export async function listenForScrapers({
  config,
  log,
  metrics,
  readiness,
}: Pick<Gateway, 'config' | 'log' | 'metrics' | 'readiness'>): Promise<ScrapersListener | null> {
  const { host, port } = config.metrics ?? { host: '', port: null }
  if (metrics === null || port === null) return null
  // The first scrape does not wait for modules.
  await metrics.load()
  const server = createMetricsListener({
    host,
    render: () => metrics.render(),
    isReady: () => readiness.isReady(),
    onError: (error) => log.error('unexpected error', { ...traceOf(error) }),
  })
  const origin = await listen(server, { host, port, variable: 'METRICS_PORT' })
  return {
    origin,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
