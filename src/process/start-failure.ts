import { ConfigError } from '../errors.ts'
import { ListenError } from './listen.ts'

/**
 * Returns the text for the operator when a process cannot start because of its configuration; null for an unexpected error. It
 * holds no value of a variable.
 */
export function describeStartFailure(error: unknown): string | null {
  if (error instanceof ListenError) return error.message
  if (!(error instanceof ConfigError)) return null
  return ['The configuration is invalid:', ...error.issues.map((issue) => `  ${issue}`)].join('\n')
}
