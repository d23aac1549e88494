import type { GraphQLSchema } from 'graphql'
import { createYoga, isAsyncIterable, type Plugin, useExecutionCancellation, useReadinessCheck } from 'graphql-yoga'
import { type Config, readConfig } from './config.ts'
import { ConfigError, ProviderNotConfiguredError } from './errors.ts'
import type { GatewayContext, ProviderSession } from './graphql/context.ts'
import { maskError, tellOnce } from './graphql/error-masking.ts'
import { examplesOf, renderGraphiQL, securityHeaders } from './graphql/graphiql.ts'
import { createLog, type Log } from './log.ts'
import * as registry from './providers/index.ts'
import type { Environment, Provider, ProviderConnection } from './providers/provider.ts'
import { createSchema } from './schema.ts'

/** The providers that the gateway is built with. */
export const PROVIDERS: readonly Provider[] = Object.values(registry)

export interface GatewayOptions {
  readonly environment: Environment
  /** Others than the registry's, for tests. */
  readonly providers?: readonly Provider[]
  readonly log?: Log
}

/** A gateway that answers requests and listens to nothing. */
export interface Gateway {
  readonly config: Config
  readonly schema: GraphQLSchema
  readonly log: Log
  /** The providers that are switched on. */
  readonly configured: readonly string[]
  /** Answers requests: a function for `node:http`, and `fetch` without a socket. */
  readonly yoga: ReturnType<typeof createServer>
  close(): Promise<void>
}

/** Connects each provider whose variables are set. All that is wrong is told at once. */
function connect(providers: readonly Provider[], environment: Environment) {
  const faults: string[] = []
  const attempt = <T>(read: () => T): T | null => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      faults.push(...error.faults)
      return null
    }
  }
  const config = attempt(() => readConfig(environment))
  const options = { timeoutMs: config?.upstreamTimeoutMs ?? 0, scanLimit: config?.scanLimit ?? 0 }
  const connections = new Map<string, ProviderConnection>()
  for (const provider of providers) {
    const connection = attempt(() => provider.connect(environment, options))
    if (connection) connections.set(provider.name, connection)
  }
  if (config === null || faults.length > 0) {
    for (const connection of connections.values()) void connection.close()
    throw new ConfigError(faults)
  }
  return { config, connections }
}

/** Tells a failure once for each field that it took. */
const onceTold: Plugin = {
  onExecute: () => ({
    onExecuteDone({ result, setResult }) {
      if (!isAsyncIterable(result)) setResult(tellOnce(result))
    },
  }),
}

function createServer(
  schema: GraphQLSchema,
  connections: ReadonlyMap<string, ProviderConnection>,
  config: Config,
  log: Log,
  providers: readonly Provider[],
) {
  /** What callers are not shown, for the log: what kind of error it was and where, never what it holds. */
  const logUnexpected = (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? '') : ''
    const at = stack.split('\n').find((line) => line.includes(' at ')) ?? ''
    log.error('unexpected error', { name: error instanceof Error ? error.name : typeof error, at: at.trim() })
  }
  return createYoga<object, GatewayContext>({
    schema,
    context: ({ request }): GatewayContext => {
      const sessions = new Map<string, ProviderSession>()
      return {
        scanLimit: config.scanLimit,
        session(name) {
          const connection = connections.get(name)
          if (!connection) throw new ProviderNotConfiguredError(name)
          const session = sessions.get(name) ?? connection.openSession(request.signal)
          sessions.set(name, session)
          return session
        },
      }
    },
    maskedErrors: {
      maskError: (error) =>
        maskError(error, (unexpected) => {
          // A caller who has gone is no failure.
          const isGone = unexpected instanceof Error && unexpected.name === 'AbortError'
          if (!isGone) logUnexpected(unexpected)
        }),
    },
    logging: {
      debug: () => {},
      info: () => {},
      warn: (message) => log.warn(String(message)),
      // Yoga repeats here whatever was masked, also what is the caller's fault or the provider's.
      error: () => {},
    },
    graphiql: { title: 'Transactions gateway', defaultTabs: examplesOf(providers) },
    renderGraphiQL,
    landingPage: false,
    cors: false,
    healthCheckEndpoint: '/health',
    plugins: [
      useReadinessCheck({ endpoint: '/ready', check: () => true }),
      useExecutionCancellation(),
      onceTold,
      { onResponse: ({ response }) => securityHeaders(response) },
    ],
  })
}

/**
 * @throws {ConfigError} with a line for each variable of the environment that cannot be used
 */
export function createGateway({ environment, providers = PROVIDERS, log }: GatewayOptions): Gateway {
  const { config, connections } = connect(providers, environment)
  const schema = createSchema(providers)
  const written = log ?? createLog(config.logLevel)
  return {
    config,
    schema,
    log: written,
    configured: [...connections.keys()],
    yoga: createServer(schema, connections, config, written, providers),
    async close() {
      await Promise.all([...connections.values()].map((connection) => connection.close()))
    },
  }
}
