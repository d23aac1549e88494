import type { GraphQLSchema } from 'graphql'
import type { AnswerCache } from '../cache/answer-cache.ts'
import { type Config, type Environment, findUnknownVariables, readConfig, variables } from '../config.ts'
import { type CursorCodec, createCursorCodec } from '../connection/cursor.ts'
import { deriveCursorKey } from '../connection/cursor-key.ts'
import { WalkMemory } from '../connection/walk-memory.ts'
import { ConfigError } from '../errors.ts'
import { createLog, type LeveledLog, type Log } from '../log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Tracing } from '../operation.ts'
import type { Provider, ProviderConnection } from '../providers/provider.ts'
import { RedisConnection } from '../redis/connection.ts'
import { RedisState } from '../redis/shared-state.ts'
import { type Authenticate, createAuthenticate } from '../server/auth/authentication.ts'
import { type PersistedDocuments, readPersistedDocuments } from '../server/persisted-documents.ts'
import { DIRECT_NETWORK, type NetworkSettings } from '../upstream/dispatcher.ts'
import { isLoopback } from '../upstream/host.ts'
import { createAnswerCache } from './answer-cache.ts'
import { createMetrics } from './metrics.ts'
import { readNetwork, warnAboutIgnoredCertificates } from './network.ts'

export interface TracingOptions {
  readonly log: Log
  /** Sends the context of traces to providers when true. */
  readonly sendsContext: boolean
}

/** @throws {ConfigError} when the variables of tracing cannot be used */
export type CreateTracing = (options: TracingOptions) => Tracing

export interface ConnectOptions {
  readonly environment: Environment
  readonly providers: readonly Provider[]
  /** Null for a log on standard error. */
  readonly log: LeveledLog | null
  /** Null while tracing is off. */
  readonly createTracing: CreateTracing | null
  /** The schema that persisted documents are validated against. */
  readonly schema: GraphQLSchema
  readonly isSandbox: boolean
}

/** Everything that a gateway keeps for as long as it runs. */
export interface Connected {
  readonly config: Config
  /** The connections of enabled providers, by the provider's enum value. */
  readonly connections: ReadonlyMap<string, ProviderConnection>
  /** One codec for callers who are bound to accounts, and one for all others. */
  readonly cursors: { readonly unbound: CursorCodec; readonly bound: CursorCodec }
  readonly walks: WalkMemory
  /** Null when no answers are kept. */
  readonly cache: AnswerCache | null
  readonly authenticate: Authenticate
  readonly documents: PersistedDocuments
  readonly log: LeveledLog
  /** Null while tracing is off. */
  readonly tracing: Tracing | null
  /** Null when nothing is shared with other processes. */
  readonly redis: RedisConnection | null
  /** Null when they are switched off. */
  readonly metrics: Metrics | null
  /** True when the providers are the sandbox, so that all data is made up. */
  readonly isSandbox: boolean
}

/** Returns true when the page of any site could read all accounts through a browser that reaches the gateway. */
const isOpenToEverySite = ({ auth, corsOrigins }: Config) => auth.mode === 'none' && corsOrigins === '*'

/** Collects the issues of several steps, so that all of them are reported at once. */
class IssueCollector {
  readonly issues: string[] = []

  /** Returns the result of a step, or null when it threw a {@link ConfigError}, whose issues are collected. */
  attempt<T>(step: () => T): T | null {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      this.issues.push(...error.issues)
      return null
    }
  }
}

function createCursorCodecs(config: Config, connections: Connected['connections']): Connected['cursors'] {
  const secrets = new Map([...connections].map(([name, { secretMaterial }]) => [name, secretMaterial]))
  const key = deriveCursorKey(config.cursorSecret, secrets)
  return {
    unbound: createCursorCodec({ key, omitInexactTotals: false }),
    bound: createCursorCodec({ key, omitInexactTotals: true }),
  }
}

/** Returns a line for each variable that looks like one of the gateway or of a provider, and is none. */
function findUnknown(environment: Environment, providers: readonly Provider[]): string[] {
  const known = [variables.shape, ...providers.map((provider) => provider.variables)].flatMap(Object.keys)
  return findUnknownVariables(environment, known)
}

/** What is read from the environment. A part is null when it has issues, which make the start fail. */
interface Settings {
  readonly config: Config | null
  readonly log: LeveledLog
  readonly network: NetworkSettings
  readonly authenticate: Authenticate | null
  readonly documents: PersistedDocuments | null
  readonly tracing: Tracing | null
}

/** Reads everything but the variables of providers. */
function readSettings(given: ConnectOptions, collector: IssueCollector): Settings {
  const { environment, providers, schema } = given
  const config = collector.attempt(() => readConfig(environment))
  collector.issues.push(...findUnknown(environment, providers))
  const log = given.log ?? createLog(config?.logLevel ?? 'silent')
  const names = providers.map(({ name }) => name)
  const network = (config && collector.attempt(() => readNetwork(config, environment, names))) ?? DIRECT_NETWORK
  const authenticate =
    config && collector.attempt(() => createAuthenticate({ settings: config.auth, providers: names, log, network }))
  const path = config?.persistedDocuments?.path
  const documents: PersistedDocuments | null =
    path === undefined ? new Map() : collector.attempt(() => readPersistedDocuments(path, schema))
  const tracing = collector.attempt(
    () => given.createTracing?.({ log, sendsContext: config?.traceUpstream ?? false }) ?? null,
  )
  return { config, log, network, authenticate, documents, tracing }
}

type Services = Pick<Connected, 'redis' | 'metrics' | 'cache'>

/** Creates what all providers use, if it is switched on; nothing is sent yet. */
function createServices({ config, log }: Settings, { environment, providers }: ConnectOptions): Services {
  const redis = config?.redis ? new RedisConnection(config.redis, log) : null
  const metrics = createMetrics(config)
  const cache = config?.cache ? createAnswerCache(config.cache, { redis, environment, providers }) : null
  if (redis !== null) metrics?.observeRedis(redis)
  if (cache !== null) metrics?.observeCache(cache)
  return { redis, metrics, cache }
}

/** Connects each provider whose variables are set. */
function connectProviders(
  { environment, providers }: ConnectOptions,
  { config, log, network }: Settings,
  { redis, metrics, cache }: Services,
  collector: IssueCollector,
): ReadonlyMap<string, ProviderConnection> {
  const options = {
    timeoutMs: config?.upstreamTimeoutMs ?? 0,
    scanLimit: config?.scanLimit ?? 0,
    log,
    network,
    cache,
    shared: redis && ((secret: string) => new RedisState(redis, secret)),
    ...(metrics && { onClient: metrics.addClient }),
  }
  const connections = new Map<string, ProviderConnection>()
  for (const provider of providers) {
    const connection = collector.attempt(() => provider.connect(environment, options))
    if (connection) connections.set(provider.name, connection)
  }
  return connections
}

/** Returns a line for each setting that must not be used with real accounts. */
function findUnsafeSettings(config: Config): string[] {
  const issues: string[] = []
  if (isOpenToEverySite(config)) {
    issues.push('CORS_ORIGINS: expected a list of origins in place of * when AUTH_MODE is none')
  }
  if (config.sandboxFailures.size > 0) {
    issues.push('SANDBOX_FAIL: must be unset when a provider is configured, because the sandbox does not start')
  }
  return issues
}

/** Logs warnings about settings that can be used, but are probably not meant. */
function warnAboutSettings({ auth, host }: Config, environment: Environment, log: Log): void {
  if (auth.mode === 'none' && !isLoopback(host)) {
    log.warn('AUTH_MODE is none: everybody who can connect to this address is accepted', { host })
  }
  warnAboutIgnoredCertificates(environment, log)
}

/**
 * Reads the environment, creates the services that it asks for, and connects each provider whose variables are set.
 * @throws {ConfigError} with all issues of the environment; every connection is then closed again
 */
export function connect(given: ConnectOptions): Connected {
  const { environment, isSandbox } = given
  const collector = new IssueCollector()
  const settings = readSettings(given, collector)
  const services = createServices(settings, given)
  const connections = connectProviders(given, settings, services, collector)
  const { config, authenticate, documents, log, tracing } = settings
  if (config && connections.size > 0 && !isSandbox) collector.issues.push(...findUnsafeSettings(config))
  if (config === null || authenticate === null || documents === null || collector.issues.length > 0) {
    for (const connection of connections.values()) void connection.close()
    void tracing?.close()
    throw new ConfigError(collector.issues)
  }
  // A gateway without providers is about to be replaced by one that is connected to the sandbox.
  if (connections.size > 0) {
    warnAboutSettings(config, environment, log)
    services.redis?.start()
  }
  return {
    ...services,
    config,
    connections,
    cursors: createCursorCodecs(config, connections),
    walks: new WalkMemory(),
    authenticate,
    documents,
    log,
    tracing,
    isSandbox,
  }
}
