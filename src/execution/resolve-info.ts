import type { FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo } from 'graphql'
import type { Execution } from './execution.ts'
import { ResponsePath } from './response-path.ts'

/** The properties of a selected field that do not depend on an execution. */
export interface FieldDetails {
  /** The alias, or else the name. */
  readonly responseKey: string
  readonly definition: GraphQLField<unknown, unknown>
  readonly parentType: GraphQLObjectType
  /** The nodes of the document that select the field. */
  readonly nodes: readonly FieldNode[]
}

/**
 * The fourth argument of a resolver. Its properties are accessors of the class and not copied by a spread: a resolver is called
 * for each row, and most resolvers read none of them.
 */
export class ResolveInfo implements GraphQLResolveInfo {
  readonly #execution: Execution
  readonly #field: FieldDetails
  readonly #parentPath: ResponsePath | undefined
  #path: ResponsePath | undefined

  constructor(execution: Execution, field: FieldDetails, parentPath: ResponsePath | undefined, path?: ResponsePath) {
    this.#execution = execution
    this.#field = field
    this.#parentPath = parentPath
    this.#path = path
  }

  get fieldName() {
    return this.#field.definition.name
  }

  get fieldNodes() {
    return this.#field.nodes
  }

  get returnType() {
    return this.#field.definition.type
  }

  get parentType() {
    return this.#field.parentType
  }

  get path(): ResponsePath {
    this.#path ??= new ResponsePath(this.#parentPath, this.#field.responseKey, this.#field.parentType.name)
    return this.#path
  }

  get schema() {
    return this.#execution.operation.schema
  }

  get fragments() {
    return this.#execution.operation.fragments
  }

  get rootValue() {
    return this.#execution.rootValue
  }

  get operation() {
    return this.#execution.operation.definition
  }

  get variableValues() {
    return this.#execution.variableValues as Record<string, unknown>
  }
}
