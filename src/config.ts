import { buildAuthSettings, findAuthIssues } from './config/auth.ts'
import type { Environment } from './config/environment.ts'
import type { Config, MetricsSettings, RequestLimits } from './config/settings.ts'
import { type VariableValues, variables } from './config/variables.ts'
import { ConfigError } from './errors.ts'

export type { Environment, VariableSchemas } from './config/environment.ts'
export { isOrigin } from './config/formats.ts'
export type {
  AuthSettings,
  ClientCertificateSettings,
  Config,
  ConnectionLimits,
  CorsOrigins,
  JwtSettings,
  RedisSettings,
  RequestLimits,
} from './config/settings.ts'
export { findUnknownVariables } from './config/unknown-variables.ts'
export { variables } from './config/variables.ts'

const buildLimits = (values: VariableValues): RequestLimits => ({
  maxBodyBytes: values.MAX_BODY_BYTES,
  maxTokens: values.MAX_TOKENS,
  maxDepth: values.MAX_DEPTH,
  maxAliases: values.MAX_ALIASES,
  maxDirectives: values.MAX_DIRECTIVES,
  maxRootFields: values.MAX_ROOT_FIELDS,
  maxComplexity: values.MAX_COMPLEXITY,
  maxVariableValues: values.MAX_VARIABLE_VALUES,
  maxVariableCharacters: values.MAX_VARIABLE_CHARACTERS,
  introspection: values.INTROSPECTION === 'on',
  ratePerMinute: values.RATE_LIMIT_PER_MINUTE,
  costPerMinute: values.RATE_LIMIT_COST_PER_MINUTE,
  maxOperations: values.MAX_OPERATIONS,
  maxSubscriptions: values.MAX_SUBSCRIPTIONS,
  operationTimeoutMs: values.OPERATION_TIMEOUT_MS,
})

/** Both files are set, or neither is: {@link findClientCertificateIssues} has checked it. */
const buildClientCertificate = (values: VariableValues): Config['clientCertificate'] =>
  values.UPSTREAM_CLIENT_CERT_FILE === undefined || values.UPSTREAM_CLIENT_KEY_FILE === undefined
    ? null
    : {
        certFile: values.UPSTREAM_CLIENT_CERT_FILE,
        keyFile: values.UPSTREAM_CLIENT_KEY_FILE,
        providers: values.UPSTREAM_CLIENT_CERT_PROVIDERS ?? null,
      }

/** Returns an issue for each variable of the client certificate that has no effect without another one. */
function findClientCertificateIssues(given: Environment): string[] {
  const needs = (name: string, other: string) =>
    given[name] !== undefined && given[other] === undefined ? [`${other}: must be set when ${name} is`] : []
  return [
    ...needs('UPSTREAM_CLIENT_CERT_FILE', 'UPSTREAM_CLIENT_KEY_FILE'),
    ...needs('UPSTREAM_CLIENT_KEY_FILE', 'UPSTREAM_CLIENT_CERT_FILE'),
    ...needs('UPSTREAM_CLIENT_CERT_PROVIDERS', 'UPSTREAM_CLIENT_CERT_FILE'),
  ]
}

const buildMetrics = ({ METRICS, METRICS_HOST, METRICS_PORT }: VariableValues): MetricsSettings | null =>
  METRICS === 'off' ? null : { host: METRICS_HOST, port: METRICS_PORT ?? null }

const buildConfig = (values: VariableValues): Config => ({
  host: values.HOST,
  port: values.PORT,
  logLevel: values.LOG_LEVEL,
  lifeCycle: {
    workers: values.WORKERS,
    readyTimeoutMs: values.READY_TIMEOUT_S * 1000,
    shutdownDelayMs: values.SHUTDOWN_DELAY_S * 1000,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_S * 1000,
  },
  upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MS,
  clientCertificate: buildClientCertificate(values),
  scanLimit: values.SCAN_LIMIT,
  cursorSecret: values.CURSOR_SECRET ?? null,
  traceUpstream: values.TRACE_UPSTREAM === 'on',
  maxUpstreamRequests: values.MAX_UPSTREAM_REQUESTS,
  maxUpstreamRows: values.MAX_UPSTREAM_ROWS,
  auth: buildAuthSettings(values),
  limits: buildLimits(values),
  graphiql: values.GRAPHIQL === 'on',
  connections: {
    maxConnections: values.MAX_CONNECTIONS,
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    keepAliveTimeoutMs: values.KEEP_ALIVE_TIMEOUT_MS,
    readTimeoutMs: values.READ_TIMEOUT_MS,
  },
  corsOrigins: values.CORS_ORIGINS,
  allowedHosts: values.ALLOWED_HOSTS,
  sandboxFailures: values.SANDBOX_FAIL,
  persistedDocuments:
    values.PERSISTED_DOCUMENTS === undefined
      ? null
      : { path: values.PERSISTED_DOCUMENTS, only: values.PERSISTED_DOCUMENTS_ONLY === 'true' },
  metrics: buildMetrics(values),
  cache:
    values.CACHE === 'off'
      ? null
      : {
          store: values.CACHE,
          maxBytes: values.CACHE_MAX_BYTES,
          closedMarginMs: values.CACHE_CLOSED_MARGIN_S * 1000,
          closedTtlMs: values.CACHE_CLOSED_TTL_S * 1000,
          openTtlMs: values.CACHE_OPEN_TTL_S * 1000,
        },
  redis:
    values.REDIS_URL === undefined
      ? null
      : { url: values.REDIS_URL, prefix: values.REDIS_PREFIX, timeoutMs: values.REDIS_TIMEOUT_MS },
})

/**
 * Reads the gateway's own variables; an empty one counts as unset.
 * @throws {ConfigError} with a line for each variable that cannot be used
 */
export function readConfig(environment: Environment): Config {
  const given: Environment = Object.fromEntries(
    Object.keys(variables.shape).map((name) => [name, environment[name]?.trim() || undefined]),
  )
  const { data, error } = variables.safeParse(given)
  const issues = (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
  issues.push(...findAuthIssues(given), ...findClientCertificateIssues(given))
  if (given.PERSISTED_DOCUMENTS_ONLY === 'true' && given.PERSISTED_DOCUMENTS === undefined) {
    issues.push(
      'PERSISTED_DOCUMENTS: must be set when PERSISTED_DOCUMENTS_ONLY is true; otherwise every operation is rejected',
    )
  }
  if (given.CACHE === 'redis' && given.REDIS_URL === undefined) {
    issues.push('REDIS_URL: must be set when CACHE is redis')
  }
  if (!data || issues.length > 0) throw new ConfigError(issues)
  return buildConfig(data)
}
