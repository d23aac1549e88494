import type { GraphQLSchema } from 'graphql'
import type { RequestLimits } from '../../config.ts'
import type { CompiledOperation } from '../../execution/operation.ts'
import { prepareOperation } from '../../execution/prepared-operations.ts'
import { readDocument } from '../limits/document-limits.ts'
import { checkVariableSize, coerceVariables, type Variables } from '../limits/variables.ts'
import type { Rules } from '../rules.ts'

/** An operation that has passed every rule but the budget of its caller. */
export interface AcceptedOperation {
  /** The text of the document. */
  readonly query: string
  readonly compiled: CompiledOperation
  /** Variables as GraphQL has coerced them. */
  readonly variableValues: Variables
  /** What the operation is charged with. */
  readonly complexity: number
}

/** The parameters of a request that Yoga would pass on. */
interface PlainParams {
  readonly query?: string | null
  readonly documentId?: unknown
  readonly operationName?: string | null
  readonly variables?: Variables | null
  readonly extensions?: object | null
}

const isText = (value: unknown) => value === undefined || value === null || typeof value === 'string'
const isRecord = (value: unknown) => value === undefined || (typeof value === 'object' && !Array.isArray(value))

/** The members of a request, each with its type. */
const MEMBERS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['query', isText],
  ['documentId', () => true],
  ['operationName', isText],
  ['variables', isRecord],
  ['extensions', isRecord],
])

/** Returns true for an object with the members of a request and no others. Of `query` and `documentId` it has at most one. */
function isPlain(params: unknown): params is PlainParams {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return false
  for (const name of Object.keys(params)) {
    if (MEMBERS.get(name)?.((params as Record<string, unknown>)[name]) !== true) return false
  }
  const { query, documentId } = params as PlainParams
  return !query || documentId === undefined
}

export interface OperationRules {
  readonly schema: GraphQLSchema
  readonly limits: RequestLimits
  readonly rules: Rules
}

/**
 * Reads the operation of a body and applies every rule to it, except that it does not charge the operation to its caller.
 *
 * @returns null for anything but an accepted query
 */
export function acceptOperation(body: Buffer, { schema, limits, rules }: OperationRules): AcceptedOperation | null {
  try {
    const params: unknown = JSON.parse(body.toString())
    if (!isPlain(params)) return null
    checkVariableSize(params.variables, limits)
    const query = rules.findDocument(params, params.documentId)
    if (typeof query !== 'string') return null
    const document = readDocument(query, rules.documentCache, limits)
    if (rules.checkDocument(schema, document).length > 0) return null
    const compiled = prepareOperation(schema, document, params.operationName)
    if (compiled?.definition.operation !== 'query') return null
    const variableValues = coerceVariables(schema, compiled.definition, params.variables, limits)
    const complexity = rules.limitComplexity(document, compiled.definition, variableValues)
    return { query, compiled, variableValues, complexity }
  } catch {
    // Yoga meets the same error and answers it.
    return null
  }
}
