import { isJsonObject, parseJson } from '../values/exact-json.ts'
import { scanJson } from '../values/json-scan.ts'

/** Limits of an answer, checked before any code walks over its rows. */
export interface AnswerLimits {
  readonly maxBytes: number
  /** Rows of a list; left out where the number is not limited. */
  readonly maxRows?: number
  /** True for the answer to a read by id, which is no list: its rows are not counted. */
  readonly isSingle?: boolean
}

const KIB = 1024

/** Limits of the answer to a read by id. */
export const SINGLE_ROW: AnswerLimits = { maxBytes: 256 * KIB, isSingle: true }

/** Returns the limits of a page of `maxRows` rows. */
export const pageLimits = (maxRows: number): AnswerLimits => ({ maxBytes: 2048 * KIB, maxRows })

/** Limits of an unpaged list; no larger body is read. */
export const WHOLE_LIST: AnswerLimits = { maxBytes: 16 * 1024 * KIB }

/** The deepest JSON that is accepted, because the code that walks over it is recursive. */
const MAX_DEPTH = 64

/** The fewest bytes per value, on average. Documented rows have 25 and more; an array of zeros has 2. */
const MIN_BYTES_PER_VALUE = 16

/** Counts the rows of an answer: the length of its array, or of the longest array among its members. */
function countRows(json: unknown): number {
  if (Array.isArray(json)) return json.length
  if (!isJsonObject(json)) return 0
  let most = 0
  for (const member of Object.values(json)) if (Array.isArray(member)) most = Math.max(most, member.length)
  return most
}

/** A body as JSON, its numbers exact (see `parseJson`), with the number of rows of a list; or the limit that it exceeds. */
export type LimitedJson = { readonly json: unknown; readonly rows: number } | { readonly expected: string }

/**
 * Parses a body within its limits. Its values and levels are counted before it is parsed, and its rows before any code walks
 * over them.
 *
 * @throws {SyntaxError} when the text is not JSON
 */
export function parseLimited(
  text: string,
  { maxBytes, maxRows = Number.POSITIVE_INFINITY, isSingle = false }: AnswerLimits,
): LimitedJson {
  const maxValues = maxBytes / MIN_BYTES_PER_VALUE
  const scan = scanJson(text, maxValues)
  if (scan.commas > maxValues) return { expected: `expected at most ${maxValues} values` }
  const isTooDeep = scan.depth > MAX_DEPTH
  // A text that is not JSON fails here, whatever its depth.
  const json = isTooDeep ? JSON.parse(text) : parseJson(text, scan)
  const rows = isSingle ? 0 : countRows(json)
  if (rows > maxRows) return { expected: `expected at most ${maxRows} rows` }
  return isTooDeep ? { expected: `expected at most ${MAX_DEPTH} levels` } : { json, rows }
}
