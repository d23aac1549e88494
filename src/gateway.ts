import type { GraphQLSchema } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { Config, Environment } from './config.ts'
import { budgetsIn } from './gateway/budgets.ts'
import { type Connected, type CreateTracing, connect } from './gateway/connect.ts'
import { createServerObserver } from './gateway/metrics.ts'
import { createOperationContext } from './gateway/operation-context.ts'
import { createPlugins } from './gateway/plugins.ts'
import { checkProviders, reachProviders } from './gateway/provider-check.ts'
import type { GatewayContext } from './graphql/context.ts'
import { type LogUnexpected, maskError, traceOf } from './graphql/error-masking.ts'
import type { LeveledLog, Log } from './log.ts'
import type { Metrics } from './metrics/metrics.ts'
import * as registry from './providers/index.ts'
import type { Provider } from './providers/provider.ts'
import { createSchema } from './schema.ts'
import { callerOf } from './server/auth/authentication.ts'
import { corsFor } from './server/browser/cors.ts'
import { Lane, type LaneOptions } from './server/lane/lane.ts'
import { createLifetime } from './server/limits/operation-lifetime.ts'
import { callerKeyOf } from './server/limits/rate-limit.ts'
import type { ServerObserver } from './server/observer.ts'
import { operationTraceOf } from './server/operation-trace.ts'
import type { Readiness } from './server/readiness.ts'
import { requestIdOf } from './server/request-id.ts'
import { createRules, type Rules } from './server/rules.ts'
import type { RunningOperations } from './server/running-operations.ts'

/** The providers that the gateway is built with. */
export const PROVIDERS: readonly Provider[] = Object.values(registry)

export interface GatewayOptions {
  readonly environment: Environment
  /** Replaces the registry's providers, for tests. */
  readonly providers?: readonly Provider[]
  readonly log?: LeveledLog
  /** Left out while tracing is off. */
  readonly createTracing?: CreateTracing | undefined
  /** True when the providers serve made-up data, which needs no protection. */
  readonly isSandbox?: boolean
}

/** A gateway that answers requests; it does not listen on a port. */
export interface Gateway {
  readonly config: Config
  /** The schema that is served, with the root fields of a federated subgraph. */
  readonly schema: GraphQLSchema
  readonly log: LeveledLog
  /** The names of the enabled providers. */
  readonly configured: readonly string[]
  /** Answers requests: a function for `node:http`, and `fetch` without a socket. */
  readonly yoga: ReturnType<typeof createServer>
  /** Answers plain POSTs of `node:http` by the same rules as `yoga`, and with less work. */
  readonly lane: Lane
  /** The connection to Redis; null without `REDIS_URL`. */
  readonly redis: Connected['redis']
  /** Null when they are switched off. */
  readonly metrics: Metrics | null
  /** Counts for the metrics what a server does. */
  readonly observer: ServerObserver | null
  readonly readiness: Readiness
  readonly running: RunningOperations
  /**
   * Sends each enabled provider one cheap request, again until it succeeds or `READY_TIMEOUT_S` is over. The gateway is not ready
   * meanwhile, and a failure is logged as a warning. It never rejects.
   */
  reachProviders(): Promise<void>
  /** Sends each enabled provider one cheap request. Returns, by provider, null or its error. */
  checkProviders(): Promise<ReadonlyMap<string, unknown>>
  close(): Promise<void>
}

/** Logs errors that callers see only by an id, except those of callers who have disconnected. */
const createLogUnexpected =
  (log: Log): LogUnexpected =>
  (error, id, requestId) => {
    const isAborted = error instanceof Error && error.name === 'AbortError'
    if (!isAborted)
      log.error('unexpected error', { id, ...(requestId !== undefined && { requestId }), ...traceOf(error) })
  }

function createServer(
  { schema, served }: ReturnType<typeof createSchema>,
  connected: Connected,
  rules: Rules,
  providers: readonly Provider[],
  logUnexpected: LogUnexpected,
) {
  const { config, log } = connected
  return createYoga<object, GatewayContext>({
    schema: served,
    context(initial) {
      const { request } = initial
      const origin = {
        caller: callerOf(request),
        key: callerKeyOf(request, initial),
        lifetime: createLifetime(request.signal, rules.running),
        requestId: requestIdOf(request),
        trace: rules.startTrace === null ? undefined : operationTraceOf(request),
      }
      return createOperationContext(origin, connected, logUnexpected)
    },
    maskedErrors: {
      maskError: (error) => maskError(error, logUnexpected),
    },
    logging: {
      debug: () => {},
      info: () => {},
      warn: (message) => log.warn(String(message)),
      // Yoga logs every masked error here, including those that the caller or a provider caused.
      error: () => {},
    },
    // A plugin serves the page.
    graphiql: false,
    landingPage: false,
    cors: corsFor(config.corsOrigins),
    // No field accepts a file.
    multipart: false,
    healthCheckEndpoint: '/health',
    // A plugin limits bodies and reports the limit.
    maxRequestBodySize: false,
    // Yoga's own cache holds a thousand documents and a thousand errors, whatever their size.
    parserAndValidationCache: {
      documentCache: rules.documentCache,
      errorCache: { get: () => undefined, set: () => {} },
      // A plugin validates documents and keeps the result.
      validationCache: false,
    },
    plugins: createPlugins(schema, connected, rules, providers, logUnexpected),
  })
}

/** Passes a request whose body was read to Yoga. */
function createHandOver({ fetchAPI, handleRequest }: ReturnType<typeof createServer>): LaneOptions['handOver'] {
  return ({ request, response, requestId }, admission, body) => {
    const controller = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) controller.abort()
    })
    const { method = 'POST', url, headers } = request
    const options = { method, headers: headers as Record<string, string>, body, signal: controller.signal }
    const context = { req: request, res: response, requestId, admission }
    return handleRequest(new fetchAPI.Request(`http://${headers.host}${url}`, options), context)
  }
}

/**
 * Creates a gateway over the providers whose variables are set.
 * @throws {ConfigError} with a line for each variable of the environment that cannot be used
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { environment, providers = PROVIDERS, log = null, createTracing = null, isSandbox = false } = options
  const schemas = createSchema(providers)
  const connected = connect({ environment, providers, log, createTracing, schema: schemas.served, isSandbox })
  const { config, connections, metrics } = connected
  const observer = metrics && createServerObserver(metrics)
  const createSpend = budgetsIn(connected.redis)
  const rules = createRules({ ...connected, schema: schemas.served, observer, createSpend })
  metrics?.observeActivity({ operations: rules.operations.count, subscriptions: rules.subscriptions.count })
  const logUnexpected = createLogUnexpected(connected.log)
  const closing = new AbortController()
  const yoga = createServer(schemas, connected, rules, providers, logUnexpected)
  return {
    config,
    schema: schemas.served,
    log: connected.log,
    configured: [...connections.keys()],
    yoga,
    redis: connected.redis,
    metrics,
    observer,
    lane: new Lane({
      config,
      log: connected.log,
      schema: schemas.served,
      rules,
      logUnexpected,
      createContext: (origin) => createOperationContext(origin, connected, logUnexpected),
      handOver: createHandOver(yoga),
    }),
    readiness: rules.readiness,
    running: rules.running,
    reachProviders: () =>
      reachProviders(connections, {
        log: connected.log,
        readiness: rules.readiness,
        timeoutMs: config.lifeCycle.readyTimeoutMs,
        signal: closing.signal,
      }),
    checkProviders: () => checkProviders(connections, closing.signal),
    async close() {
      closing.abort()
      connected.redis?.close()
      await Promise.all([...connections.values()].map((connection) => connection.close()))
      await connected.cache?.close()
      // The requests in flight have ended now.
      await connected.tracing?.close()
    },
  }
}
