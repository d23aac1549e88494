import { type GraphQLResolveInfo, responsePathAsArray } from 'graphql'

type Path = GraphQLResolveInfo['path']

/** The position of a value in the response: a key of its object or an index of its list, linked to the position above. */
export class ResponsePath implements Path {
  readonly prev: ResponsePath | undefined
  readonly key: string | number
  /** The object type of the field; undefined for an item of a list. */
  readonly typename: string | undefined

  constructor(prev: ResponsePath | undefined, key: string | number, typename: string | undefined) {
    this.prev = prev
    this.key = key
    this.typename = typename
  }

  /** Returns the keys from the root down. */
  toArray(): (string | number)[] {
    return responsePathAsArray(this)
  }
}
