import { readJson, setMember } from './json-reader.ts'
import { type InexactContainer, type JsonScan, scanJson } from './json-scan.ts'

/** A number literal that `JSON.stringify` writes digit by digit as it was read. Made by `JSON.rawJSON`. */
export interface RawNumber {
  readonly rawJSON: string
}

/** Functions of Node 24's JSON that TypeScript's types lack. */
interface ExactJson {
  rawJSON(literal: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
}

const exactJson = JSON as unknown as ExactJson

/** Returns a number literal as a plain number if a double reproduces it, otherwise as a raw literal. */
const exactNumber = (literal: string) =>
  String(Number(literal)) === literal ? Number(literal) : exactJson.rawJSON(literal)

/**
 * Parses JSON without losing a digit. A number whose literal a double reproduces is a plain number; every other one
 * (`9007199254740993`, `1.10`, `1e-7`, `-0`) is a raw literal, so that `JSON.stringify` writes the digits that were read.
 * @param scan of the text, when there is one already
 * @throws {SyntaxError} when the text is not JSON
 */
export function parseJson(text: string, scan: JsonScan = scanJson(text)): unknown {
  const json: unknown = JSON.parse(text)
  if (scan.isIrregular) return readJson(text, exactNumber)
  if (scan.inexact === null) return json
  const holder = [json]
  return restoreLiterals(holder, scan.inexact) ? holder[0] : readJson(text, exactNumber)
}

/**
 * Puts raw literals in the places of inexact numbers.
 * @returns false for an object with a repeated key, where a place does not identify a value
 */
function restoreLiterals(container: unknown, { size, parts }: InexactContainer): boolean {
  if (typeof container !== 'object' || container === null) return false
  if (!Array.isArray(container) && Object.keys(container).length !== size) return false
  const members = container as Record<number | string, unknown>
  for (const part of parts) {
    if ('literal' in part) members[part.place] = exactJson.rawJSON(part.literal)
    else if (!restoreLiterals(members[part.place], part)) return false
  }
  return true
}

/** Returns the literal of a number that `parseJson` returned; null for any other value. */
export function numberText(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null
  return exactJson.isRawJSON(value) ? value.rawJSON : null
}

/** Returns true for objects with keys: not for null, arrays, and numbers in their literal form. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !exactJson.isRawJSON(value)
}

/** Returns JSON text that does not depend on the order of keys; numbers keep their literals. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(withSortedKeys(value)) ?? 'null'
}

function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys)
  if (!isJsonObject(value)) return value
  const sorted: Record<string, unknown> = {}
  for (const key of Object.keys(value).sort()) setMember(sorted, key, withSortedKeys(value[key]))
  return sorted
}
