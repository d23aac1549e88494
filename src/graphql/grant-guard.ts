import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isObjectType,
  isUnionType,
} from 'graphql'
import type { GatewayContext } from './context.ts'
import { assertGranted, type NodeRecord, type NodeTypes } from './node.ts'

/** Extension of a field whose nodes come from the sources of a connection, which are checked as a whole. */
export const CHECKED_AS_SOURCE = { isCheckedAsSource: true } as const

/** Returns true for a field of nodes that is not checked as a source. */
function isGuarded({ type, extensions }: GraphQLField<unknown, unknown>): boolean {
  const named = getNamedType(type)
  if (!isCompositeType(named) || isUnionType(named) || extensions.isCheckedAsSource) return false
  return named.name === 'Node' || named.getInterfaces().some(({ name }) => name === 'Node')
}

/**
 * Makes every field that returns nodes, one or a list, reject those that the caller may not read. A provider cannot forget
 * this check.
 */
export function withGrantGuard(schema: GraphQLSchema, nodeTypes: NodeTypes): GraphQLSchema {
  function assertAllGranted(value: unknown, context: GatewayContext): unknown {
    if (Array.isArray(value)) for (const member of value) assertAllGranted(member, context)
    else if (value !== null && value !== undefined && !(value instanceof Error)) {
      assertGranted(nodeTypes, value as NodeRecord, context)
    }
    return value
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields()).filter(isGuarded)) {
      const resolve = field.resolve ?? defaultFieldResolver
      field.resolve = (source, args, context: GatewayContext, info) => {
        const value: unknown = resolve(source, args, context, info)
        if (value instanceof Promise) return value.then((node) => assertAllGranted(node, context))
        return assertAllGranted(value, context)
      }
    }
  }
  return schema
}
