/**
 * The errors that the gateway raises on purpose. Each has a stable `code`, which callers see in `extensions.code`, and a
 * message that is safe to show: it never contains an upstream URL, body, header or secret. The original error is in
 * `cause`, for the log only.
 */
export * from './errors/config-error.ts'
export * from './errors/gateway-error.ts'
export * from './errors/grant-exceeded-error.ts'
export * from './errors/request-errors.ts'
export * from './errors/upstream-errors.ts'
