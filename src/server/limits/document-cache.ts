import type { DocumentNode } from 'graphql'

/** Maximum number of characters of cached documents; a parsed document takes up to 300 times as many bytes. */
const MAX_CHARACTERS = 200_000

/** A cache of parsed documents by their text. */
export interface DocumentCache {
  get(text: string): DocumentNode | undefined
  set(text: string, document: DocumentNode): void
}

/**
 * Creates an LRU cache of parsed documents. It is limited by the characters of their texts, because a limit on the number of
 * documents would allow a cache full of large ones.
 */
export function createDocumentCache(maxCharacters = MAX_CHARACTERS): DocumentCache {
  const documents = new Map<string, DocumentNode>()
  let characters = 0
  const evict = (text: string) => {
    if (documents.delete(text)) characters -= text.length
  }
  return {
    get(text) {
      const document = documents.get(text)
      if (document) {
        // A Map keeps the order of insertion, so the most recently used document must be last.
        documents.delete(text)
        documents.set(text, document)
      }
      return document
    },
    set(text, document) {
      evict(text)
      if (text.length > maxCharacters) return
      documents.set(text, document)
      characters += text.length
      for (const oldest of documents.keys()) {
        if (characters <= maxCharacters) break
        evict(oldest)
      }
    },
  }
}
