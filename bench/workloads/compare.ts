/** Stands for a text that only the server can make: a cursor or an id. Any text that is not empty equals it. */
export const OPAQUE = Symbol('a text that is not empty')

/** Stands for a decimal, whatever the number of its trailing zeros. */
export class Decimal {
  readonly text: string

  constructor(value: number) {
    this.text = withoutTrailingZeros(String(value))
  }
}

const withoutTrailingZeros = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)

const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 200) ?? String(value)

/**
 * Compares an answer with the expected one.
 * @returns the path of the first difference with both values; null when there is none
 */
export function firstDifference(actual: unknown, expected: unknown, path = 'data'): string | null {
  if (expected === OPAQUE) {
    return typeof actual === 'string' && actual !== '' ? null : `${path}: expected a text, got ${shown(actual)}`
  }
  if (expected instanceof Decimal) {
    const isEqual = typeof actual === 'string' && withoutTrailingZeros(actual) === expected.text
    return isEqual ? null : `${path}: expected ${expected.text}, got ${shown(actual)}`
  }
  if (typeof expected !== 'object' || expected === null) {
    return actual === expected ? null : `${path}: expected ${shown(expected)}, got ${shown(actual)}`
  }
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual) !== Array.isArray(expected)) {
    return `${path}: expected ${shown(expected)}, got ${shown(actual)}`
  }
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)])
  for (const name of names) {
    const difference = firstDifference(
      (actual as Record<string, unknown>)[name],
      (expected as Record<string, unknown>)[name],
      `${path}.${name}`,
    )
    if (difference !== null) return difference
  }
  return null
}
