import { hash } from 'node:crypto'
import { type UpstreamErrorContext, UpstreamResponseError } from '../errors.ts'
import { canonicalJson, isJsonObject } from '../values/exact-json.ts'
import { type Instant, type ParsedInstant, parseInstant } from '../values/instant.ts'
import { FieldError } from './fields.ts'

/** An object of an answer; a missing field is undefined. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Reads an object of an answer into a checked value. Throws a `FieldError` for the first invalid field. */
export type ObjectReader<T> = (json: JsonObject) => T

/**
 * Checks an answer as a whole.
 *
 * @param read reads the answer, which is an object
 * @throws {UpstreamResponseError} that names the first invalid field
 */
export function readAnswer<T>(
  json: unknown,
  read: ObjectReader<T>,
  errorContext: UpstreamErrorContext,
  rowId?: string | null,
): T {
  const value = tryRead(json, read, errorContext, rowId ?? null)
  if (value instanceof UpstreamResponseError) throw value
  return value
}

/**
 * Checks one row of a list on its own, so that an invalid row does not fail the others: its value is then the error that
 * names it. A row without an identifier gets a digest of its content as one.
 */
export function readRow<T>(row: unknown, read: ObjectReader<T>, errorContext: UpstreamErrorContext, idField = 'id') {
  const id = textAt(row, idField)?.toWellFormed() || null
  return { id: id ?? rowDigest(row), value: tryRead(row, read, errorContext, id) }
}

/** As {@link readRow}, with the row's timestamp, which is read even when the rest of the row is invalid. */
export function readRowWithInstant<Field extends string, T extends Readonly<Record<Field, ParsedInstant | null>>>(
  row: unknown,
  read: ObjectReader<T>,
  errorContext: UpstreamErrorContext,
  instantField: Field,
  idField = 'id',
): { readonly id: string; readonly value: T | UpstreamResponseError; readonly instant: Instant | null } {
  const { id, value } = readRow(row, read, errorContext, idField)
  const instant =
    value instanceof UpstreamResponseError ? instantAt(row, instantField) : (value[instantField]?.instant ?? null)
  return { id, value, instant }
}

/** Returns a digest of the row's content as its id, for a row without an id or with one that must not be used. */
export const rowDigest = (row: unknown) => `row:${contentHash(row).slice(0, 16)}`

/** Returns the text in a field of any value; null when it has none. */
export function textAt(value: unknown, field: string): string | null {
  const text = isJsonObject(value) ? value[field] : null
  return typeof text === 'string' ? text : null
}

/** Returns the RFC 3339 timestamp in a field of any value; null when it has none. */
export function instantAt(value: unknown, field: string): Instant | null {
  return parseInstant(textAt(value, field) ?? '')?.instant ?? null
}

/** Returns the SHA-256 of a JSON value in hexadecimal. It does not depend on the order of keys. */
export function contentHash(value: unknown): string {
  return hash('sha256', canonicalJson(value))
}

/** Returns the checked value, or the error for the first invalid field, which holds no value of the answer. */
function tryRead<T>(
  json: unknown,
  read: ObjectReader<T>,
  errorContext: UpstreamErrorContext,
  rowId: string | null,
): T | UpstreamResponseError {
  try {
    if (!isJsonObject(json)) throw new FieldError(null, 'expected an object')
    return read(json)
  } catch (error) {
    if (!(error instanceof FieldError)) throw error
    return new UpstreamResponseError({ ...errorContext, expected: error.message, rowId, field: error.field })
  }
}
