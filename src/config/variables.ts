import { z } from 'zod'
import { LOG_LEVELS } from '../log.ts'
import { cacheVariables } from './cache-variables.ts'
import {
  allowedHosts,
  corsOrigins,
  keySetUrl,
  MAX_HOSTS,
  providerNames,
  redisUrl,
  sandboxFailures,
  variableNames,
  wholeNumber,
} from './formats.ts'
import { lifeCycleVariables } from './life-cycle-variables.ts'
import { metricsVariables } from './metrics-variables.ts'

const AUTH_MODES = ['none', 'api-key', 'jwt'] as const

/**
 * The gateway's own variables. Each has a description in Markdown for the table in docs/configuration.md. The default, the
 * range and the choices come from the schema, or from `meta` when the schema does not contain them.
 */
export const variables = z.object({
  HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
  PORT: wholeNumber(0, 65_535, 4000).describe('Port to listen on; 0 takes any free port.'),
  ...lifeCycleVariables,
  LOG_LEVEL: z
    .enum(LOG_LEVELS, { error: `expected one of ${LOG_LEVELS.join(', ')}` })
    .default('info')
    .describe(
      'Lowest level that is logged, as JSON lines on standard error. It can be [changed while the gateway runs](operations.md#changing-the-level).',
    ),
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
  UPSTREAM_CLIENT_CERT_FILE: z
    .string()
    .optional()
    .describe(
      'Path of a PEM file with the certificate, and its intermediate ones, that the gateway shows to `https` hosts of providers which ask for one (mutual TLS). It is read at the start.',
    ),
  UPSTREAM_CLIENT_KEY_FILE: z
    .string()
    .optional()
    .describe('Path of a PEM file with the private key of `UPSTREAM_CLIENT_CERT_FILE`, without a passphrase.'),
  UPSTREAM_CLIENT_CERT_PROVIDERS: providerNames.meta({
    default: 'all providers',
    values: 'names of providers, separated by commas',
    description: 'Providers whose hosts get the certificate of `UPSTREAM_CLIENT_CERT_FILE`.',
  }),
  ...metricsVariables,
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
  SANDBOX_FAIL: sandboxFailures.meta({
    default: '',
    values: 'names of providers, each alone or with `:` and a status, `timeout` or `slow`; commas between them',
    description:
      'Providers whose sandbox fails from the start on: with status 503, with the given status, without an answer (`timeout`), or 3 seconds late (`slow`).',
  }),
  IGNORED_VARIABLES: variableNames.meta({
    values: 'names, separated by commas',
    description:
      'Variables of other software whose names look like names of the gateway. Any other unknown name of that kind stops the start.',
  }),
  TRACE_UPSTREAM: z
    .enum(['on', 'off'], { error: 'expected on or off' })
    .default('off')
    .describe('`on` sends providers the trace context of each request (`traceparent`), while tracing is on.'),
  ...cacheVariables,
  REDIS_URL: redisUrl.describe(
    'Redis, which the processes of the gateway share: `redis://host:6379`, with user, password and database as needed; `rediss` encrypts the connection. The gateway works without it when it cannot be reached.',
  ),
  REDIS_PREFIX: z
    .string()
    .max(100, { error: 'expected at most 100 characters' })
    .default('tgw:')
    .describe('Beginning of all keys in Redis. Gateways with the same prefix share their state.'),
  REDIS_TIMEOUT_MS: wholeNumber(1, 10_000, 50).describe(
    'Time in which Redis must answer a command; afterwards the gateway goes on without the answer.',
  ),
  PERSISTED_DOCUMENTS: z
    .string()
    .optional()
    .describe('Path of a file or folder with documents that clients name by an id.'),
  PERSISTED_DOCUMENTS_ONLY: z
    .enum(['true', 'false'], { error: 'expected true or false' })
    .default('false')
    .describe('`true` rejects all other documents.'),
})

/** The values of {@link variables} that are valid each by itself. */
export type VariableValues = z.output<typeof variables>
