import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type UpstreamErrorContext, UpstreamResponseError } from '../errors.ts'
import { canonicalJson, isJsonObject, numberText } from '../values/exact-json.ts'
import { type Instant, parseInstant } from '../values/instant.ts'

/** Returns a schema of a string that `parse` accepts; its output is the parsed value. `expected` is the error's message. */
export function parsedText<T>(parse: (text: string) => T | null, expected: string) {
  return z
    .unknown()
    .optional()
    .transform((value, context) => {
      const parsed = typeof value === 'string' ? parse(value) : null
      return parsed ?? rejected(context, expected)
    })
}

/** As {@link parsedText}, also for a JSON number, which is parsed from its exact literal. */
export function parsedNumber<T>(parse: (text: string) => T | null, expected: string) {
  return z
    .unknown()
    .optional()
    .transform((value, context) => {
      const text = typeof value === 'string' ? value : numberText(value)
      const parsed = text === null ? null : parse(text)
      return parsed ?? rejected(context, expected)
    })
}

/** An identifier: text that can be part of a URL. */
export const identifier = z
  .string({ error: 'expected a text' })
  .min(1, { error: 'expected a text that is not empty' })
  .refine((text) => text.isWellFormed(), { error: 'expected a text without broken characters' })

/** A required text, such as a value of one of the provider's enums. */
export const word = z.string({ error: 'expected a text' })

/** An optional text that the mapping depends on: any other value is an error. */
export const optionalWord = z
  .string({ error: 'expected a text or null' })
  .nullish()
  .transform((text) => text ?? null)

/** An optional text that nothing depends on: any other value counts as absent. */
export const optionalText = optionalWord.catch(null)

/** The largest Int of GraphQL; larger counts cannot be answered. */
export const MAX_COUNT = 2 ** 31 - 1

/** A count that fits GraphQL's Int. */
export const count = z
  .number({ error: 'expected an integer' })
  .refine((value) => Number.isInteger(value) && value >= 0 && value <= MAX_COUNT, {
    error: `expected an integer from 0 to ${MAX_COUNT}`,
  })

/** A count, or null for any other value. */
export const optionalCount = count.nullable().catch(null)

/**
 * Checks an answer as a whole.
 * @throws {UpstreamResponseError} that names the first invalid field
 */
export function readAnswer<T>(
  json: unknown,
  schema: z.ZodType<T>,
  errorContext: UpstreamErrorContext,
  rowId?: string | null,
): T {
  const { success, data, error } = schema.safeParse(json)
  if (success) return data
  throw invalidAnswerError(error, errorContext, rowId ?? null)
}

/**
 * Checks one row of a list on its own, so that an invalid row does not fail the others: its value is then the error that
 * names it. A row without an identifier gets a digest of its content as one.
 */
export function readRow<T>(row: unknown, schema: z.ZodType<T>, errorContext: UpstreamErrorContext, idField = 'id') {
  const id = textAt(row, idField)?.toWellFormed() || null
  const { success, data, error } = schema.safeParse(row)
  return {
    id: id ?? rowDigest(row),
    value: success ? data : invalidAnswerError(error, errorContext, id),
  }
}

/** As {@link readRow}, with the row's timestamp, which is read even when the rest of the row is invalid. */
export function readRowWithInstant<T>(
  row: unknown,
  schema: z.ZodType<T>,
  errorContext: UpstreamErrorContext,
  instantField: string,
  idField = 'id',
) {
  return { ...readRow(row, schema, errorContext, idField), instant: instantAt(row, instantField) }
}

/** Returns a digest of the row's content as its id, for a row without an id or with one that must not be used. */
export const rowDigest = (row: unknown) => `row:${contentHash(row).slice(0, 16)}`

/** Maps the value of a row; a row whose value is an error keeps it. */
export function mapRow<R extends { readonly value: unknown }, U>(
  row: R,
  map: (value: Exclude<R['value'], Error>) => U,
): Omit<R, 'value'> & { readonly value: U | Error } {
  const value = row.value instanceof Error ? row.value : map(row.value as Exclude<R['value'], Error>)
  return { ...row, value }
}

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
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

function rejected(context: z.core.$RefinementCtx, expected: string) {
  context.addIssue({ code: 'custom', message: expected })
  return z.NEVER
}

/** Returns the error for the first issue of an answer or row. It holds only names of documented fields and our own words. */
function invalidAnswerError(
  error: z.ZodError,
  errorContext: UpstreamErrorContext,
  rowId: string | null,
): UpstreamResponseError {
  const [issue] = error.issues
  const expected = issue?.message.replace(/^Invalid input: /, '') ?? 'expected a value as documented'
  return new UpstreamResponseError({ ...errorContext, expected, rowId, field: issue?.path.join('.') || null })
}
