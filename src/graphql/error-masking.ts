import { randomUUID } from 'node:crypto'
import { type ASTNode, type ExecutionResult, GraphQLError, Kind } from 'graphql'
import { GatewayError } from '../errors.ts'

/** What callers see of an error that is not meant for them, beside its id. */
export const MASKED = { code: 'INTERNAL_SERVER_ERROR', message: 'Something went wrong in the gateway.' }

/** Is told of an error that callers do not see, and of the id by which they may ask for it. */
export type LogUnexpected = (error: unknown, id: string) => void

/** The ids of errors that have been told already. */
const ids = new WeakMap<object, string>()

/**
 * The id of an error that callers do not see, for the caller and the log. An error is told to the log once, however many
 * fields it takes.
 */
export function idOfUnexpected(error: unknown, log: LogUnexpected): string {
  const key = typeof error === 'object' && error !== null ? error : {}
  let id = ids.get(key)
  if (id === undefined) {
    id = randomUUID()
    ids.set(key, id)
    log(error, id)
  }
  return id
}

/** What the log may hold of an error that nothing is known about: its kind and where it was made, never what it says. */
export function traceOf(error: unknown): { readonly name: string; readonly at: string } {
  if (!(error instanceof Error)) return { name: typeof error, at: '' }
  const { name, message, stack = '' } = error
  // The message may have lines that look like the trace.
  const start = stack.indexOf(message)
  const trace = start === -1 ? '' : stack.slice(start + message.length)
  return { name, at: /^ +at .*$/m.exec(trace)?.[0].trim() ?? '' }
}

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

/** The message that callers see for an error that is part of an answer. What they must not see `tell` writes down. */
export function messageOf(error: unknown, tell: (error: unknown) => string): string {
  return error instanceof GatewayError ? error.message : `${MASKED.message} Its id is ${tell(error)}.`
}

/** The one code for a request from which no operation can be made out. Yoga has another one beside it. */
const BAD_REQUEST = 'BAD_REQUEST'

/**
 * The code of a fault in the request itself, told by where GraphQL found it; null where it is no fault of the request.
 *
 * @param nodes where it was found
 */
function requestCode(error: GraphQLError, nodes: readonly ASTNode[], isAtField: boolean): string | null {
  if (error.extensions.code === 'OPERATION_RESOLUTION_FAILURE') return BAD_REQUEST
  if (typeof error.extensions.code === 'string') return error.extensions.code
  if (error.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED'
  const [node] = nodes
  if (node?.kind === Kind.VARIABLE_DEFINITION) return 'BAD_USER_INPUT'
  // What goes wrong with a value that the gateway itself made stands at a whole field.
  if (isAtField) return node && node.kind !== Kind.FIELD ? 'BAD_USER_INPUT' : null
  return node ? 'GRAPHQL_VALIDATION_FAILED' : BAD_REQUEST
}

/** The most characters of a message of GraphQL's own, which may repeat names and values of the request. */
const MAX_MESSAGE = 500

/** A message of GraphQL's own, as much of it as is shown. */
export const cutMessage = (message: string) =>
  message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message

/**
 * What callers see of an error. The gateway's own errors keep their message and get their code and details; faults in the
 * request keep GraphQL's message; of everything else nothing is shown.
 *
 * @param log is told of what callers do not see but for an id
 */
export function maskError(error: unknown, log: LogUnexpected): Error {
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
  return new GraphQLError(MASKED.message, { ...at, extensions: { code: MASKED.code, id: idOfUnexpected(root, log) } })
}

/** The place above the error's own that is null in its stead, for as much as callers see of it; null where there is none. */
function nullAbove(data: unknown, path: readonly (string | number)[]): readonly (string | number)[] | null {
  let at = data
  for (const [depth, key] of path.entries()) {
    // Where there is no data at all, the fields at the root still fail each for itself.
    if (at === null || at === undefined) return path.slice(0, Math.max(1, depth))
    at = (at as Record<string | number, unknown>)[key]
  }
  return null
}

/**
 * An answer in which a failure that took a whole field with it is told once, and not again for every part of the field
 * that was asked for.
 */
export function dedupeErrors<R extends ExecutionResult>(result: R): R {
  const told = new Set<string>()
  const errors = result.errors?.filter((error) => {
    const root = rootOf(error)
    const place = root instanceof GatewayError && error.path ? nullAbove(result.data, error.path) : null
    if (!(root instanceof GatewayError) || place === null) return true
    const key = JSON.stringify([place, root.code, root.message])
    const isNew = !told.has(key)
    told.add(key)
    return isNew
  })
  return errors ? { ...result, errors } : result
}
