import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { ConfigError } from './errors.ts'
import { type RunningSandboxes, startSandboxes } from './gateway/sandboxes.ts'
import { createGateway, type Gateway, PROVIDERS } from './gateway.ts'
import { createListener } from './server/listener.ts'

/** Time in which requests in flight may end when the process stops. */
const SHUTDOWN_MS = 5_000

function announce(gateway: Gateway, url: string, sandbox: RunningSandboxes | null): void {
  const lines = [
    `${gateway.config.graphiql ? 'GraphQL and GraphiQL' : 'GraphQL'}: ${url}/graphql`,
    ...(sandbox !== null
      ? [
          ...sandbox.lines,
          'Connect real accounts with these variables:',
          ...PROVIDERS.map(({ name, variables }) => `  ${name}: ${Object.keys(variables).join(', ')}`),
        ]
      : [`Providers: ${gateway.configured.join(', ')}`]),
  ]
  console.log(lines.join('\n'))
}

async function run(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env')
  let gateway = createGateway({ environment: process.env })
  const sandbox = gateway.configured.length === 0 ? await startSandboxes(PROVIDERS, gateway.config) : null
  if (sandbox) gateway = createGateway({ environment: { ...process.env, ...sandbox.environment }, isSandbox: true })
  const server = createListener(gateway)
  const { host, port } = gateway.config
  server.once('error', (error: NodeJS.ErrnoException) => {
    console.error(
      `Cannot listen on ${host}:${port}: ${error.code === 'EADDRINUSE' ? 'the port is in use; set PORT to another one' : error.code}.`,
    )
    process.exit(1)
  })
  server.listen(port, host, () => {
    const { port: actual } = server.address() as AddressInfo
    announce(gateway, `http://${host.includes(':') ? `[${host}]` : host}:${actual}`, sandbox)
    // After the start, which a provider that does not answer must not delay.
    if (sandbox === null) void gateway.checkProviders()
  })

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

/** Starts the process. An invalid configuration ends it with the list of issues. */
export async function start(): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(['The configuration is invalid:', ...error.issues.map((issue) => `  ${issue}`)].join('\n'))
    process.exitCode = 1
  }
}
