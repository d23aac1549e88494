import { startSandboxes } from '../gateway/sandboxes.ts'
import { createGateway, PROVIDERS } from '../gateway.ts'
import { describeStart } from './announcement.ts'
import { loadEnvironment } from './environment.ts'
import { loadTracing } from './load-tracing.ts'
import { startListening } from './running-gateway.ts'
import { stopOnSignal } from './stop-signals.ts'

/**
 * Runs a gateway until a signal ends it: in this process, or in the worker processes that `WORKERS` asks for.
 * @throws {ConfigError} when the configuration cannot be used
 * @throws {ListenError} when its address cannot be used
 */
export async function run(): Promise<void> {
  const environment = loadEnvironment()
  const createTracing = await loadTracing(environment)
  // Also finds all issues before a worker starts.
  let gateway = createGateway({ environment, createTracing })
  const sandbox = gateway.configured.length === 0 ? await startSandboxes(PROVIDERS, gateway.config) : null
  if (gateway.config.lifeCycle.workers > 1) {
    await gateway.close()
    // Loaded only when it is used, for a faster start.
    const { runPrimary } = await import('./primary.ts')
    runPrimary({ gateway, environment, sandbox })
    return
  }
  if (sandbox) {
    gateway = createGateway({
      environment: { ...environment, ...sandbox.environment },
      createTracing,
      isSandbox: true,
    })
  }
  // By default the signal ends a process.
  process.on('SIGUSR2', () => gateway.log.warn('workers not replaced', { reason: 'there is one process' }))
  const { origin, scrapersOrigin, stop } = await startListening(gateway, sandbox !== null)
  console.log(describeStart({ gateway, environment, origin, scrapersOrigin, sandbox }).join('\n'))
  stopOnSignal(async (signal) => {
    const status = await stop(signal)
    await sandbox?.close()
    return status
  })
}
