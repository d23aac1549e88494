import { type ExecutionArgs, GraphQLError, getOperationAST, getVariableValues } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { RequestLimits } from '../../config.ts'
import { RequestLimitError } from '../../errors.ts'
import { refusedOperation } from './document-limits.ts'

/** Variables as GraphQL coerced them. */
export type Variables = Readonly<Record<string, unknown>>

/** How much of each of the two parts of a message is shown: the value, and what was expected. */
const MAX_SHOWN = 148
/** Of a part that is longer, how much of its end is shown: it names the place. */
const SHOWN_END = 48

type SizeLimits = Pick<RequestLimits, 'maxVariableValues' | 'maxVariableCharacters'>

/**
 * Counts the values of variables (every scalar, list and object is one, at whatever depth) and the characters of their texts
 * and keys, and stops at the first limit. Nothing is called again for a value within another, so that depth is no danger.
 *
 * @returns which limit is exceeded; null when none is
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

/** @throws {GraphQLError} when variables are too large, whatever a document does with them */
function checkSize(variables: unknown, limits: SizeLimits): void {
  const exceeded = exceededLimit(variables, limits)
  if (exceeded === null) return
  const [what, variable] = {
    maxVariableValues: ['values', 'MAX_VARIABLE_VALUES'],
    maxVariableCharacters: ['characters', 'MAX_VARIABLE_CHARACTERS'],
  }[exceeded]
  const message = `The variables have more than the ${limits[exceeded]} ${what} allowed (${variable}).`
  throw refusedOperation(new RequestLimitError(message))
}

/** A text without its middle when it is too long to be shown. */
const shortened = (text: string) =>
  text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - SHOWN_END - 1)}…${text.slice(-SHOWN_END)}`

/**
 * An error of a variable as callers see it, with the status that execution gives it: at most 300 characters, of which the
 * first half shows the value and its place, and the second what was expected.
 */
function variableError({ message, originalError, nodes }: GraphQLError): GraphQLError {
  const expected = originalError?.message
  const value = expected === undefined ? message : message.slice(0, message.length - expected.length - 2)
  const text = expected === undefined ? shortened(value) : `${shortened(value)}; ${shortened(expected)}`
  return new GraphQLError(text, { nodes: nodes ?? null, extensions: { http: { status: 400 } } })
}

const coerced = new WeakMap<ExecutionArgs, Variables>()

/** The variables of an operation that `useVariableLimits` let through; null where there is no such operation. */
export const coercedVariables = (args: ExecutionArgs): Variables | null => coerced.get(args) ?? null

/** @throws {GraphQLError} of the first variable that is not of its type */
function coerceVariables(args: ExecutionArgs, hideSuggestions: boolean): void {
  const { schema, document, operationName, variableValues } = args
  const operation = getOperationAST(document, operationName)
  // Execution reports an operation that is missing.
  if (!operation) return
  const definitions = operation.variableDefinitions ?? []
  // Errors are dear, and there can be one for each value.
  const result = getVariableValues(schema, definitions, variableValues ?? {}, { maxErrors: 1, hideSuggestions })
  if (result.errors) throw variableError(result.errors[0]!)
  coerced.set(args, result.coerced)
}

/**
 * Refuses variables that are too large before anything looks into them, and an operation with variables that are not of their
 * types before anything else of its execution. Only the first such variable is reported. Where introspection is off, the error
 * suggests no names.
 */
export function useVariableLimits(limits: RequestLimits): Plugin {
  return {
    onParams({ params }) {
      checkSize((params as { readonly variables?: unknown } | null)?.variables, limits)
    },
    onExecute: ({ args }) => coerceVariables(args, !limits.introspection),
    onSubscribe: ({ args }) => coerceVariables(args, !limits.introspection),
  }
}
