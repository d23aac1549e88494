import { InvalidArgumentError } from '../errors.ts'

/** Maximum number of characters in a search text, which is compared with each row or sent to the provider. */
export const MAX_SEARCH_CHARACTERS = 200

/** Maximum number of texts in one list of a filter. */
export const MAX_TEXTS = 100

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

/**
 * @param name the argument, as the message begins
 * @throws {InvalidArgumentError} when there are more than `MAX_TEXTS` texts, or one is longer than `MAX_SEARCH_CHARACTERS`
 */
export function assertTexts(name: string, texts: readonly string[] | null | undefined): void {
  const count = texts?.length ?? 0
  if (count > MAX_TEXTS) {
    throw new InvalidArgumentError(
      `${name} takes at most ${MAX_TEXTS} texts; got ${count}. Request the others in further operations.`,
    )
  }
  for (const text of texts ?? []) assertSearchText(name, text)
}
