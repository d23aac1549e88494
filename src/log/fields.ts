/**
 * The names that fields of log lines may have. Add a name only for a value that is safe by what it is: a code, a name of the
 * configuration or of the schema, a number, an address of a caller. Credentials, URLs, headers, bodies and the texts of errors have
 * no field.
 */
export const LOG_FIELDS = [
  // The caller's request.
  'requestId',
  'sharedWith',
  'caller',
  'address',
  'origin',
  'host',
  // The operation.
  'operation',
  'document',
  'kind',
  'outcome',
  'codes',
  'durationMs',
  'events',
  'upstream',
  // A failure, or a rejection.
  'code',
  'status',
  'cause',
  'reason',
  'attempt',
  'pauseMs',
  'id',
  'name',
  'at',
  'issues',
  'allowWith',
  'unlogged',
  // A provider, or another server.
  'provider',
  'service',
  'circuit',
  'unreached',
  // The process.
  'pid',
  'lostSpans',
  'variable',
  'keys',
  'signal',
  'operations',
  'connections',
  'isClean',
  'newLevel',
  'allowed',
] as const

/** Numbers by name, for each provider. */
type NumbersByProvider = Readonly<Record<string, Readonly<Record<string, number>>>>

export type LogValue = string | number | boolean | null | undefined | readonly string[] | NumbersByProvider

/** The fields of a log line. Undefined ones are left out. */
export type LogFields = Readonly<Partial<Record<(typeof LOG_FIELDS)[number], LogValue>>>

/**
 * Names of secrets, whose values are never written. No line has such a field, as {@link LOG_FIELDS} shows; this holds when a value
 * of another shape gets into a line by mistake.
 */
export const SECRET_NAMES = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-auth-token',
  'x-auth-id',
  'apiKey',
  'token',
  'access_token',
  'accessToken',
  'secret',
  'client_secret',
  'clientSecret',
  'password',
  'key',
  'headers',
  'body',
  'url',
] as const
