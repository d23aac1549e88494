import { type FieldNode, type GraphQLError, locatedError } from 'graphql'
import { CollectedErrors } from './collected-errors.ts'
import type { CompiledOperation } from './operation.ts'
import type { ResponsePath } from './response-path.ts'

/** Variables as GraphQL coerced them. */
export type Variables = Readonly<Record<string, unknown>>

/** The values that differ between two executions of one operation. */
export interface ExecutionInput {
  readonly rootValue?: unknown
  readonly contextValue?: unknown
  /** The variables after coercion by `getVariableValues`. They are not coerced again. */
  readonly variableValues?: Variables
}

const NO_VARIABLES: Variables = Object.freeze({})

/** The state of one execution of an operation. */
export class Execution {
  readonly operation: CompiledOperation
  readonly rootValue: unknown
  readonly contextValue: unknown
  readonly variableValues: Variables
  /** Created with the first error, because most executions have none. */
  #errors: CollectedErrors | null = null
  #isAborted = false
  #abortReason: unknown

  constructor(operation: CompiledOperation, { rootValue, contextValue, variableValues }: ExecutionInput) {
    this.operation = operation
    this.rootValue = rootValue
    this.contextValue = contextValue
    this.variableValues = variableValues ?? NO_VARIABLES
  }

  /** The errors so far. */
  get errors(): readonly GraphQLError[] {
    return this.#errors?.errors ?? []
  }

  /** Calls no further resolvers. */
  abort(reason: unknown): void {
    this.#isAborted = true
    this.#abortReason = reason
  }

  /** @throws the reason of the abort */
  throwIfAborted(): void {
    if (this.#isAborted) throw this.#abortReason
  }

  /** Records an error that makes the whole response null. */
  failAll(error: unknown): void {
    this.#add(error as GraphQLError, undefined)
  }

  /**
   * Handles an error at a position of the response, and returns null as its value.
   *
   * @throws {GraphQLError} the error with its path when the position cannot be null
   */
  fail(error: unknown, nodes: readonly FieldNode[], path: ResponsePath, isNonNull: boolean): null {
    const located = locatedError(error, nodes as FieldNode[], path.toArray())
    if (isNonNull) throw located
    this.#add(located, path)
    return null
  }

  #add(error: GraphQLError, path: ResponsePath | undefined): void {
    this.#errors ??= new CollectedErrors()
    this.#errors.add(error, path)
  }
}
