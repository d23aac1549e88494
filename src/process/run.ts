import { startSandboxes } from '../gateway/sandboxes.ts'
import { createGateway, PROVIDERS } from '../gateway.ts'
import { createListener } from '../server/listener.ts'
import { describeStart } from './announcement.ts'
import { loadEnvironment } from './environment.ts'
import { listen } from './listen.ts'

/** Time in which requests in flight may end when the process stops. */
const SHUTDOWN_MS = 5_000

/**
 * Runs a gateway in this process until a signal ends it.
 * @throws {ConfigError} when the configuration cannot be used
 * @throws {ListenError} when its address cannot be used
 */
export async function run(): Promise<void> {
  const environment = loadEnvironment()
  let gateway = createGateway({ environment })
  const sandbox = gateway.configured.length === 0 ? await startSandboxes(PROVIDERS, gateway.config) : null
  if (sandbox) gateway = createGateway({ environment: { ...environment, ...sandbox.environment }, isSandbox: true })
  const server = createListener(gateway)
  // Not awaited: a provider that does not answer must not delay the start.
  if (sandbox === null) void gateway.reachProviders()
  const { host, port } = gateway.config
  const origin = await listen(server, { host, port, variable: 'PORT' })
  console.log(describeStart(gateway, origin, sandbox).join('\n'))

  let isStopping = false
  const stop = async () => {
    if (isStopping) return
    isStopping = true
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref()
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeIdleConnections()
    })
    await gateway.close()
    await sandbox?.close()
  }
  process.once('SIGINT', () => void stop())
  process.once('SIGTERM', () => void stop())
}
