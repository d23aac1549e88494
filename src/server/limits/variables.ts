import {
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { RequestLimits } from '../../config.ts'
import { InvalidArgumentError, RequestLimitError } from '../../errors.ts'
import { operationError } from './document-limits.ts'
import { type CoerceVariables, compileVariables } from './variable-coercion.ts'

/** Variables as GraphQL coerced them. */
export type Variables = Readonly<Record<string, unknown>>

/** Maximum length of each of the two parts of a message: the value, and the expectation. */
const MAX_SHOWN = 148
/** Characters kept from the end of a part that is too long, because they name the path. */
const SHOWN_END = 48

type SizeLimits = Pick<RequestLimits, 'maxVariableValues' | 'maxVariableCharacters'>

/**
 * Counts the values of variables (every scalar, list and object, at any depth) and the characters of their texts and keys, and
 * stops at the first limit. It is not recursive, so that deep nesting cannot overflow the stack.
 *
 * @returns the limit that is exceeded; null when none is
 */
export function exceededLimit(variables: unknown, limits: SizeLimits): keyof SizeLimits | null {
  let values = 0
  let characters = 0
  const rest: unknown[] = [variables]
  while (rest.length > 0) {
    const value = rest.pop()
    if (typeof value === 'string') characters += value.length
    else if (Array.isArray(value)) {
      values += value.length
      if (values > limits.maxVariableValues) return 'maxVariableValues'
      for (const item of value) rest.push(item)
    } else if (typeof value === 'object' && value !== null) {
      const keys = Object.keys(value)
      values += keys.length
      if (values > limits.maxVariableValues) return 'maxVariableValues'
      for (const key of keys) {
        characters += key.length
        rest.push((value as Variables)[key])
      }
    }
    if (characters > limits.maxVariableCharacters) return 'maxVariableCharacters'
  }
  return null
}

/** @throws {GraphQLError} when variables are too large, whether or not the document uses them */
export function checkVariableSize(variables: unknown, limits: SizeLimits): void {
  const exceeded = exceededLimit(variables, limits)
  if (exceeded === null) return
  const [unit, variable] = {
    maxVariableValues: ['values', 'MAX_VARIABLE_VALUES'],
    maxVariableCharacters: ['characters', 'MAX_VARIABLE_CHARACTERS'],
  }[exceeded]
  const message = `The variables have more than the ${limits[exceeded]} ${unit} allowed (${variable}).`
  throw operationError(new RequestLimitError(message))
}

/** Returns a text without its middle when it is too long to be shown. */
const shorten = (text: string) =>
  text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - SHOWN_END - 1)}…${text.slice(-SHOWN_END)}`

/**
 * Returns the expectation in the error of a value. That of a scalar of the gateway is its own sentence, without the words that
 * graphql-js puts in front of it.
 */
function expectationOf(error: Error): string {
  const cause = error instanceof GraphQLError ? error.originalError : null
  if (!(cause instanceof InvalidArgumentError)) return error.message
  return cause.message.charAt(0).toLowerCase() + cause.message.slice(1)
}

/**
 * Returns the error of a variable as callers see it, with status 400. The message has at most 300 characters: one half shows
 * the value and its path, the other half the expectation.
 */
function variableError({ message, originalError, nodes }: GraphQLError): GraphQLError {
  const value = originalError ? message.slice(0, -originalError.message.length - '; '.length) : message
  const text = originalError ? `${shorten(value)}; ${shorten(expectationOf(originalError))}` : shorten(value)
  return new GraphQLError(text, { nodes: nodes ?? null, extensions: { http: { status: 400 } } })
}

const coerced = new WeakMap<ExecutionArgs, Variables>()

/** Returns the variables of an operation that `useVariableLimits` accepted; null when there is no such operation. */
export const coercedVariables = (args: ExecutionArgs): Variables | null => coerced.get(args) ?? null

/** The prepared coercion of each operation, as long as its document is cached. */
const compiled = new WeakMap<OperationDefinitionNode, Compiled>()

interface Compiled {
  readonly schema: GraphQLSchema
  readonly coerce: CoerceVariables
}

function compiledFor(schema: GraphQLSchema, operation: OperationDefinitionNode): CoerceVariables {
  let known = compiled.get(operation)
  if (known?.schema !== schema) {
    known = { schema, coerce: compileVariables(schema, operation) }
    compiled.set(operation, known)
  }
  return known.coerce
}

/**
 * Returns the variables of an operation as GraphQL coerces them.
 * @throws {GraphQLError} for the first variable whose value does not have its type
 */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  values: Variables | null | undefined,
  { introspection }: RequestLimits,
): Variables {
  const given = values ?? {}
  const known = compiledFor(schema, operation)(given)
  if (known) return known
  // Only one error, because errors are expensive and every value could cause one.
  const options = { maxErrors: 1, hideSuggestions: !introspection }
  const result = getVariableValues(schema, operation.variableDefinitions ?? [], given, options)
  if (result.errors) throw variableError(result.errors[0]!)
  return result.coerced
}

/**
 * Rejects variables that are too large before anything else reads them, and an operation whose variables do not have their
 * types before it is executed. Only the first such variable is reported. With introspection off, the error suggests no names.
 */
export function useVariableLimits(limits: RequestLimits): Plugin {
  function coerce(args: ExecutionArgs): void {
    const operation = getOperationAST(args.document, args.operationName)
    // Execution reports an operation that is missing.
    if (operation) coerced.set(args, coerceVariables(args.schema, operation, args.variableValues, limits))
  }

  return {
    onParams({ params }) {
      checkVariableSize((params as { readonly variables?: unknown } | null)?.variables, limits)
    },
    onExecute: ({ args }) => coerce(args),
    onSubscribe: ({ args }) => coerce(args),
  }
}
