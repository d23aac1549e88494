import type { Config, Environment } from '../config.ts'
import type { RunningSandboxes } from '../gateway/sandboxes.ts'
import { type Gateway, PROVIDERS } from '../gateway.ts'
import { findSpanReceivers, isTracingOn } from '../tracing/settings.ts'
import { isLoopback } from '../upstream/host.ts'
import { describeRoute } from './provider-hosts.ts'

/** Returns a sentence about who may call. */
export function describeCallers({ auth, host }: Config): string {
  switch (auth.mode) {
    case 'none':
      return `Callers: everybody who can connect${isLoopback(host) ? ' from this machine' : ''}, because AUTH_MODE is none.`
    case 'api-key':
      return 'Callers: holders of a key in API_KEYS_FILE.'
    case 'jwt':
      return `Callers: holders of a token of ${auth.issuer}.`
  }
}

/** Returns the parts that are switched off, each with the variable that switches it on. */
function describeOff({ config, configured }: Gateway, environment: Environment, isSandbox: boolean): readonly string[] {
  const providers = PROVIDERS.filter(({ name }) => !isSandbox && !configured.includes(name))
  return [
    ...providers.map(({ name }) => `${name} (none of its variables is set)`),
    ...(config.auth.mode === 'none' ? ['authentication (AUTH_MODE)'] : []),
    ...(config.metrics === null ? ['metrics (METRICS)'] : []),
    ...(isTracingOn(environment) ? [] : ['traces (OTEL_EXPORTER_OTLP_ENDPOINT)']),
    ...(config.cache === null ? ['cache (CACHE)'] : []),
    ...(config.redis === null ? ['Redis (REDIS_URL)'] : []),
    ...(config.graphiql ? [] : ['GraphiQL (GRAPHIQL)']),
  ]
}

/** Returns a line for each other program that the gateway connects to, with its host and port. */
function describeServices({ config }: Gateway, environment: Environment): readonly string[] {
  return [
    ...(config.redis === null ? [] : [`Redis: ${new URL(config.redis.url).host}`]),
    ...(isTracingOn(environment) ? [`Traces: ${findSpanReceivers(environment).join(', ')}`] : []),
  ]
}

/** Where the gateway listens, and what it runs on. */
export interface StartedGateway {
  readonly gateway: Gateway
  readonly environment: Environment
  /** Scheme, host and port of the gateway. */
  readonly origin: string
  /** As `origin`, of the listener for scrapers; null without one. */
  readonly scrapersOrigin: string | null
  /** Null when a provider is configured. */
  readonly sandbox: Pick<RunningSandboxes, 'lines'> | null
}

/** Returns the lines that the process prints on standard output once it listens. They name hosts, and no path or credential. */
export function describeStart(started: StartedGateway): readonly string[] {
  const { gateway, environment, origin, scrapersOrigin, sandbox } = started
  const { config, configured } = gateway
  const providers = PROVIDERS.filter(({ name }) => configured.includes(name))
  const { workers } = config.lifeCycle
  return [
    `${config.graphiql ? 'GraphQL and GraphiQL' : 'GraphQL'}: ${origin}/graphql`,
    ...(scrapersOrigin === null ? [] : [`Metrics: ${scrapersOrigin}/metrics`]),
    ...(sandbox !== null
      ? [
          ...sandbox.lines,
          'Connect real accounts with these variables:',
          ...PROVIDERS.map(({ name, variables }) => `  ${name}: ${Object.keys(variables).join(', ')}`),
        ]
      : [`Providers: ${providers.map((provider) => describeRoute(provider, environment)).join(', ')}`]),
    ...describeServices(gateway, environment),
    describeCallers(config),
    `Processes: ${workers === 1 ? 'one, with the id' : `${workers} workers and the primary process`} ${process.pid}.`,
    `Off: ${describeOff(gateway, environment, sandbox !== null).join(', ')}.`,
  ]
}
