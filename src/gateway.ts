import type { GraphQLSchema } from 'graphql'
import {
  createYoga,
  isAsyncIterable,
  type Plugin,
  useExecutionCancellation,
  useReadinessCheck,
  type YogaServerOptions,
} from 'graphql-yoga'
import { type Config, type Environment, readConfig } from './config.ts'
import { createCursorCodec } from './connection/cursor.ts'
import { deriveCursorKey } from './connection/cursor-key.ts'
import { ConfigError, ProviderNotConfiguredError } from './errors.ts'
import type { GatewayContext, ProviderSession } from './graphql/context.ts'
import { useCostReport } from './graphql/cost-report.ts'
import { dedupeErrors, idOfUnexpected, type LogUnexpected, maskError, traceOf } from './graphql/error-masking.ts'
import { examplesOf } from './graphql/graphiql.ts'
import { createLog, type Log, writesAt } from './log.ts'
import { createMeter, grantOf, isBound } from './operation.ts'
import * as registry from './providers/index.ts'
import type { Provider, ProviderConnection } from './providers/provider.ts'
import { createSchema } from './schema.ts'
import { useAudit } from './server/audit.ts'
import { callerOf, createAuthenticate, useAuthentication } from './server/auth/authentication.ts'
import { useCredentialWatch } from './server/auth/credential-watch.ts'
import { corsFor, isTrustedOrigin, useVaryByOrigin } from './server/browser/cors.ts'
import { useCsrfPrevention } from './server/browser/csrf.ts'
import { useGraphiQLDisabled, useGraphiQLPage } from './server/browser/graphiql-page.ts'
import { useSchemaFiles } from './server/browser/schema-files.ts'
import { useBodyLimit } from './server/limits/body-limit.ts'
import { useComplexityLimit } from './server/limits/complexity.ts'
import { useConcurrencyLimits } from './server/limits/concurrency.ts'
import { createChargeCost } from './server/limits/cost-budget.ts'
import { createDocumentCache, useDocumentLimits } from './server/limits/document-limits.ts'
import { createLifetime, useOperationLifetime } from './server/limits/operation-lifetime.ts'
import { callerKey, useRateLimit } from './server/limits/rate-limit.ts'
import { useVariableLimits } from './server/limits/variables.ts'
import { type PersistedDocuments, readPersistedDocuments, usePersistedDocuments } from './server/persisted-documents.ts'
import { useRefusalLog } from './server/refusal-log.ts'
import { useResponseHeaders } from './server/response-headers.ts'
import { useUnreadableRequest } from './server/unreadable-request.ts'
import { isLoopback } from './upstream/host.ts'
import { createLimiter } from './upstream/limiter.ts'

/** Requests of one operation to one provider that may be in flight or wait for a connection; as many as there are connections. */
const MAX_CONCURRENT_REQUESTS = 32

/** The providers that the gateway is built with. */
export const PROVIDERS: readonly Provider[] = Object.values(registry)

export interface GatewayOptions {
  readonly environment: Environment
  /** Others than the registry's, for tests. */
  readonly providers?: readonly Provider[]
  readonly log?: Log
  /** Whether the providers serve made-up data, so that nothing has to be kept from anybody. */
  readonly isSandbox?: boolean
}

/** A gateway that answers requests and listens to nothing. */
export interface Gateway {
  readonly config: Config
  /** With the root fields of a subgraph. */
  readonly schema: GraphQLSchema
  readonly log: Log
  /** The providers that are switched on. */
  readonly configured: readonly string[]
  /** Answers requests: a function for `node:http`, and `fetch` without a socket. */
  readonly yoga: ReturnType<typeof createServer>
  close(): Promise<void>
}

/** Settings that would let the page of any site read all accounts through a browser that reaches the gateway. */
const isOpenToEverySite = ({ auth, corsOrigins }: Config) => auth.mode === 'none' && corsOrigins === '*'

/** Connects each provider whose variables are set. All that is wrong is told at once. */
function connect(
  { providers = PROVIDERS, environment, log: givenLog, isSandbox }: GatewayOptions,
  schema: GraphQLSchema,
) {
  const faults: string[] = []
  const attempt = <T>(read: () => T): T | null => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      faults.push(...error.issues)
      return null
    }
  }
  const config = attempt(() => readConfig(environment))
  const log = givenLog ?? createLog(config?.logLevel ?? 'silent')
  const names = providers.map(({ name }) => name)
  const authenticate = config && attempt(() => createAuthenticate({ settings: config.auth, providers: names, log }))
  const path = config?.persistedDocuments?.path
  const documents: PersistedDocuments | null =
    path === undefined ? new Map() : attempt(() => readPersistedDocuments(path, schema))
  const options = { timeoutMs: config?.upstreamTimeoutMs ?? 0, scanLimit: config?.scanLimit ?? 0, log }
  const connections = new Map<string, ProviderConnection>()
  for (const provider of providers) {
    const connection = attempt(() => provider.connect(environment, options))
    if (connection) connections.set(provider.name, connection)
  }
  if (config && isOpenToEverySite(config) && connections.size > 0 && !isSandbox) {
    faults.push('CORS_ORIGINS: expected the origins themselves in place of * when AUTH_MODE is none')
  }
  if (config === null || authenticate === null || documents === null || faults.length > 0) {
    for (const connection of connections.values()) void connection.close()
    throw new ConfigError(faults)
  }
  // A gateway without a provider is one that is about to be replaced by one over the sandbox.
  if (config.auth.mode === 'none' && !isLoopback(config.host) && connections.size > 0) {
    log.warn('AUTH_MODE is none: everybody who reaches this address may ask', { host: config.host })
  }
  const secrets = new Map([...connections].map(([name, { secretMaterial }]) => [name, secretMaterial]))
  const key = deriveCursorKey(config.cursorSecret, secrets)
  const cursors = {
    unbound: createCursorCodec({ key, omitInexactTotals: false }),
    bound: createCursorCodec({ key, omitInexactTotals: true }),
  }
  return { config, connections, cursors, authenticate, documents, log }
}

/** Reports a failure once for each field that it made null. */
const useErrorDeduplication = (): Plugin => ({
  onExecute: () => ({
    onExecuteDone({ result, setResult }) {
      if (!isAsyncIterable(result)) setResult(dedupeErrors(result))
    },
  }),
})

type Connected = ReturnType<typeof connect>

/** Creates what resolvers share within one operation. */
function createContext(
  initial: { readonly request: Request },
  { config, connections, cursors }: Connected,
  log: LogUnexpected,
): GatewayContext {
  const sessions = new Map<string, ProviderSession>()
  const meter = createMeter({ maxRequests: config.maxUpstreamRequests, maxRows: config.maxUpstreamRows })
  const { request } = initial
  const caller = callerOf(request)
  const lifetime = createLifetime(request.signal)
  return {
    lifetime,
    scanLimit: config.scanLimit,
    cursors: isBound(caller) ? cursors.bound : cursors.unbound,
    costs: meter.costs,
    reportUnexpected: (error) => idOfUnexpected(error, log),
    session(name) {
      const connection = connections.get(name)
      if (!connection) throw new ProviderNotConfiguredError(name)
      let session = sessions.get(name)
      if (session === undefined) {
        session = connection.openSession({
          caller: callerKey(caller, initial),
          signal: lifetime.signal,
          meter,
          limiter: createLimiter(MAX_CONCURRENT_REQUESTS),
          grant: grantOf(caller, name),
        })
        sessions.set(name, session)
      }
      return session
    },
  }
}

/** Lists the plugins in the order in which a request meets them. */
function pluginsOf(
  schema: GraphQLSchema,
  connected: Connected,
  providers: readonly Provider[],
): NonNullable<YogaServerOptions<object, GatewayContext>['plugins']> {
  const { config, authenticate, documents, log } = connected
  return [
    // What stands in front of authentication is open to everybody, as is Yoga's own /health.
    useReadinessCheck({ endpoint: '/ready', check: () => true }),
    config.graphiql
      ? useGraphiQLPage({ title: 'Transactions gateway', defaultTabs: examplesOf(providers) })
      : useGraphiQLDisabled(),
    useAuthentication(authenticate, log),
    useAudit(log, writesAt(config.logLevel, 'info')),
    config.limits.introspection ? useSchemaFiles(schema) : {},
    useCsrfPrevention((origin) => isTrustedOrigin(config.corsOrigins, origin)),
    useRateLimit(config.limits.ratePerMinute),
    useConcurrencyLimits(config.limits),
    useBodyLimit(config.limits.maxBodyBytes),
    useUnreadableRequest(),
    useVariableLimits(config.limits),
    usePersistedDocuments(documents, config.persistedDocuments?.only ?? false),
    useDocumentLimits(config.limits),
    useComplexityLimit(config.limits.maxComplexity, createChargeCost(config.limits.costPerMinute)),
    useExecutionCancellation(),
    useOperationLifetime(config.limits.operationTimeoutMs),
    useCredentialWatch(),
    useErrorDeduplication(),
    useCostReport(),
    useResponseHeaders(),
    useRefusalLog(log),
    useVaryByOrigin(config.corsOrigins),
  ]
}

function createServer(
  { schema, served }: ReturnType<typeof createSchema>,
  connected: Connected,
  providers: readonly Provider[],
) {
  const { config, log } = connected
  const logUnexpected: LogUnexpected = (error, id) => {
    // A caller who has gone is no failure.
    const isGone = error instanceof Error && error.name === 'AbortError'
    if (!isGone) log.error('unexpected error', { id, ...traceOf(error) })
  }
  return createYoga<object, GatewayContext>({
    schema: served,
    context: (initial) => createContext(initial, connected, logUnexpected),
    maskedErrors: {
      maskError: (error) => maskError(error, logUnexpected),
    },
    logging: {
      debug: () => {},
      info: () => {},
      warn: (message) => log.warn(String(message)),
      // Yoga repeats here whatever was masked, also what is the caller's fault or the provider's.
      error: () => {},
    },
    // A plugin has the page.
    graphiql: false,
    landingPage: false,
    cors: corsFor(config.corsOrigins),
    // No field takes a file.
    multipart: false,
    healthCheckEndpoint: '/health',
    // Bodies are counted by a plugin, which says by how much they are too large.
    maxRequestBodySize: false,
    // Yoga's own would keep a thousand documents and as many faulty ones, of whatever size.
    parserAndValidationCache: {
      documentCache: createDocumentCache(),
      errorCache: { get: () => undefined, set: () => {} },
    },
    plugins: pluginsOf(schema, connected, providers),
  })
}

/**
 * @throws {ConfigError} with a line for each variable of the environment that cannot be used
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { providers = PROVIDERS } = options
  const schemas = createSchema(providers)
  const connected = connect(options, schemas.served)
  const { config, connections } = connected
  return {
    config,
    schema: schemas.served,
    log: connected.log,
    configured: [...connections.keys()],
    yoga: createServer(schemas, connected, providers),
    async close() {
      await Promise.all([...connections.values()].map((connection) => connection.close()))
    },
  }
}
