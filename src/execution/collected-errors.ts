import type { GraphQLError } from 'graphql'
import type { ResponsePath } from './response-path.ts'

/** The errors of one execution, in the order in which they occurred. */
export class CollectedErrors {
  readonly errors: GraphQLError[] = []
  /** The positions that are null because of an error; undefined is the whole response. */
  readonly #nulled = new Set<ResponsePath | undefined>()

  /** Adds an error, unless its position is already null because of an earlier one: nothing below shows in the response. */
  add(error: GraphQLError, path: ResponsePath | undefined): void {
    if (this.#isNulled(path)) return
    this.#nulled.add(path)
    this.errors.push(error)
  }

  #isNulled(path: ResponsePath | undefined): boolean {
    for (let at = path; at !== undefined; at = at.prev) {
      if (this.#nulled.has(at)) return true
    }
    return this.#nulled.has(undefined)
  }
}
