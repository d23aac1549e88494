/** Maximum number of texts whose results are kept. */
const MAX_TEXTS = 100
/** Maximum length of a header whose result is kept. */
const MAX_HEADER_LENGTH = 200

/**
 * Returns a function that keeps its last results, for texts that most requests have in common, such as their `host`. When too
 * many are kept, all are dropped, so that made-up texts take no more memory than real ones.
 *
 * @param maxLength results of longer texts are not kept
 */
export function keepRecent<T>(compute: (text: string) => T, maxLength = MAX_HEADER_LENGTH): (text: string) => T {
  const results = new Map<string, T>()
  return (text) => {
    const known = results.get(text)
    if (known !== undefined) return known
    const result = compute(text)
    if (text.length > maxLength) return result
    if (results.size >= MAX_TEXTS) results.clear()
    results.set(text, result)
    return result
  }
}
