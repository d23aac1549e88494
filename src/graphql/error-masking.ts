import { type ExecutionResult, GraphQLError, Kind } from 'graphql'
import { GatewayError } from '../errors.ts'

const MASKED = { code: 'INTERNAL_SERVER_ERROR', message: 'Something went wrong in the gateway.' }

/** The error that a resolver threw, below whatever has been wrapped around it since. */
function rootOf(error: unknown): unknown {
  let root = error
  while (root instanceof GraphQLError && root.originalError) root = root.originalError
  return root
}

/** The code that callers see for an error. */
export function codeOf(error: unknown): string {
  return error instanceof GatewayError ? error.code : MASKED.code
}

/** The message that callers see for an error. */
export function messageOf(error: unknown): string {
  return error instanceof GatewayError ? error.message : MASKED.message
}

/** The code of a fault in the request itself, told by where GraphQL found it. */
function requestCode(error: GraphQLError): string {
  if (error.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED'
  const isVariable = error.nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION
  return isVariable ? 'BAD_USER_INPUT' : 'GRAPHQL_VALIDATION_FAILED'
}

/**
 * What callers see of an error. The gateway's own errors keep their message and get their code and details; faults in the
 * request keep GraphQL's message; of everything else nothing is shown.
 *
 * @param log is told of what callers do not see
 */
export function maskError(error: unknown, log: (error: unknown) => void): Error {
  const root = rootOf(error)
  const wrapper = error instanceof GraphQLError ? error : null
  const at = {
    nodes: wrapper?.nodes ?? null,
    source: wrapper?.source ?? null,
    positions: wrapper?.positions ?? null,
    path: wrapper?.path ?? null,
  }
  if (root instanceof GatewayError) {
    return new GraphQLError(root.message, { ...at, extensions: { code: root.code, ...root.details() } })
  }
  if (root instanceof GraphQLError) {
    if (root.extensions.code !== undefined) return wrapper ?? root
    return new GraphQLError(root.message, { ...at, extensions: { ...root.extensions, code: requestCode(root) } })
  }
  log(root)
  return new GraphQLError(MASKED.message, { ...at, extensions: { code: MASKED.code } })
}

/** True where something above the error's place is null, so that callers see nothing of the place itself. */
function isBelowNull(data: unknown, path: readonly (string | number)[]): boolean {
  let at = data
  for (const key of path) {
    if (at === null || at === undefined) return true
    at = (at as Record<string | number, unknown>)[key]
  }
  return false
}

/**
 * An answer in which a failure that took a whole field with it is told once, and not again for every part of the field
 * that was asked for.
 */
export function tellOnce<R extends ExecutionResult>(result: R): R {
  const told = new Set<string>()
  const errors = result.errors?.filter((error) => {
    const root = rootOf(error)
    if (!(root instanceof GatewayError) || !error.path || !isBelowNull(result.data, error.path)) return true
    const key = JSON.stringify([error.path[0], root.code, root.message])
    const isNew = !told.has(key)
    told.add(key)
    return isNew
  })
  return errors ? { ...result, errors } : result
}
