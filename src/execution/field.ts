import { defaultFieldResolver, type GraphQLFieldResolver, getNullableType, isLeafType, isNonNullType } from 'graphql'
import { compileArguments, NO_ARGUMENTS, type ReadArguments } from './arguments.ts'
import type { OperationCompiler } from './compiler.ts'
import {
  type Complete,
  type CompleteLeaf,
  compileCompletion,
  compileLeaf,
  completeLater,
  failLater,
} from './completion.ts'
import type { Execution } from './execution.ts'
import { isPromise } from './promise.ts'
import { type FieldDetails, ResolveInfo } from './resolve-info.ts'
import { ResponsePath } from './response-path.ts'

/** A field of a selection, ready to be executed on any number of objects. */
export interface CompiledField {
  readonly responseKey: string
  /**
   * Returns the value for the response, or a promise of it.
   *
   * @param source the object above
   * @param parentPath the path of the object; undefined at the root
   * @throws {GraphQLError} when the field fails and cannot be null; its promise rejects with the same
   */
  execute(execution: Execution, source: unknown, parentPath: ResponsePath | undefined): unknown
}

type Resolver = GraphQLFieldResolver<unknown, unknown>

/** `__typename` of an object type. */
class TypeNameField implements CompiledField {
  readonly responseKey: string
  readonly #name: string

  constructor({ responseKey, parentType }: FieldDetails) {
    this.responseKey = responseKey
    this.#name = parentType.name
  }

  execute(): string {
    return this.#name
  }
}

/** A scalar or an enum. Its path is created only for errors, and for resolvers that read it. */
class LeafField implements CompiledField {
  readonly responseKey: string
  readonly #details: FieldDetails
  readonly #isNonNull: boolean
  /** Null for a field that reads the property of its name and takes no arguments. */
  readonly #resolve: Resolver | null
  /** Null for a field that takes no arguments. */
  readonly #readArguments: ReadArguments | null
  readonly #complete: CompleteLeaf

  constructor(details: FieldDetails) {
    const { definition, nodes } = details
    this.responseKey = details.responseKey
    this.#details = details
    this.#isNonNull = isNonNullType(definition.type)
    this.#resolve = definition.resolve ?? (definition.args.length === 0 ? null : defaultFieldResolver)
    this.#readArguments = definition.args.length === 0 ? null : compileArguments(definition, nodes[0]!)
    this.#complete = compileLeaf(details, definition.type)
  }

  execute(execution: Execution, source: unknown, parentPath: ResponsePath | undefined): unknown {
    try {
      const value = this.#read(execution, source, parentPath)
      const completed = isPromise(value) ? value.then(this.#complete) : this.#complete(value)
      return isPromise(completed) ? this.#awaited(execution, completed, parentPath) : completed
    } catch (error) {
      return this.#fail(execution, error, parentPath)
    }
  }

  /** Apart from `execute`, because a function that contains closures allocates a scope for them in each call. */
  #awaited(execution: Execution, completed: Promise<unknown>, parentPath: ResponsePath | undefined): Promise<unknown> {
    return completed.then(undefined, (error) => this.#fail(execution, error, parentPath))
  }

  #read(execution: Execution, source: unknown, parentPath: ResponsePath | undefined): unknown {
    const { definition } = this.#details
    const resolve = this.#resolve
    if (resolve) {
      const args = this.#readArguments === null ? NO_ARGUMENTS : this.#readArguments(execution.variableValues)
      return resolve(source, args, execution.contextValue, new ResolveInfo(execution, this.#details, parentPath))
    }
    if ((typeof source !== 'object' || source === null) && typeof source !== 'function') return undefined
    const object = source as Readonly<Record<string, unknown>>
    const property = object[definition.name]
    if (typeof property !== 'function') return property
    const method = object[definition.name] as (...args: unknown[]) => unknown
    return method.call(
      source,
      NO_ARGUMENTS,
      execution.contextValue,
      new ResolveInfo(execution, this.#details, parentPath),
    )
  }

  #fail(execution: Execution, error: unknown, parentPath: ResponsePath | undefined): null {
    const path = new ResponsePath(parentPath, this.responseKey, this.#details.parentType.name)
    return execution.fail(error, this.#details.nodes, path, this.#isNonNull)
  }
}

/** A field with a list, an object or an abstract type. */
class CompositeField implements CompiledField {
  readonly responseKey: string
  readonly #details: FieldDetails
  readonly #isNonNull: boolean
  readonly #resolve: Resolver
  readonly #readArguments: ReadArguments
  readonly #complete: Complete

  constructor(compiler: OperationCompiler, details: FieldDetails) {
    const { definition, nodes } = details
    this.responseKey = details.responseKey
    this.#details = details
    this.#isNonNull = isNonNullType(definition.type)
    this.#resolve = definition.resolve ?? defaultFieldResolver
    this.#readArguments = compileArguments(definition, nodes[0]!)
    this.#complete = compileCompletion(compiler, details, definition.type)
  }

  execute(execution: Execution, source: unknown, parentPath: ResponsePath | undefined): unknown {
    const resolve = this.#resolve
    const path = new ResponsePath(parentPath, this.responseKey, this.#details.parentType.name)
    const info = new ResolveInfo(execution, this.#details, parentPath, path)
    try {
      const args = this.#readArguments(execution.variableValues)
      const value = resolve(source, args, execution.contextValue, info)
      const completed = isPromise(value)
        ? completeLater(this.#complete, execution, info, path, value)
        : this.#complete(execution, info, path, value)
      if (!isPromise(completed)) return completed
      return failLater(execution, this.#details, path, this.#isNonNull, completed)
    } catch (error) {
      return execution.fail(error, this.#details.nodes, path, this.#isNonNull)
    }
  }
}

/** Prepares a field: its resolver, its arguments and the completion of its values. */
export function compileField(compiler: OperationCompiler, details: FieldDetails): CompiledField {
  if (details.definition.name === '__typename') return new TypeNameField(details)
  if (isLeafType(getNullableType(details.definition.type))) return new LeafField(details)
  return new CompositeField(compiler, details)
}
