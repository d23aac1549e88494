import type { Execution } from './execution.ts'
import type { CompiledField } from './field.ts'
import { isPromise } from './promise.ts'
import type { ResponsePath } from './response-path.ts'

/** An object of the response. */
type ResponseObject = Record<string, unknown>

/**
 * Returns a class of objects without a prototype, so that no response key has a meaning of its own. `Object.create(null)` returns
 * a hash table, which takes five times the memory; the objects of one class share the layout of one selection.
 */
function createObjectClass(): new () => ResponseObject {
  class ResponseObject {
    [key: string]: unknown
  }
  Object.setPrototypeOf(ResponseObject.prototype, null)
  return ResponseObject
}

/** Waits for the properties that are promises, and returns the object with their values in place. */
function awaitProperties(object: ResponseObject): Promise<ResponseObject> {
  const keys = Object.keys(object).filter((key) => isPromise(object[key]))
  return Promise.all(keys.map((key) => object[key])).then((values) => {
    for (const [index, key] of keys.entries()) object[key] = values[index]
    return object
  })
}

/** The fields that an operation selects on one object type, in the order of the response. */
export class Selection {
  readonly fields: readonly CompiledField[]
  readonly #ObjectClass = createObjectClass()

  constructor(fields: readonly CompiledField[]) {
    this.fields = fields
  }

  /**
   * Executes all fields at once, and returns the object of the response or a promise of it.
   *
   * @throws {GraphQLError} when a field fails that cannot be null; its promise rejects with the same
   */
  execute(execution: Execution, source: unknown, path: ResponsePath | undefined): ResponseObject | Promise<unknown> {
    const object = new this.#ObjectClass()
    let hasPromise = false
    try {
      for (const field of this.fields) {
        execution.throwIfAborted()
        const value = field.execute(execution, source, path)
        if (value === undefined) continue
        object[field.responseKey] = value
        if (isPromise(value)) hasPromise = true
      }
    } catch (error) {
      if (!hasPromise) throw error
      // The other fields are awaited, so that their rejections are handled.
      return awaitProperties(object).finally(() => {
        throw error
      })
    }
    return hasPromise ? awaitProperties(object) : object
  }

  /** Executes one field after another, as the root fields of a mutation. */
  executeSerially(execution: Execution, source: unknown): ResponseObject | Promise<ResponseObject> {
    const executeField = (object: ResponseObject, field: CompiledField): ResponseObject | Promise<ResponseObject> => {
      execution.throwIfAborted()
      const value = field.execute(execution, source, undefined)
      if (isPromise(value)) {
        return value.then((resolved) => {
          object[field.responseKey] = resolved
          return object
        })
      }
      if (value !== undefined) object[field.responseKey] = value
      return object
    }
    let done: ResponseObject | Promise<ResponseObject> = new this.#ObjectClass()
    for (const field of this.fields) {
      // A response key "then" makes a promise of the object, as it does in graphql-js.
      done = isPromise(done)
        ? (done as Promise<ResponseObject>).then((object) => executeField(object, field))
        : executeField(done, field)
    }
    return done
  }
}
