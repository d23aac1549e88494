import { InvalidArgumentError } from '../errors.ts'

/** Maximum number of characters in a search text, which is compared with each row or sent to the provider. */
export const MAX_SEARCH_CHARACTERS = 200

/**
 * @param name the argument, as the message begins
 * @throws {InvalidArgumentError} when the text is longer than `MAX_SEARCH_CHARACTERS`
 */
export function assertSearchText(name: string, text: string | null | undefined): void {
  const length = text?.length ?? 0
  if (length > MAX_SEARCH_CHARACTERS) {
    throw new InvalidArgumentError(`${name} takes at most ${MAX_SEARCH_CHARACTERS} characters; got ${length}.`)
  }
}
