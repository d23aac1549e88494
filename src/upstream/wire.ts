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

/** Returns the identifier of a row; null when it has none. */
const ownIdOf = (row: unknown, idField: string) => textAt(row, idField)?.toWellFormed() || null

/** Reads a row whose timestamp, or null for one that has none, has been read already. Throws as an `ObjectReader` does. */
export type RowReader<T> = (json: JsonObject, timestamp: ParsedInstant | null) => T

/**
 * A row of a list, checked when its value is first read: of a page of the provider, hardly more than the rows on the caller's
 * page are.
 */
class ListedRow<T> {
  readonly id: string
  readonly #json: unknown
  readonly #read: RowReader<T>
  readonly #errorContext: UpstreamErrorContext
  readonly #ownId: string | null
  readonly #instantField: string
  #timestamp: ParsedInstant | null | undefined
  #value: T | UpstreamResponseError | undefined

  constructor(
    json: unknown,
    read: RowReader<T>,
    errorContext: UpstreamErrorContext,
    instantField: string,
    idField: string,
  ) {
    const ownId = ownIdOf(json, idField)
    this.id = ownId ?? rowDigest(json)
    this.#json = json
    this.#read = read
    this.#errorContext = errorContext
    this.#ownId = ownId
    this.#instantField = instantField
  }

  get instant(): Instant | null {
    return this.#readTimestamp()?.instant ?? null
  }

  get value(): T | UpstreamResponseError {
    this.#value ??= tryRead(
      this.#json,
      (json) => this.#read(json, this.#readTimestamp()),
      this.#errorContext,
      this.#ownId,
    )
    return this.#value
  }

  #readTimestamp(): ParsedInstant | null {
    if (this.#timestamp === undefined) this.#timestamp = timestampAt(this.#json, this.#instantField)
    return this.#timestamp
  }
}

/**
 * Reads one row of a list with its timestamp. It is checked on its own, and not before its value is read, so that an invalid
 * row does not fail the others: its value is then the error that names it. A row without an identifier gets a digest of its
 * content as one.
 */
export function readRowWithInstant<T>(
  row: unknown,
  read: RowReader<T>,
  errorContext: UpstreamErrorContext,
  instantField: string,
  idField = 'id',
): { readonly id: string; readonly value: T | UpstreamResponseError; readonly instant: Instant | null } {
  return new ListedRow(row, read, errorContext, instantField, idField)
}

/**
 * Returns a digest of the row's content as its id, for a row without an id or with one that must not be used. It does not depend
 * on the order of keys.
 */
export const rowDigest = (row: unknown) => `row:${hash('sha256', canonicalJson(row)).slice(0, 16)}`

/** Returns the text in a field of any value; null when it has none. */
export function textAt(value: unknown, field: string): string | null {
  const text = isJsonObject(value) ? value[field] : null
  return typeof text === 'string' ? text : null
}

/** Returns the RFC 3339 timestamp in a field of any value; null when it has none. */
export function timestampAt(value: unknown, field: string): ParsedInstant | null {
  const text = textAt(value, field)
  return text === null ? null : parseInstant(text)
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
