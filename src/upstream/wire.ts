import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type UpstreamErrorContext, UpstreamResponseError } from '../errors.ts'
import { canonicalJson, isJsonObject, numberText } from '../values/exact-json.ts'
import { type Instant, parseInstant } from '../values/instant.ts'

/** A text that `parse` understands, as what `parse` makes of it. `expected` ends an error's message. */
export function parsedText<T>(parse: (text: string) => T | null, expected: string) {
  return z
    .unknown()
    .optional()
    .transform((value, context) => {
      const parsed = typeof value === 'string' ? parse(value) : null
      return parsed ?? rejected(context, expected)
    })
}

/** A JSON number, exact, or a text that `parse` understands as one. */
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

/** An identifier: text that can stand in an address. */
export const identifier = z
  .string({ error: 'expected a text' })
  .min(1, { error: 'expected a text that is not empty' })
  .refine((text) => text.isWellFormed(), { error: 'expected a text without broken characters' })

/** A word of the provider's. */
export const word = z.string({ error: 'expected a text' })

/** Text that need not be there, and that means something when it is. */
export const optionalWord = z
  .string({ error: 'expected a text or null' })
  .nullish()
  .transform((text) => text ?? null)

/** Text that need not be there, and that nothing depends on: what is no text counts as absent. */
export const optionalText = optionalWord.catch(null)

/** The largest Int of GraphQL: of more than that nothing can be told. */
export const MAX_COUNT = 2 ** 31 - 1

/** A count. */
export const count = z
  .number({ error: 'expected an integer' })
  .refine((value) => Number.isInteger(value) && value >= 0 && value <= MAX_COUNT, {
    error: `expected an integer from 0 to ${MAX_COUNT}`,
  })

/** A count that need not be there. */
export const optionalCount = count.nullable().catch(null)

/**
 * Checks an answer as a whole.
 * @throws {UpstreamResponseError} that names the first field at fault
 */
export function readAnswer<T>(
  json: unknown,
  schema: z.ZodType<T>,
  fault: UpstreamErrorContext,
  rowId?: string | null,
): T {
  const { success, data, error } = schema.safeParse(json)
  if (success) return data
  throw notAsDocumented(error, fault, rowId ?? null)
}

/**
 * Checks one row of a list on its own, so that a row that is not as documented does not take the others with it: its
 * value is then the error that names it. A row without an identifier gets one that stands for its content.
 */
export function readRow<T>(row: unknown, schema: z.ZodType<T>, fault: UpstreamErrorContext, idField = 'id') {
  const id = textAt(row, idField)?.toWellFormed() || null
  const { success, data, error } = schema.safeParse(row)
  return {
    id: id ?? rowDigest(row),
    value: success ? data : notAsDocumented(error, fault, id),
  }
}

/** As {@link readRow}, with the row's timestamp, which is read even where the rest of the row is malformed. */
export function readRowWithInstant<T>(
  row: unknown,
  schema: z.ZodType<T>,
  fault: UpstreamErrorContext,
  instantField: string,
  idField = 'id',
) {
  return { ...readRow(row, schema, fault, idField), instant: instantAt(row, instantField) }
}

/** Identifies a row by a digest of its content, where it has no id or its id must not be used. */
export const rowDigest = (row: unknown) => `row:${contentHash(row).slice(0, 16)}`

/** A row with its value, where it has one, mapped. */
export function mapRow<R extends { readonly value: unknown }, U>(
  row: R,
  map: (value: Exclude<R['value'], Error>) => U,
): Omit<R, 'value'> & { readonly value: U | Error } {
  const value = row.value instanceof Error ? row.value : map(row.value as Exclude<R['value'], Error>)
  return { ...row, value }
}

/** The text in a field of something that may be anything; null where there is none. */
export function textAt(value: unknown, field: string): string | null {
  const text = isJsonObject(value) ? value[field] : null
  return typeof text === 'string' ? text : null
}

/** Returns the RFC 3339 timestamp in a field of any value; null when it has none. */
export function instantAt(value: unknown, field: string): Instant | null {
  return parseInstant(textAt(value, field) ?? '')?.instant ?? null
}

/** SHA-256 of a JSON value in hexadecimal, the same for every order of its keys. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

function rejected(context: z.core.$RefinementCtx, expected: string) {
  context.addIssue({ code: 'custom', message: expected })
  return z.NEVER
}

/** The first fault of an answer or row. Only names of documented fields and our own words go into it. */
function notAsDocumented(error: z.ZodError, fault: UpstreamErrorContext, rowId: string | null): UpstreamResponseError {
  const [issue] = error.issues
  const expected = issue?.message.replace(/^Invalid input: /, '') ?? 'expected what is documented'
  return new UpstreamResponseError({ ...fault, expected, rowId, field: issue?.path.join('.') || null })
}
