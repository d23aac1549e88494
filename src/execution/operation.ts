import {
  assertValidSchema,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql'
import type { Fragments } from './collect-fields.ts'
import { OperationCompiler } from './compiler.ts'
import { conditionsKey, findDirectives, pickVariables } from './conditions.ts'
import type { Execution, Variables } from './execution.ts'
import type { Selection } from './selection.ts'

function fragmentsOf(document: DocumentNode): Fragments {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null)
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition
  }
  return fragments
}

/** The parts of a {@link CompiledOperation}. */
interface OperationParts {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly definition: OperationDefinitionNode
  /** The names of the variables on which `@skip` and `@include` depend. */
  readonly conditions: readonly string[]
  readonly onCompiled: (fields: number) => void
}

/** An operation that is prepared for any number of executions. */
export class CompiledOperation {
  readonly schema: GraphQLSchema
  readonly definition: OperationDefinitionNode
  readonly fragments: Fragments
  readonly #conditions: readonly string[]
  readonly #onCompiled: (fields: number) => void
  /** The root selection for each combination of the conditions. */
  readonly #variants = new Map<string, Selection>()

  constructor({ schema, document, definition, conditions, onCompiled }: OperationParts) {
    this.schema = schema
    this.definition = definition
    this.fragments = fragmentsOf(document)
    this.#conditions = conditions
    this.#onCompiled = onCompiled
  }

  /** Executes the root fields, and returns the data or a promise of it. */
  executeRoot(execution: Execution): unknown {
    const selection = this.#selectionFor(execution.variableValues)
    return this.definition.operation === OperationTypeNode.MUTATION
      ? selection.executeSerially(execution, execution.rootValue)
      : selection.execute(execution, execution.rootValue, undefined)
  }

  #selectionFor(variables: Variables): Selection {
    const key = conditionsKey(this.#conditions, variables)
    let selection = this.#variants.get(key)
    if (!selection) {
      // The other variables must not live as long as the operation.
      selection = this.#compile(pickVariables(this.#conditions, variables))
      this.#variants.set(key, selection)
    }
    return selection
  }

  #compile(conditions: Variables): Selection {
    const { schema, fragments, definition } = this
    const type = schema.getRootType(definition.operation)
    if (!type) {
      throw new GraphQLError(`Schema is not configured to execute ${definition.operation} operation.`, {
        nodes: definition,
      })
    }
    const compiler = new OperationCompiler({ schema, fragments, conditions }, this.#onCompiled)
    return compiler.compileSets(type, [definition.selectionSet])
  }
}

/**
 * Prepares an operation of a valid document for execution. Its selections are prepared when they are first executed.
 *
 * @param onCompiled called for each selection that is prepared, with the number of its fields
 * @returns null when there is no such operation, and for what is not supported: subscriptions, `@defer` and `@stream`
 */
export function compileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName?: string | null,
  onCompiled: (fields: number) => void = () => {},
): CompiledOperation | null {
  assertValidSchema(schema)
  const definition = getOperationAST(document, operationName)
  if (!definition || definition.operation === OperationTypeNode.SUBSCRIPTION) return null
  const { variables, isIncremental } = findDirectives(document)
  if (isIncremental) return null
  return new CompiledOperation({ schema, document, definition, conditions: variables, onCompiled })
}
