import { randomUUID } from 'node:crypto'
import { type ASTNode, type ExecutionResult, GraphQLError, Kind } from 'graphql'
import { GatewayError } from '../errors.ts'

/** Code and message that callers see for a masked error, beside its id. */
export const MASKED = { code: 'INTERNAL_SERVER_ERROR', message: 'Something went wrong in the gateway.' }

/**
 * Logs an error that is masked for callers, with the id that they see.
 *
 * @param requestId the id of the caller's request; left out when it is not known
 */
export type LogUnexpected = (error: unknown, id: string, requestId?: string) => void

/** Ids of the errors that have been logged. */
const ids = new WeakMap<object, string>()

/** Returns the id of a masked error, and logs the error with it. An error that fails several fields is logged once. */
export function idOfUnexpected(error: unknown, log: LogUnexpected, requestId?: string): string {
  const key = typeof error === 'object' && error !== null ? error : {}
  let id = ids.get(key)
  if (id === undefined) {
    id = randomUUID()
    ids.set(key, id)
    log(error, id, requestId)
  }
  return id
}

/** Returns what may be logged of an unknown error: its class and where it was made. Its message may hold secrets. */
export function traceOf(error: unknown): { readonly name: string; readonly at: string } {
  if (!(error instanceof Error)) return { name: typeof error, at: '' }
  const { name, message, stack = '' } = error
  // Lines of the message may look like lines of the trace.
  const start = stack.indexOf(message)
  const trace = start === -1 ? '' : stack.slice(start + message.length)
  return { name, at: /^ +at .*$/m.exec(trace)?.[0].trim() ?? '' }
}

/** Returns the error that a resolver threw, without the errors that GraphQL wrapped around it. */
function rootOf(error: unknown): unknown {
  let root = error
  while (root instanceof GraphQLError && root.originalError) root = root.originalError
  return root
}

/** Returns the code that callers see for an error. */
export function codeOf(error: unknown): string {
  return error instanceof GatewayError ? error.code : MASKED.code
}

/**
 * Returns the message that callers see for an error that is part of the data.
 *
 * @param report logs an error that must be masked, and returns its id
 */
export function messageOf(error: unknown, report: (error: unknown) => string): string {
  return error instanceof GatewayError ? error.message : `${MASKED.message} Its id is ${report(error)}.`
}

/** Code of a request from which no operation can be determined. Yoga has a second code for it, which is replaced. */
const BAD_REQUEST = 'BAD_REQUEST'

/**
 * Returns the code of an error in the request itself, by where GraphQL found it; null for any other error.
 *
 * @param nodes the nodes of the document at which it was found
 */
function requestCode(error: GraphQLError, nodes: readonly ASTNode[], isAtField: boolean): string | null {
  if (error.extensions.code === 'OPERATION_RESOLUTION_FAILURE') return BAD_REQUEST
  if (typeof error.extensions.code === 'string') return error.extensions.code
  if (error.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED'
  const [node] = nodes
  if (node?.kind === Kind.VARIABLE_DEFINITION) return 'BAD_USER_INPUT'
  // An error in a value that the gateway itself made is located at a whole field.
  if (isAtField) return node && node.kind !== Kind.FIELD ? 'BAD_USER_INPUT' : null
  return node ? 'GRAPHQL_VALIDATION_FAILED' : BAD_REQUEST
}

/** Maximum number of characters in a message of GraphQL's own, which may repeat names and values of the request. */
const MAX_MESSAGE = 500

/** Returns a message of GraphQL's own, truncated to `MAX_MESSAGE`. */
export const cutMessage = (message: string) =>
  message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message

/**
 * Returns an error as callers see it. The gateway's own errors keep their message and get their code and details; errors in
 * the request keep GraphQL's message; all others are masked.
 *
 * @param log logs the masked errors
 * @param requestId the id of the caller's request, for the log
 */
export function maskError(error: unknown, log: LogUnexpected, requestId?: string): GraphQLError {
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
    const code = requestCode(root, root.nodes ?? at.nodes ?? [], at.path !== null)
    const message = cutMessage(wrapper?.message ?? root.message)
    if (code !== null) return new GraphQLError(message, { ...at, extensions: { ...root.extensions, code } })
  }
  return new GraphQLError(MASKED.message, {
    ...at,
    extensions: { code: MASKED.code, id: idOfUnexpected(root, log, requestId) },
  })
}

/** Returns the path of the ancestor that is null because of an error below it; null when the error's own field is null. */
function nullAbove(data: unknown, path: readonly (string | number)[]): readonly (string | number)[] | null {
  let at = data
  for (const [depth, key] of path.entries()) {
    // Without any data, each root field still fails on its own.
    if (at === null || at === undefined) return path.slice(0, Math.max(1, depth))
    at = (at as Record<string | number, unknown>)[key]
  }
  return null
}

/** Returns a result in which a failure that nulled a whole field is reported once, not once for each selected part of it. */
export function dedupeErrors<R extends ExecutionResult>(result: R): R {
  const reported = new Set<string>()
  const errors = result.errors?.filter((error) => {
    const root = rootOf(error)
    const place = root instanceof GatewayError && error.path ? nullAbove(result.data, error.path) : null
    if (!(root instanceof GatewayError) || place === null) return true
    const key = JSON.stringify([place, root.code, root.message])
    const isNew = !reported.has(key)
    reported.add(key)
    return isNew
  })
  return errors ? { ...result, errors } : result
}
