import { z } from 'zod'
import { ConfigError } from './errors.ts'
import { LOG_LEVELS, type LogLevel } from './log.ts'
import { hostAlone, isLoopback } from './upstream/host.ts'

/** Environment variables, or what stands for them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The schemas of environment variables by name; the metadata of each holds its description. */
export type VariableSchemas = Readonly<Record<string, z.ZodType>>

/** What the gateway itself is told by the environment; each provider reads its own variables. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly logLevel: LogLevel
  /** Deadline of one upstream request, its retries included. */
  readonly upstreamTimeoutMs: number
  /** Rows that one field may read to answer a filter that a provider does not have. */
  readonly scanLimit: number
  /** Null where the key of cursors is derived from the providers' credentials. */
  readonly cursorSecret: string | null
  /** Requests to providers that one operation may send. */
  readonly maxUpstreamRequests: number
  /** Rows of providers that one operation may read. */
  readonly maxUpstreamRows: number
  /** How callers are told apart. */
  readonly auth: AuthSettings
  readonly limits: RequestLimits
  readonly connections: ConnectionLimits
  /** Whether browsers are shown GraphiQL. */
  readonly graphiql: boolean
  /** Origins whose pages may ask and read the answers; none where it is empty, `*` for all. */
  readonly corsOrigins: CorsOrigins
  /** Canonical hosts that requests may name, beside loopback ones and `host`. */
  readonly allowedHosts: readonly string[]
  /** Documents that callers may name by an id; null where there are none. */
  readonly persistedDocuments: PersistedDocumentsSettings | null
}

export interface PersistedDocumentsSettings {
  /** A file or a folder. */
  readonly path: string
  /** Whether no other documents are taken. */
  readonly only: boolean
}

/** Exact origins, or those of all sites. */
export type CorsOrigins = '*' | readonly string[]

/** What a request may be before anything is read for it. Each number is the most that is allowed. */
export interface RequestLimits {
  /** Bytes of the body. */
  readonly maxBodyBytes: number
  /** Tokens of the document. */
  readonly maxTokens: number
  /** Fields below one another, the root field and the leaf among them. */
  readonly maxDepth: number
  /** Aliases of one operation, those of a fragment as often as it is spread. */
  readonly maxAliases: number
  /** Directives of the document, as it is written. */
  readonly maxDirectives: number
  /** Fields at the root of one operation. */
  readonly maxRootFields: number
  /** What one operation may cost, in the unit of `@cost`. */
  readonly maxComplexity: number
  /** Scalars, lists and objects in the variables of one operation, at whatever depth. */
  readonly maxVariableValues: number
  /** Characters in the variables of one operation, of texts and keys. */
  readonly maxVariableCharacters: number
  /** Whether the schema may be asked for. */
  readonly introspection: boolean
  /** Requests of one caller; 0 for as many as they like. */
  readonly ratePerMinute: number
  /** Complexity that one caller may ask for; 0 for as much as they like. */
  readonly costPerMinute: number
  /** Queries of one caller that may run at a time. */
  readonly maxOperations: number
  /** Subscriptions of one caller that may be open at a time. */
  readonly maxSubscriptions: number
  /** Time in which one query may read, in milliseconds. */
  readonly operationTimeoutMs: number
}

/** What clients may do with their connections. */
export interface ConnectionLimits {
  /** Connections at a time; further ones are closed at once. */
  readonly maxConnections: number
  /** How long a request may take to arrive, its body included. */
  readonly requestTimeoutMs: number
  /** How long a connection stays open without a request. */
  readonly keepAliveTimeoutMs: number
  /** How long a client may read nothing of an answer that is waiting for it. */
  readonly readTimeoutMs: number
}

export type AuthSettings =
  | { readonly mode: 'none' }
  /** `keysFile` is a path. */
  | { readonly mode: 'api-key'; readonly keysFile: string }
  | JwtSettings

export interface JwtSettings {
  readonly mode: 'jwt'
  /** Where the issuer's keys are: a URL, or the path of a file with one. */
  readonly keys: { readonly url: string } | { readonly file: string }
  readonly issuer: string
  readonly audience: string
  /** How far clocks may be apart, in seconds. */
  readonly clockSkewS: number
  /** The longest time between the issue and the end of a token, in seconds. */
  readonly maxLifetimeS: number
  /** The claim with the grants; null where every token may read everything. */
  readonly grantsClaim: string | null
}

const wholeNumber = (from: number, to: number, fallback: number) => {
  const expected = `expected a whole number from ${from} to ${to}`
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: expected })
    .transform(Number)
    .refine((value) => value >= from && value <= to, { error: expected })
    .default(fallback)
    .meta({ values: `${from} to ${to}` })
}

const AUTH_MODES = ['none', 'api-key', 'jwt'] as const
/** In place of a claim's name: tokens hold no grants. */
const NO_CLAIM = '*'

/** Whoever could answer in place of this address could let anybody in, so that it has to be safe from that. */
const keySetUrl = z
  .string()
  .refine(
    (text) => {
      const url = URL.parse(text)
      if (url === null || url.username + url.password + url.hash !== '') return false
      return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
    },
    { error: 'expected an https URL (http on this machine alone) without credentials and fragment' },
  )
  .optional()
  .meta({ values: '`https` URL; `http` on loopback' })

/** The most names in ALLOWED_HOSTS. */
const MAX_HOSTS = 100

const allowedHosts = z
  .string()
  .transform((text, context): readonly string[] => {
    const names = text.split(',').map((name) => hostAlone(name.trim()))
    if (names.length <= MAX_HOSTS && names.every((name) => name !== null)) return names
    context.addIssue({
      code: 'custom',
      message: `expected at most ${MAX_HOSTS} host names or addresses such as gateway.example.com, without ports and with commas between them`,
    })
    return z.NEVER
  })
  .default([])

const ANY_ORIGIN = '*'

const isOrigin = (text: string) => /^https?:[^*]+$/.test(text) && URL.parse(text)?.origin === text

const corsOrigins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine((origins) => origins.every((origin) => isOrigin(origin) || (origin === ANY_ORIGIN && origins.length === 1)), {
    error: 'expected origins such as https://app.example.com, without a path and with commas between them, or * alone',
  })
  .transform((origins): CorsOrigins => (origins[0] === ANY_ORIGIN ? ANY_ORIGIN : origins))
  .default([])

/**
 * The gateway's own variables. Each has a description, in Markdown, for the table in docs/configuration.md; its default,
 * range and choices are read from the schema, or from `meta` where the schema does not hold them.
 */
export const variables = z.object({
  HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
  PORT: wholeNumber(0, 65_535, 4000).describe('Port to listen on; 0 takes any free port.'),
  LOG_LEVEL: z
    .enum(LOG_LEVELS, { error: `expected one of ${LOG_LEVELS.join(', ')}` })
    .default('info')
    .describe('Lowest level that is logged, as JSON lines on standard error.'),
  AUTH_MODE: z
    .enum(AUTH_MODES, { error: `expected one of ${AUTH_MODES.join(', ')}` })
    .optional()
    .meta({
      default: '`none` on a loopback `HOST`',
      description:
        'How callers are authenticated. `none` accepts everybody who can connect. Required when `HOST` is not a loopback address, and when an `API_KEYS_…` or `JWT_…` variable is set.',
    }),
  API_KEYS_FILE: z.string().optional().describe('For `api-key`: path of the JSON file with the hashes of the keys.'),
  JWT_JWKS_URL: keySetUrl.describe('For `jwt`: URL of the key set (JWKS) of the issuer.'),
  JWT_PUBLIC_KEY_FILE: z
    .string()
    .optional()
    .describe('For `jwt`, instead of `JWT_JWKS_URL`: path of a file with one public key, PEM or JWK.'),
  JWT_ISSUER: z.string().optional().describe('For `jwt`: required value of the claim `iss`.'),
  JWT_AUDIENCE: z.string().optional().describe('For `jwt`: required value of the claim `aud`.'),
  JWT_CLOCK_SKEW_S: wholeNumber(0, 600, 30).describe('Tolerated clock difference to the issuer, in seconds.'),
  JWT_MAX_LIFETIME_S: wholeNumber(1, 31_536_000, 86_400).describe(
    'Longest lifetime of a token, in seconds: from `iat`, or from now when it has none, to `exp`.',
  ),
  JWT_GRANTS_CLAIM: z
    .string()
    .default('grants')
    .describe('Claim that holds the grants of a token; `*` means that tokens hold none and each may read everything.'),
  UPSTREAM_TIMEOUT_MS: wholeNumber(1, 600_000, 10_000).describe(
    'Deadline of one request to a provider, its retries included.',
  ),
  ALLOW_HTTP_UPSTREAMS: z
    .enum(['true', 'false'], { error: 'expected true or false' })
    .default('false')
    .describe(
      '`true` allows `http` URLs of providers on other machines; credentials and data then travel unencrypted.',
    ),
  SCAN_LIMIT: wholeNumber(1, 100_000_000, 10_000).describe(
    'Rows that one field may read to answer a filter or a sum that the provider cannot answer.',
  ),
  MAX_UPSTREAM_REQUESTS: wholeNumber(1, 1_000_000, 2_000).describe(
    'Requests to providers that one operation may send, retries included.',
  ),
  MAX_UPSTREAM_ROWS: wholeNumber(1, 100_000_000, 100_000).describe('Rows that one operation may read from providers.'),
  MAX_BODY_BYTES: wholeNumber(1, 100_000_000, 1_048_576).describe('Size of a request body, in bytes.'),
  MAX_TOKENS: wholeNumber(1, 100_000, 2_000).describe('Tokens of a document.'),
  MAX_DEPTH: wholeNumber(1, 1_000, 15).describe('Nested fields, from the root field to the leaf.'),
  MAX_ALIASES: wholeNumber(0, 100_000, 100).describe('Aliases of an operation.'),
  MAX_DIRECTIVES: wholeNumber(0, 100_000, 50).describe('Directives of a document.'),
  MAX_ROOT_FIELDS: wholeNumber(1, 100_000, 50).describe('Root fields of an operation.'),
  MAX_VARIABLE_VALUES: wholeNumber(1, 1_000_000, 10_000).describe(
    'Values in the variables of an operation: every scalar, list and object, at whatever depth.',
  ),
  MAX_VARIABLE_CHARACTERS: wholeNumber(1, 100_000_000, 262_144).describe(
    'Characters of all texts and keys in the variables of an operation.',
  ),
  MAX_COMPLEXITY: wholeNumber(1, 100_000_000, 60_000).describe(
    'Complexity of an operation, computed before it is executed.',
  ),
  INTROSPECTION: z
    .enum(['on', 'off'], { error: 'expected on or off' })
    .default('on')
    .describe('`off` hides the schema from everybody, routers included.'),
  GRAPHIQL: z
    .enum(['on', 'off'], { error: 'expected on or off' })
    .default('on')
    .describe('`off` removes the GraphiQL page and its files.'),
  RATE_LIMIT_PER_MINUTE: wholeNumber(0, 10_000_000, 6_000).describe(
    'Requests of one caller within a minute; 0 disables the limit.',
  ),
  MAX_CONNECTIONS: wholeNumber(1, 1_000_000, 2_000).describe(
    'Connections of all clients at a time; further ones are closed at once.',
  ),
  REQUEST_TIMEOUT_MS: wholeNumber(100, 600_000, 30_000).describe(
    'Time in which a request must have arrived, its body included; its headers within 10 seconds of it. Afterwards it is answered with status 408 and the connection is closed. The time that the answer takes does not count.',
  ),
  KEEP_ALIVE_TIMEOUT_MS: wholeNumber(1, 600_000, 5_000).describe(
    'Time that a connection stays open without a request. Set it longer than the idle timeout of a reverse proxy in front.',
  ),
  READ_TIMEOUT_MS: wholeNumber(100, 600_000, 30_000).describe(
    'Time in which a client must have read an answer, or an event of a subscription; afterwards the connection is closed.',
  ),
  RATE_LIMIT_COST_PER_MINUTE: wholeNumber(0, 999_999_999, 3_000_000).describe(
    'Complexity of all operations of one caller within a minute; 0 disables the limit.',
  ),
  MAX_OPERATIONS: wholeNumber(1, 1_000_000, 100).describe('Requests for GraphQL that one caller may have running.'),
  MAX_SUBSCRIPTIONS: wholeNumber(0, 1_000_000, 20).describe('Subscriptions that one caller may have open.'),
  OPERATION_TIMEOUT_MS: wholeNumber(1_000, 3_600_000, 120_000).describe(
    'Time in which a query may read from providers, in milliseconds; fields that wait longer fail with `OPERATION_TIMEOUT`.',
  ),
  CORS_ORIGINS: corsOrigins.meta({
    values: 'origins, separated by commas, or `*`',
    description:
      'Origins whose pages may send requests and read the answers, such as `https://app.example.com`; `*` allows every origin, without cookies. Empty allows none.',
  }),
  ALLOWED_HOSTS: allowedHosts.meta({
    values: `at most ${MAX_HOSTS} host names or addresses without ports, separated by commas`,
    description:
      'Hosts that requests may name in their `Host` header, beside loopback names and `HOST`; others are refused with status 421. Without it, `AUTH_MODE=none` serves only loopback names and `HOST`, and the other modes serve every host.',
  }),
  CURSOR_SECRET: z
    .string()
    .min(32, { error: 'expected at least 32 characters' })
    .max(1024, { error: 'expected at most 1024 characters' })
    .optional()
    .meta({
      values: '32 to 1024 characters',
      description:
        "Secret that cursors are authenticated with. Without it their key is derived from the providers' credentials, so that cursors expire when those change.",
    }),
  PERSISTED_DOCUMENTS: z
    .string()
    .optional()
    .describe('Path of a file or folder with documents that clients name by an id.'),
  PERSISTED_DOCUMENTS_ONLY: z
    .enum(['true', 'false'], { error: 'expected true or false' })
    .default('false')
    .describe('`true` rejects all other documents.'),
})

/** What is wrong with the variables on authentication together, each by itself being well. */
function authFaults(given: Environment): string[] {
  const missing = (name: string, expected: string) =>
    given[name] === undefined ? [`${name}: expected ${expected}`] : []
  switch (given.AUTH_MODE) {
    case undefined: {
      const meant = Object.keys(given).find((name) => /^(API_KEYS|JWT)_/.test(name) && given[name] !== undefined)
      if (meant !== undefined) return [`AUTH_MODE: must be set when ${meant} is, which does nothing without it`]
      if (given.HOST === undefined || isLoopback(given.HOST)) return []
      return [
        'AUTH_MODE: must be set when HOST is reachable from other machines; AUTH_MODE=none lets everyone in who reaches it',
      ]
    }
    case 'api-key':
      return missing('API_KEYS_FILE', 'the path of a file with keys')
    case 'jwt':
      return [
        ...((given.JWT_JWKS_URL === undefined) === (given.JWT_PUBLIC_KEY_FILE === undefined)
          ? ['JWT_JWKS_URL: expected a value for this or for JWT_PUBLIC_KEY_FILE, and not for both']
          : []),
        ...missing('JWT_ISSUER', 'who signs the tokens (claim iss)'),
        ...missing('JWT_AUDIENCE', 'what the tokens call this gateway (claim aud)'),
      ]
    default:
      return []
  }
}

/** The settings of a mode; `authFaults` has found nothing missing. */
function authSettings(data: z.output<typeof variables>): AuthSettings {
  const given = (value: string | undefined) => value ?? ''
  switch (data.AUTH_MODE) {
    case 'api-key':
      return { mode: 'api-key', keysFile: given(data.API_KEYS_FILE) }
    case 'jwt':
      return {
        mode: 'jwt',
        keys: data.JWT_JWKS_URL === undefined ? { file: given(data.JWT_PUBLIC_KEY_FILE) } : { url: data.JWT_JWKS_URL },
        issuer: given(data.JWT_ISSUER),
        audience: given(data.JWT_AUDIENCE),
        clockSkewS: data.JWT_CLOCK_SKEW_S,
        maxLifetimeS: data.JWT_MAX_LIFETIME_S,
        grantsClaim: data.JWT_GRANTS_CLAIM === NO_CLAIM ? null : data.JWT_GRANTS_CLAIM,
      }
    default:
      return { mode: 'none' }
  }
}

/**
 * Reads the gateway's own variables; an empty one counts as unset.
 * @throws {ConfigError} with a line for each variable that cannot be used
 */
export function readConfig(environment: Environment): Config {
  const given: Environment = Object.fromEntries(
    Object.keys(variables.shape).map((name) => [name, environment[name]?.trim() || undefined]),
  )
  const { data, error } = variables.safeParse(given)
  const faults = (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
  faults.push(...authFaults(given))
  if (given.PERSISTED_DOCUMENTS_ONLY === 'true' && given.PERSISTED_DOCUMENTS === undefined) {
    faults.push('PERSISTED_DOCUMENTS: must be set when PERSISTED_DOCUMENTS_ONLY is true, or nothing could be asked')
  }
  if (!data || faults.length > 0) throw new ConfigError(faults)
  return {
    host: data.HOST,
    port: data.PORT,
    logLevel: data.LOG_LEVEL,
    upstreamTimeoutMs: data.UPSTREAM_TIMEOUT_MS,
    scanLimit: data.SCAN_LIMIT,
    cursorSecret: data.CURSOR_SECRET ?? null,
    maxUpstreamRequests: data.MAX_UPSTREAM_REQUESTS,
    maxUpstreamRows: data.MAX_UPSTREAM_ROWS,
    auth: authSettings(data),
    limits: {
      maxBodyBytes: data.MAX_BODY_BYTES,
      maxTokens: data.MAX_TOKENS,
      maxDepth: data.MAX_DEPTH,
      maxAliases: data.MAX_ALIASES,
      maxDirectives: data.MAX_DIRECTIVES,
      maxRootFields: data.MAX_ROOT_FIELDS,
      maxComplexity: data.MAX_COMPLEXITY,
      maxVariableValues: data.MAX_VARIABLE_VALUES,
      maxVariableCharacters: data.MAX_VARIABLE_CHARACTERS,
      introspection: data.INTROSPECTION === 'on',
      ratePerMinute: data.RATE_LIMIT_PER_MINUTE,
      costPerMinute: data.RATE_LIMIT_COST_PER_MINUTE,
      maxOperations: data.MAX_OPERATIONS,
      maxSubscriptions: data.MAX_SUBSCRIPTIONS,
      operationTimeoutMs: data.OPERATION_TIMEOUT_MS,
    },
    graphiql: data.GRAPHIQL === 'on',
    connections: {
      maxConnections: data.MAX_CONNECTIONS,
      requestTimeoutMs: data.REQUEST_TIMEOUT_MS,
      keepAliveTimeoutMs: data.KEEP_ALIVE_TIMEOUT_MS,
      readTimeoutMs: data.READ_TIMEOUT_MS,
    },
    corsOrigins: data.CORS_ORIGINS,
    allowedHosts: data.ALLOWED_HOSTS,
    persistedDocuments:
      data.PERSISTED_DOCUMENTS === undefined
        ? null
        : { path: data.PERSISTED_DOCUMENTS, only: data.PERSISTED_DOCUMENTS_ONLY === 'true' },
  }
}
