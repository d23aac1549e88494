import type { Gateway } from '../gateway.ts'
import { reloadLevelOnHangup } from '../log.ts'
import { createListener } from '../server/listener.ts'
import { Drain } from './drain.ts'
import { listen } from './listen.ts'
import { listenForScrapers } from './scrapers.ts'

/** A gateway that listens. */
export interface RunningGateway {
  readonly gateway: Gateway
  /** Scheme, host and port. */
  readonly origin: string
  /** As `origin`, of the listener for scrapers; null without one. */
  readonly scrapersOrigin: string | null
  /**
   * Answers the requests that it has received, and ends what it has started.
   * @returns the status with which the process should end: 0, or 1 when something had to be ended by force
   */
  stop(signal: string): Promise<number>
}

/**
 * Listens on the configured address, and begins to reach the providers.
 * @throws {ListenError} when the address cannot be used
 */
export async function startListening(gateway: Gateway, isSandbox: boolean): Promise<RunningGateway> {
  const { config, log } = gateway
  reloadLevelOnHangup(log)
  const server = createListener(gateway)
  const drain = new Drain({ ...gateway, server, settings: config.lifeCycle })
  // Not awaited: a provider that does not answer must not delay the start.
  if (!isSandbox) void gateway.reachProviders()
  const origin = await listen(server, { host: config.host, port: config.port, variable: 'PORT' })
  const scrapers = await listenForScrapers(gateway)
  return {
    gateway,
    origin,
    scrapersOrigin: scrapers?.origin ?? null,
    async stop(signal) {
      log.info('stopping', { signal })
      const { shutdownDelayMs, shutdownTimeoutMs } = config.lifeCycle
      // What does not end in time is left behind.
      setTimeout(() => process.exit(1), shutdownDelayMs + shutdownTimeoutMs).unref()
      const isClean = await drain.end()
      scrapers?.close()
      await gateway.close()
      log.info('stopped', { isClean })
      return isClean ? 0 : 1
    },
  }
}
