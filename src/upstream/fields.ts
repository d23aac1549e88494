import { parseDecimal } from '../values/decimal.ts'
import { numberText } from '../values/exact-json.ts'
import { type ParsedInstant, parseInstant } from '../values/instant.ts'

/**
 * Readers of the fields of an answer. Each takes a value of parsed JSON and the name of its field, and returns the checked
 * value or throws a `FieldError`. They are plain functions, and not a schema library, because they run for every field of
 * every row.
 */

/** Thrown by the readers. The message consists of our own words only. */
export class FieldError extends Error {
  /** The documented name, with dots between levels; null for the answer or the row itself. */
  readonly field: string | null

  constructor(field: string | null, expected: string) {
    super(expected)
    this.field = field
  }
}

/** The largest Int of GraphQL; larger counts cannot be answered. */
export const MAX_COUNT = 2 ** 31 - 1

/** Reads a text that the mapping depends on, such as a value of one of the provider's enums; it may be empty. */
export function readWord(value: unknown, field: string): string {
  if (typeof value === 'string') return value
  throw new FieldError(field, 'expected a text')
}

/** Reads a text that is not empty. */
export function readText(value: unknown, field: string): string {
  const text = readWord(value, field)
  if (text !== '') return text
  throw new FieldError(field, 'expected a text that is not empty')
}

/** Reads an identifier: text that can be part of a URL. */
export function readIdentifier(value: unknown, field: string): string {
  const text = readText(value, field)
  if (text.isWellFormed()) return text
  throw new FieldError(field, 'expected a text without broken characters')
}

/** Reads an optional text that the mapping depends on; null when it is absent. */
export function readOptionalWord(value: unknown, field: string): string | null {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return null
  throw new FieldError(field, 'expected a text or null')
}

/** Reads an optional text that nothing depends on: any other value counts as absent. */
export const readOptionalText = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Reads a flag that nothing depends on: any other value counts as absent. */
export const readOptionalFlag = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null)

/** Returns the text of a string, or the exact literal of a number; null for any other value. */
const literalOf = (value: unknown): string | null => (typeof value === 'string' ? value : numberText(value))

/** Reads a decimal, sent as text or as a number, in plain notation (see `parseDecimal`). */
export function readDecimal(value: unknown, field: string): string {
  const text = literalOf(value)
  const decimal = text === null ? null : parseDecimal(text)
  if (decimal !== null) return decimal
  throw new FieldError(field, 'expected a decimal number')
}

/** Reads a duration in seconds, sent as text or as a number. */
export function readPositiveSeconds(value: unknown, field: string): number {
  const text = literalOf(value)?.trim() ?? ''
  const seconds = text === '' ? Number.NaN : Number(text)
  if (Number.isFinite(seconds) && seconds > 0) return seconds
  throw new FieldError(field, 'expected a positive number of seconds')
}

/** Reads an RFC 3339 date-time. */
export const readInstant = (value: unknown, field: string): ParsedInstant =>
  requireInstant(readOptionalInstant(value), field)

/** Returns a date-time that has been read already; throws where it was absent or malformed. */
export function requireInstant(instant: ParsedInstant | null, field: string): ParsedInstant {
  if (instant !== null) return instant
  throw new FieldError(field, 'expected an RFC 3339 date-time')
}

/** Reads a date-time that nothing depends on: any other value counts as absent. */
export const readOptionalInstant = (value: unknown): ParsedInstant | null =>
  typeof value === 'string' ? parseInstant(value) : null

/** Reads a count that fits GraphQL's Int. */
export function readCount(value: unknown, field: string): number {
  const count = readOptionalCount(value)
  if (count !== null) return count
  throw new FieldError(
    field,
    Number.isInteger(value) ? `expected an integer from 0 to ${MAX_COUNT}` : 'expected an integer',
  )
}

/** Reads a count; null for any other value. */
export const readOptionalCount = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_COUNT ? value : null

/** Reads a flag. */
export function readFlag(value: unknown, field: string): boolean {
  if (typeof value === 'boolean') return value
  throw new FieldError(field, 'expected true or false')
}

/** Reads an array, whatever its members are. */
export function readList(value: unknown, field: string | null): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new FieldError(field, 'expected an array')
}
