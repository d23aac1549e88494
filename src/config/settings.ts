import type { LogLevel } from '../log.ts'

/** The gateway's own settings. Each provider reads its own variables. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly logLevel: LogLevel
  readonly lifeCycle: LifeCycleSettings
  /** Deadline of one upstream request, its retries included, in milliseconds. */
  readonly upstreamTimeoutMs: number
  /** The client certificate for providers; null for none. */
  readonly clientCertificate: ClientCertificateSettings | null
  /** Rows that one field may read to answer a filter or a sum that the provider cannot answer. */
  readonly scanLimit: number
  /** Null when the key of cursors is derived from the providers' credentials. */
  readonly cursorSecret: string | null
  /** Sends the context of traces to providers when true. */
  readonly traceUpstream: boolean
  /** Requests to providers that one operation may send. */
  readonly maxUpstreamRequests: number
  /** Rows of providers that one operation may read. */
  readonly maxUpstreamRows: number
  /** Authentication of callers. */
  readonly auth: AuthSettings
  readonly limits: RequestLimits
  readonly connections: ConnectionLimits
  /** Serves the GraphiQL page when true. */
  readonly graphiql: boolean
  /** Origins whose pages may send requests and read the answers; an empty list allows none, `*` allows all. */
  readonly corsOrigins: CorsOrigins
  /** Canonical hosts that requests may name in addition to loopback hosts and `host`. */
  readonly allowedHosts: readonly string[]
  /** The failures of sandboxes, as text, by the provider's name; empty text for the usual one. */
  readonly sandboxFailures: ReadonlyMap<string, string>
  /** Source of the documents that callers may name by an id; null when there is none. */
  readonly persistedDocuments: PersistedDocumentsSettings | null
  /** Null when they are off. */
  readonly metrics: MetricsSettings | null
  /** Null when no answers are kept. */
  readonly cache: AnswerCacheSettings | null
  /** Null when the process shares nothing with others. */
  readonly redis: RedisSettings | null
}

export interface MetricsSettings {
  /** Address of the listener for scrapers. */
  readonly host: string
  /** Port of that listener; null when the metrics are a page of the gateway itself. */
  readonly port: number | null
}

/** The cache of providers' answers. */
export interface AnswerCacheSettings {
  /** Where answers are kept: in the process, or in Redis for all processes. */
  readonly store: 'memory' | 'redis'
  /** Memory that kept answers may take. */
  readonly maxBytes: number
  /** Time after the end of a period at which it counts as closed. */
  readonly closedMarginMs: number
  /** Time for which final entries of closed periods are kept. */
  readonly closedTtlMs: number
  /** Time for which all other answers are kept; 0 when they are not. */
  readonly openTtlMs: number
}

export interface RedisSettings {
  /** May contain a password. */
  readonly url: string
  /** Beginning of all keys. */
  readonly prefix: string
  /** Time in which a command must be answered. */
  readonly timeoutMs: number
}

/** The start and the end of a process. */
export interface LifeCycleSettings {
  /** Processes that serve the port. */
  readonly workers: number
  /** Longest time for which the process is not ready because a provider was not reached. */
  readonly readyTimeoutMs: number
  /** Time between the signal that ends the process and the closing of its port. */
  readonly shutdownDelayMs: number
  /** Time from then on until the process ends. */
  readonly shutdownTimeoutMs: number
}

export interface ClientCertificateSettings {
  /** Path of a PEM file. */
  readonly certFile: string
  /** Path of a PEM file. */
  readonly keyFile: string
  /** The names of the providers that get the certificate; null for all. */
  readonly providers: readonly string[] | null
}

export interface PersistedDocumentsSettings {
  /** Path of a file or a folder. */
  readonly path: string
  /** Rejects all other documents when true. */
  readonly only: boolean
}

/** Exact origins, or `*` for every origin. */
export type CorsOrigins = '*' | readonly string[]

/** Limits that a request must keep before anything is read for it. Each number is the maximum. */
export interface RequestLimits {
  /** Bytes of the body. */
  readonly maxBodyBytes: number
  /** Tokens of the document. */
  readonly maxTokens: number
  /** Nesting depth of fields, including the root field and the leaf. */
  readonly maxDepth: number
  /** Aliases of one operation; those of a fragment count once per spread. */
  readonly maxAliases: number
  /** Directives in the text of the document. */
  readonly maxDirectives: number
  /** Root fields of one operation. */
  readonly maxRootFields: number
  /** Cost of one operation, in the unit of `@cost`. */
  readonly maxComplexity: number
  /** Scalars, lists and objects in the variables of one operation, at whatever depth. */
  readonly maxVariableValues: number
  /** Characters of all texts and keys in the variables of one operation. */
  readonly maxVariableCharacters: number
  /** Allows introspection when true. */
  readonly introspection: boolean
  /** Requests of one caller within a minute; 0 for no limit. */
  readonly ratePerMinute: number
  /** Complexity of all operations of one caller within a minute; 0 for no limit. */
  readonly costPerMinute: number
  /** Concurrent queries of one caller. */
  readonly maxOperations: number
  /** Concurrent subscriptions of one caller. */
  readonly maxSubscriptions: number
  /** Deadline of the reads of one query, in milliseconds. */
  readonly operationTimeoutMs: number
}

/** Limits on the connections of all clients. */
export interface ConnectionLimits {
  /** Concurrent connections; further ones are closed at once. */
  readonly maxConnections: number
  /** Time in which a request must have arrived, its body included. */
  readonly requestTimeoutMs: number
  /** Time that a connection stays open without a request. */
  readonly keepAliveTimeoutMs: number
  /** Time that a client may read nothing while an answer is waiting to be sent. */
  readonly readTimeoutMs: number
}

export type AuthSettings =
  | { readonly mode: 'none' }
  /** `keysFile` is a path. */
  | { readonly mode: 'api-key'; readonly keysFile: string }
  | JwtSettings

export interface JwtSettings {
  readonly mode: 'jwt'
  /** Source of the issuer's keys: the URL of a key set, or the path of a file with one key. */
  readonly keys: { readonly url: string } | { readonly file: string }
  readonly issuer: string
  readonly audience: string
  /** Tolerated clock difference, in seconds. */
  readonly clockSkewS: number
  /** Longest lifetime of a token, from its issue to its expiry, in seconds. */
  readonly maxLifetimeS: number
  /** The claim that holds the grants; null when every token may read everything. */
  readonly grantsClaim: string | null
}
