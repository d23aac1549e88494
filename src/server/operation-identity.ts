import { createHash } from 'node:crypto'
import type { OperationDefinitionNode } from 'graphql'
import { keepRecent } from './recent-texts.ts'

/** Maximum number of characters of an operation's name that are recorded. */
const MAX_NAME = 100
/** Maximum length of a document whose hash is kept. */
const MAX_KEPT_DOCUMENT = 4_000
/** Hexadecimal digits of a document's hash. */
const HASH_DIGITS = 16

const hashOf = (document: string) => createHash('sha256').update(document).digest('hex').slice(0, HASH_DIGITS)
const recentHashOf = keepRecent(hashOf, MAX_KEPT_DOCUMENT)

/** Returns the shortened name of an operation; null without one. */
export const nameOf = (definition: OperationDefinitionNode | null): string | null =>
  definition?.name ? definition.name.value.slice(0, MAX_NAME) : null

/** Returns the hash of a document, by which it is found without its literals; null for anything but a text. */
export const documentHashOf = (query: unknown): string | null =>
  typeof query === 'string' ? recentHashOf(query) : null
