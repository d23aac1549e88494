import { type DocumentNode, type GraphQLSchema, getOperationAST, type OperationDefinitionNode } from 'graphql'
import { type CompiledOperation, compileOperation } from './operation.ts'

/** Characters of a document for each field and each selection that may be kept with it. */
const CHARACTERS_PER_FIELD = 4

/** Number of fields and selections that every document may keep, however short it is. */
const MIN_FIELDS = 100

/** The compiled operations of one document. */
class DocumentOperations {
  readonly schema: GraphQLSchema
  readonly #document: DocumentNode
  readonly #operations = new Map<OperationDefinitionNode, CompiledOperation | null>()
  readonly #maxFields: number
  #fields = 0

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.schema = schema
    this.#document = document
    this.#maxFields = Math.max(MIN_FIELDS, (document.loc?.end ?? 0) / CHARACTERS_PER_FIELD)
  }

  /**
   * True when too much has been compiled to be kept. A fragment that is spread often, or under many combinations of `@skip`, has
   * more fields than the document has characters, which limit the documents that are cached.
   */
  get isTooLarge(): boolean {
    return this.#fields > this.#maxFields
  }

  get(operationName: string | null | undefined): CompiledOperation | null {
    const definition = getOperationAST(this.#document, operationName)
    if (!definition) return null
    let operation = this.#operations.get(definition)
    if (operation === undefined) {
      operation = compileOperation(this.schema, this.#document, operationName, (fields) => {
        this.#fields += 1 + fields
      })
      this.#operations.set(definition, operation)
    }
    return operation
  }
}

const documents = new WeakMap<DocumentNode, DocumentOperations>()

/**
 * Returns an operation as {@link compileOperation} does, compiled once. It is kept as long as its document, so that the cache of
 * documents limits both.
 */
export function prepareOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName?: string | null,
): CompiledOperation | null {
  let operations = documents.get(document)
  if (!operations || operations.schema !== schema || operations.isTooLarge) {
    operations = new DocumentOperations(schema, document)
    documents.set(document, operations)
  }
  return operations.get(operationName)
}
