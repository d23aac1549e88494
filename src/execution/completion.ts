import {
  defaultTypeResolver,
  type GraphQLAbstractType,
  GraphQLError,
  GraphQLID,
  type GraphQLLeafType,
  type GraphQLList,
  type GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql'
import { inspect } from 'graphql/jsutils/inspect.js'
import type { OperationCompiler } from './compiler.ts'
import type { Execution } from './execution.ts'
import { isPromise } from './promise.ts'
import type { FieldDetails, ResolveInfo } from './resolve-info.ts'
import { ResponsePath } from './response-path.ts'
import { objectTypeOf } from './runtime-type.ts'
import type { Selection } from './selection.ts'

/** Completes the value of a resolver for the response. Returns a promise when anything in it has to be awaited. */
export type Complete = (execution: Execution, info: ResolveInfo, path: ResponsePath, value: unknown) => unknown

/** Completes the value of a scalar or an enum, which needs neither path nor resolver information. */
export type CompleteLeaf = (value: unknown) => unknown

const nonNullError = ({ parentType, definition }: FieldDetails) =>
  new Error(`Cannot return null for non-nullable field ${parentType.name}.${definition.name}.`)

/** Prepares the completion of a scalar, an enum, or a non-null one of them. */
export function compileLeaf(field: FieldDetails, type: GraphQLOutputType): CompleteLeaf {
  const leaf = getNullableType(type) as GraphQLLeafType
  const isNonNull = isNonNullType(type)
  // These scalars return a text as it is.
  const isText = leaf === GraphQLString || leaf === GraphQLID
  return (value) => {
    if (isText && typeof value === 'string') return value
    if (value instanceof Error) throw value
    if (value === null || value === undefined) {
      if (isNonNull) throw nonNullError(field)
      return null
    }
    const serialized = leaf.serialize(value)
    if (serialized === null || serialized === undefined) {
      throw new Error(
        `Expected \`${inspect(leaf)}.serialize(${inspect(value)})\` to return non-nullable value, returned: ${inspect(serialized)}`,
      )
    }
    return serialized
  }
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as Iterable<unknown>)[Symbol.iterator] === 'function'

/** Lets promises reject unobserved: an error next to them has already failed the list, and nobody else awaits them. */
function ignoreRejections(values: readonly unknown[]): void {
  for (const value of values) {
    if (isPromise(value)) value.then(undefined, () => {})
  }
}

// The functions below contain closures. They are apart from their callers, because a function that contains closures allocates a
// scope for them in each call, and most values are not promises.

/** Completes the value of a promise. */
export const completeLater = (
  complete: Complete,
  execution: Execution,
  info: ResolveInfo,
  path: ResponsePath,
  promise: Promise<unknown>,
): Promise<unknown> => promise.then((value) => complete(execution, info, path, value))

/** Handles the rejection of a completed value. */
export const failLater = (
  execution: Execution,
  { nodes }: FieldDetails,
  path: ResponsePath,
  isNonNull: boolean,
  completed: Promise<unknown>,
): Promise<unknown> => completed.then(undefined, (error) => execution.fail(error, nodes, path, isNonNull))

/** Prepares the completion of one item of a list. `path` is that of the item. */
function compileItem(compiler: OperationCompiler, field: FieldDetails, type: GraphQLOutputType): Complete {
  const complete = compileCompletion(compiler, field, type)
  const isNonNull = isNonNullType(type)
  return (execution, info, path, item) => {
    try {
      const completed = isPromise(item)
        ? completeLater(complete, execution, info, path, item)
        : complete(execution, info, path, item)
      return isPromise(completed) ? failLater(execution, field, path, isNonNull, completed) : completed
    } catch (error) {
      return execution.fail(error, field.nodes, path, isNonNull)
    }
  }
}

function compileList(
  compiler: OperationCompiler,
  field: FieldDetails,
  { ofType }: GraphQLList<GraphQLOutputType>,
): Complete {
  const completeItem = compileItem(compiler, field, ofType)
  return (execution, info, path, value) => {
    if (!isIterable(value)) {
      const name = `${field.parentType.name}.${field.definition.name}`
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${name}".`)
    }
    const completed: unknown[] = []
    let hasPromise = false
    try {
      for (const item of value) {
        const itemPath = new ResponsePath(path, completed.length, undefined)
        const completedItem = completeItem(execution, info, itemPath, item)
        if (isPromise(completedItem)) hasPromise = true
        completed.push(completedItem)
      }
    } catch (error) {
      ignoreRejections(completed)
      if (Array.isArray(value)) ignoreRejections(value)
      throw error
    }
    return hasPromise ? Promise.all(completed) : completed
  }
}

/** Executes a selection when the type accepts the value. */
function executeIfOfType(
  { nodes }: FieldDetails,
  type: GraphQLObjectType,
  selection: Selection,
  [execution, info, path, value]: Parameters<Complete>,
): unknown {
  const executeIf = (isOfType: unknown) => {
    if (isOfType) return selection.execute(execution, value, path)
    throw new GraphQLError(`Expected value of type "${type.name}" but got: ${inspect(value)}.`, { nodes })
  }
  const isOfType: unknown = type.isTypeOf?.(value, execution.contextValue, info)
  return isPromise(isOfType) ? isOfType.then(executeIf) : executeIf(isOfType)
}

function compileObject(compiler: OperationCompiler, field: FieldDetails, type: GraphQLObjectType): Complete {
  // Collected with the first object, so that nothing is collected for types that never occur.
  let selection: Selection | undefined
  return (execution, info, path, value) => {
    selection ??= compiler.compileSelection(type, field.nodes)
    return type.isTypeOf
      ? executeIfOfType(field, type, selection, [execution, info, path, value])
      : selection.execute(execution, value, path)
  }
}

function compileAbstract(compiler: OperationCompiler, field: FieldDetails, type: GraphQLAbstractType): Complete {
  const resolveType = type.resolveType ?? defaultTypeResolver
  const completions = new Map<unknown, Complete>()
  const completionFor = (name: unknown, value: unknown): Complete => {
    let complete = completions.get(name)
    if (!complete) {
      complete = compileObject(compiler, field, objectTypeOf(compiler.schema, field, type, { name, value }))
      completions.set(name, complete)
    }
    return complete
  }
  const completeNamed = (name: Promise<unknown>, ...[execution, info, path, value]: Parameters<Complete>) =>
    name.then((known) => completionFor(known, value)(execution, info, path, value))
  return (execution, info, path, value) => {
    const name: unknown = resolveType(value, execution.contextValue, info, type)
    return isPromise(name)
      ? completeNamed(name, execution, info, path, value)
      : completionFor(name, value)(execution, info, path, value)
  }
}

function compileNullable(compiler: OperationCompiler, field: FieldDetails, type: GraphQLOutputType): Complete {
  if (isListType(type)) return compileList(compiler, field, type)
  if (isAbstractType(type)) return compileAbstract(compiler, field, type)
  return compileObject(compiler, field, type as GraphQLObjectType)
}

/** Prepares the completion of the values of a field, or of the items of its list. */
export function compileCompletion(compiler: OperationCompiler, field: FieldDetails, type: GraphQLOutputType): Complete {
  const nullable = getNullableType(type)
  if (isLeafType(nullable)) {
    const completeLeaf = compileLeaf(field, type)
    return (_execution, _info, _path, value) => completeLeaf(value)
  }
  const isNonNull = isNonNullType(type)
  const complete = compileNullable(compiler, field, nullable)
  return (execution, info, path, value) => {
    if (value instanceof Error) throw value
    if (value !== null && value !== undefined) return complete(execution, info, path, value)
    if (isNonNull) throw nonNullError(field)
    return null
  }
}
