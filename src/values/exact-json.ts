/** A number literal that `JSON.stringify` writes digit by digit as it was read. Made by `JSON.rawJSON`. */
export interface RawNumber {
  readonly rawJSON: string
}

/** Functions of Node 24's JSON that TypeScript's types lack. */
interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(literal: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
}

const exactJson = JSON as unknown as ExactJson

// Sixteen digits and more, or a long exponent. Nothing below needs more digits, which bounds what the engine has to try.
const LONG = /-?[\d.]{16}|-?[\d.]{1,15}[eE][+-]?\d{5}/
// A negative zero, an exponent, six leading zeros or a trailing zero in the fraction.
const SHORT = /-0|-?[\d.]{1,15}[eE][+-]?\d{1,4}|-?0\.0{6}\d{0,8}|-?\d{1,15}\.\d{0,15}0/

/**
 * Matches every number literal that a double might not reproduce; a decimal of up to fifteen significant digits survives
 * the conversion. It also matches some that do survive, and similar text inside strings, which only costs time. The
 * character after a short literal separates it from the start of a time or an identifier.
 */
const SUSPECT = new RegExp(`(?:^|[:[,])\\s*(?:${LONG.source}|(?:${SHORT.source})\\s*(?:[,\\]}]|$))`)

const exact = (_key: string, value: unknown, { source }: { source?: string }) =>
  typeof value === 'number' && source !== undefined && String(value) !== source ? exactJson.rawJSON(source) : value

/**
 * Parses JSON without losing a digit. A number whose literal a double reproduces is a plain number; every other one
 * (`9007199254740993`, `1.10`, `1e-7`, `-0`) is a raw literal, so that `JSON.stringify` writes the digits that were read.
 * @throws {SyntaxError} when the text is not JSON
 */
export function parseJson(text: string): unknown {
  return SUSPECT.test(text) ? exactJson.parse(text, exact) : JSON.parse(text)
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

/** Returns true when arrays and objects are nested more than `levels` deep. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || exactJson.isRawJSON(value)) return false
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(levels - 1, member))
}

/** Returns JSON text with sorted keys; numbers keep their literals. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value) ?? 'null'
  const members = Object.keys(value).sort()
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`).join(',')}}`
}
