/** The codes of the errors that callers receive, as docs/errors.md lists them. */
export const ERROR_CODES: readonly string[] = [
  'BAD_REQUEST',
  'HOST_NOT_ALLOWED',
  'CSRF_PREVENTED',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_ID_REQUIRED',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'INVALID_CURSOR',
  'UNAUTHENTICATED',
  'AUTHENTICATION_UNAVAILABLE',
  'PROVIDER_NOT_CONFIGURED',
  'LIMIT_EXCEEDED',
  'RATE_LIMITED',
  'OPERATION_TIMEOUT',
  'SHUTTING_DOWN',
  'UNSUPPORTED_ENCODING',
  'INTROSPECTION_OFF',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_AUTH',
  'UPSTREAM_RATE_LIMITED',
  'UPSTREAM_ERROR',
  'UPSTREAM_INVALID_RESPONSE',
  'INTERNAL_SERVER_ERROR',
]

/** The label of every other code, and for an error without one. */
const OTHER = 'OTHER'

const known = new Set(ERROR_CODES)

/** Returns a code as the value of a label. A code that is not listed becomes `OTHER`, so that the number of values is bounded. */
export const codeLabel = (code: string | null): string => (code !== null && known.has(code) ? code : OTHER)

/** All values of a label that holds a code. */
export const CODE_LABELS: readonly string[] = [...ERROR_CODES, OTHER]
