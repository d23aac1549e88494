import {
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql'
import { type CollectionScope, collectFields } from './collect-fields.ts'
import { compileField } from './field.ts'
import { Selection } from './selection.ts'

/** Returns a field of an object type, or one of the introspection fields; undefined when there is none. */
function fieldOf(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef
  if (type === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  }
  return type.getFields()[name]
}

/** Prepares the selections of one operation, for one combination of the variables of `@skip` and `@include`. */
export class OperationCompiler {
  readonly schema: GraphQLSchema
  readonly #scope: CollectionScope
  readonly #onCompiled: (fields: number) => void

  /** @param onCompiled called for each selection that is prepared, with the number of its fields */
  constructor(scope: CollectionScope, onCompiled: (fields: number) => void) {
    this.schema = scope.schema
    this.#scope = scope
    this.#onCompiled = onCompiled
  }

  /**
   * Prepares what the nodes of one field select on an object type.
   *
   * @throws {GraphQLError} when the condition of a directive is null or missing
   */
  compileSelection(type: GraphQLObjectType, nodes: readonly FieldNode[]): Selection {
    return this.compileSets(
      type,
      nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
    )
  }

  /** As {@link compileSelection}, for selection sets. */
  compileSets(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Selection {
    const fields = [...collectFields(this.#scope, type, sets)].flatMap(([responseKey, nodes]) => {
      const definition = fieldOf(this.schema, type, nodes[0]!.name.value)
      // GraphQL leaves out fields that do not exist; validation has rejected them.
      if (!definition) return []
      return [compileField(this, { responseKey, definition, parentType: type, nodes })]
    })
    this.#onCompiled(fields.length)
    return new Selection(fields)
  }
}
